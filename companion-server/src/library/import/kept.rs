//! Imports that were shown and wait to be taken: a few, each for a while, each for the person who brought it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;

use super::super::discover::Ignoring;
use super::upload::Upload;
use crate::time::Timestamp;

/// How long an import waits.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How many wait for one person; the oldest gives way.
const MOST_OF_ONE: usize = 2;
/// How many wait in all; the oldest gives way.
const MOST: usize = 8;

/// Skills that were brought.
#[derive(Debug)]
pub struct Import {
    /// Its name.
    pub id: Uuid,
    /// Until when it waits.
    pub expires: Timestamp,
    /// Files that could not be kept because of their names.
    pub misnamed: Vec<(String, &'static str)>,
    owner: Option<Uuid>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Uploaded(TempDir),
    Named(PathBuf),
}

impl Import {
    /// Where the skills lie.
    pub fn root(&self) -> &Path {
        match &self.place {
            Place::Uploaded(folder) => folder.path(),
            Place::Named(path) => path,
        }
    }

    /// The folder on the server that was named.
    pub fn named(&self) -> Option<&Path> {
        match &self.place {
            Place::Uploaded(_) => None,
            Place::Named(path) => Some(path),
        }
    }

    /// A named folder may be a working tree of Git; an upload is what somebody has chosen already.
    pub(super) const fn ignoring(&self) -> Ignoring {
        match self.place {
            Place::Uploaded(_) => Ignoring::SkillIgnore,
            Place::Named(_) => Ignoring::GitToo,
        }
    }
}

/// All that wait. A restart forgets them.
#[derive(Debug, Default)]
pub struct Imports {
    waiting: Mutex<Vec<Arc<Import>>>,
}

impl Imports {
    /// Keeps an upload.
    pub fn keep_upload(&self, upload: Upload, owner: Option<Uuid>, now: Timestamp) -> Arc<Import> {
        let (folder, misnamed) = upload.finish();
        self.keep(Place::Uploaded(folder), misnamed, owner, now)
    }

    /// Keeps the name of a folder on the server. What lies in it is read when it is needed.
    pub fn keep_path(&self, path: PathBuf, owner: Option<Uuid>, now: Timestamp) -> Arc<Import> {
        self.keep(Place::Named(path), Vec::new(), owner, now)
    }

    /// The import of that name, if it waits and is this person's.
    pub fn find(&self, id: Uuid, owner: Option<Uuid>, now: Timestamp) -> Option<Arc<Import>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|import| import.expires > now);
        waiting.iter().find(|import| import.id == id && import.owner == owner).cloned()
    }

    /// Forgets one.
    pub fn forget(&self, id: Uuid, owner: Option<Uuid>) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.len();
        waiting.retain(|import| import.id != id || import.owner != owner);
        waiting.len() < before
    }

    /// Forgets those whose time is over.
    pub fn sweep(&self, now: Timestamp) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).retain(|import| import.expires > now);
    }

    fn keep(
        &self,
        place: Place,
        misnamed: Vec<(String, &'static str)>,
        owner: Option<Uuid>,
        now: Timestamp,
    ) -> Arc<Import> {
        let import = Import { id: Uuid::new_v4(), expires: now.plus(LIFETIME), misnamed, owner, place };
        let import = Arc::new(import);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|import| import.expires > now);
        while waiting.iter().filter(|import| import.owner == owner).count() >= MOST_OF_ONE {
            if let Some(oldest) = waiting.iter().position(|import| import.owner == owner) {
                waiting.remove(oldest);
            }
        }
        if waiting.len() >= MOST {
            waiting.remove(0);
        }
        waiting.push(Arc::clone(&import));
        import
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_their_owners_for_a_while() {
        let (imports, now) = (Imports::default(), Timestamp::now());
        let (me, other) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let upload = imports.keep_upload(Upload::begin().expect("a folder"), me, now);
        let place = upload.root().to_owned();
        assert!(place.is_dir() && imports.find(upload.id, other, now).is_none());
        assert!(imports.find(upload.id, me, now.plus(LIFETIME / 2)).is_some());
        let id = upload.id;
        drop(upload);
        assert!(imports.find(id, me, now.plus(LIFETIME)).is_none() && !place.exists(), "its time is over");
    }

    #[test]
    fn the_oldest_gives_way() {
        let (imports, now) = (Imports::default(), Timestamp::now());
        let keep = |owner: u128| imports.keep_path("/".into(), Some(Uuid::from_u128(owner)), now).id;
        let (first, second, third) = (keep(1), keep(1), keep(1));
        let waits = |id, owner| imports.find(id, Some(Uuid::from_u128(owner)), now).is_some();
        assert!(!waits(first, 1) && waits(second, 1) && waits(third, 1));
        for owner in 2..9 {
            keep(owner);
        }
        assert!(!waits(second, 1) && waits(third, 1) && waits(keep(9), 9));
        assert!(imports.waiting.lock().expect("lock").len() <= MOST);
    }
}
