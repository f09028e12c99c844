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
    /// Folders that were made to keep this file in, the innermost first.
    #[serde(default)]
    pub made: Vec<PathBuf>,
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

/// Remembers, in one step. Folders on the way there are made, for their owner alone, and remembered as well.
///
/// # Errors
///
/// The system's.
pub fn write(file: &Path, state: &mut State) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let missing: Vec<PathBuf> = folder.ancestors().take_while(|folder| !folder.exists()).map(PathBuf::from).collect();
    for folder in missing.iter().rev() {
        Real.make_folder(folder)?;
    }
    state.made = [missing, std::mem::take(&mut state.made)].concat();
    replace(&Real, file, &serde_json::to_vec_pretty(state)?)
}

/// Forgets everything. Folders that were made go too, unless something else lies there, such as a server's data.
///
/// # Errors
///
/// The system's.
pub fn forget(file: &Path, state: &State) -> io::Result<()> {
    Real.remove(file)?;
    for folder in &state.made {
        if !Real.remove_folder(folder)? {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgetting_leaves_the_folders_that_were_there() {
        let home = tempfile::tempdir().expect("folder");
        let file = home.path().join("a/b/pull.json");
        let mut state = State { server: "https://skills.example".to_owned(), ..State::default() };
        write(&file, &mut state).expect("written");
        write(&file, &mut state).expect("written again");
        let read = read(&file).expect("readable").expect("there");
        assert_eq!(read.made, [home.path().join("a/b"), home.path().join("a")]);
        forget(&file, &read).expect("forgotten");
        assert_eq!(std::fs::read_dir(home.path()).expect("folder").count(), 0);
        std::fs::create_dir(home.path().join("a")).expect("folder");
        let mut state = State::default();
        write(&file, &mut state).expect("written");
        std::fs::write(home.path().join("a/b/skillferry.db"), "").expect("file");
        forget(&file, &state).expect("forgotten");
        assert!(home.path().join("a/b/skillferry.db").exists());
        std::fs::remove_file(home.path().join("a/b/skillferry.db")).expect("file");
        write(&file, &mut state).expect("written");
        forget(&file, &state).expect("forgotten");
        assert!(home.path().join("a").exists() && !home.path().join("a/b").exists());
    }
}
