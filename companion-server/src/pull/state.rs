//! What a machine remembers between two runs: the server, its token there, and the folders that were written to. One file of mode 600.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{Disk, Kind, Real, replace};
use super::place::Traces;

/// What is remembered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The server's address.
    pub server: String,
    /// The machine's token there.
    pub token: String,
    /// Folders that were written to.
    #[serde(default)]
    pub folders: BTreeMap<PathBuf, Traces>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("server", &self.server).field("folders", &self.folders).finish_non_exhaustive()
    }
}

/// What is remembered in this file.
///
/// # Errors
///
/// The system's, or a file that says something else.
pub fn read(file: &Path) -> io::Result<Option<State>> {
    match Real.kind(file)? {
        None => Ok(None),
        Some(Kind::File { .. }) => Ok(Some(serde_json::from_slice(&Real.read(file)?)?)),
        Some(_) => Err(io::Error::other("it is no ordinary file")),
    }
}

/// Remembers, in one step.
///
/// # Errors
///
/// The system's.
pub fn write(file: &Path, state: &State) -> io::Result<()> {
    replace(&Real, file, &serde_json::to_vec_pretty(state)?)
}

/// Forgets everything.
///
/// # Errors
///
/// The system's.
pub fn forget(file: &Path) -> io::Result<()> {
    Real.remove(file)
}
