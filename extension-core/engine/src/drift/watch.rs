//! What is remembered about one endpoint whose contract was not met.
//!
//! ```text
//!              broken once               again, after a canary
//!  (nothing) ─────────────▶ Doubted ────────────────────────────▶ Held ◀──────────┐
//!     ▲  a write that         │ met                                │ time is over, │ broken
//!     │  surely differs       ▼                                    ▼ canary passes │
//!     │ ──────────▶ Suspected ──canary passes──▶ Held            Trial ────────────┘
//!     └───────────────────────────────── met ──────────────────────┘
//! ```
//!
//! Suspected and Held mean off. In a trial one call goes alone, and its answer decides.

use companion_wire::endpoint::{Endpoint, Finding, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contract::Contract;
use crate::io::Millis;

/// Two strikes further apart than this have nothing to do with each other.
const STRIKE_COUNTS: u64 = 3_600_000;

/// What is remembered about one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watch {
    pub endpoint: Endpoint,
    pub state: State,
    pub findings: Vec<Finding>,
    pub verdict: Verdict,
    /// When the present state began.
    pub since: Millis,
    pub(super) strikes: u32,
    pub(super) struck_at: Millis,
    /// A canary has passed since the last strike.
    pub(super) canary: bool,
    /// The operation that met the last strike.
    pub(super) about: Option<Uuid>,
    /// How often in a row it was held.
    pub(super) holds: u32,
    /// Another path answers.
    pub(super) moved: Option<usize>,
    /// These findings were handed over for the server.
    pub(super) told: bool,
}

/// How an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// It may be chance.
    Doubted,
    /// Off until the canary has told drift from outage; `outage`: the canary failed as well.
    Suspected { outage: bool },
    /// Off, and people know.
    Held { until: Millis },
    /// One call may go.
    Trial,
    /// On; something else about it is worth knowing.
    Noted,
}

/// Under which circumstances an answer came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub now: Millis,
    /// The path that was used.
    pub candidate: usize,
    /// For which operation.
    pub op: Option<Uuid>,
}

impl State {
    /// Nothing is sent there.
    pub(super) const fn is_off(self) -> bool {
        matches!(self, Self::Suspected { .. } | Self::Held { .. })
    }
}

impl Watch {
    /// Nothing has happened yet.
    pub(super) fn new(contract: &Contract, now: Millis) -> Self {
        Self {
            endpoint: contract.name,
            state: State::Doubted,
            findings: Vec::new(),
            verdict: Verdict::Ignore,
            since: now,
            strikes: 0,
            struck_at: Millis(0),
            canary: true,
            about: None,
            holds: 0,
            moved: None,
            told: false,
        }
    }

    /// Another state from now on.
    pub(super) fn enter(&mut self, state: State, now: Millis) {
        if std::mem::discriminant(&self.state) != std::mem::discriminant(&state) {
            self.since = now;
        }
        self.state = state;
    }

    /// These findings from now on. New ones are news for the server.
    pub(super) fn find(&mut self, findings: Vec<Finding>, verdict: Verdict) {
        self.told &= self.findings == findings && self.verdict == verdict;
        (self.findings, self.verdict) = (findings, verdict);
    }

    /// Counts; answers that come side by side count once. Returns whether it did.
    pub(super) fn strike(&mut self, at: Circumstances, apart: bool) -> bool {
        if at.now.is_past(self.struck_at.after(STRIKE_COUNTS), STRIKE_COUNTS) {
            self.strikes = 0;
        }
        if self.strikes > 0 && !self.canary && !apart {
            return false;
        }
        self.strikes += 1;
        (self.struck_at, self.canary, self.about) = (at.now, false, at.op);
        true
    }
}
