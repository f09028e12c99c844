//! The library: a folder that is watched, read, judged and kept.
//!
//! [`discover`] finds skills, [`read`] reads one, [`scan`] brings the store in line with the folder, [`watch`] does so whenever
//! something changes. [`bundle`] turns kept files into the zip that travels.

pub mod bundle;
mod discover;
mod problem;
mod read;
pub mod sample;
mod scan;
mod watch;

pub use watch::{LibraryHandle, start};

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
    /// Why not everything could be kept, as a sentence; it is tried again by itself.
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
