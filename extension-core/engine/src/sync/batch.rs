//! The operations in hand.

use std::collections::BTreeSet;

use companion_wire::operation::{Operation, OperationKind};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decide::{decided, verified};
use super::operation::{Op, Step};
use crate::error::ErrorCode;
use crate::io::Millis;
use crate::pause::Pause;
use crate::remote::decode::RemoteSkill;
use crate::state::{Gate, OwnWrite};

/// A lease lasts three minutes. Nothing new is begun in its last half minute: the server may hand the operation out again.
const LEASE: u64 = 150_000;

/// How long a list may be relied on for overwriting and removing.
const LIST_VALID: u64 = 30_000;

/// What is leased to this browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub leased_at: Millis,
    /// When the account was last listed for it.
    pub listed_at: Millis,
    /// In the order of the server.
    pub ops: Vec<Op>,
    /// How long claude.ai is left alone after bad weather.
    pub pause: Pause,
    /// There was more to it than a look.
    #[serde(default)]
    pub worked: bool,
    /// The organisation was asked for again because of a 403 or 404.
    pub organisation_doubted: bool,
}

impl Batch {
    /// As leased.
    pub fn leased(operations: Vec<Operation>, now: Millis) -> Self {
        let ops: Vec<Op> = operations.into_iter().map(Op::leased).collect();
        let (pause, worked) = (Pause::default(), !ops.is_empty());
        Self { leased_at: now, listed_at: Millis(0), ops, pause, worked, organisation_doubted: false }
    }

    /// Takes on what was leased while this browser did something of its own.
    pub fn absorb(&mut self, operations: Vec<Operation>, now: Millis) {
        if self.ops.iter().all(Op::has_ended) {
            self.pause.end();
            self.organisation_doubted = false;
        }
        self.leased_at = now;
        self.worked = true;
        self.ops.extend(operations.into_iter().map(Op::leased));
    }

    /// A new life: what was under way has an outcome that nobody knows, so everything that has not ended is undecided. What is
    /// done in parts finds them anew.
    pub fn begin_again(&mut self) {
        self.ops.retain(|op| !op.is_part());
        for op in self.ops.iter_mut().filter(|op| !op.has_ended()) {
            op.step = Step::Undecided;
        }
    }

    /// claude.ai does not let us work. What the server has not asked for is begun anew when it does.
    pub fn give_back(&mut self, gate: Gate) {
        self.ops.retain(Op::is_leased);
        self.ops.iter_mut().filter(|op| !op.has_ended()).for_each(|op| op.give_back(gate));
    }

    /// Work is paused: ends everything that has not begun, so that it goes back. Returns whether there was any. `busy`: something is
    /// under way for the operation.
    pub fn hold_back(&mut self, busy: impl Fn(Uuid) -> bool) -> bool {
        let mut any = false;
        for op in self.ops.iter_mut().filter(|op| !op.has_begun() && !busy(op.id)) {
            op.hold_back();
            any = true;
        }
        any
    }

    /// The operation with this id, if it is still in hand.
    pub fn op(&mut self, id: Uuid) -> Option<&mut Op> {
        self.ops.iter_mut().find(|op| op.id == id)
    }

    /// Nothing can go on before the account is listed (again).
    pub fn needs_list(&self) -> bool {
        !self.ops.iter().any(Op::is_actionable)
            && self.ops.iter().any(|op| op.step == Step::Undecided || op.awaits_verification())
    }

    /// Takes the account's list: verifies what was done, then decides what is open. Returns what is going to be written. `proved` is
    /// told about each step whose effect the list shows, with the mark that the list has.
    pub fn listed(&mut self, list: &[RemoteSkill], now: Millis, mut proved: impl FnMut(&Op, &Step)) -> Vec<OwnWrite> {
        self.listed_at = now;
        for op in self.ops.iter_mut().filter(|op| op.awaits_verification()) {
            match verified(op, list) {
                Some((end, done)) => {
                    op.step = end;
                    proved(op, &done);
                }
                None => op.look_again(ErrorCode::NotVerified),
            }
        }
        self.decide(list)
    }

    /// Lets go of what the server may hand out again: it was leased too long ago and nothing was begun for it.
    /// Returns whether there was any. `busy`: something is under way for the operation.
    pub fn drop_expired(&mut self, now: Millis, busy: impl Fn(Uuid) -> bool) -> bool {
        let before = self.ops.len();
        if now.since(self.leased_at) > LEASE {
            self.ops.retain(|op| !op.is_leased() || op.has_begun() || busy(op.id));
        }
        self.ops.len() != before
    }

    /// Undecides what would overwrite or remove on the strength of a list that has become old.
    pub fn doubt_old_list(&mut self, now: Millis, busy: impl Fn(Uuid) -> bool) {
        if !now.is_past(self.listed_at.after(LIST_VALID), LIST_VALID) {
            return;
        }
        let relies_on_it = |step: &Step| matches!(step, Step::Write { overwrite: true } | Step::Remove { .. });
        for op in self.ops.iter_mut().filter(|op| relies_on_it(&op.step) && !busy(op.id)) {
            op.step = Step::Undecided;
        }
    }

    /// Two operations on one name are done one after the other, so that a removal does not meet its successor.
    pub fn decide(&mut self, list: &[RemoteSkill]) -> Vec<OwnWrite> {
        let mut taken = BTreeSet::new();
        let mut writes = Vec::new();
        for op in self.ops.iter_mut().filter(|op| !op.has_ended()) {
            let first = taken.insert((op.kind == OperationKind::PublishGroup, op.name().to_owned()));
            if op.step == Step::Undecided && first && op.kind != OperationKind::List {
                op.step = decided(op, list);
            }
            writes.extend(own_write(op));
        }
        writes
    }
}

/// What the operation is going to leave on claude.ai, if it is about to write.
pub(crate) fn own_write(op: &Op) -> Option<OwnWrite> {
    let digest = op.payload.digest.clone()?;
    matches!(op.step, Step::Write { .. }).then(|| OwnWrite { name: op.name().to_owned(), digest })
}

#[cfg(test)]
mod tests {
    use companion_wire::operation::OperationPayload;

    use super::*;
    use crate::remote::decode::Mark;

    const NOW: Millis = Millis(1_000_000);

    fn operation(n: u128, kind: OperationKind, name: &str) -> Operation {
        let payload = OperationPayload {
            version_id: Some(Uuid::nil()),
            name: Some(name.into()),
            digest: Some("d".into()),
            claude_ai_skill_id: (kind == OperationKind::Delete).then(|| "s1".into()),
            claude_ai_version: Some("1".into()),
            ..OperationPayload::default()
        };
        let id = Uuid::from_u128(n);
        Operation { id, kind, skill_id: Some(id), payload, attempts: 1, created_at: String::new() }
    }

    fn remote(id: &str, name: &str) -> RemoteSkill {
        let mark = Mark { version: Some("1".into()), updated_at: None };
        RemoteSkill { id: id.into(), name: name.into(), mark, built_in: false, shared: false }
    }

    fn batch(steps: Vec<Step>) -> Batch {
        let operations = (0..steps.len()).map(|n| operation(n as u128, OperationKind::Upload, &n.to_string()));
        let mut batch = Batch::leased(operations.collect(), NOW);
        batch.ops.iter_mut().zip(steps).for_each(|(op, step)| op.step = step);
        batch
    }

    fn every_step() -> Vec<Step> {
        let written = Step::Written { id: "s".into(), mark: Mark::default() };
        let remove = Step::Remove { id: "s".into() };
        let ended = Op::leased(operation(9, OperationKind::Unknown, "x")).step;
        vec![Step::Undecided, Step::Write { overwrite: false }, Step::Write { overwrite: true }, remove, written, ended]
    }

    #[test]
    fn a_new_life_trusts_only_what_has_ended() {
        let mut batch = batch(every_step());
        batch.begin_again();
        let ended: Vec<bool> = batch.ops.iter().map(Op::has_ended).collect();
        assert_eq!(ended, [false, false, false, false, false, true]);
        assert!(batch.ops[..5].iter().all(|op| op.step == Step::Undecided));
    }

    #[test]
    fn an_old_lease_lets_go_of_what_was_not_begun() {
        const { assert!(LEASE + 25_000 < 180_000, "a step that has begun ends within the lease") }
        let mut batch = batch(every_step());
        assert!(!batch.drop_expired(NOW.after(LEASE), |_| false));
        assert!(batch.drop_expired(NOW.after(LEASE + 1), |op| op == Uuid::from_u128(1)));
        let left: Vec<_> = batch.ops.iter().map(|op| op.id.as_u128()).collect();
        assert_eq!(left, [1, 4, 5], "busy, written, ended");
    }

    #[test]
    fn an_old_list_is_no_reason_to_overwrite() {
        let mut batch = batch(every_step());
        batch.listed_at = NOW;
        batch.doubt_old_list(NOW.after(LIST_VALID - 1), |_| false);
        assert_ne!(batch.ops[2].step, Step::Undecided);
        batch.doubt_old_list(NOW.after(LIST_VALID), |_| false);
        let doubted: Vec<_> = batch.ops.iter().map(|op| op.step == Step::Undecided).collect();
        assert_eq!(doubted, [true, false, true, true, false, false]);
    }

    #[test]
    fn one_name_is_done_one_operation_after_the_other() {
        let operations = vec![operation(1, OperationKind::Delete, "a"), operation(2, OperationKind::Upload, "a")];
        let mut batch = Batch::leased(operations, NOW);
        assert!(batch.needs_list());
        batch.listed(&[remote("s1", "a")], NOW, |_, _| {});
        assert_eq!((&batch.ops[0].step, &batch.ops[1].step), (&Step::Remove { id: "s1".into() }, &Step::Undecided));
        batch.ops[0].step = Step::Removed { id: "s1".into() };
        let writes = batch.listed(&[], NOW, |_, _| {});
        assert!(batch.ops[0].has_ended());
        assert_eq!(batch.ops[1].step, Step::Write { overwrite: false });
        assert_eq!(writes, [OwnWrite { name: "a".into(), digest: "d".into() }]);
    }

    #[test]
    fn what_never_shows_is_reported_in_the_end() {
        let mut batch = batch(vec![Step::Undecided]);
        for _ in 0..super::super::operation::TRIES {
            batch.ops[0].step = Step::Written { id: "s".into(), mark: Mark::default() };
            batch.listed(&[], NOW, |_, _| {});
        }
        assert!(matches!(batch.ops[0].step, Step::Ended { code: Some(ErrorCode::NotVerified), .. }));
    }

    #[test]
    fn work_that_goes_back_because_of_the_session_uses_no_attempt() {
        for (gate, expected) in [
            (Gate::SignedOut, true),
            (Gate::Challenge, true),
            (Gate::OtherAccount, true),
            (Gate::SwitchedOff, true),
            (Gate::Unavailable, false),
        ] {
            let mut batch = batch(vec![Step::Undecided]);
            batch.give_back(gate);
            let Step::Ended { completion, .. } = &batch.ops[0].step else { panic!("an end") };
            assert_eq!((completion.auth_expired, completion.success, completion.permanent), (expected, false, false));
        }
    }
}
