//! From a found folder to its verdict: read, checked, digested. Blocks; no store, no clock but the one of the stamp.

use std::time::SystemTime;

use skill_format::{Accepted, Refusal, SkillFolder, Verdict, folder_digest, preflight};

use super::bundle::stored;
use super::discover::Found;
use super::problem::Problem;
use super::read::{ReadOutcome, read};
use crate::store::{EntryState, LibraryEntry, NewVersion, StoredFile};
use crate::time::Timestamp;

/// How a folder ends.
#[derive(Debug)]
pub enum Judgement {
    /// Taken, perhaps after repair.
    Taken {
        /// What the dashboard shows.
        entry: LibraryEntry,
        /// What is kept.
        version: Box<NewVersion>,
    },
    /// Not taken because of what is in it; the same content ends the same way.
    Refused(LibraryEntry),
    /// Not taken because of what the file system says; that may change without a trace.
    Stuck(LibraryEntry),
    /// It is being written at this moment: look again soon.
    Changing,
}

/// Reads and judges.
pub fn judge(found: &Found) -> Judgement {
    match read(found) {
        ReadOutcome::Read(folder) => judge_content(found, folder),
        ReadOutcome::Problem(problem) => Judgement::Stuck(entry_of_problem(found, None, &problem)),
        ReadOutcome::Refused(refusal) => Judgement::Refused(entry_of_refusal(found, &refusal)),
        ReadOutcome::Changing => Judgement::Changing,
    }
}

fn judge_content(found: &Found, folder: SkillFolder) -> Judgement {
    let folder_name = found.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match preflight::check(&folder_name, &folder) {
        Verdict::Accepted(accepted) => {
            let entry = entry_of_accepted(found, &accepted);
            Judgement::Taken { entry, version: Box::new(new_version(found, folder, accepted)) }
        }
        Verdict::Refused(refusal) => Judgement::Refused(entry_of_refusal(found, &refusal)),
    }
}

fn new_version(found: &Found, folder: SkillFolder, accepted: Accepted) -> NewVersion {
    let source_digest = folder_digest(&folder);
    let as_it_is = accepted.replaced.is_empty() && accepted.removed.is_empty();
    // A folder can be 30 MB: only a repaired one is copied.
    let bundle_digest = if as_it_is { source_digest } else { folder_digest(&accepted.bundle(&folder)) };
    let repaired =
        |(path, file): (_, skill_format::File)| StoredFile { path, executable: file.executable, content: file.content };
    NewVersion {
        source_path: found.source_path.clone(),
        source_digest,
        bundle_digest,
        source_files: stored(folder),
        repaired_files: accepted.replaced.into_iter().map(repaired).collect(),
        name: accepted.name,
        description: accepted.description,
        now: Timestamp::now(),
    }
}

/// Any of the files may have been written again without leaving a trace.
pub fn is_fresh(found: &Found, now: SystemTime) -> bool {
    found.files.iter().any(|file| file.stamp.is_fresh(now))
}

/// A folder that has a problem, as the dashboard shows it.
pub fn entry_of_problem(found: &Found, name: Option<String>, problem: &Problem) -> LibraryEntry {
    entry(found, name, EntryState::Refused, Some(problem.code()), vec![problem.to_string()])
}

fn entry_of_accepted(found: &Found, accepted: &Accepted) -> LibraryEntry {
    let state = if accepted.repairs.is_empty() { EntryState::Ok } else { EntryState::Repaired };
    let notes = accepted.repairs.iter().map(ToString::to_string).collect();
    entry(found, Some(accepted.name.clone()), state, None, notes)
}

pub(super) fn entry_of_refusal(found: &Found, refusal: &Refusal) -> LibraryEntry {
    entry(found, None, EntryState::Refused, Some(refusal.reason.code()), vec![refusal.to_string()])
}

fn entry(
    found: &Found,
    name: Option<String>,
    state: EntryState,
    reason: Option<&str>,
    notes: Vec<String>,
) -> LibraryEntry {
    let (source_path, reason, seen) = (found.source_path.clone(), reason.map(str::to_owned), Timestamp::now());
    LibraryEntry { source_path, name, state, reason, notes, notice: None, seen }
}
