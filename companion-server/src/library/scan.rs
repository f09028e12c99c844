//! One pass: brings the store in line with the folder. Only real changes of content reach the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skill_format::{Accepted, Refusal, SkillFolder, Verdict, folder_digest, preflight};

use super::bundle::stored;
use super::discover::{Found, FoundFile, discover};
use super::problem::Problem;
use super::read::{ReadOutcome, read};
use crate::store::{EntryState, LibraryEntry, NewVersion, SharedStore, StoreError, StoredFile};
use crate::time::Timestamp;

/// A skill is gone only when it is still gone at a second look.
const SECOND_LOOK: Duration = Duration::from_secs(1);
/// At least so many skills, and more than a fifth of all, vanishing at once wait for a person.
const MASS: usize = 5;

/// What a pass came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// The folder cannot be read; nothing was touched.
    pub root_missing: bool,
    /// Skills whose removal waits for a person.
    pub held: Vec<String>,
    /// Look again soon: something was being written, or has only just vanished.
    pub again: bool,
    /// The store did not take everything.
    pub problem: Option<StoreProblem>,
}

/// Why the store did not take everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreProblem(pub String);

/// Remembers between passes what need not be read again.
pub struct Scanner {
    store: SharedStore,
    root: PathBuf,
    known: BTreeMap<String, Known>,
    missing: BTreeMap<String, Instant>,
    agreed: BTreeSet<String>,
    written: Option<Vec<LibraryEntry>>,
}

struct Known {
    files: Vec<FoundFile>,
    entry: LibraryEntry,
}

/// A folder judged in this pass.
enum Judged {
    Entry(LibraryEntry),
    Changing,
}

impl Scanner {
    /// A scanner of one folder.
    pub fn new(store: SharedStore, root: PathBuf) -> Self {
        Self { store, root, known: BTreeMap::new(), missing: BTreeMap::new(), agreed: BTreeSet::new(), written: None }
    }

    /// A person agrees to these removals.
    pub fn agree(&mut self, names: Vec<String>) {
        self.agreed.extend(names);
    }

    /// Looks through the folder once.
    pub async fn pass(&mut self) -> Pass {
        let root = self.root.clone();
        let found = tokio::task::spawn_blocking(move || discover(&root)).await;
        let Ok(Ok(found)) = found else { return Pass { root_missing: true, ..Pass::default() } };
        let mut pass = Pass::default();
        let mut entries: Vec<LibraryEntry> = Vec::with_capacity(found.len());
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut changing = BTreeSet::new();
        let mut known = std::mem::take(&mut self.known);
        for found in found {
            let path = found.source_path.clone();
            match self.judge(found, known.remove(&path), &names).await {
                Ok(Judged::Entry(entry)) => {
                    if let (true, Some(name)) = (entry.state != EntryState::Refused, &entry.name) {
                        names.insert(name.clone(), path);
                    }
                    entries.push(entry);
                }
                Ok(Judged::Changing) => drop(changing.insert(path)),
                Err(error) => {
                    changing.insert(path);
                    pass.problem = Some(sentence(&error));
                }
            }
        }
        pass.again = !changing.is_empty() && pass.problem.is_none();
        if let Err(error) = self.remove_vanished(&entries, &names, &changing, &mut pass).await {
            pass.problem = Some(sentence(&error));
        }
        if let Err(error) = self.write_entries(entries).await {
            pass.problem = Some(sentence(&error));
        }
        pass
    }

    async fn judge(
        &mut self,
        found: Found,
        known: Option<Known>,
        names: &BTreeMap<String, String>,
    ) -> Result<Judged, StoreError> {
        let unchanged = |known: &Known| known.files == found.files && found.problem.is_none();
        if let Some(known) = known.filter(unchanged) {
            let clashes = known.entry.name.as_ref().is_some_and(|name| names.contains_key(name));
            if clashes == (known.entry.reason.as_deref() == Some("DUPLICATE_NAME")) {
                let entry = known.entry.clone();
                self.known.insert(found.source_path, known);
                return Ok(Judged::Entry(entry));
            }
        }
        let found = Arc::new(found);
        let reading = Arc::clone(&found);
        let outcome = tokio::task::spawn_blocking(move || read(&reading)).await;
        let entry = match outcome {
            Ok(ReadOutcome::Read(folder)) => self.import(&found, folder, names).await?,
            Ok(ReadOutcome::Problem(problem)) => entry_of_problem(&found, None, &problem),
            Ok(ReadOutcome::Refused(refusal)) => entry_of_refusal(&found, &refusal),
            Ok(ReadOutcome::Changing) | Err(_) => return Ok(Judged::Changing),
        };
        let files = found.files.clone();
        self.known.insert(found.source_path.clone(), Known { files, entry: entry.clone() });
        Ok(Judged::Entry(entry))
    }

    async fn import(
        &self,
        found: &Found,
        folder: SkillFolder,
        names: &BTreeMap<String, String>,
    ) -> Result<LibraryEntry, StoreError> {
        let folder_name = found.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let accepted = match preflight::check(&folder_name, &folder) {
            Verdict::Accepted(accepted) => accepted,
            Verdict::Refused(refusal) => return Ok(entry_of_refusal(found, &refusal)),
        };
        if let Some(first) = names.get(&accepted.name) {
            let problem = Problem::DuplicateName { name: accepted.name.clone(), first: first.clone() };
            return Ok(entry_of_problem(found, Some(accepted.name), &problem));
        }
        let entry = entry_of_accepted(found, &accepted);
        let repaired = |(path, file): (_, skill_format::File)| StoredFile {
            path,
            executable: file.executable,
            content: file.content,
        };
        let new = NewVersion {
            source_path: found.source_path.clone(),
            source_digest: folder_digest(&folder),
            bundle_digest: folder_digest(&accepted.bundle(&folder)),
            source_files: stored(folder),
            repaired_files: accepted.replaced.into_iter().map(repaired).collect(),
            name: accepted.name,
            description: accepted.description,
            now: Timestamp::now(),
        };
        self.store.import_version(new).await?;
        Ok(entry)
    }

    /// Skills that no folder has any more. One whose folder is still there but cannot be taken now stays as it is.
    async fn remove_vanished(
        &mut self,
        entries: &[LibraryEntry],
        names: &BTreeMap<String, String>,
        changing: &BTreeSet<String>,
        pass: &mut Pass,
    ) -> Result<(), StoreError> {
        let refused: BTreeSet<&str> = entries
            .iter()
            .filter(|entry| entry.state == EntryState::Refused)
            .map(|entry| entry.source_path.as_str())
            .collect();
        let live = self.store.newest_digests().await?;
        let total = live.len();
        let gone: Vec<String> = live
            .into_iter()
            .filter(|skill| !names.contains_key(&skill.name))
            .filter(|skill| !refused.contains(skill.source_path.as_str()) && !changing.contains(&skill.source_path))
            .map(|skill| skill.name)
            .collect();
        self.missing.retain(|name, _| gone.contains(name));
        self.agreed.retain(|name| gone.contains(name));
        let open: Vec<&String> = gone.iter().filter(|name| !self.agreed.contains(*name)).collect();
        if open.len() >= MASS && open.len() * 5 > total {
            pass.held = open.into_iter().cloned().collect();
        }
        for name in &gone {
            let since = *self.missing.entry(name.clone()).or_insert_with(Instant::now);
            if pass.held.contains(name) {
                continue;
            }
            if since.elapsed() < SECOND_LOOK {
                pass.again = true;
            } else {
                self.store.remove_skill(name, Timestamp::now()).await?;
                tracing::info!(skill = name, "skill removed from the library");
            }
        }
        Ok(())
    }

    async fn write_entries(&mut self, entries: Vec<LibraryEntry>) -> Result<(), StoreError> {
        // When a folder was looked at is no reason to write.
        let same = |a: &LibraryEntry, b: &LibraryEntry| LibraryEntry { seen: b.seen, ..a.clone() } == *b;
        let written = self.written.as_ref();
        if !written
            .is_some_and(|known| known.len() == entries.len() && known.iter().zip(&entries).all(|(a, b)| same(a, b)))
        {
            self.store.replace_entries(entries.clone()).await?;
            self.written = Some(entries);
        }
        Ok(())
    }
}

fn sentence(error: &StoreError) -> StoreProblem {
    StoreProblem(match error {
        StoreError::Full => {
            "The disk is full, so changed skills could not be kept. Make room; it is tried again.".to_owned()
        }
        StoreError::Unavailable(_) => {
            "The database does not answer, so changed skills could not be kept. It is tried again.".to_owned()
        }
        StoreError::Refused(_) => format!("A changed skill could not be kept ({error}). It is tried again."),
    })
}

fn entry(
    found: &Found,
    name: Option<String>,
    state: EntryState,
    reason: Option<&str>,
    notes: Vec<String>,
) -> LibraryEntry {
    let (source_path, reason, seen) = (found.source_path.clone(), reason.map(str::to_owned), Timestamp::now());
    LibraryEntry { source_path, name, state, reason, notes, seen }
}

fn entry_of_accepted(found: &Found, accepted: &Accepted) -> LibraryEntry {
    let state = if accepted.repairs.is_empty() { EntryState::Ok } else { EntryState::Repaired };
    let notes = accepted.repairs.iter().map(ToString::to_string).collect();
    entry(found, Some(accepted.name.clone()), state, None, notes)
}

fn entry_of_refusal(found: &Found, refusal: &Refusal) -> LibraryEntry {
    entry(found, None, EntryState::Refused, Some(refusal.reason.code()), vec![refusal.to_string()])
}

fn entry_of_problem(found: &Found, name: Option<String>, problem: &Problem) -> LibraryEntry {
    entry(found, name, EntryState::Refused, Some(problem.code()), vec![problem.to_string()])
}
