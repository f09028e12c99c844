//! The operations in hand.

use std::collections::BTreeSet;

use companion_wire::operation::Operation;
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
    /// The organisation was asked for again because of a 403 or 404.
    pub organisation_doubted: bool,
}

impl Batch {
    /// As leased.
    pub fn leased(operations: Vec<Operation>, now: Millis) -> Self {
        let ops = operations.into_iter().map(Op::leased).collect();
        Self { leased_at: now, listed_at: Millis(0), ops, pause: Pause::default(), organisation_doubted: false }
    }

    /// A new life: what was under way has an outcome that nobody knows, so everything that has not ended is undecided.
    pub fn begin_again(&mut self) {
        for op in self.ops.iter_mut().filter(|op| !op.has_ended()) {
            op.step = Step::Undecided;
        }
    }

    /// claude.ai does not let us work.
    pub fn give_back(&mut self, gate: Gate) {
        self.ops.iter_mut().filter(|op| !op.has_ended()).for_each(|op| op.give_back(gate));
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

    /// Takes the account's list: verifies what was done, then decides what is open. Returns what is going to be written.
    pub fn listed(&mut self, list: &[RemoteSkill], now: Millis) -> Vec<OwnWrite> {
        self.listed_at = now;
        for op in self.ops.iter_mut().filter(|op| op.awaits_verification()) {
            match verified(op, list) {
                Some(end) => op.step = end,
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
            self.ops.retain(|op| op.has_ended() || op.awaits_verification() || busy(op.id));
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
    fn decide(&mut self, list: &[RemoteSkill]) -> Vec<OwnWrite> {
        let mut taken = BTreeSet::new();
        let mut writes = Vec::new();
        for op in self.ops.iter_mut().filter(|op| !op.has_ended()) {
            let first = taken.insert(op.name().to_owned());
            if op.step == Step::Undecided && first {
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
