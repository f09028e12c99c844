//! A folder for the files of one import, in the system's place for such things and for this user alone. It vanishes with its value; one
//! that a killed server has left behind is told by its lock, which the system lets go when a process ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const PREFIX: &str = "skillferry-import-";
const LOCK: &str = "lock";
const FILES: &str = "files";
/// A folder may be there for a moment before it is locked.
const BEING_MADE: Duration = Duration::from_secs(60);
/// Earlier versions took no lock. None of their imports waited longer than half an hour.
const WITHOUT_LOCK: Duration = Duration::from_secs(60 * 60);

/// A folder that is ours for as long as this lives.
#[derive(Debug)]
pub struct Folder {
    files: PathBuf,
    // Before the folder: what is locked cannot be removed everywhere.
    _lock: File,
    _folder: TempDir,
}

impl Folder {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn begin() -> io::Result<Self> {
        Self::begin_below(&std::env::temp_dir())
    }

    fn begin_below(place: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        lock.lock()?;
        let files = folder.path().join(FILES);
        std::fs::create_dir(&files)?;
        Ok(Self { files, _lock: lock, _folder: folder })
    }

    /// Where the files lie.
    pub fn path(&self) -> &Path {
        &self.files
    }
}

/// Removes what killed servers of this user have left behind. Returns how many folders that were.
///
/// # Errors
///
/// The system's place for such things cannot be read.
pub fn clear_left_behind() -> io::Result<usize> {
    clear(&std::env::temp_dir(), SystemTime::now())
}

fn clear(place: &Path, now: SystemTime) -> io::Result<usize> {
    let own = Owner::of_this_user()?;
    let mut cleared = 0;
    for entry in std::fs::read_dir(place)?.flatten() {
        let is_one = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_one && is_left(&entry.path(), &own, now) && std::fs::remove_dir_all(entry.path()).is_ok() {
            cleared += 1;
        }
    }
    Ok(cleared)
}

/// No process has it any more. Whatever cannot be told stays.
fn is_left(folder: &Path, own: &Owner, now: SystemTime) -> bool {
    let Ok(about) = std::fs::symlink_metadata(folder) else { return false };
    let older = |age| about.modified().is_ok_and(|made| now.duration_since(made).is_ok_and(|since| since > age));
    if !about.is_dir() || !own.owns(&about) || !older(BEING_MADE) {
        return false;
    }
    match File::options().read(true).write(true).open(folder.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
        Err(error) => error.kind() == io::ErrorKind::NotFound && older(WITHOUT_LOCK),
    }
}

/// Whose a file is. Everybody may write into the system's place for such things.
#[derive(Debug)]
struct Owner {
    #[cfg(unix)]
    id: u32,
}

impl Owner {
    #[cfg(unix)]
    fn of_this_user() -> io::Result<Self> {
        Ok(Self { id: std::os::unix::fs::MetadataExt::uid(&tempfile::tempfile()?.metadata()?) })
    }

    #[cfg(unix)]
    fn owns(&self, about: &std::fs::Metadata) -> bool {
        std::os::unix::fs::MetadataExt::uid(about) == self.id
    }

    /// Elsewhere that place is each user's own.
    #[cfg(not(unix))]
    fn of_this_user() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    fn owns(&self, _: &std::fs::Metadata) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_while() -> SystemTime {
        SystemTime::now() + 2 * WITHOUT_LOCK
    }

    #[test]
    fn what_is_in_use_or_nobodys_stays() {
        let place = tempfile::tempdir().expect("a folder");
        let used = Folder::begin_below(place.path()).expect("a folder");
        std::fs::create_dir(place.path().join("another")).expect("a folder");
        std::fs::write(place.path().join("skillferry-import-file"), "").expect("a file");
        assert_eq!(clear(place.path(), in_a_while()).expect("looked"), 0);
        assert!(used.path().is_dir());
        drop(used);
        assert_eq!(std::fs::read_dir(place.path()).expect("read").count(), 2, "it vanishes with its value");
    }

    #[test]
    fn what_a_killed_server_left_goes() {
        let place = tempfile::tempdir().expect("a folder");
        for (name, locked) in [("skillferry-import-new", true), ("skillferry-import-old", false)] {
            std::fs::create_dir_all(place.path().join(name).join(FILES)).expect("a folder");
            std::fs::write(place.path().join(name).join(FILES).join("SKILL.md"), "x").expect("a file");
            if locked {
                std::fs::write(place.path().join(name).join(LOCK), "").expect("a file");
            }
        }
        assert_eq!(clear(place.path(), SystemTime::now()).expect("looked"), 0, "it may be being made");
        assert_eq!(clear(place.path(), SystemTime::now() + 2 * BEING_MADE).expect("looked"), 1);
        assert_eq!(clear(place.path(), in_a_while()).expect("looked"), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (place, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        std::os::unix::fs::symlink(other.path(), place.path().join("skillferry-import-link")).expect("a link");
        assert_eq!(clear(place.path(), in_a_while()).expect("looked"), 0);
        assert!(other.path().is_dir());
    }
}
