//! One pass: brings the store in line with the folder. Only real changes of content reach the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use skill_format::Digest;
use uuid::Uuid;

use super::bundle::folder;
use super::discover::{Found, FoundKey, Ignoring, Survey, discover};
use super::journal::{self, Finished};
use super::judge::{Judgement, entry_of_problem, is_fresh, judge};
use super::problem::Problem;
use super::removal::Removals;
use super::status::{Counts, StoreProblem};
use super::write_back::{self, WriteProblem, Written};
use crate::store::{EntryState, LibraryEntry, NewVersion, NewestDigest, SharedStore, StoreError};
use crate::time::Timestamp;

/// What a pass came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Pass {
    /// The folder cannot be read; nothing was touched.
    RootMissing,
    /// The store did not say what it has; nothing was touched.
    StoreSilent(StoreProblem),
    /// The folder was looked through.
    Done(Outcome),
}

/// What looking through the folder came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How the folders ended.
    pub counts: Counts,
    /// Skills whose removal waits for a person.
    pub held: Vec<String>,
    /// Look again soon: something was being written, or has only just vanished.
    pub again: bool,
    /// There are so many folders without a skill that not all were looked through.
    pub too_many_folders: bool,
    /// The store did not take everything.
    pub problem: Option<StoreProblem>,
}

/// Remembers between passes what need not be read again.
pub struct Scanner {
    store: SharedStore,
    root: PathBuf,
    known: BTreeMap<String, Known>,
    removals: Removals,
    /// What the store knows to be held, or was not asked about yet.
    holding: Option<BTreeSet<String>>,
    written: Option<Vec<LibraryEntry>>,
    write_back: bool,
    /// Versions that could not be written, by folder, and when they were tried.
    failures: BTreeMap<String, (Uuid, Instant, String)>,
    /// Folders whose content won over a version of the server's, while they have it.
    won: BTreeMap<String, Digest>,
}

/// How long a version that could not be written waits for the next attempt.
const WRITE_PAUSE: Duration = Duration::from_secs(30);

/// A folder as it was judged last.
struct Known {
    key: FoundKey,
    entry: LibraryEntry,
    /// It was judged so soon after it was written that it must be read once more.
    fresh: bool,
}

/// A pass under way.
struct Round {
    outcome: Outcome,
    /// What the store has, by name.
    live: BTreeMap<String, NewestDigest>,
    entries: Vec<LibraryEntry>,
    /// Skill names taken so far, and by which folder.
    names: BTreeMap<String, String>,
    /// Folders that say nothing about what has gone: refused, changing, or not looked at.
    silent: BTreeSet<String>,
}

impl Scanner {
    /// A scanner of one folder.
    pub fn new(store: SharedStore, root: PathBuf) -> Self {
        let (known, removals) = (BTreeMap::new(), Removals::default());
        let (failures, won) = (BTreeMap::new(), BTreeMap::new());
        Self { store, root, known, removals, holding: None, written: None, write_back: true, failures, won }
    }

    /// Whether versions that were made on the server are written into their folders.
    pub fn writing_back(self, write_back: bool) -> Self {
        Self { write_back, ..self }
    }

    /// Looks through the folder once. Dropped half-way it has done what it has done, and the next pass does the rest.
    pub async fn pass(&mut self) -> Pass {
        let root = self.root.clone();
        let survey = match tokio::task::spawn_blocking(move || discover(&root, Ignoring::SkillIgnore)).await {
            Ok(Ok(survey)) => survey,
            Ok(Err(_)) | Err(_) => return Pass::RootMissing,
        };
        let live = match self.store.newest_digests().await {
            Ok(live) => live.into_iter().map(|skill| (skill.name.clone(), skill)).collect(),
            Err(error) => return Pass::StoreSilent(StoreProblem::from(&error)),
        };
        let mut round = Round::new(live, &survey);
        self.judge_all(survey, &mut round).await;
        if let Err(error) = self.finish(&mut round).await {
            round.outcome.problem = Some(StoreProblem::from(&error));
        }
        Pass::Done(round.outcome)
    }

    async fn judge_all(&mut self, survey: Survey, round: &mut Round) {
        let mut known = std::mem::take(&mut self.known);
        for found in survey.found {
            let path = found.source_path.clone();
            let known = known.remove(&path);
            if round.outcome.problem.as_ref().is_some_and(|problem| problem.is_outage) {
                // Every further skill would wait for an answer that does not come.
                round.leave(path.clone(), known.as_ref().map(|known| &known.entry));
                self.known.extend(known.map(|known| (path, known)));
                continue;
            }
            let before = known.as_ref().map(|known| known.entry.clone());
            match self.settle(found, known, round).await {
                Ok(Some(entry)) => round.take(entry),
                Ok(None) => {
                    round.outcome.again = true;
                    round.leave(path, before.as_ref());
                }
                Err(error) => {
                    round.outcome.problem = Some(StoreProblem::from(&error));
                    round.leave(path, before.as_ref());
                }
            }
        }
    }

    /// What becomes of a folder; nothing when it is changing. Reads it only when it differs from what is known.
    async fn settle(
        &mut self,
        found: Found,
        known: Option<Known>,
        round: &mut Round,
    ) -> Result<Option<LibraryEntry>, StoreError> {
        if let Some(known) = known.filter(|known| round.still_holds(&found, known)) {
            let entry = known.entry.clone();
            self.known.insert(found.source_path, known);
            return Ok(Some(entry));
        }
        let found = Arc::new(found);
        let (unfinished, notice) = match self.finish_writing(&found).await? {
            Ok(changed) => (changed, None),
            Err(problem) => (false, Some(problem)),
        };
        if unfinished {
            return Ok(None);
        }
        let (reading, now) = (Arc::clone(&found), SystemTime::now());
        let judgement = tokio::task::spawn_blocking(move || judge(&reading)).await;
        let mut fresh = is_fresh(&found, now);
        round.outcome.again |= fresh;
        let entry = match judgement {
            // Half-written: what is there is nobody's wish.
            Ok(Judgement::Taken { entry, .. }) if notice.is_some() => LibraryEntry { notice, ..entry },
            Ok(Judgement::Taken { entry, version }) => {
                let (entry, changed) = self.take(&found, entry, *version, round).await?;
                fresh |= changed;
                round.outcome.again |= changed;
                entry
            }
            Ok(Judgement::Refused(entry)) => entry,
            Ok(Judgement::Stuck(entry)) => return Ok(Some(entry)),
            Ok(Judgement::Changing) => return Ok(None),
            Err(_) => entry_of_problem(&found, None, &Problem::Defect),
        };
        self.known.insert(found.source_path.clone(), Known { key: found.key(), entry: entry.clone(), fresh });
        Ok(Some(entry))
    }

    /// Keeps a folder that can be taken, unless its name is taken already or the store has it; or brings it to the newest
    /// version. Returns whether the folder was changed.
    async fn take(
        &mut self,
        found: &Arc<Found>,
        entry: LibraryEntry,
        version: NewVersion,
        round: &Round,
    ) -> Result<(LibraryEntry, bool), StoreError> {
        if let Some(first) = round.names.get(&version.name) {
            let problem = Problem::DuplicateName { name: version.name.clone(), first: first.clone() };
            return Ok((entry_of_problem(found, Some(version.name), &problem), false));
        }
        let (path, disk) = (version.source_path.clone(), version.source_digest);
        if self.won.get(&path).is_some_and(|digest| *digest != disk) {
            self.won.remove(&path);
        }
        let Some(skill) = round.live.get(&version.name) else {
            self.store.keep_version(version).await?;
            return Ok((entry, false));
        };
        let last_seen = skill.folder_digest == Some(disk);
        if skill.source_path != path && (disk == skill.source_digest || last_seen) {
            self.store.folder_moved(&version.name, &path).await?;
        }
        if disk == skill.source_digest {
            if !last_seen {
                self.store.folder_holds(&path, disk).await?;
            }
        } else if last_seen {
            return self.write(found, entry, disk, skill).await;
        } else {
            if skill.folder_digest != Some(skill.source_digest) {
                self.won.insert(path.clone(), disk);
            }
            self.store.keep_version(version).await?;
        }
        let notice = self.won.contains_key(&path).then(|| WON.to_owned());
        Ok((LibraryEntry { notice, ..entry }, false))
    }

    /// Brings a folder, which nobody has edited, to the newest version.
    async fn write(
        &mut self,
        found: &Arc<Found>,
        entry: LibraryEntry,
        disk: Digest,
        skill: &NewestDigest,
    ) -> Result<(LibraryEntry, bool), StoreError> {
        let path = found.source_path.as_str();
        if let Some((version, tried, notice)) = self.failures.get(path)
            && *version == skill.version
            && tried.elapsed() < WRITE_PAUSE
        {
            return Ok((LibraryEntry { notice: Some(notice.clone()), ..entry }, false));
        }
        if !self.write_back {
            return Ok((LibraryEntry { notice: Some(WriteProblem::SwitchedOff.to_string()), ..entry }, false));
        }
        let Some(files) = self.store.version_files(skill.version).await? else { return Ok((entry, false)) };
        let (root, place) = (self.root.clone(), Arc::clone(found));
        let writing = tokio::task::spawn_blocking(move || write_back::write(&root, &place, disk, &folder(files)));
        match writing.await {
            Ok(Ok(Written::Whole)) => {
                self.store.folder_holds(path, skill.source_digest).await?;
                self.written_back(found).await;
                Ok((entry, true))
            }
            Ok(Ok(Written::Changed)) => Ok((entry, true)),
            Ok(Err(problem)) => Ok((self.not_written(entry, skill, problem.to_string()), false)),
            Err(_) => Ok((self.not_written(entry, skill, Problem::Defect.to_string()), false)),
        }
    }

    /// Says why, and remembers not to try again at once.
    fn not_written(&mut self, entry: LibraryEntry, skill: &NewestDigest, notice: String) -> LibraryEntry {
        let folder = entry.source_path.clone();
        tracing::warn!(folder, "{notice}");
        self.failures.insert(folder, (skill.version, Instant::now(), notice.clone()));
        LibraryEntry { notice: Some(notice), ..entry }
    }

    /// Goes on where an earlier attempt to write the folder ended. Returns whether the folder has changed by it, or what
    /// keeps it from going on.
    async fn finish_writing(&mut self, found: &Arc<Found>) -> Result<Result<bool, String>, StoreError> {
        let place = Arc::clone(found);
        let finishing = tokio::task::spawn_blocking(move || journal::finish(&place.folder, &mut || Ok(())));
        Ok(match finishing.await {
            Ok(Ok(Finished::Nothing)) => Ok(false),
            Ok(Ok(Finished::Abandoned)) => Ok(true),
            Ok(Ok(Finished::Written(digest))) => {
                self.store.folder_holds(&found.source_path, digest).await?;
                self.written_back(found).await;
                Ok(true)
            }
            Ok(Err(error)) => Err(WriteProblem::from(error).to_string()),
            Err(_) => Err(Problem::Defect.to_string()),
        })
    }

    /// The store knows what the folder has: the journal is not needed any more. One that stays is done again, to no effect.
    async fn written_back(&mut self, found: &Arc<Found>) {
        self.failures.remove(&found.source_path);
        let place = Arc::clone(found);
        let cleared = tokio::task::spawn_blocking(move || journal::clear(&place.folder)).await;
        if !matches!(cleared, Ok(Ok(()))) {
            tracing::warn!(folder = found.source_path, "temporary files of a written version could not be removed");
        }
        tracing::info!(folder = found.source_path, "a version made on the server was written into its folder");
    }

    async fn finish(&mut self, round: &mut Round) -> Result<(), StoreError> {
        let gone = round.gone();
        let refused = self.recall_removals(&gone).await?;
        let decision = self.removals.decide(&gone, round.live.len(), Instant::now());
        round.outcome.again |= decision.again;
        self.hold_removals(decision.held.iter().cloned().collect()).await?;
        round.outcome.held = decision.held.into_iter().filter(|name| !refused.contains(name)).collect();
        for name in decision.remove {
            self.store.keep_removal(&name, Timestamp::now()).await?;
            tracing::info!(skill = name, "skill removed from the library");
        }
        // Only now: a mass change is seen as one, and so is one that an earlier server did not get to plan.
        self.store.plan_kept(Timestamp::now()).await?;
        round.outcome.counts = Counts::of(&round.entries);
        self.write_entries(std::mem::take(&mut round.entries)).await
    }

    /// Takes up what was held before the server was started and what people have decided since. Returns what they refused.
    async fn recall_removals(&mut self, gone: &BTreeSet<String>) -> Result<Vec<String>, StoreError> {
        if gone.is_empty() && self.holding.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(Vec::new());
        }
        let decisions = self.store.removal_decisions().await?;
        self.removals.recall(decisions.held.clone());
        self.removals.recall(decisions.refused.clone());
        self.removals.agree(decisions.agreed.clone());
        let known = [decisions.held, decisions.agreed, decisions.refused.clone()];
        self.holding = Some(known.into_iter().flatten().collect());
        Ok(decisions.refused)
    }

    /// Tells the store what is held now, where that is news. What was agreed to stays known until it is removed or back.
    async fn hold_removals(&mut self, mut held: BTreeSet<String>) -> Result<(), StoreError> {
        held.extend(self.removals.agreed().cloned());
        if self.holding.as_ref() != Some(&held) {
            self.store.hold_removals(&held, Timestamp::now()).await?;
            self.holding = Some(held);
        }
        Ok(())
    }

    async fn write_entries(&mut self, entries: Vec<LibraryEntry>) -> Result<(), StoreError> {
        // When a folder was looked at is no reason to write.
        let same = |a: &LibraryEntry, b: &LibraryEntry| LibraryEntry { seen: b.seen, ..a.clone() } == *b;
        let all_same = |written: &Vec<LibraryEntry>| {
            written.len() == entries.len() && written.iter().zip(&entries).all(|(a, b)| same(a, b))
        };
        if !self.written.as_ref().is_some_and(all_same) {
            self.store.replace_entries(entries.clone()).await?;
            self.written = Some(entries);
        }
        Ok(())
    }
}

/// Said while the folder has what won.
const WON: &str = "This folder and the skill on the server were both changed. What is in the folder is the newest version now; the server’s is kept in the history.";

impl Round {
    fn new(live: BTreeMap<String, NewestDigest>, survey: &Survey) -> Self {
        let outcome = Outcome { too_many_folders: survey.too_many_folders, ..Outcome::default() };
        Self { outcome, live, entries: Vec::new(), names: BTreeMap::new(), silent: BTreeSet::new() }
    }

    /// The folder has not changed since, and what was said about it then is still right.
    fn still_holds(&self, found: &Found, known: &Known) -> bool {
        let name = known.entry.name.as_ref();
        let clashes = name.is_some_and(|name| self.names.contains_key(name));
        let kept = known.entry.state == EntryState::Refused || name.is_some_and(|name| self.live.contains_key(name));
        let clashed = known.entry.reason.as_deref() == Some(Problem::DUPLICATE_NAME);
        let skill = name.and_then(|name| self.live.get(name));
        let behind = skill.is_some_and(|skill| skill.folder_digest != Some(skill.source_digest));
        !known.fresh && found.is_still(&known.key) && kept && clashes == clashed && !behind
    }

    fn take(&mut self, entry: LibraryEntry) {
        match (entry.state, &entry.name) {
            (EntryState::Ok | EntryState::Repaired, Some(name)) => {
                self.names.entry(name.clone()).or_insert_with(|| entry.source_path.clone());
            }
            // A folder whose name another one has says clearly that it is no other skill any more.
            (EntryState::Refused, Some(_)) => {}
            (_, None) => drop(self.silent.insert(entry.source_path.clone())),
        }
        self.entries.push(entry);
    }

    /// A folder of which nothing new is known: what was known before goes on to hold, its claim to a name included.
    fn leave(&mut self, path: String, before: Option<&LibraryEntry>) {
        if let Some(entry) = before {
            self.take(entry.clone());
        }
        self.silent.insert(path);
    }

    /// Live skills that no folder has any more. A skill whose folder is silent, or lies in one that is, stays as it is.
    fn gone(&self) -> BTreeSet<String> {
        if self.outcome.too_many_folders {
            return BTreeSet::new();
        }
        let is_gone =
            |skill: &&NewestDigest| !self.names.contains_key(&skill.name) && !self.is_silent(&skill.source_path);
        self.live.values().filter(is_gone).map(|skill| skill.name.clone()).collect()
    }

    fn is_silent(&self, source_path: &str) -> bool {
        let ends = source_path.match_indices('/').map(|(end, _)| end).chain([source_path.len()]);
        self.silent.contains(".") || ends.into_iter().any(|end| self.silent.contains(&source_path[..end]))
    }
}
