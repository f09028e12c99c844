//! Looks at one file of a skill without opening it.

use std::fs::Metadata;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::problem::Problem;

/// The coarsest clock of a file system in use (FAT's). Two writes within it may leave the same time.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// A file of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Below the skill, `/`-separated.
    pub path: String,
    /// Where its bytes are: elsewhere than `path` says when that is a link within the skill.
    pub real: PathBuf,
    /// What changes when it changes.
    pub stamp: Stamp,
}

/// What changes when a file changes. Besides size and time it knows which file it is: a tool that swaps files and sets
/// their times back is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    modified: Option<SystemTime>,
    mode: u32,
    identity: [u64; 2],
    changed: [i64; 2],
}

impl Stamp {
    /// Of a file's metadata.
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (mode, identity, changed) = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.mode(), [metadata.dev(), metadata.ino()], [metadata.ctime(), metadata.ctime_nsec()])
        };
        #[cfg(not(unix))]
        let (mode, identity, changed) = (0, [0; 2], [0; 2]);
        Self { size: metadata.len(), modified: metadata.modified().ok(), mode, identity, changed }
    }

    /// Somebody may run it.
    pub const fn executable(self) -> bool {
        self.mode & 0o111 != 0
    }

    /// It was written so shortly before `now` that another write may leave the very same stamp.
    pub fn is_fresh(self, now: SystemTime) -> bool {
        let age = self.modified.and_then(|modified| now.duration_since(modified).ok());
        age.is_some_and(|age| age < COARSEST_CLOCK)
    }
}

/// What is at a path that is no folder.
#[derive(Debug)]
pub enum Look {
    /// A regular file, or a link to one of the same skill.
    File(FoundFile),
    /// Nothing any more.
    Gone,
    /// Something that cannot be part of a skill.
    Problem(Problem),
}

/// What is at `path` in the skill `folder`. Nothing is opened, so a pipe blocks nobody.
pub fn look(folder: &Path, path: &Path) -> Look {
    let Some(below) = below(folder, path) else { return Look::Problem(Problem::NameNotUtf8) };
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return missed(below, &error),
    };
    if metadata.is_file() {
        return Look::File(FoundFile { path: below, real: path.to_owned(), stamp: Stamp::of(&metadata) });
    }
    if metadata.is_symlink() {
        follow(folder, path, below)
    } else {
        Look::Problem(Problem::SpecialFile { path: below })
    }
}

/// A link counts as a file when it leads to a regular file of the same skill.
fn follow(folder: &Path, path: &Path, below: String) -> Look {
    let target = || -> io::Result<Option<FoundFile>> {
        let real = path.canonicalize()?;
        let metadata = std::fs::metadata(&real)?;
        let inside = metadata.is_file() && real.starts_with(folder.canonicalize()?);
        Ok(inside.then(|| FoundFile { path: below.clone(), real, stamp: Stamp::of(&metadata) }))
    };
    match target() {
        Ok(Some(file)) => Look::File(file),
        Ok(None) | Err(_) => Look::Problem(Problem::LinkLeavesSkill { path: below }),
    }
}

/// What an error of the file system means for the file at `path`.
pub fn missed(path: String, error: &io::Error) -> Look {
    match error.kind() {
        io::ErrorKind::NotFound => Look::Gone,
        kind => Look::Problem(Problem::Unreadable { path, why: kind.to_string() }),
    }
}

/// `path` below `folder`, `/`-separated; nothing when a name is not UTF-8.
pub fn below(folder: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(folder).ok()?.to_str()?;
    Some(if MAIN_SEPARATOR == '/' { below.to_owned() } else { below.replace(MAIN_SEPARATOR, "/") })
}
