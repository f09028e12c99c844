//! The library against real folders and a real store.

mod bad_input;
mod convergence;
mod finding;
mod following;
mod removing;
mod shipped;
mod volume;
mod writing;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::scan::{Outcome, Pass, Scanner};
use crate::domain::people::Scope;
use crate::store::{self, DatabaseUrl, EntryState, LibraryEntry, SharedStore};
use crate::time::Timestamp;

/// A folder, a store, and a scanner between them.
struct Fixture {
    root: PathBuf,
    store: SharedStore,
    scanner: Scanner,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("temp folder");
        // macOS and some CI machines link their temp folder.
        let base = folder.path().canonicalize().expect("path");
        let root = base.join("library");
        std::fs::create_dir(&root).expect("root");
        let store = store::open(&DatabaseUrl::Sqlite(base.join("test.db"))).await.expect("store");
        let scanner = Scanner::new(store.clone(), root.clone());
        Self { root, store, scanner, _folder: folder }
    }

    /// Writes a file below the root, with its folders.
    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        write(&self.root.join(path), content);
    }

    /// Writes a skill of one file.
    fn skill(&self, name: &str) {
        self.write(&format!("{name}/SKILL.md"), skill_md(name, "Body."));
    }

    fn remove(&self, path: &str) {
        std::fs::remove_dir_all(self.root.join(path)).expect("remove");
    }

    fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.root.join(from), self.root.join(to)).expect("rename");
    }

    /// One pass that must see the folder.
    async fn pass(&mut self) -> Outcome {
        match self.scanner.pass().await {
            Pass::Done(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Passes, with the pause that a removal needs, until nothing is left to do.
    async fn settle(&mut self) -> Outcome {
        let begin = Instant::now();
        loop {
            let outcome = self.pass().await;
            if !outcome.again {
                return outcome;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "does not settle: {outcome:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A person agrees to everything that is held, or refuses it.
    async fn decide(&self, agree: bool) {
        for batch in self.store.held_batches(Scope::All).await.expect("batches") {
            self.store.decide_held_batch(batch.id, agree, Timestamp::now()).await.expect("decision");
        }
    }

    /// The entry of a folder.
    async fn entry(&self, path: &str) -> LibraryEntry {
        let entries = self.store.entries().await.expect("entries");
        let found = entries.iter().find(|entry| entry.source_path == path).cloned();
        found.unwrap_or_else(|| panic!("no entry for {path}: {entries:?}"))
    }

    async fn assert_refused(&self, path: &str, reason: &str) {
        let entry = self.entry(path).await;
        assert_eq!((entry.state, entry.reason.as_deref()), (EntryState::Refused, Some(reason)), "{path}: {entry:?}");
        assert_eq!(entry.notes.len(), 1, "a refusal has one sentence");
    }

    /// Names of live skills.
    async fn names(&self) -> Vec<String> {
        self.store.newest_digests().await.expect("digests").into_iter().map(|skill| skill.name).collect()
    }
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    std::fs::write(path, content).expect("write");
}

fn skill_md(name: &str, body: &str) -> String {
    format!("---\nname: {name}\ndescription: Does {name}. Use when it is needed.\n---\n{body}\n")
}
