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
use crate::remote::{decode, encode, who};
use crate::state::Gate;
use crate::turn::Turn;

/// The organisation is asked for again after this, because a person may have switched accounts.
pub(crate) const ORGANISATION_VALID: u64 = 600_000;

/// Weather in a row after which work goes back.
const PATIENCE: u32 = 4;

/// A scan takes a minute or two.
const SCAN: u64 = 45_000;

/// A probe proves that the session works, not that a policy was lifted or that somebody else has left. These gates get one chance in so
/// long, or when a person asks.
const SLOW_GATE: u64 = 900_000;

impl Engine {
    /// Tries claude.ai again if the gate is closed and there is an occasion.
    pub(crate) fn drive_probe(&mut self, turn: &mut Turn) {
        let due = std::mem::take(&mut self.live.probe_due);
        let slow = self.gate_is_slow();
        let waits = match self.memory.gate {
            None => true,
            Some(Gate::Changed) => self.memory.drift.holds() && !self.memory.drift.canary_is_due(turn.now),
            Some(Gate::ReadOnly) => self.memory.drift.policy.read_only,
            Some(_) => slow && !turn.now.is_past(self.memory.gate_since.after(SLOW_GATE), SLOW_GATE),
        };
        if due && matches!(self.memory.gate, Some(Gate::Changed | Gate::ReadOnly)) {
            self.ask_for_policy(turn);
        }
        if !due || waits || self.is_held(turn) {
            return;
        }
        if slow {
            self.memory.gate_since = turn.now;
        }
        self.ask_for_organisations(turn);
    }

    /// Whether something new may begin on claude.ai.
    pub(crate) const fn may_work(&self) -> bool {
        self.memory.gate.is_none() && !self.memory.identity.doubted
    }

    /// The same, as far as the server's pause and one that claude.ai has asked for allow it.
    pub(crate) fn may_begin_anything(&self, turn: &mut Turn) -> bool {
        self.memory.pause.is_none() && self.may_work() && !self.is_held(turn)
    }

    /// Whether asking often is of no use. Without a cookie nobody is signed in, and the browser tells when there is one.
    fn gate_is_slow(&self) -> bool {
        match self.memory.gate {
            Some(Gate::Forbidden | Gate::OtherAccount | Gate::SwitchedOff) => true,
            Some(Gate::SignedOut) => self.live.session_present == Some(false) && self.live.pages == 0,
            _ => false,
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
            let of_pause = |code: &ErrorCode| matches!(code, ErrorCode::RemoteTooFast | ErrorCode::ScanPending);
            self.memory.last_error = self.memory.last_error.filter(|code| !of_pause(code));
            turn.remember();
        }
    }

    /// Asks once; the answer serves probe and batch alike.
    pub(crate) fn ask_for_organisations(&mut self, turn: &mut Turn) {
        if !self.live.awaits(&Purpose::Organisations) && !self.live.awaits(&Purpose::Account) {
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
            Err(Trouble::SignedOut) if self.may_try_tab() => return self.try_tab(turn),
            // Nobody has to open a tab before it is known that one would help.
            Err(Trouble::NoTab) if self.live.trying_tab => return self.close_gate(Gate::SignedOut, turn),
            Err(trouble) => return self.session_trouble(trouble, turn),
        };
        match who::organisations(&body) {
            Ok(list) if list.is_empty() => self.close_gate(Gate::NoOrganisation, turn),
            Ok(list) => self.organisations_seen(list, turn),
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
            Trouble::NoTab => self.close_gate(Gate::TabNeeded, turn),
            Trouble::SwitchedOff => self.close_gate(Gate::SwitchedOff, turn),
            Trouble::TooFast(asked) => {
                self.live.parallel.was_too_fast(self.live.asked_at, turn.now);
                self.hold(asked, ErrorCode::RemoteTooFast, turn);
            }
            Trouble::ScanPending => self.hold(SCAN, ErrorCode::ScanPending, turn),
            Trouble::Weather => self.weather(turn),
            // Whether it is more than chance is for `drift` to say; until then it is weather.
            Trouble::Missing | Trouble::Exists | Trouble::Refused(_) | Trouble::ScanBlocked | Trouble::Changed
                if !self.memory.drift.holds() =>
            {
                self.weather(turn);
            }
            Trouble::Missing | Trouble::Exists | Trouble::Refused(_) | Trouble::ScanBlocked | Trouble::Changed => {
                self.close_gate(Gate::Changed, turn);
            }
        }
    }

    /// All calls to claude.ai wait.
    pub(crate) fn hold(&mut self, asked_ms: u64, code: ErrorCode, turn: &mut Turn) {
        self.memory.hold_until = turn.now.after(asked_ms.min(LONGEST_ASKED));
        self.memory.last_error = Some(code);
        turn.remember();
    }

    /// No work from now on, and none in hand.
    pub(crate) fn close_gate(&mut self, gate: Gate, turn: &mut Turn) {
        // What is still to be said of an earlier session is over with this one.
        if self.memory.gate.is_none() && gate.waits_for_person() {
            self.memory.server_told = false;
        }
        if self.memory.gate != Some(gate) {
            self.memory.gate_since = turn.now;
            self.live.poll_due = true;
        }
        self.memory.gate = Some(gate);
        self.memory.organisation = None;
        self.memory.last_error = Some(gate.code());
        self.tab_gate_closed(gate);
        self.live.draining = false;
        self.live.forget(Purpose::is_batch_work);
        if let Some(batch) = &mut self.memory.batch {
            batch.give_back(gate);
        }
        turn.remember();
    }

    /// The server has to hear that a person is waited for. The contract tells it by work that comes back, so one operation is fetched for
    /// that, once. The reference backend would count it as an attempt and is told by work in hand only.
    pub(crate) fn has_to_tell(&self) -> bool {
        let own_server = self.memory.link.as_ref().is_some_and(|link| link.offers.long_poll);
        let waits = self.memory.gate.is_some_and(Gate::waits_for_person);
        waits && own_server && !self.memory.server_told && !self.is_looking()
    }

    /// What was leased while a person is waited for goes back.
    pub(crate) fn give_back_at_once(&mut self) {
        if let (Some(batch), Some(gate)) =
            (&mut self.memory.batch, self.memory.gate.filter(|gate| gate.waits_for_person()))
        {
            batch.give_back(gate);
        }
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
