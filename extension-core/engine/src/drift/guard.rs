//! Where doubt meets the engine: each answer of claude.ai is looked at here first, and each write asks here whether it may start.

use companion_wire::endpoint::{Endpoint, EndpointPolicy};

use super::breaker::Change;
use super::catalogue::contract;
use super::contract::Contract;
use super::judge::{Judged, Proof, judge};
use super::watch::Circumstances;
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::classify::judged;
use crate::remote::encode;
use crate::state::Gate;
use crate::sync::operation::Step;
use crate::turn::Turn;

/// For so long after its last good answer an endpoint is trusted with more than one write at a time, while work goes on.
const TRUSTED: u64 = 60_000;

impl Engine {
    /// Looks at an answer before its reader does. `None` when the endpoint is off because of it: then there is nothing to read.
    pub(crate) fn watched(
        &mut self,
        purpose: &Purpose,
        candidate: usize,
        answer: Answer,
        turn: &mut Turn,
    ) -> Option<Answer> {
        let Some(contract) = purpose.endpoint().and_then(contract) else { return Some(answer) };
        let verdict = judge(contract, &answer);
        let missing = matches!(verdict, Judged::Broken { proof: Proof::Missing, .. });
        if missing && self.another_path_is_left(contract, candidate, turn) {
            if *purpose == Purpose::Canary {
                self.send_canary(turn);
            }
            return None;
        }
        if missing && self.is_merely_not_copied(purpose) {
            return Some(answer);
        }
        let met = matches!(verdict, Judged::Met(_));
        let circumstances = Circumstances { now: turn.now, candidate, op: purpose.action_for() };
        let change = self.memory.drift.take(contract, verdict, circumstances);
        if met {
            self.contract_met(contract.name, turn.now);
        } else if *purpose == Purpose::Canary {
            turn.persist |= self.memory.drift.canary_failed();
        }
        if change != Change::Nothing {
            turn.remember();
        }
        if change != Change::Tripped {
            return Some(answer);
        }
        self.close_gate(Gate::Changed, turn);
        // Whether it is drift or an outage is found out at once.
        self.live.probe_due = true;
        None
    }

    /// Whether a write to this endpoint may begin: never while it is off, and alone while nothing shows that its contract still holds.
    pub(crate) fn may_begin(&self, endpoint: Endpoint, now: Millis) -> bool {
        let drift = &self.memory.drift;
        if drift.is_off(endpoint) || drift.policy.read_only {
            return false;
        }
        let trusted = self.live.calls.met_at(endpoint).is_some_and(|at| !now.is_past(at.after(TRUSTED), TRUSTED));
        (trusted && !drift.goes_alone(endpoint)) || !self.live.purposes().any(|purpose| purpose.leads_to(endpoint))
    }

    /// The path to use for a call now: where to begin, and on from there with each 404.
    pub(crate) fn path(&self, endpoint: Endpoint, now: Millis) -> usize {
        contract(endpoint).map_or(0, |contract| {
            (self.memory.drift.path(contract, now) + self.live.calls.tried(endpoint)) % contract.candidates()
        })
    }

    /// The gate that has to stay closed although claude.ai lets us in.
    pub(crate) fn gate_of_doubt(&self) -> Option<Gate> {
        if self.memory.drift.holds() {
            return Some(Gate::Changed);
        }
        self.memory.drift.policy.read_only.then_some(Gate::ReadOnly)
    }

    /// Reads the account's list for no other purpose than to see whether claude.ai works.
    pub(crate) fn send_canary(&mut self, turn: &mut Turn) {
        let Some(org) = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone()) else { return };
        if self.live.awaits(&Purpose::Canary) {
            return;
        }
        let path = self.path(Endpoint::ListSkills, turn.now);
        let id = self.live.expect_from(Purpose::Canary, path);
        turn.requests.push(encode::list(id, path, &org));
    }

    /// What came of the canary.
    pub(crate) fn canary_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match judged(answer) {
            Ok(_) => self.open_gate(turn),
            Err(trouble) => self.session_trouble(trouble, turn),
        }
    }

    /// What the server's operator has decided.
    pub(crate) fn take_policy(&mut self, policy: Option<EndpointPolicy>, turn: &mut Turn) {
        let policy = policy.unwrap_or_default();
        if policy == self.memory.drift.policy {
            return;
        }
        if policy.paths != self.memory.drift.policy.paths {
            self.memory.drift.retry_now();
        }
        self.memory.drift.policy = policy;
        turn.remember();
        match self.memory.gate {
            None if self.memory.drift.policy.read_only => self.close_gate(Gate::ReadOnly, turn),
            Some(Gate::ReadOnly | Gate::Changed) => {
                self.live.probe_due = true;
            }
            _ => {}
        }
    }

    /// A 404 of a path that is not the one in use any more says nothing: the call goes out again.
    fn another_path_is_left(&mut self, contract: &Contract, candidate: usize, turn: &Turn) -> bool {
        let outdated = candidate != self.path(contract.name, turn.now);
        outdated || self.live.calls.missed(contract.name, contract.candidates())
    }

    /// A skill of the account that cannot be downloaded is not copied, and its own state says so. Nothing is written because of it, so
    /// that it is no reason to hold writing: accounts show skills that they do not hand out.
    fn is_merely_not_copied(&self, purpose: &Purpose) -> bool {
        let Purpose::Download(id) = purpose else { return false };
        let ops = self.memory.batch.as_ref().map_or(&[][..], |batch| &batch.ops);
        ops.iter().any(|op| op.id == *id && matches!(op.step, Step::Import { .. }))
    }

    fn contract_met(&mut self, endpoint: Endpoint, now: Millis) {
        self.live.calls.met(endpoint, now);
        if matches!(endpoint, Endpoint::Organisations | Endpoint::ListSkills) {
            self.memory.drift.canary_passed(endpoint, now);
        }
    }
}
