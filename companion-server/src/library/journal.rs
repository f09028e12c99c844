//! Brings a skill's folder from one content to another, so that a crash at any moment can be finished or is harmless.
//!
//! All new files lie complete beside the skill's own in `.skillferry~`, which is no part of any skill, before the journal is put
//! there. From then on each file of the skill is either as before or as after, and finishing it again does no harm.

use std::collections::BTreeMap;
use std::fs::{self, File as OpenFile};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use skill_format::{Digest, File, RelativePath, SkillFolder, content_digest, folder_digest};

/// Beside the skill's files. Names that end in `~` are left out of every skill.
const STAGING: &str = ".skillferry~";
const JOURNAL: &str = "journal.json";

/// What a file is, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    digest: Digest,
    executable: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    target: Digest,
    before: BTreeMap<RelativePath, Mark>,
    after: BTreeMap<RelativePath, Mark>,
}

/// How finishing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// There was nothing to finish.
    Nothing,
    /// The folder was brought to the content with this digest; [`clear`] once that is remembered.
    Written(Digest),
    /// Somebody has edited a file meanwhile: the folder is left to them.
    Abandoned,
}

/// A step that failed, and on which file.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct StepError {
    /// Below the skill.
    pub path: String,
    /// What the system says.
    pub error: io::Error,
}

type Result<T> = std::result::Result<T, StepError>;

/// Asked before each change of the disk; tests end there as a crash would.
pub type Gate<'a> = &'a mut dyn FnMut() -> io::Result<()>;

trait At<T> {
    fn at(self, path: &str) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &str) -> Result<T> {
        self.map_err(|error| StepError { path: path.to_owned(), error })
    }
}

/// Puts everything in place that [`finish`] needs. The skill's own files are not touched.
///
/// # Errors
///
/// Something could not be written.
pub fn stage(folder: &Path, before: &SkillFolder, after: &SkillFolder, gate: Gate<'_>) -> Result<()> {
    clear(folder).at(STAGING)?;
    let staging = folder.join(STAGING);
    gate().and_then(|()| fs::create_dir(&staging)).at(STAGING)?;
    for (number, (path, file)) in after.files.iter().enumerate() {
        gate().at(path.as_str())?;
        write_whole(&staging.join(number.to_string()), &file.content).at(path.as_str())?;
        permit(&staging.join(number.to_string()), &folder.join(path.as_str()), file.executable).at(path.as_str())?;
    }
    let journal = Journal { target: folder_digest(after), before: marks(before), after: marks(after) };
    let text = serde_json::to_vec(&journal).map_err(io::Error::other).at(JOURNAL)?;
    gate().at(JOURNAL)?;
    write_whole(&staging.join("draft"), &text).at(JOURNAL)?;
    gate().and_then(|()| fs::rename(staging.join("draft"), staging.join(JOURNAL))).at(JOURNAL)?;
    sync_folder(&staging).and_then(|()| sync_folder(folder)).at(STAGING)
}

/// Does what a journal says, wherever an earlier attempt ended.
///
/// # Errors
///
/// A step failed; the journal stays and the next attempt goes on.
pub fn finish(folder: &Path, gate: Gate<'_>) -> Result<Finished> {
    let staging = folder.join(STAGING);
    if !staging.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(Finished::Nothing);
    }
    let Some(journal) = read_journal(&staging).at(JOURNAL)? else {
        gate().and_then(|()| clear(folder)).at(STAGING)?;
        return Ok(Finished::Nothing);
    };
    if !untouched(folder, &journal)? || !carry_out(folder, &journal, gate)? {
        gate().and_then(|()| clear(folder)).at(STAGING)?;
        return Ok(Finished::Abandoned);
    }
    Ok(Finished::Written(journal.target))
}

/// Removes what [`stage`] put there; the journal first, so that the rest means nothing.
///
/// # Errors
///
/// It cannot be removed.
pub fn clear(folder: &Path) -> io::Result<()> {
    let staging = folder.join(STAGING);
    match staging.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            ignore_missing(fs::remove_file(staging.join(JOURNAL)))?;
            fs::remove_dir_all(&staging)
        }
        Ok(_) => fs::remove_file(&staging),
        Err(error) => ignore_missing(Err(error)),
    }
}

/// Every file is as the journal says that it was or will be.
fn untouched(folder: &Path, journal: &Journal) -> Result<bool> {
    for path in journal.before.keys().chain(journal.after.keys()) {
        let now = state(folder, path).at(path.as_str())?;
        let known = now.matches(journal.before.get(path)) || now.matches(journal.after.get(path));
        if !known {
            return Ok(false);
        }
    }
    Ok(true)
}

/// False when a file changed at the last moment.
fn carry_out(folder: &Path, journal: &Journal, gate: Gate<'_>) -> Result<bool> {
    // Removals first: a new file may need the place, or differ by the case of its name only.
    for (path, mark) in journal.before.iter().filter(|(path, _)| !journal.after.contains_key(*path)) {
        match state(folder, path).at(path.as_str())? {
            State::Missing => {}
            now if now.matches(Some(mark)) => gate().and_then(|()| remove(folder, path)).at(path.as_str())?,
            _ => return Ok(false),
        }
    }
    for (number, (path, mark)) in journal.after.iter().enumerate() {
        let now = state(folder, path).at(path.as_str())?;
        if now.matches(Some(mark)) {
            continue;
        }
        if !now.matches(journal.before.get(path)) {
            return Ok(false);
        }
        gate().and_then(|()| replace(folder, path, number)).at(path.as_str())?;
    }
    for (path, mark) in &journal.after {
        if !state(folder, path).at(path.as_str())?.matches(Some(mark)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn replace(folder: &Path, path: &RelativePath, number: usize) -> io::Result<()> {
    let target = folder.join(path.as_str());
    let parent = target.parent().unwrap_or(folder);
    fs::create_dir_all(parent)?;
    fs::rename(folder.join(STAGING).join(number.to_string()), &target)?;
    sync_folder(parent)
}

/// Removes a file, and the folders that are empty without it.
fn remove(folder: &Path, path: &RelativePath) -> io::Result<()> {
    let target = folder.join(path.as_str());
    fs::remove_file(&target)?;
    let mut parent = target.parent();
    while let Some(empty) = parent.filter(|parent| *parent != folder && fs::remove_dir(parent).is_ok()) {
        parent = empty.parent();
    }
    parent.map_or(Ok(()), sync_folder)
}

/// What is at a path of the skill.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No file.
    Missing,
    /// A file, or a link to one of the same skill.
    File(Mark),
    /// What must not be touched.
    Other,
}

impl State {
    fn matches(&self, mark: Option<&Mark>) -> bool {
        match (self, mark) {
            (Self::Missing, None) => true,
            (Self::File(is), Some(mark)) => is == mark,
            _ => false,
        }
    }
}

fn state(folder: &Path, path: &RelativePath) -> io::Result<State> {
    let mut place = folder.to_owned();
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        let metadata = match place.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
            metadata => metadata?,
        };
        match (parts.peek().is_some(), metadata.is_dir(), metadata.is_file()) {
            (true, true, _) => {}
            (true, _, true) | (false, true, _) => return Ok(State::Missing),
            (false, _, true) => return mark(&place),
            // A folder that is a link leads elsewhere.
            (true, false, false) => return Ok(State::Other),
            (false, false, false) => return linked(folder, &place),
        }
    }
    Ok(State::Missing)
}

fn linked(folder: &Path, place: &Path) -> io::Result<State> {
    match place.canonicalize() {
        Ok(real) if real.starts_with(folder.canonicalize()?) && real.metadata()?.is_file() => mark(&real),
        _ => Ok(State::Other),
    }
}

fn mark(place: &Path) -> io::Result<State> {
    let (content, metadata) = (fs::read(place)?, place.metadata()?);
    let executable = super::look::Stamp::of(&metadata).executable();
    Ok(State::File(Mark { digest: content_digest(&content), executable }))
}

fn marks(folder: &SkillFolder) -> BTreeMap<RelativePath, Mark> {
    let mark = |file: &File| Mark { digest: content_digest(&file.content), executable: file.executable };
    folder.files.iter().map(|(path, file)| (path.clone(), mark(file))).collect()
}

/// Nothing when there is no journal: then nothing of the skill was touched.
fn read_journal(staging: &Path) -> io::Result<Option<Journal>> {
    match fs::read(staging.join(JOURNAL)) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_whole(path: &PathBuf, content: &[u8]) -> io::Result<()> {
    let mut file = OpenFile::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The permissions of the file it replaces, with or without those to run it.
#[cfg(unix)]
fn permit(staged: &Path, former: &Path, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = former.metadata().ok().filter(fs::Metadata::is_file);
    let mode = metadata.map_or_else(|| staged.metadata(), Ok)?.permissions().mode() & 0o777;
    let mode = if executable { mode | ((mode & 0o444) >> 2) | 0o100 } else { mode & !0o111 };
    fs::set_permissions(staged, fs::Permissions::from_mode(mode))
}

/// This system has no such permission.
#[cfg(not(unix))]
fn permit(_: &Path, _: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    OpenFile::open(folder)?.sync_all()
}

/// This system does not open folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
