//! What the account held when it was looked at last, a line a skill: so that a new life, or the next look, downloads only what
//! has changed.
//!
//! It is stored apart from the snapshot, because it grows with the account. Losing it costs time and never data: the server tells by
//! content what it has already. Its lines are written after the server has acknowledged what they say, never before.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::error::ErrorCode;
use crate::json::Json;
use crate::remote::decode::{Mark, RemoteSkill};

/// Names of vanished skills that are shown and reported at most.
const REMOVED_SHOWN: usize = 100;

/// Lines that change without being written down; losing them costs so many downloads.
const UNWRITTEN: usize = 16;

/// The form that this version writes.
const SCHEMA: u32 = 1;

/// What is known of the skills of one organisation. Reading a stored one never fails: what cannot be read is begun anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Ledger {
    schema: u32,
    /// The organisation that it is about.
    org: String,
    /// By the account's id of the skill.
    skills: BTreeMap<String, Line>,
    #[serde(skip)]
    unwritten: usize,
}

/// One skill of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub name: String,
    /// How claude.ai marked the content that this line is about.
    pub mark: Mark,
    /// Canonical digest of that content, where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(default, skip_serializing_if = "Standing::is_known")]
    pub standing: Standing,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// The server has this content, or has decided about it.
    #[default]
    Known,
    /// It could not be brought to the server.
    Refused(ErrorCode),
    /// It was known and is gone from the account, and this product did not remove it.
    Removed,
}

impl Standing {
    const fn is_known(&self) -> bool {
        matches!(self, Self::Known)
    }
}

impl Line {
    /// The content that the list shows is the one that this line is about. No mark proves nothing.
    pub fn is_about(&self, remote: &RemoteSkill) -> bool {
        remote.mark.text().is_some() && self.mark == remote.mark
    }
}

impl Ledger {
    /// Another organisation has other skills: what is known of the former one says nothing about it.
    pub(crate) fn is_for(&mut self, org: &str) {
        if self.org != org {
            *self = Self { schema: SCHEMA, org: org.to_owned(), unwritten: UNWRITTEN, ..Self::default() };
        }
    }

    /// Nothing is known any more.
    pub(crate) fn clear(&mut self) {
        *self = Self { unwritten: UNWRITTEN, ..Self::default() };
    }

    /// What is known of the skill with this id.
    pub(crate) fn line(&self, id: &str) -> Option<&Line> {
        self.skills.get(id)
    }

    /// Writes a line. One that was about a vanished skill of that name has been answered by it.
    pub(crate) fn put(&mut self, id: &str, line: Line) {
        if self.skills.get(id) == Some(&line) {
            return;
        }
        self.skills.retain(|_, known| known.standing != Standing::Removed || known.name != line.name);
        self.skills.insert(id.to_owned(), line);
        self.unwritten += 1;
    }

    /// This product has removed the skill.
    pub(crate) fn forget(&mut self, id: &str) {
        self.unwritten += usize::from(self.skills.remove(id).is_some());
    }

    /// Marks what the list does not show any more, and takes that back for what is there again. What the server never had is
    /// forgotten. Returns the names of what has just been found to be gone.
    pub(crate) fn compare(&mut self, list: &[RemoteSkill]) -> Vec<String> {
        let before = self.skills.len();
        let is_there = |id: &str| list.iter().any(|remote| remote.id == id);
        let made_anew = |name: &str| list.iter().any(|remote| remote.name == name);
        self.skills.retain(|id, line| {
            is_there(id) || (!matches!(line.standing, Standing::Refused(_)) && !made_anew(&line.name))
        });
        let mut changed = before - self.skills.len();
        let mut gone = Vec::new();
        for (id, line) in &mut self.skills {
            match (is_there(id), line.standing) {
                (false, Standing::Known) => {
                    line.standing = Standing::Removed;
                    gone.push(line.name.clone());
                }
                (true, Standing::Removed) => line.standing = Standing::Known,
                _ => continue,
            }
            changed += 1;
        }
        self.unwritten += changed;
        gone
    }

    /// Names of skills that are gone from the account.
    pub(crate) fn removed(&self) -> Vec<String> {
        let gone = self.skills.values().filter(|line| line.standing == Standing::Removed);
        gone.map(|line| line.name.clone()).take(REMOVED_SHOWN).collect()
    }

    /// Skills that could not be brought to the server, with the reason.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&str, ErrorCode)> {
        self.skills.values().filter_map(|line| match line.standing {
            Standing::Refused(code) => Some((line.name.as_str(), code)),
            Standing::Known | Standing::Removed => None,
        })
    }

    /// Whether it is time to write it down: `at_rest`, as soon as anything has changed, else when much has.
    pub(crate) const fn take_unwritten(&mut self, at_rest: bool) -> bool {
        let due = self.unwritten >= UNWRITTEN || (at_rest && self.unwritten > 0);
        if due {
            self.unwritten = 0;
        }
        due
    }

    fn read(stored: Json) -> Option<Self> {
        #[derive(Deserialize)]
        struct Stored {
            schema: u32,
            org: String,
            skills: BTreeMap<String, Line>,
        }
        let Stored { schema, org, skills } = stored.decode().ok()?;
        (schema == SCHEMA).then_some(Self { schema, org, skills, unwritten: 0 })
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Json::deserialize(from).map(|stored| Self::read(stored).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(version: &str) -> Mark {
        Mark { version: Some(version.into()), updated_at: None }
    }

    fn line(name: &str, standing: Standing) -> Line {
        Line { name: name.into(), mark: mark("1"), digest: Some("d".into()), standing }
    }

    fn remote(id: &str, name: &str) -> RemoteSkill {
        RemoteSkill { id: id.into(), name: name.into(), mark: mark("1"), built_in: false, shared: false }
    }

    fn ledger(lines: &[(&str, &str, Standing)]) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.is_for("org");
        lines.iter().for_each(|(id, name, standing)| ledger.put(id, line(name, *standing)));
        ledger
    }

    #[test]
    fn it_comes_back_as_it_was_and_rubbish_is_a_fresh_start() {
        let mut known =
            ledger(&[("s1", "a", Standing::Known), ("s2", "b", Standing::Refused(ErrorCode::RemoteUnreadable))]);
        assert!(known.take_unwritten(true) && !known.take_unwritten(true));
        let stored = serde_json::to_value(&known).expect("is JSON");
        assert_eq!(serde_json::from_value::<Ledger>(stored).expect("reads"), known);
        for rubbish in
            ["7", "{}", r#"{"schema":9,"org":"o","skills":{}}"#, r#"{"schema":1,"org":"o","skills":{"s":1}}"#]
        {
            assert_eq!(serde_json::from_str::<Ledger>(rubbish).expect("reads"), Ledger::default(), "{rubbish}");
        }
    }

    #[test]
    fn what_vanishes_is_told_once_and_taken_back() {
        let mut ledger = ledger(&[
            ("s1", "a", Standing::Known),
            ("s2", "b", Standing::Known),
            ("s3", "c", Standing::Refused(ErrorCode::RemoteUnreadable)),
        ]);
        let list = [remote("s2", "b")];
        assert_eq!(ledger.compare(&list), ["a"]);
        assert_eq!(ledger.compare(&list), [""; 0]);
        assert_eq!((ledger.removed(), ledger.refused().count()), (vec!["a".to_owned()], 0));
        assert_eq!(ledger.compare(&[remote("s1", "a"), remote("s2", "b")]), [""; 0]);
        assert!(ledger.removed().is_empty());
    }

    #[test]
    fn a_skill_that_was_made_anew_is_not_gone() {
        let mut ledger = ledger(&[("s1", "a", Standing::Known)]);
        assert_eq!(ledger.compare(&[remote("s9", "a")]), [""; 0]);
        assert!(ledger.line("s1").is_none() && ledger.removed().is_empty());
    }

    #[test]
    fn another_organisation_begins_anew() {
        let mut ledger = ledger(&[("s1", "a", Standing::Known)]);
        ledger.is_for("org");
        assert!(ledger.line("s1").is_some());
        ledger.is_for("other");
        assert!(ledger.line("s1").is_none());
        assert_eq!(ledger.compare(&[]), [""; 0], "the skills of the former one are not gone");
    }

    #[test]
    fn a_skill_without_a_mark_is_never_as_it_was() {
        let mut remote = remote("s1", "a");
        assert!(line("a", Standing::Known).is_about(&remote));
        remote.mark = Mark::default();
        assert!(!Line { mark: Mark::default(), ..line("a", Standing::Known) }.is_about(&remote));
    }
}
