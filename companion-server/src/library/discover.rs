//! Finds the skills below the library's root. Reads names and sizes only.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ignore::{DirEntry, WalkBuilder};

use super::problem::Problem;

/// How deep below the root a skill's folder may lie.
const MAX_DEPTH: usize = 6;
/// How deep below a skill its files may lie.
const MAX_FILE_DEPTH: usize = 16;
/// Never part of a library: what Claude Code copies down or throws away, and what other programs own.
const LEFT_OUT: [&str; 3] = [".trash", ".git", "node_modules"];
const DROPPINGS: [&str; 4] = [".ds_store", "thumbs.db", "desktop.ini", ".skillignore"];

/// A folder with a `SKILL.md`.
#[derive(Debug)]
pub struct Found {
    /// Below the root, `/`-separated; `.` when the root itself is the skill.
    pub source_path: String,
    /// Where it really is.
    pub folder: PathBuf,
    /// Its files, ordered.
    pub files: Vec<FoundFile>,
    /// Why it cannot be taken, if that is known already.
    pub problem: Option<Problem>,
}

/// A file of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Below the skill, `/`-separated.
    pub path: String,
    /// Where its bytes are.
    pub real: PathBuf,
    /// What changes when it changes.
    pub stamp: Stamp,
}

/// What changes when a file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    modified: Option<SystemTime>,
    mode: u32,
}

impl Stamp {
    /// Of a file's metadata.
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let mode = std::os::unix::fs::MetadataExt::mode(metadata);
        #[cfg(not(unix))]
        let mode = 0;
        Self { size: metadata.len(), modified: metadata.modified().ok(), mode }
    }

    /// Somebody may run it.
    pub const fn executable(self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// All skills below `root`, by path.
///
/// # Errors
///
/// The root itself cannot be read.
pub fn discover(root: &Path) -> io::Result<Vec<Found>> {
    let mut skills = walk(root, "", MAX_DEPTH)?;
    // People link skills from elsewhere into their library: a link directly below the root is followed, once.
    for entry in std::fs::read_dir(root)?.flatten() {
        let name = entry.file_name();
        let linked = entry.file_type().is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir();
        if let (true, Some(name)) = (linked && !left_out(&name.to_string_lossy(), 1), name.to_str()) {
            let Ok(target) = entry.path().canonicalize() else { continue };
            skills.extend(walk(&target, name, MAX_DEPTH - 1).unwrap_or_default());
        }
    }
    skills.sort_by(|a, b| a.source_path.cmp(&b.source_path));
    Ok(skills)
}

fn walk(root: &Path, label: &str, depth: usize) -> io::Result<Vec<Found>> {
    std::fs::read_dir(root)?;
    let mut tree = Tree { root, label, depth, skills: BTreeMap::new(), rest: Vec::new() };
    let walker = WalkBuilder::new(root)
        .standard_filters(false)
        .add_custom_ignore_filename(".skillignore")
        .follow_links(false)
        .max_depth(Some(depth + MAX_FILE_DEPTH))
        .filter_entry(|entry| !left_out(&entry.file_name().to_string_lossy(), entry.depth()))
        .build();
    for entry in walker {
        tree.take(entry);
    }
    Ok(tree.finish())
}

fn left_out(name: &str, depth: usize) -> bool {
    let lower = name.to_lowercase();
    depth > 0
        && (LEFT_OUT.contains(&lower.as_str())
            || (depth == 1 && lower == "synced")
            || DROPPINGS.contains(&lower.as_str())
            || name.ends_with('~')
            || (name.starts_with('.') && name.ends_with(".swp")))
}

struct Tree<'a> {
    root: &'a Path,
    label: &'a str,
    depth: usize,
    /// By folder: a `SKILL.md` was seen directly in it.
    skills: BTreeMap<PathBuf, Found>,
    /// Everything else, to be given to the skill it lies in.
    rest: Vec<(PathBuf, Result<FoundFile, Problem>)>,
}

impl Tree<'_> {
    fn take(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {}
            Ok(entry) => {
                let path = entry.into_path();
                let is_skill_md = path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("skill.md"));
                if let (true, Some(folder)) = (is_skill_md, path.parent()) {
                    self.open_skill(folder.to_owned());
                }
                self.rest.push((path.clone(), look(&path)));
            }
            Err(error) => {
                let (path, why) = place_of(&error);
                if let Some(path) = path {
                    self.rest.push((path.clone(), Err(Problem::Unreadable { path: path.display().to_string(), why })));
                }
            }
        }
    }

    fn open_skill(&mut self, folder: PathBuf) {
        let below = folder.strip_prefix(self.root).unwrap_or(&folder).to_owned();
        if below.components().count() > self.depth {
            return;
        }
        let below = below.to_string_lossy().replace('\\', "/");
        let source_path = match (self.label, below.as_str()) {
            ("", "") => ".".to_owned(),
            ("", below) => below.to_owned(),
            (label, "") => label.to_owned(),
            (label, below) => format!("{label}/{below}"),
        };
        let empty = Found { source_path, folder: folder.clone(), files: Vec::new(), problem: None };
        self.skills.entry(folder).or_insert(empty);
    }

    /// Gives each file to the outermost skill that it lies in: a skill is not searched for others.
    fn finish(mut self) -> Vec<Found> {
        for (path, look) in self.rest {
            let skills = path.ancestors().skip(1).filter(|folder| self.skills.contains_key(*folder));
            let Some(outermost) = skills.last().map(Path::to_owned) else { continue };
            if let Some(found) = self.skills.get_mut(&outermost) {
                found.give(&path, look);
            }
        }
        let all: Vec<PathBuf> = self.skills.keys().cloned().collect();
        self.skills.retain(|folder, _| !all.iter().any(|outer| outer != folder && folder.starts_with(outer)));
        self.skills.into_values().map(Found::ordered).collect()
    }
}

impl Found {
    fn give(&mut self, path: &Path, look: Result<FoundFile, Problem>) {
        let Some(below) = path.strip_prefix(&self.folder).ok().and_then(Path::to_str) else {
            self.problem.get_or_insert(Problem::NameNotUtf8);
            return;
        };
        let below = below.replace(std::path::MAIN_SEPARATOR, "/");
        match look {
            Ok(file) if file.real == path => self.files.push(FoundFile { path: below, ..file }),
            Ok(file) if file.real.starts_with(self.folder.canonicalize().as_deref().unwrap_or(&self.folder)) => {
                self.files.push(FoundFile { path: below, ..file });
            }
            Ok(_) => drop(self.problem.get_or_insert(Problem::LinkLeavesSkill { path: below })),
            Err(problem) => drop(self.problem.get_or_insert(problem.at(below))),
        }
    }

    fn ordered(mut self) -> Self {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self
    }
}

impl Problem {
    /// Names the file by its place in the skill rather than on the machine.
    fn at(self, path: String) -> Self {
        match self {
            Self::Unreadable { why, .. } => Self::Unreadable { path, why },
            Self::LinkLeavesSkill { .. } => Self::LinkLeavesSkill { path },
            Self::SpecialFile { .. } => Self::SpecialFile { path },
            other => other,
        }
    }
}

/// What is at a path that is no folder. Nothing is opened, so a pipe blocks nobody.
fn look(path: &Path) -> Result<FoundFile, Problem> {
    let name = || path.display().to_string();
    let unreadable = |error: io::Error| Problem::Unreadable { path: name(), why: error.kind().to_string() };
    let metadata = std::fs::symlink_metadata(path).map_err(unreadable)?;
    if metadata.is_file() {
        return Ok(FoundFile { path: String::new(), real: path.to_owned(), stamp: Stamp::of(&metadata) });
    }
    if !metadata.is_symlink() {
        return Err(Problem::SpecialFile { path: name() });
    }
    let leaves = |_| Problem::LinkLeavesSkill { path: name() };
    let real = path.canonicalize().map_err(leaves)?;
    let target = std::fs::metadata(&real).map_err(leaves)?;
    if !target.is_file() {
        return Err(Problem::LinkLeavesSkill { path: name() });
    }
    Ok(FoundFile { path: String::new(), real, stamp: Stamp::of(&target) })
}

fn place_of(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path.clone()), place_of(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        ignore::Error::Io(error) => (None, error.kind().to_string()),
        other => (None, other.to_string()),
    }
}
