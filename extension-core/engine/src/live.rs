//! What is known in this life of the background only. Losing it costs time, never data.

use companion_wire::endpoint::Endpoint;
use uuid::Uuid;

use crate::drift::calls::Calls;
use crate::io::{Millis, RequestId, TimerId};
use crate::view::View;

/// Requests under way and everything that steers the rhythm.
#[derive(Debug, Default)]
pub(crate) struct Live {
    last_id: u64,
    /// What the answer to each request under way is for, and which path of the catalogue it went to. An answer to no entry is ignored: its purpose is gone.
    requests: Vec<(RequestId, Purpose, usize)>,
    /// Pages of the extension that are open.
    pub pages: u32,
    /// Ask the server for work as soon as it can be done.
    pub poll_due: bool,
    /// Some work was just done: ask for the rest of it before going back to waiting.
    pub draining: bool,
    /// When to ask the server again, while awake.
    pub next_poll: Millis,
    pub poll_started: Millis,
    /// How long to stay awake after the last work.
    pub awake_until: Millis,
    /// Ask the server about the pairing as soon as it can be done.
    pub pairing_due: bool,
    pub next_pairing_poll: Millis,
    /// Try claude.ai again although the gate is closed.
    pub probe_due: bool,
    pub parallel: Parallel,
    /// What is known about the calls to claude.ai.
    pub calls: Calls,
    pub timer: Option<(TimerId, Millis)>,
    pub alarm: Option<Alarm>,
    pub shown: Option<(View, Millis)>,
}

/// What an answer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    PairingOffers,
    PairingStart,
    PairingStatus,
    Offers,
    Poll,
    Complete(Uuid),
    Bundle(Uuid),
    Keep(Uuid),
    Revoke,
    /// Findings about claude.ai's endpoints, for the server.
    Report,
    Organisations,
    /// A list that is read only to see whether claude.ai works.
    Canary,
    List,
    Download(Uuid),
    Upload(Uuid),
    Delete(Uuid),
}

/// What the browser's one alarm is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    Off,
    Every(u32),
    At(Millis),
}

/// How many operations of a batch are carried out side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parallel {
    pub limit: usize,
    streak: usize,
}

const PARALLEL_FIRST: usize = 4;
const PARALLEL_MOST: usize = 6;

impl Default for Parallel {
    fn default() -> Self {
        Self { limit: PARALLEL_FIRST, streak: 0 }
    }
}

impl Parallel {
    /// Two good rounds earn one more.
    pub const fn went_well(&mut self) {
        self.streak += 1;
        if self.streak >= 2 * self.limit && self.limit < PARALLEL_MOST {
            self.limit += 1;
            self.streak = 0;
        }
    }

    /// claude.ai asked for a pause: half of it from now on.
    pub const fn was_too_fast(&mut self) {
        self.streak = 0;
        self.limit = if self.limit < 2 { 1 } else { self.limit / 2 };
    }
}

impl Purpose {
    /// The operation that an action on claude.ai is under way for; completions are counted apart.
    pub const fn action_for(&self) -> Option<Uuid> {
        match self {
            Self::Bundle(op) | Self::Keep(op) | Self::Download(op) | Self::Upload(op) | Self::Delete(op) => Some(*op),
            _ => None,
        }
    }

    /// The call of claude.ai that the answer comes from.
    pub const fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Organisations => Some(Endpoint::Organisations),
            Self::List | Self::Canary => Some(Endpoint::ListSkills),
            Self::Download(_) => Some(Endpoint::DownloadSkill),
            Self::Upload(_) => Some(Endpoint::UploadSkill),
            Self::Delete(_) => Some(Endpoint::DeleteSkill),
            Self::PairingOffers | Self::PairingStart | Self::PairingStatus | Self::Offers | Self::Poll => None,
            Self::Complete(_) | Self::Bundle(_) | Self::Keep(_) | Self::Revoke | Self::Report => None,
        }
    }

    /// A call to this endpoint is under way, or follows without another decision.
    pub fn leads_to(&self, endpoint: Endpoint) -> bool {
        self.endpoint() == Some(endpoint) || (endpoint == Endpoint::UploadSkill && matches!(self, Self::Bundle(_)))
    }

    /// Part of a pairing that is under way.
    pub const fn is_pairing(&self) -> bool {
        matches!(self, Self::PairingOffers | Self::PairingStart | Self::PairingStatus)
    }

    /// Belongs to the batch, but not to telling the server about it.
    pub const fn is_batch_work(&self) -> bool {
        matches!(self, Self::Organisations | Self::List | Self::Canary) || self.action_for().is_some()
    }
}

impl Live {
    /// A new id for a request or timer.
    pub const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A new request id whose answer is for `purpose`.
    pub fn expect(&mut self, purpose: Purpose) -> RequestId {
        self.expect_from(purpose, 0)
    }

    /// The same, for a request to another path of the catalogue than the first.
    pub fn expect_from(&mut self, purpose: Purpose, path: usize) -> RequestId {
        let id = RequestId(self.next_id());
        self.requests.push((id, purpose, path));
        id
    }

    /// What the answer to this request is for, once. The list is short, and a map of its own would cost 3 kB of the package.
    pub fn take(&mut self, id: RequestId) -> Option<(Purpose, usize)> {
        let place = self.requests.iter().position(|(known, ..)| *known == id)?;
        let (_, purpose, path) = self.requests.swap_remove(place);
        Some((purpose, path))
    }

    /// What requests are under way for.
    pub fn purposes(&self) -> impl Iterator<Item = &Purpose> {
        self.requests.iter().map(|(_, purpose, _)| purpose)
    }

    /// A request for this is under way.
    pub fn awaits(&self, purpose: &Purpose) -> bool {
        self.purposes().any(|known| known == purpose)
    }

    /// An action for this operation is under way.
    pub fn acts_for(&self, op: Uuid) -> bool {
        self.purposes().any(|purpose| purpose.action_for() == Some(op))
    }

    /// How many actions are under way.
    pub fn actions(&self) -> usize {
        self.purposes().filter(|purpose| purpose.action_for().is_some()).count()
    }

    /// How many completions are under way.
    pub fn completions(&self) -> usize {
        self.purposes().filter(|purpose| matches!(purpose, Purpose::Complete(_))).count()
    }

    /// Answers to these are ignored from now on.
    pub fn forget(&mut self, gone: impl Fn(&Purpose) -> bool) {
        self.requests.retain(|(_, purpose, _)| !gone(purpose));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parallel_grows_slowly_and_shrinks_fast() {
        let mut parallel = Parallel::default();
        for _ in 0..100 {
            parallel.went_well();
        }
        assert_eq!(parallel.limit, PARALLEL_MOST);
        parallel.was_too_fast();
        assert_eq!(parallel.limit, 3);
        for _ in 0..5 {
            parallel.was_too_fast();
        }
        assert_eq!(parallel.limit, 1);
    }
}
