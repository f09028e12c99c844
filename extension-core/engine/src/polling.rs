//! Asking the server for work.
//!
//! Awake (a page is open, or there was work within the last minute) one request follows the other, and the server holds an empty
//! answer back if it can. Dormant, each alarm asks once. A server that fails is left alone for growing times.

use companion_wire::operation::Operation;

use crate::companion::{self, Refusal, judged};
use crate::error::ErrorCode;
use crate::io::{Answer, Body, Millis, Response};
use crate::json::Json;
use crate::live::Purpose;
use crate::machine::Engine;
use crate::pairing;
use crate::state::{Gate, Offers, Place};
use crate::sync::batch::Batch;
use crate::sync::operation::Op;
use crate::turn::Turn;

/// How long to stay awake after the last work.
const AWAKE: u64 = 60_000;

/// The rhythm of asking a server that cannot hold an answer back.
const PLAIN_RHYTHM: u64 = 5_000;

/// A server that does not hold back although it could is not asked more often than this.
const HELD_RHYTHM: u64 = 2_000;

/// Operations that the server may still have to hear of when it is asked for more.
const BACKLOG: usize = companion::BATCH as usize;

/// An updated server may offer more, and its operator may have decided something.
const OFFERS_VALID: u64 = 3_600_000;

impl Engine {
    /// Asks for work when it is time.
    pub(crate) fn drive_polling(&mut self, turn: &mut Turn) {
        // Work that cannot be begun now would only use up its lease.
        let ahead = self.may_ask_ahead();
        let works = !ahead && self.memory.batch.as_ref().is_some_and(|batch| batch.ops.iter().any(Op::is_leased));
        let of_use = self.may_work() || self.waits_for_pause() || (self.has_to_tell() && self.live.poll_due);
        let busy = works || !of_use || self.is_held(turn);
        if busy || self.live.awaits(&Purpose::Poll) || self.live.awaits(&Purpose::Offers) || !self.server_is_ready(turn)
        {
            return;
        }
        if ahead {
            return self.ask(false, turn);
        }
        let awake = self.live.pages > 0 || !turn.now.is_past(self.live.awake_until, AWAKE);
        if self.live.poll_due || (awake && turn.now.is_past(self.live.next_poll, PLAIN_RHYTHM)) {
            return self.ask(awake && !self.live.draining, turn);
        }
        if awake {
            turn.wake_at(self.live.next_poll);
        }
    }

    /// Whether to ask for more work while the work in hand is being verified and reported: there is more, nothing in hand is left to be
    /// begun, and what the server has not taken note of yet is little enough to be remembered beside what comes.
    fn may_ask_ahead(&self) -> bool {
        let Some(batch) = &self.memory.batch else { return false };
        let done = batch.ops.iter().all(|op| op.is_leased() && (op.has_ended() || op.awaits_verification()));
        self.live.more_waits && done && batch.ops.len() <= BACKLOG && self.memory.pause.is_none() && self.may_work()
    }

    /// Whether the server may be asked; else the end of its pause is a reason to wake up.
    pub(crate) fn server_is_ready(&self, turn: &mut Turn) -> bool {
        let pause = &self.memory.server_pause;
        if !pause.is_over(turn.now) {
            turn.wake_at(pause.until);
        }
        pause.is_over(turn.now)
    }

    /// What came of asking for work.
    pub(crate) fn poll_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let operations = judged(answer).and_then(operations);
        self.live.polled = operations.is_ok();
        self.live.more_waits =
            operations.as_ref().is_ok_and(|operations| operations.len() >= companion::BATCH as usize);
        match operations {
            Ok(operations) if operations.is_empty() => self.nothing_to_do(turn),
            Ok(operations) => {
                self.server_answered(turn);
                let fresh = self.organisation_is_fresh(turn);
                match &mut self.memory.batch {
                    Some(batch) => {
                        batch.absorb(operations, turn.now);
                        // New work begins like a batch of its own: with asking where to, if that is in doubt.
                        if !fresh {
                            batch.listed_at = Millis(0);
                        }
                        self.decide_by_last_list(turn);
                    }
                    none => *none = Some(Batch::leased(operations, turn.now)),
                }
                self.give_back_at_once();
                self.live.awake_until = turn.now.after(AWAKE);
                turn.remember();
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// What came of asking what the server offers.
    pub(crate) fn offers_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match pairing::offers(answer, turn.now) {
            Ok((offers, policy)) => {
                self.server_answered(turn);
                if let Some(link) = &mut self.memory.link {
                    // When it was asked is no reason to write: losing that costs one request.
                    turn.persist |= link.offers != (Offers { asked_at: link.offers.asked_at, ..offers });
                    link.offers = offers;
                }
                self.take_policy(policy, turn);
                self.hand_back_if_read_only(turn);
                if !offers.standing {
                    (self.memory.pause, self.memory.connector) = (None, None);
                }
                self.live.poll_due = true;
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// What came at the end of a pause goes back if the operator wants nothing to be written all the same.
    fn hand_back_if_read_only(&mut self, turn: &mut Turn) {
        let read_only = self.memory.gate == Some(Gate::ReadOnly) && self.memory.drift.policy.read_only;
        if let (true, Some(batch)) = (read_only, &mut self.memory.batch) {
            batch.give_back(Gate::ReadOnly);
            turn.remember();
        }
    }

    /// The batch is done: there may be more, and there will be more soon.
    pub(crate) fn batch_done(&mut self, turn: &mut Turn) {
        let worked = self.memory.batch.take().is_some_and(|batch| batch.worked);
        turn.remember();
        if !worked {
            return;
        }
        self.live.draining = self.memory.gate.is_none() && self.memory.pause.is_none();
        self.live.standing_due |= self.memory.connector.is_some();
        self.live.poll_due = true;
        self.live.awake_until = turn.now.after(AWAKE);
    }

    /// The server works: whatever was wrong with it is over.
    pub(crate) fn server_answered(&mut self, turn: &mut Turn) {
        if self.memory.server_pause.failures > 0 {
            self.memory.server_pause.end();
            turn.remember();
        }
        if self.memory.last_error.is_some_and(ErrorCode::is_of_server) {
            self.memory.last_error = None;
            turn.remember();
        }
    }

    /// The server does not work: leave it alone for a while, or for good.
    pub(crate) fn server_failed(&mut self, refusal: Refusal, turn: &mut Turn) {
        if refusal == Refusal::Revoked {
            return self.revoked(turn);
        }
        // What was refused because of it goes back, and is not asked for again meanwhile.
        if refusal == Refusal::Paused && self.memory.pause.is_some() {
            return;
        }
        let chance = turn.chance();
        match refusal {
            Refusal::Busy(Some(asked)) => self.memory.server_pause.until_asked(turn.now, asked),
            _ => self.memory.server_pause.lengthen(turn.now, chance),
        }
        self.memory.last_error = Some(refusal.code());
        self.live.draining = false;
        turn.remember();
    }

    /// A person wants to be rid of the server. Everything is erased but what it takes to tell the server so.
    pub(crate) fn disconnect(&mut self, turn: &mut Turn) {
        self.live.forget(|purpose| !matches!(purpose, Purpose::Revoke(_)));
        let crate::state::Memory { link, farewells, .. } = std::mem::take(&mut self.memory);
        self.memory.farewells = farewells;
        if let Some(link) = link {
            self.leave(link, turn);
        }
        self.ledger.clear();
        turn.remember();
    }

    fn revoked(&mut self, turn: &mut Turn) {
        let lost: Option<Place> = self.memory.link.take().map(|link| link.place);
        let pairing = self.memory.pairing.take();
        let crate::state::Memory { activity, drift, farewells, untold, groups, .. } = std::mem::take(&mut self.memory);
        self.live.forget(|purpose| !purpose.is_pairing() && !matches!(purpose, Purpose::Revoke(_)));
        self.live.draining = false;
        self.memory = crate::state::Memory {
            lost,
            pairing,
            activity,
            drift,
            farewells,
            untold,
            groups,
            last_error: Some(ErrorCode::TokenRevoked),
            ..crate::state::Memory::default()
        };
        turn.remember();
    }

    /// Asks whether the server's operator has decided otherwise, while no work is taken on.
    pub(crate) fn ask_for_policy(&mut self, turn: &mut Turn) {
        if self.live.awaits(&Purpose::Offers) || !self.server_is_ready(turn) {
            return;
        }
        if let Some(link) = &self.memory.link {
            turn.requests.push(companion::capabilities(self.live.expect(Purpose::Offers), &link.place.origin));
        }
    }

    fn ask(&mut self, wait: bool, turn: &mut Turn) {
        let Some(link) = &self.memory.link else { return };
        self.live.poll_due = false;
        self.live.poll_started = turn.now;
        turn.requests.push(if turn.now.is_past(link.offers.asked_at.after(OFFERS_VALID), OFFERS_VALID) {
            companion::capabilities(self.live.expect(Purpose::Offers), &link.place.origin)
        } else {
            let told_by_one = self.memory.gate.is_some();
            let limit = if told_by_one { 1 } else { companion::BATCH };
            let wait = wait && link.offers.long_poll && (!told_by_one || self.waits_for_pause());
            let holds = self.memory.batch.as_ref().is_some_and(|batch| batch.ops.iter().any(Op::is_leased));
            let recover = link.offers.recover && !self.live.polled && !holds;
            companion::operations(self.live.expect(Purpose::Poll), link, limit, wait, recover)
        });
    }

    fn nothing_to_do(&mut self, turn: &mut Turn) {
        self.server_answered(turn);
        self.live.calls.rested();
        let holds_back = self.memory.link.as_ref().is_some_and(|link| link.offers.long_poll);
        self.live.next_poll = match (holds_back, self.live.draining) {
            (true, true) => turn.now,
            (true, false) => self.live.poll_started.after(HELD_RHYTHM),
            (false, _) => turn.now.after(PLAIN_RHYTHM),
        };
        self.live.draining = false;
    }
}

/// The operations of the answer. One that cannot be read does not keep the others from being done; its lease ends by itself.
fn operations(response: Response) -> Result<Vec<Operation>, Refusal> {
    match response.body {
        Body::Json(Json::List(items)) => Ok(items.into_iter().filter_map(|item| item.decode().ok()).collect()),
        _ => Err(Refusal::Stranger),
    }
}
