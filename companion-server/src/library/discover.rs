//! Finds the skills below the library's root. Reads names and sizes only.
//!
//! A folder with a `SKILL.md` is a skill, with everything in it. What cannot be looked into is found as well, with its
//! [`Problem`]: whatever was known to lie there must not be taken for gone.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, Walk, WalkBuilder};
use skill_format::preflight::MAX_FILES;

use super::look::{FoundFile, Look, below, look, missed};
use super::problem::Problem;

/// How deep below the root a skill's folder may lie.
const MAX_DEPTH: usize = 6;
/// How deep below the root anything is looked at.
const MAX_WALK_DEPTH: usize = MAX_DEPTH + 16;
/// How many folders without a skill are looked through: a home folder named by mistake must not keep the disk busy.
const MAX_PLAIN_FOLDERS: usize = 2000;
/// Never part of a library: what Claude Code throws away, and what other programs own.
pub(super) const LEFT_OUT: [&str; 3] = [".trash", ".git", "node_modules"];
/// Never part of a skill: what editors and systems drop.
const DROPPINGS: [&str; 4] = [".ds_store", "thumbs.db", "desktop.ini", ".skillignore"];

/// All that was found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Skills, and what cannot be looked into, by path.
    pub found: Vec<Found>,
    /// There are so many folders without a skill that not all were looked through.
    pub too_many_folders: bool,
}

/// A folder with a `SKILL.md`, or one that cannot be looked into.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Below the root, `/`-separated; `.` when the root itself is the skill.
    pub source_path: String,
    /// Where it really is.
    pub folder: PathBuf,
    /// Its files, ordered; no more than are needed to see that there are too many.
    pub files: Vec<FoundFile>,
    /// How many files there are beyond those.
    pub further_files: usize,
    /// Why it cannot be taken, if that is known already.
    pub problem: Option<Problem>,
    /// It lost a file while it was looked at.
    pub changing: bool,
}

/// What must be the same for two looks at a folder to have seen the same.
pub type FoundKey = (Vec<FoundFile>, usize);

/// Which files say what is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignoring {
    /// `.skillignore`.
    SkillIgnore,
    /// `.skillignore`, and in a working tree of Git what Git ignores as well.
    GitToo,
}

/// Finds all skills below `root`.
///
/// # Errors
///
/// The root itself cannot be read, or something could not be and it is not known what.
pub fn discover(root: &Path, ignoring: Ignoring) -> io::Result<Survey> {
    survey(root, walk(root, ignoring).build())
}

/// Looks at one skill's folder again, with the rules of the folders above it.
///
/// # Errors
///
/// As [`discover`].
pub fn discover_one(root: &Path, folder: &Path, ignoring: Ignoring) -> io::Result<Option<Found>> {
    let mut walk = walk(root, ignoring);
    let wanted = folder.to_owned();
    walk.filter_entry(move |entry| {
        let (path, name) = (entry.path(), entry.file_name());
        (path.starts_with(&wanted) || wanted.starts_with(path)) && !left_out(name, entry.depth())
    });
    Ok(survey(root, walk.build())?.found.into_iter().find(|found| found.folder == folder))
}

fn survey(root: &Path, walk: Walk) -> io::Result<Survey> {
    // The walk would report a missing root as one entry among others.
    std::fs::read_dir(root)?;
    let mut tree = Tree { root, skills: Vec::new(), refused: Vec::new(), plain_folders: 0 };
    for entry in walk {
        tree.take(entry)?;
        if tree.plain_folders > MAX_PLAIN_FOLDERS {
            break;
        }
    }
    Ok(tree.finish())
}

fn walk(root: &Path, ignoring: Ignoring) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    let git = ignoring == Ignoring::GitToo;
    walk.standard_filters(false)
        .git_ignore(git)
        .git_exclude(git)
        .parents(git)
        .require_git(true)
        .add_custom_ignore_filename(".skillignore")
        .follow_links(false)
        .max_depth(Some(MAX_WALK_DEPTH))
        .sort_by_file_name(skill_md_first)
        .filter_entry(|entry| !left_out(entry.file_name(), entry.depth()));
    walk
}

/// `SKILL.md` first: whatever comes after it in its folder is known to belong to a skill.
fn skill_md_first(a: &OsStr, b: &OsStr) -> Ordering {
    (!is_skill_md(a), a).cmp(&(!is_skill_md(b), b))
}

fn is_skill_md(name: &OsStr) -> bool {
    name.eq_ignore_ascii_case("skill.md")
}

/// A name that is never looked at, so deep below the root.
pub fn left_out(name: &OsStr, depth: usize) -> bool {
    let lower = name.to_string_lossy().to_lowercase();
    depth > 0
        && (LEFT_OUT.contains(&lower.as_str())
            || (depth == 1 && lower == "synced")
            || DROPPINGS.contains(&lower.as_str())
            || lower.ends_with('~')
            || (lower.starts_with('.') && lower.ends_with(".swp")))
}

/// The walk so far. It goes depth first, so that only the skill found last can own the next entry.
struct Tree<'a> {
    root: &'a Path,
    skills: Vec<Found>,
    refused: Vec<Found>,
    plain_folders: usize,
}

impl Tree<'_> {
    fn take(&mut self, entry: Result<DirEntry, ignore::Error>) -> io::Result<()> {
        match entry {
            Ok(entry) => self.take_entry(&entry),
            Err(error) => self.take_error(error)?,
        }
        Ok(())
    }

    fn take_entry(&mut self, entry: &DirEntry) {
        let (path, is_dir) = (entry.path(), entry.file_type().is_some_and(|kind| kind.is_dir()));
        let opens = is_skill_md(entry.file_name()) && (1..=MAX_DEPTH + 1).contains(&entry.depth());
        if let Some(skill) = path.parent().filter(|_| opens && self.owner(path).is_none()) {
            self.open_skill(skill);
        }
        let root = self.root;
        let ignore_file = entry.error().map(|error| Problem::IgnoreFile { why: error.to_string() });
        match self.owner(path) {
            Some(skill) if is_dir => skill.take_folder(entry, ignore_file),
            Some(skill) => skill.give(look(&skill.folder, path)),
            None if is_dir => {
                self.plain_folders += usize::from(entry.depth() > 0);
                self.refused.extend(ignore_file.map(|problem| Found::refused(root, path, problem)));
            }
            None if entry.path_is_symlink() && path.is_dir() => {
                self.refused.push(Found::refused(root, path, Problem::LinkedFolder));
            }
            None => {}
        }
    }

    /// # Errors
    ///
    /// The root cannot be read on, or it is not known what cannot be read.
    fn take_error(&mut self, error: ignore::Error) -> io::Result<()> {
        let Some(path) = place_of(&error).map(Path::to_owned).filter(|path| path != self.root) else {
            return Err(error.into_io_error().unwrap_or_else(|| io::Error::other("the folder cannot be read on")));
        };
        let error = error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be read"));
        let root = self.root;
        match self.owner(&path) {
            Some(skill) => skill.give(missed(below(&skill.folder, &path).unwrap_or_default(), &error)),
            None => match missed(".".to_owned(), &error) {
                Look::Problem(problem) => self.refused.push(Found::refused(root, &path, problem)),
                Look::File(_) | Look::Gone => {}
            },
        }
        Ok(())
    }

    /// The skill that a path lies in.
    fn owner(&mut self, path: &Path) -> Option<&mut Found> {
        self.skills.last_mut().filter(|skill| path.starts_with(&skill.folder) && path != skill.folder)
    }

    /// The folder counted as a plain one when it was entered, and what its `.skillignore` was worth is known since then.
    fn open_skill(&mut self, folder: &Path) {
        self.plain_folders -= usize::from(folder != self.root);
        let known = self.refused.pop_if(|refused| refused.folder == folder);
        self.skills.push(known.unwrap_or_else(|| Found::new(self.root, folder)));
    }

    fn finish(self) -> Survey {
        let mut found = self.skills;
        found.extend(self.refused);
        found.iter_mut().for_each(|found| found.files.sort_by(|a, b| a.path.cmp(&b.path)));
        found.sort_by(|a, b| a.source_path.cmp(&b.source_path));
        // Names that are not UTF-8 may look the same; one line for both is enough.
        found.dedup_by(|b, a| a.source_path == b.source_path);
        Survey { found, too_many_folders: self.plain_folders > MAX_PLAIN_FOLDERS }
    }
}

impl Found {
    /// What must be the same for another look to have seen the same.
    pub fn key(&self) -> FoundKey {
        (self.files.clone(), self.further_files)
    }

    /// Nothing speaks against reading it, and it looks as it did when `key` was taken.
    pub fn is_still(&self, key: &FoundKey) -> bool {
        self.problem.is_none() && !self.changing && key.0 == self.files && key.1 == self.further_files
    }

    fn new(root: &Path, folder: &Path) -> Self {
        let source_path = below(root, folder);
        let problem = source_path.is_none().then_some(Problem::NameNotUtf8);
        let lossy = || folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned();
        let source_path = match source_path.unwrap_or_else(lossy) {
            root if root.is_empty() => ".".to_owned(),
            below => below,
        };
        let folder = folder.to_owned();
        Self { source_path, folder, files: Vec::new(), further_files: 0, problem, changing: false }
    }

    fn refused(root: &Path, folder: &Path, problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::new(root, folder) }
    }

    fn take_folder(&mut self, entry: &DirEntry, ignore_file: Option<Problem>) {
        let path = || below(&self.folder, entry.path()).unwrap_or_default();
        let problem = if is_skill_md(entry.file_name()) && entry.path().parent() == Some(&self.folder) {
            Some(Problem::SpecialFile { path: path() })
        } else if entry.depth() == MAX_WALK_DEPTH {
            Some(Problem::TooDeep { path: path() })
        } else {
            ignore_file
        };
        self.problem = self.problem.take().or(problem);
    }

    fn give(&mut self, look: Look) {
        match look {
            Look::File(file) if self.files.len() <= MAX_FILES => self.files.push(file),
            Look::File(_) => self.further_files += 1,
            Look::Gone => self.changing = true,
            Look::Problem(problem) => drop(self.problem.get_or_insert(problem)),
        }
    }
}

fn place_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        _ => None,
    }
}
