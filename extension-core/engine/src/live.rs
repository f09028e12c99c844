//! What is known in this life of the background only. Losing it costs time, never data.

use uuid::Uuid;

use crate::io::{Millis, RequestId, TimerId};
use crate::usage::UsageLive;
use crate::view::View;

/// Requests under way and everything that steers the rhythm.
#[derive(Debug, Default)]
pub(crate) struct Live {
    last_id: u64,
    /// What the answer to each request under way is for. An answer to no entry is ignored: its purpose is gone.
    requests: Vec<(RequestId, Purpose)>,
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
    /// Look who is signed in although the gate is closed; not before `look_at`.
    pub look_due: bool,
    pub look_at: Millis,
    pub doubted_at: Millis,
    /// While the gate is closed, what looks like a renewal is looked into once between two alarms: it may be a sign-in after all.
    pub renewal_looked_into: bool,
    /// An alarm is the occasion to look into what seemed a renewal.
    pub glance_due: bool,
    pub next_glance: Millis,
    /// Whether the browser holds a session cookie, as far as it has told.
    pub session_present: Option<bool>,
    /// Trying whether the session works in an open tab, after the background was refused.
    pub trying_tab: bool,
    /// When claude.ai answered last.
    pub remote_heard: Millis,
    pub usage: UsageLive,
    pub parallel: Parallel,
    /// Which path of the catalogue works.
    pub list_candidate: usize,
    pub download_candidate: usize,
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
    Organisations,
    Account,
    List,
    Download(Uuid),
    Upload(Uuid),
    Delete(Uuid),
    UsageKnown,
    UsageList,
    Conversation(String),
    UsageDelivery,
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

    /// Part of a pairing that is under way.
    pub const fn is_pairing(&self) -> bool {
        matches!(self, Self::PairingOffers | Self::PairingStart | Self::PairingStatus)
    }

    /// Goes to claude.ai.
    pub const fn is_for_claude_ai(&self) -> bool {
        matches!(
            self,
            Self::Organisations
                | Self::Account
                | Self::List
                | Self::Download(_)
                | Self::Upload(_)
                | Self::Delete(_)
                | Self::UsageList
                | Self::Conversation(_)
        )
    }

    /// Belongs to usage insight.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::UsageKnown | Self::UsageList | Self::Conversation(_) | Self::UsageDelivery)
    }

    /// Belongs to the batch, but not to telling the server about it.
    pub const fn is_batch_work(&self) -> bool {
        matches!(self, Self::Organisations | Self::Account | Self::List) || self.action_for().is_some()
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
        let id = RequestId(self.next_id());
        self.requests.push((id, purpose));
        id
    }

    /// What the answer to this request is for, once. The list is short, and a map of its own would cost 3 kB of the package.
    pub fn take(&mut self, id: RequestId) -> Option<Purpose> {
        let place = self.requests.iter().position(|(known, _)| *known == id)?;
        Some(self.requests.swap_remove(place).1)
    }

    /// What requests are under way for.
    pub fn purposes(&self) -> impl Iterator<Item = &Purpose> {
        self.requests.iter().map(|(_, purpose)| purpose)
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
        self.requests.retain(|(_, purpose)| !gone(purpose));
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
