//! What is said about the watching: for the dashboard and the log.

use crate::store::{EntryState, LibraryEntry, StoreError};
use crate::time::Timestamp;

/// How the watching goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryStatus {
    /// The folder.
    pub root: String,
    /// How it stands.
    pub state: LibraryState,
    /// When it was last looked through.
    pub last_scan: Option<Timestamp>,
    /// How its skills ended then.
    pub counts: Counts,
    /// Why not everything could be kept or seen, as a sentence; it is tried again by itself.
    pub problem: Option<String>,
}

/// How the folder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LibraryState {
    /// Not looked through yet.
    Starting,
    /// Followed.
    Watching,
    /// It has vanished or cannot be read. Nothing is removed.
    RootMissing,
    /// So many skills vanished at once that their removal waits for a person.
    Held {
        /// Names of the skills.
        names: Vec<String>,
    },
}

/// How many folders ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Taken as they are.
    pub ok: usize,
    /// Taken after repair.
    pub repaired: usize,
    /// Not taken.
    pub refused: usize,
}

impl Counts {
    /// Of the entries of one pass.
    pub fn of(entries: &[LibraryEntry]) -> Self {
        let count = |state| entries.iter().filter(|entry| entry.state == state).count();
        Self { ok: count(EntryState::Ok), repaired: count(EntryState::Repaired), refused: count(EntryState::Refused) }
    }
}

/// Why the store did not take everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreProblem {
    /// For people.
    pub sentence: String,
    /// The store answers nobody at present, as opposed to refusing one skill.
    pub is_outage: bool,
}

impl From<&StoreError> for StoreProblem {
    fn from(error: &StoreError) -> Self {
        let sentence = match error {
            StoreError::Full => {
                "The disk is full, so changed skills could not be kept. Make room; it is tried again.".to_owned()
            }
            StoreError::Unavailable(_) => {
                "The database does not answer, so changed skills could not be kept. It is tried again.".to_owned()
            }
            StoreError::Refused(_) => format!("A changed skill could not be kept ({error}). It is tried again."),
        };
        Self { sentence, is_outage: matches!(error, StoreError::Unavailable(_)) }
    }
}
