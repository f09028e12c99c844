//! The client's half of the pairing: asked for → waits for a person → linked, or ended.
//!
//! ```text
//!  Pair ──▶ asked ──offers──▶ asked ──201──▶ waiting ──approved──▶ link
//!            │ cannot be asked                 │ 404, 410, own clock, Cancel
//!            ▼                                 ▼
//!         (as before, with a code)          (as before, with a code)
//! ```
//!
//! Everything needed is in memory, so a new life goes on where the last one ended. Only the one answer that carries the token must not
//! be lost; if it is, the server says 404 and the person pairs again.

use companion_wire::capability::{Capabilities, Capability};
use companion_wire::endpoint::EndpointPolicy;
use companion_wire::pairing::{PairingStarted, PairingStatus};

use crate::address;
use crate::companion::{self, Refusal, decoded, judged};
use crate::error::ErrorCode;
use crate::identity::{Home, Identity};
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::pause::Pause;
use crate::redact::Secret;
use crate::remote::who::RemoteOrganisation;
use crate::state::{Link, Memory, Offers, Pairing, Place, Waiting};
use crate::turn::Turn;

/// What a browser without a name calls itself.
const DEFAULT_LABEL: &str = "Browser";

/// Attempts to reach a server that was just typed in; the person is looking.
const FIRST_CONTACTS: u32 = 3;

/// As long as the server gives.
const LIFETIME: u64 = 600_000;

/// The clocks of server and browser may run apart by so much.
const MARGIN: u64 = 30_000;

/// How often is asked while a page of the extension is open.
const FAST: u64 = 2_000;

impl Engine {
    /// A person wants to pair with the server at this address.
    pub(crate) fn pair(&mut self, server: &str, label: &str, turn: &mut Turn) {
        self.live.forget(Purpose::is_pairing);
        self.memory.last_error = None;
        self.memory.pairing = None;
        turn.remember();
        let Some(origin) = address::origin(server) else {
            self.memory.last_error = Some(ErrorCode::AddressNotReadable);
            return;
        };
        let label = if label.trim().is_empty() { DEFAULT_LABEL } else { label.trim() };
        self.begin_pairing(Place { origin, label: label.to_owned() }, None);
    }

    /// Pairs once more with the server that this browser works for, to write to another organisation: what a server knows of an account
    /// belongs to the pairing. Until somebody has approved it everything stays as it is.
    pub(crate) fn pair_for(&mut self, organisation: RemoteOrganisation, turn: &mut Turn) {
        let Some(link) = &self.memory.link else { return };
        let place = link.place.clone();
        self.live.forget(Purpose::is_pairing);
        self.memory.last_error = None;
        self.begin_pairing(place, Some(organisation));
        turn.remember();
    }

    fn begin_pairing(&mut self, place: Place, organisation: Option<RemoteOrganisation>) {
        let pause = Pause::default();
        self.memory.pairing = Some(Pairing { place, organisation, offers: None, waiting: None, pause });
        self.live.pairing_due = true;
    }

    /// The person has given up waiting.
    pub(crate) fn cancel_pairing(&mut self, turn: &mut Turn) {
        self.end_pairing(None, turn);
    }

    /// Starts what the pairing needs next.
    pub(crate) fn drive_pairing(&mut self, turn: &mut Turn) {
        let Some(pairing) = &self.memory.pairing else { return };
        if pairing.waiting.as_ref().is_some_and(|waiting| has_run_out(waiting, turn.now)) {
            return self.end_pairing(Some(ErrorCode::PairingExpired), turn);
        }
        if self.live.purposes().any(Purpose::is_pairing) {
            return;
        }
        if !pairing.pause.is_over(turn.now) {
            return turn.wake_at(pairing.pause.until);
        }
        if pairing.waiting.is_some() && !self.pairing_poll_is_due(turn) {
            return;
        }
        self.send_pairing_step(turn);
    }

    /// What the server said about its capabilities, before anything of them is used.
    pub(crate) fn pairing_offers_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match offers(answer, turn.now) {
            Ok((offers, policy)) => {
                self.take_policy(policy, turn);
                let Some(pairing) = &mut self.memory.pairing else { return };
                pairing.offers = Some(offers);
                pairing.pause.end();
                turn.remember();
            }
            Err(refusal) => self.first_contact_failed(refusal, turn),
        }
    }

    /// The server has opened a pairing, or not.
    pub(crate) fn pairing_start_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match judged(answer).and_then(decoded::<PairingStarted>) {
            Ok(started) => {
                let Some(pairing) = &mut self.memory.pairing else { return };
                pairing.waiting = Some(waiting(started, turn.now));
                pairing.pause.end();
                self.memory.last_error = None;
                turn.remember();
            }
            Err(refusal) => self.first_contact_failed(refusal, turn),
        }
    }

    /// Approved, not yet, or ended.
    pub(crate) fn pairing_status_answered(&mut self, answer: Answer, turn: &mut Turn) {
        self.live.next_pairing_poll = turn.now.after(FAST);
        match judged(answer).and_then(decoded::<PairingStatus>) {
            Ok(PairingStatus { approved: true, extension_token: Some(token) }) => self.paired(Secret::new(token), turn),
            Ok(_) => self.still_waiting(turn),
            Err(Refusal::Gone) => self.end_pairing(Some(ErrorCode::PairingExpired), turn),
            Err(Refusal::Missing | Refusal::Revoked | Refusal::Invalid) => {
                self.end_pairing(Some(ErrorCode::PairingEnded), turn);
            }
            Err(refusal) => self.lengthen_pairing_pause(refusal, turn),
        }
    }

    fn pairing_poll_is_due(&mut self, turn: &mut Turn) -> bool {
        let fast = self.live.pages > 0;
        if self.live.pairing_due || (fast && turn.now.is_past(self.live.next_pairing_poll, FAST)) {
            return true;
        }
        if fast {
            turn.wake_at(self.live.next_pairing_poll);
        }
        false
    }

    fn send_pairing_step(&mut self, turn: &mut Turn) {
        let Some(pairing) = &self.memory.pairing else { return };
        self.live.pairing_due = false;
        let Place { origin, label } = &pairing.place;
        turn.requests.push(match (&pairing.offers, &pairing.waiting) {
            (None, _) => companion::capabilities(self.live.expect(Purpose::PairingOffers), origin),
            (Some(_), None) => companion::start_pairing(self.live.expect(Purpose::PairingStart), origin, label),
            (Some(_), Some(waiting)) => {
                companion::pairing_status(self.live.expect(Purpose::PairingStatus), origin, &waiting.token)
            }
        });
    }

    fn still_waiting(&mut self, turn: &mut Turn) {
        if let Some(pairing) = &mut self.memory.pairing
            && pairing.pause.failures > 0
        {
            pairing.pause.end();
            self.memory.last_error = None;
            turn.remember();
        }
    }

    fn paired(&mut self, bearer: Secret, turn: &mut Turn) {
        let Memory { link, lost, pairing, drift, groups, farewells, untold, .. } = std::mem::take(&mut self.memory);
        let Some(Pairing { place, organisation, offers, waiting: Some(waiting), .. }) = pairing else { return };
        let former = link.as_ref().map(|link| &link.place).or(lost.as_ref());
        let same_library = former.is_some_and(|former| former.origin == place.origin);
        let home = organisation.map(|organisation| Home { organisation: organisation.id, ..Home::default() });
        let offers = offers.unwrap_or_default();
        self.memory = Memory {
            link: Some(Link { place, bearer, integration_id: waiting.integration_id, offers }),
            identity: Identity { home, ..Identity::default() },
            // Another server does not make claude.ai answer as before.
            drift,
            // What one library has brought is no business of another one.
            groups: if same_library { groups } else { Vec::new() },
            farewells,
            untold,
            ..Memory::default()
        };
        if let Some(former) = link {
            self.leave(former, turn);
        }
        self.ledger.clear();
        self.live.forget(|purpose| !matches!(purpose, Purpose::Revoke(_)));
        self.live.poll_due = true;
        turn.remember();
    }

    fn first_contact_failed(&mut self, refusal: Refusal, turn: &mut Turn) {
        self.lengthen_pairing_pause(refusal, turn);
        let hopeless = matches!(
            refusal,
            Refusal::Missing | Refusal::Gone | Refusal::Invalid | Refusal::Revoked | Refusal::Stranger
        );
        let tried = self.memory.pairing.as_ref().map_or(0, |pairing| pairing.pause.failures);
        if hopeless || (tried >= FIRST_CONTACTS && refusal == Refusal::Unreachable) {
            self.end_pairing(Some(refusal.code()), turn);
        }
    }

    fn lengthen_pairing_pause(&mut self, refusal: Refusal, turn: &mut Turn) {
        let Some(pairing) = &mut self.memory.pairing else { return };
        match refusal {
            Refusal::Busy(Some(asked)) => pairing.pause.until_asked(turn.now, asked),
            _ => pairing.pause.lengthen(turn.now, turn.chance()),
        }
        self.memory.last_error = Some(refusal.code());
        turn.remember();
    }

    fn end_pairing(&mut self, code: Option<ErrorCode>, turn: &mut Turn) {
        self.live.forget(Purpose::is_pairing);
        self.memory.pairing = None;
        self.memory.last_error = code;
        turn.remember();
    }
}

/// What the server offers, and what its operator has decided: a 404 is the reference backend, which offers nothing.
pub(crate) fn offers(answer: Answer, now: Millis) -> Result<(Offers, Option<EndpointPolicy>), Refusal> {
    let (capabilities, policy) = match judged(answer) {
        Ok(response) => {
            let answer = decoded::<Capabilities>(response)?;
            (answer.capabilities, answer.policy)
        }
        Err(Refusal::Missing) => (Vec::new(), None),
        Err(refusal) => return Err(refusal),
    };
    let offers = Offers {
        long_poll: capabilities.contains(&Capability::LongPoll),
        remote_snapshot: capabilities.contains(&Capability::RemoteSnapshot),
        conflicts: capabilities.contains(&Capability::Conflicts),
        recover: capabilities.contains(&Capability::Recover),
        held_work: capabilities.contains(&Capability::HeldWork),
        usage: capabilities.contains(&Capability::Usage),
        asked_at: now,
    };
    Ok((offers, policy))
}

fn waiting(started: PairingStarted, now: Millis) -> Waiting {
    Waiting {
        integration_id: started.integration_id,
        code: started.pairing_code,
        token: Secret::new(started.pairing_token),
        redemption_url: started.redemption_url,
        expires_at: now.after(LIFETIME),
    }
}

/// By our own clock; one that was set back by hours ends the pairing, too, rather than asking for hours.
fn has_run_out(waiting: &Waiting, now: Millis) -> bool {
    now.is_past(waiting.expires_at.after(MARGIN), LIFETIME + 2 * MARGIN)
}
