//! Who we are at claude.ai: the organisation that is written to, and the gate that closes when claude.ai does not let us work.
//!
//! A closed gate means that no work is taken on. Work in hand goes back to the server: without using an attempt when the session
//! is the reason. A probe opens the gate: at an alarm, when a page opens, or when a person asks.

use crate::error::ErrorCode;
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::pause::LONGEST_ASKED;
use crate::remote::classify::{Trouble, judged};
use crate::remote::{decode, encode};
use crate::state::{Gate, Organisation};
use crate::turn::Turn;

/// The organisation is asked for again after this, because a person may have switched accounts.
pub(crate) const ORGANISATION_VALID: u64 = 600_000;

/// Weather in a row after which work goes back.
const PATIENCE: u32 = 4;

/// A probe proves that the session works, not that a policy was lifted. That gate gets one chance in so long, or when a person
/// asks.
const SLOW_GATE: u64 = 900_000;

impl Engine {
    /// Tries claude.ai again if the gate is closed and there is an occasion.
    pub(crate) fn drive_probe(&mut self, turn: &mut Turn) {
        let due = std::mem::take(&mut self.live.probe_due);
        let waits = match self.memory.gate {
            None => true,
            Some(Gate::Forbidden) => !turn.now.is_past(self.memory.gate_since.after(SLOW_GATE), SLOW_GATE),
            Some(Gate::Changed) => self.memory.drift.holds() && !self.memory.drift.canary_is_due(turn.now),
            Some(Gate::ReadOnly) => self.memory.drift.policy.read_only,
            Some(_) => false,
        };
        if due && matches!(self.memory.gate, Some(Gate::Changed | Gate::ReadOnly)) {
            self.ask_for_policy(turn);
        }
        if due && !waits && !self.is_held(turn) {
            self.ask_for_organisations(turn);
        }
    }

    /// Whether claude.ai has asked for a pause that is not over; its end is a reason to wake up.
    pub(crate) fn is_held(&self, turn: &mut Turn) -> bool {
        let over = turn.now.is_past(self.memory.hold_until, LONGEST_ASKED);
        if !over {
            turn.wake_at(self.memory.hold_until);
        }
        !over
    }

    /// Forgets a pause that is over.
    pub(crate) fn end_hold(&mut self, turn: &mut Turn) {
        let had_one = self.memory.hold_until != Millis(0);
        if had_one && turn.now.is_past(self.memory.hold_until, LONGEST_ASKED) {
            self.memory.hold_until = Millis(0);
            self.memory.last_error = self.memory.last_error.filter(|code| *code != ErrorCode::RemoteTooFast);
            turn.remember();
        }
    }

    /// Asks once; the answer serves probe and batch alike.
    pub(crate) fn ask_for_organisations(&mut self, turn: &mut Turn) {
        if !self.live.awaits(&Purpose::Organisations) {
            turn.requests.push(encode::organisations(self.live.expect(Purpose::Organisations)));
        }
    }

    /// The organisation is known and fresh enough to begin a batch with.
    pub(crate) fn organisation_is_fresh(&self, turn: &Turn) -> bool {
        let found = self.memory.organisation.as_ref().map(|organisation| organisation.found_at);
        found.is_some_and(|at| !turn.now.is_past(at.after(ORGANISATION_VALID), ORGANISATION_VALID))
    }

    /// What came of asking for the organisations.
    pub(crate) fn organisations_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let body = match judged(answer) {
            Ok(body) => body,
            Err(trouble) => return self.session_trouble(trouble, turn),
        };
        match decode::organisation(&body) {
            Ok(Some(id)) => {
                self.memory.organisation = Some(Organisation { id, found_at: turn.now });
                if self.memory.drift.canary_is_due(turn.now) {
                    return self.send_canary(turn);
                }
                self.open_gate(turn);
            }
            Ok(None) => self.close_gate(Gate::NoOrganisation, turn),
            Err(decode::Drift) => self.session_trouble(Trouble::Changed, turn),
        }
    }

    /// Trouble with a call that everything else depends on.
    pub(crate) fn session_trouble(&mut self, trouble: Trouble, turn: &mut Turn) {
        // Whatever is suspected then may be part of the same trouble.
        turn.persist |= self.memory.drift.canary_failed();
        match trouble {
            Trouble::SignedOut => self.close_gate(Gate::SignedOut, turn),
            Trouble::Challenge => self.close_gate(Gate::Challenge, turn),
            Trouble::Forbidden => self.close_gate(Gate::Forbidden, turn),
            Trouble::TooFast(asked) => self.hold(asked, turn),
            Trouble::Weather => self.weather(turn),
            // Whether it is more than chance is for `drift` to say; until then it is weather.
            Trouble::Missing | Trouble::Exists | Trouble::Refused(_) | Trouble::Changed
                if !self.memory.drift.holds() =>
            {
                self.weather(turn);
            }
            Trouble::Missing | Trouble::Exists | Trouble::Refused(_) | Trouble::Changed => {
                self.close_gate(Gate::Changed, turn);
            }
        }
    }

    /// All calls to claude.ai wait, and fewer run side by side afterwards.
    pub(crate) fn hold(&mut self, asked_ms: u64, turn: &mut Turn) {
        self.memory.hold_until = turn.now.after(asked_ms.min(LONGEST_ASKED));
        self.memory.last_error = Some(ErrorCode::RemoteTooFast);
        self.live.parallel.was_too_fast(self.live.asked_at, turn.now);
        turn.remember();
    }

    /// No work from now on, and none in hand.
    pub(crate) fn close_gate(&mut self, gate: Gate, turn: &mut Turn) {
        if self.memory.gate != Some(gate) {
            self.memory.gate_since = turn.now;
        }
        self.memory.gate = Some(gate);
        self.memory.organisation = None;
        self.memory.last_error = Some(gate.code());
        self.live.draining = false;
        self.live.forget(Purpose::is_batch_work);
        if let Some(batch) = &mut self.memory.batch {
            batch.give_back(gate);
        }
        turn.remember();
    }

    /// claude.ai lets us in again. The gate stays closed where what it answers is not to be relied on.
    pub(crate) fn open_gate(&mut self, turn: &mut Turn) {
        turn.remember();
        if let Some(gate) = self.gate_of_doubt() {
            if self.memory.gate != Some(gate) {
                self.close_gate(gate, turn);
            }
            return;
        }
        if self.memory.gate.take().is_some() {
            self.live.poll_due = true;
        }
        self.remote_answered();
    }

    /// claude.ai works: whatever was wrong with it is over.
    pub(crate) fn remote_answered(&mut self) {
        if self.memory.last_error.is_some_and(|code| !code.is_of_server() && code != ErrorCode::StateReset) {
            self.memory.last_error = None;
        }
    }

    fn weather(&mut self, turn: &mut Turn) {
        let chance = turn.chance();
        let Some(batch) = &mut self.memory.batch else {
            return self.close_gate(Gate::Unavailable, turn);
        };
        batch.pause.lengthen(turn.now, chance);
        if batch.pause.failures >= PATIENCE {
            self.close_gate(Gate::Unavailable, turn);
        }
    }
}
