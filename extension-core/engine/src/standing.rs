//! How this browser stands with its server: whether its work is held, and whether its connector counts as broken there.
//!
//! Answers to polls and reports say by a header that work is held. From then on nothing is begun: what was leased goes back, what has
//! begun comes to its end. The first poll without the header ends it. Whose lever it is, since when and why is asked for apart, as is the
//! connector: when a page opens, each minute while one is open, and when either may have changed. In the middle of work that takes nothing
//! from the server (removals, say) it is asked for as well, so that a pause is heard of before the work is done.

use companion_wire::connectors::{BrowserPause, ConnectorState, ConnectorStatus};

use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::{Answer, Body, Response};
use crate::json::Json;
use crate::live::Purpose;
use crate::machine::Engine;
use crate::pause::LONGEST_ASKED;
use crate::state::Gate;
use crate::sync::operation::Op;
use crate::turn::Turn;

/// How often is asked while a page is open.
const EVERY: u64 = 60_000;

/// So long at most something new is begun without a word from the server that work may go on.
const TRUSTED: u64 = 5_000;

impl Engine {
    /// Asks the server how this browser stands there, when it is time and the server can say it.
    pub(crate) fn drive_standing(&mut self, turn: &mut Turn) {
        let Some(link) = self.memory.link.as_ref().filter(|link| link.offers.standing) else { return };
        let waits = (self.live.pages > 0).then_some((self.live.next_standing, EVERY));
        let trusts = self.is_beginning_work(turn).then_some((self.live.pause_heard.after(TRUSTED), TRUSTED));
        let over = |(until, longest)| turn.now.is_past(until, longest);
        let due = self.live.standing_due || [waits, trusts].into_iter().flatten().any(over);
        if !due {
            [waits, trusts].into_iter().flatten().for_each(|(until, _)| turn.wake_at(until));
        }
        if !due || self.live.awaits(&Purpose::Standing) || !self.server_is_ready(turn) {
            return;
        }
        self.live.standing_due = false;
        self.live.next_standing = turn.now.after(EVERY);
        turn.requests.push(companion::status(self.live.expect(Purpose::Standing), link));
    }

    /// What the server says about the browser.
    pub(crate) fn standing_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer) {
            Ok(Response { body: Body::Json(standing), .. }) => self.take_standing(&standing, turn),
            Ok(_) | Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {}
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// Tells the server that the session works again which it knows as lapsed: there may be no work whose success could say so. What
    /// came back because of the old session is reported before.
    pub(crate) fn tell_of_sign_in(&mut self, turn: &mut Turn) {
        let Some(link) = self.memory.link.as_ref().filter(|link| link.offers.standing) else { return };
        let owes = self.memory.server_told && self.may_work();
        let lapsed = self.memory.batch.iter().flat_map(|batch| &batch.ops).any(Op::waits_for_sign_in);
        if !owes || lapsed || self.live.awaits(&Purpose::SignedIn) || !self.server_is_ready(turn) {
            return;
        }
        turn.requests.push(companion::signed_in(self.live.expect(Purpose::SignedIn), link));
    }

    /// The server has heard it, or never will.
    pub(crate) fn sign_in_told(&mut self, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer) {
            Ok(_) | Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.memory.server_told = false;
                self.live.standing_due |= self.memory.connector.is_some();
                turn.remember();
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// What an answer of the server says about a pause. That one is over is for a poll to say: reports pass each other on their way.
    pub(crate) fn pause_told(&mut self, purpose: &Purpose, answer: &Answer, turn: &mut Turn) {
        let offered = self.memory.link.as_ref().is_some_and(|link| link.offers.standing);
        let (true, true, Answer::Response(response)) = (offered, purpose.tells_of_pause(), answer) else { return };
        self.live.pause_heard = turn.now;
        let known = self.memory.pause.as_ref().map(|pause| pause.by);
        let told = companion::paused_by(answer);
        let goes_on = *purpose == Purpose::Poll && response.status == 200;
        if told == known || !(told.is_some() || goes_on) {
            return;
        }
        self.live.standing_due |= told.is_some();
        self.pause_is(told.map(|by| BrowserPause { by, since: None, reason: None }), turn);
    }

    /// Nothing but a pause is known to keep the gate closed: its end is waited for as while the gate is open.
    pub(crate) fn waits_for_pause(&self) -> bool {
        let told = self.memory.link.as_ref().is_some_and(|link| link.offers.standing);
        told && self.memory.pause.is_some() && self.memory.gate == Some(Gate::ReadOnly)
    }

    /// There is work in hand that may begin at any moment.
    fn is_beginning_work(&self, turn: &Turn) -> bool {
        let Some(batch) = self.memory.batch.as_ref().filter(|batch| batch.pause.is_over(turn.now)) else {
            return false;
        };
        let waits = !self.may_work() || !turn.now.is_past(self.memory.hold_until, LONGEST_ASKED);
        !waits && self.memory.pause.is_none() && batch.ops.iter().any(|op| !op.has_begun())
    }

    fn take_standing(&mut self, standing: &Json, turn: &mut Turn) {
        self.server_answered(turn);
        let pause = standing.get("pause").and_then(|pause| pause.clone().decode().ok());
        if pause != self.memory.pause {
            self.pause_is(pause, turn);
        }
        let connector = standing.get("connector").and_then(|state| state.clone().decode().ok()).and_then(broken);
        turn.persist |= connector != self.memory.connector;
        self.memory.connector = connector;
    }

    /// An operator's pause is told among the decisions about claude.ai as well, so that its end is for those to say, too.
    fn pause_is(&mut self, pause: Option<BrowserPause>, turn: &mut Turn) {
        match pause {
            Some(_) => self.live.draining = false,
            None => {
                self.live.poll_due = true;
                self.live.probe_due |= self.memory.gate == Some(Gate::ReadOnly);
            }
        }
        self.memory.pause = pause;
        turn.remember();
    }
}

/// How a connector is broken, in words of this product.
fn broken(state: ConnectorState) -> Option<ErrorCode> {
    if state.status != ConnectorStatus::NeedsReauth {
        return None;
    }
    Some(match state.error_code.as_deref() {
        Some("cookie_expired") => ErrorCode::ConnectorSignedOut,
        Some("endpoint_changed") => ErrorCode::ConnectorChanged,
        _ => ErrorCode::ConnectorBroken,
    })
}
