//! Imports that this process has at hand. Which of them wait, and for whom, the database says.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::super::discover::Ignoring;
use super::folder::Folder;
use super::upload::{Upload, why_not_kept};
use crate::time::Timestamp;

/// How long an import waits.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Skills that were brought.
#[derive(Debug)]
pub struct Import {
    /// Its name.
    pub id: Uuid,
    /// Until when it waits.
    pub expires: Timestamp,
    /// Files that could not be kept because of their names, and what is wrong with these.
    pub misnamed: Vec<(String, &'static str)>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Uploaded(Folder),
    Named(PathBuf),
}

impl Import {
    /// What was sent.
    pub fn uploaded(id: Uuid, expires: Timestamp, upload: Upload, misnamed: Vec<String>) -> Self {
        let misnamed = misnamed.into_iter().map(|path| why_not_kept(&path)).collect();
        Self { id, expires, misnamed, place: Place::Uploaded(upload.finish().0) }
    }

    /// A folder on the server. What lies in it is read when it is needed.
    pub const fn named(id: Uuid, expires: Timestamp, path: PathBuf) -> Self {
        Self { id, expires, misnamed: Vec::new(), place: Place::Named(path) }
    }

    /// Where the skills lie.
    pub fn root(&self) -> &Path {
        match &self.place {
            Place::Uploaded(folder) => folder.path(),
            Place::Named(path) => path,
        }
    }

    /// The folder on the server that was named.
    pub fn source(&self) -> Option<&Path> {
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

/// Uploads whose files lie on this machine's disk.
#[derive(Debug, Default)]
pub struct Imports {
    at_hand: Mutex<Vec<Arc<Import>>>,
}

impl Imports {
    /// Keeps one at hand; of two with one name the first.
    pub fn add(&self, import: Import) -> Arc<Import> {
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = at_hand.iter().find(|known| known.id == import.id) {
            return Arc::clone(known);
        }
        let import = Arc::new(import);
        at_hand.push(Arc::clone(&import));
        import
    }

    /// The one of that name.
    pub fn find(&self, id: Uuid) -> Option<Arc<Import>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|import| import.id == id).cloned()
    }

    /// Lets go of all but these. The files go when nobody reads them any more.
    pub fn keep_only(&self, waiting: &[Uuid]) {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner).retain(|import| waiting.contains(&import.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_when_nobody_needs_them() {
        let (imports, id) = (Imports::default(), Uuid::from_u128(1));
        let import = || Import::uploaded(id, Timestamp::now(), Upload::begin().expect("a folder"), Vec::new());
        let (first, second) = (imports.add(import()), imports.add(import()));
        assert!(Arc::ptr_eq(&first, &second), "one folder is enough");
        let place = first.root().to_owned();
        imports.keep_only(&[id]);
        drop((first, second));
        assert!(place.is_dir() && imports.find(id).is_some());
        imports.keep_only(&[]);
        assert!(!place.exists() && imports.find(id).is_none());
    }
}
