//! One pass: brings the store in line with the folder. Only real changes of content reach the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use skill_format::Digest;

use super::discover::{Found, FoundKey, Survey, discover};
use super::judge::{Judgement, entry_of_problem, is_fresh, judge};
use super::problem::Problem;
use super::removal::Removals;
use super::status::{Counts, StoreProblem};
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
}

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
        Self { store, root, known, removals, holding: None, written: None }
    }

    /// Looks through the folder once. Dropped half-way it has done what it has done, and the next pass does the rest.
    pub async fn pass(&mut self) -> Pass {
        let root = self.root.clone();
        let survey = match tokio::task::spawn_blocking(move || discover(&root)).await {
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
        let (reading, now) = (Arc::clone(&found), SystemTime::now());
        let judgement = tokio::task::spawn_blocking(move || judge(&reading)).await;
        let fresh = is_fresh(&found, now);
        round.outcome.again |= fresh;
        let entry = match judgement {
            Ok(Judgement::Taken { entry, version }) => self.take(&found, entry, *version, round).await?,
            Ok(Judgement::Refused(entry)) => entry,
            Ok(Judgement::Stuck(entry)) => return Ok(Some(entry)),
            Ok(Judgement::Changing) => return Ok(None),
            Err(_) => entry_of_problem(&found, None, &Problem::Defect),
        };
        self.known.insert(found.source_path.clone(), Known { key: found.key(), entry: entry.clone(), fresh });
        Ok(Some(entry))
    }

    /// Keeps a folder that can be taken, unless its name is taken already or the store has it.
    async fn take(
        &self,
        found: &Found,
        entry: LibraryEntry,
        version: NewVersion,
        round: &Round,
    ) -> Result<LibraryEntry, StoreError> {
        if let Some(first) = round.names.get(&version.name) {
            let problem = Problem::DuplicateName { name: version.name.clone(), first: first.clone() };
            return Ok(entry_of_problem(found, Some(version.name), &problem));
        }
        if !round.has(&version.name, &version.source_path, version.source_digest) {
            self.store.keep_version(version).await?;
        }
        Ok(entry)
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
        !known.fresh && found.is_still(&known.key) && kept && clashes == clashed
    }

    /// The store has this very content from this very folder.
    fn has(&self, name: &str, source_path: &str, digest: Digest) -> bool {
        self.live.get(name).is_some_and(|skill| skill.source_digest == digest && skill.source_path == source_path)
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
