//! What is known in this life of the background only. Losing it costs time, never data.

use std::collections::BTreeSet;

use companion_wire::endpoint::Endpoint;
use skill_format::Digest;
use uuid::Uuid;

use crate::drift::calls::Calls;
use crate::io::{Millis, RequestId, TimerId};
use crate::parallel::Parallel;
use crate::remote::decode::RemoteSkill;
use crate::sync::publish::Survey;
use crate::usage::UsageLive;
use crate::view::View;

/// Requests under way and everything that steers the rhythm.
#[derive(Debug, Default)]
pub(crate) struct Live {
    last_id: u64,
    /// What the answer to each request under way is for. An answer to no entry is ignored: its purpose is gone.
    requests: Vec<Asked>,
    /// The time of this turn.
    pub now: Millis,
    /// When the request was started whose answer this turn is about.
    pub asked_at: Millis,
    /// Pages of the extension that are open.
    pub pages: u32,
    /// The last question for work was answered. Until then the server may have leased work that never arrived.
    pub polled: bool,
    /// The last answer was as long as it may be: the server has more.
    pub more_waits: bool,
    /// Ask the server for work as soon as it can be done.
    pub poll_due: bool,
    /// Some work was just done: ask for the rest of it before going back to waiting.
    pub draining: bool,
    /// When to ask the server again, while awake.
    pub next_poll: Millis,
    pub poll_started: Millis,
    /// Ask the server how this browser stands there; while a page is open, again at `next_standing`.
    pub standing_due: bool,
    pub next_standing: Millis,
    /// When the server said last whether work is held.
    pub pause_heard: Millis,
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
    /// Operations whose end is in what was persisted last.
    pub written_ends: Vec<Uuid>,
    /// Somebody wants the account to be looked through, for this reason.
    pub look_asked: Option<&'static str>,
    /// The look under way could not take everything at once.
    pub look_left: bool,
    /// Skills of the account that were dealt with since the look began.
    pub looked_at: BTreeSet<String>,
    /// Skills that the server knows, where it can only tell by their ids.
    pub known_to_server: Option<BTreeSet<String>>,
    /// The account's list, until something is written or it is asked for again.
    pub listed: Option<Listed>,
    /// What the publication under way has found out.
    pub survey: Survey,
    /// What is known about the calls to claude.ai.
    pub calls: Calls,
    pub timer: Option<(TimerId, Millis)>,
    pub alarm: Option<Alarm>,
    pub shown: Option<(View, Millis)>,
}

/// The account as it was listed last.
#[derive(Debug)]
pub(crate) struct Listed {
    pub organisation: String,
    pub skills: Vec<RemoteSkill>,
}

/// A request under way.
#[derive(Debug)]
struct Asked {
    id: RequestId,
    purpose: Purpose,
    /// Which path of the catalogue it went to.
    path: usize,
    at: Millis,
}

/// What an answer is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    PairingOffers,
    PairingStart,
    PairingStatus,
    Offers,
    Poll,
    Standing,
    Complete(Uuid),
    Bundle(Uuid),
    Keep(Uuid),
    /// With the digest of what was sent.
    Import(Uuid, Digest),
    KnownSkills,
    /// What is to be published.
    Groups(Uuid),
    Marketplaces(Uuid),
    CreateMarketplace(Uuid),
    Plugins(Uuid),
    GroupBundle(Uuid),
    /// With the tag of what was sent.
    UploadGroup(Uuid, String),
    SwitchGroup(Uuid),
    /// Of the pairing with this id.
    Revoke(Uuid),
    /// Findings about claude.ai's endpoints, for the server.
    Report,
    /// The session works that the server knows as lapsed.
    SignedIn,
    Organisations,
    /// A list that is read only to see whether claude.ai works.
    Canary,
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

impl Purpose {
    /// The operation that an action on claude.ai is under way for; completions are counted apart.
    pub const fn action_for(&self) -> Option<Uuid> {
        match self {
            Self::Bundle(op)
            | Self::Keep(op)
            | Self::Import(op, _)
            | Self::Groups(op)
            | Self::Marketplaces(op)
            | Self::CreateMarketplace(op)
            | Self::Plugins(op)
            | Self::GroupBundle(op)
            | Self::UploadGroup(op, _)
            | Self::SwitchGroup(op)
            | Self::Download(op)
            | Self::Upload(op)
            | Self::Delete(op) => Some(*op),
            _ => None,
        }
    }

    /// An action that claude.ai itself carries out.
    pub const fn is_of_remote(&self) -> bool {
        matches!(
            self,
            Self::Download(_) | Self::Upload(_) | Self::Delete(_) | Self::UploadGroup(..) | Self::SwitchGroup(_)
        )
    }

    /// Afterwards the account's list is another one, or a newer one is known.
    const fn outdates_list(&self) -> bool {
        matches!(self, Self::Upload(_) | Self::Delete(_) | Self::List)
    }

    /// The call of claude.ai that the answer comes from.
    pub const fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Organisations => Some(Endpoint::Organisations),
            Self::List | Self::Canary | Self::UsageList => Some(Endpoint::ListSkills),
            Self::Download(_) => Some(Endpoint::DownloadSkill),
            Self::Upload(_) => Some(Endpoint::UploadSkill),
            Self::Delete(_) => Some(Endpoint::DeleteSkill),
            Self::Marketplaces(_) => Some(Endpoint::ListMarketplaces),
            Self::CreateMarketplace(_) => Some(Endpoint::CreateMarketplace),
            Self::Plugins(_) => Some(Endpoint::ListPlugins),
            Self::UploadGroup(..) => Some(Endpoint::UploadPlugin),
            Self::SwitchGroup(_) => Some(Endpoint::SwitchPlugin),
            Self::PairingOffers | Self::PairingStart | Self::PairingStatus | Self::Offers => None,
            Self::Poll | Self::Standing | Self::SignedIn => None,
            Self::Complete(_) | Self::Bundle(_) | Self::Keep(_) | Self::Import(..) | Self::KnownSkills => None,
            Self::Groups(_) | Self::GroupBundle(_) | Self::Revoke(_) | Self::Report => None,
            // These say something or nothing; neither is relied on for writing.
            Self::Account | Self::Conversation(_) | Self::UsageKnown | Self::UsageDelivery => None,
        }
    }

    /// A call to this endpoint is under way, or follows without another decision.
    pub fn leads_to(&self, endpoint: Endpoint) -> bool {
        let follows = match self {
            Self::Bundle(_) => Some(Endpoint::UploadSkill),
            Self::GroupBundle(_) => Some(Endpoint::UploadPlugin),
            _ => self.endpoint(),
        };
        follows == Some(endpoint)
    }

    /// Its answer says whether work is held.
    pub const fn tells_of_pause(&self) -> bool {
        matches!(
            self,
            Self::Poll | Self::Complete(_) | Self::Standing | Self::Bundle(_) | Self::Groups(_) | Self::GroupBundle(_)
        )
    }

    /// Part of a pairing that is under way.
    pub const fn is_pairing(&self) -> bool {
        matches!(self, Self::PairingOffers | Self::PairingStart | Self::PairingStatus)
    }

    /// Goes to claude.ai.
    pub const fn is_for_claude_ai(&self) -> bool {
        self.endpoint().is_some() || matches!(self, Self::Account | Self::Conversation(_))
    }

    /// Belongs to usage insight.
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::UsageKnown | Self::UsageList | Self::Conversation(_) | Self::UsageDelivery)
    }

    /// Belongs to the batch, but not to telling the server about it.
    pub const fn is_batch_work(&self) -> bool {
        matches!(self, Self::Organisations | Self::Account | Self::List | Self::Canary | Self::KnownSkills)
            || self.action_for().is_some()
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
        if purpose.outdates_list() {
            self.listed = None;
        }
        let id = RequestId(self.next_id());
        self.requests.push(Asked { id, purpose, path, at: self.now });
        id
    }

    /// What the answer to this request is for, once. The list is short, and a map of its own would cost 3 kB of the package.
    pub fn take(&mut self, id: RequestId) -> Option<(Purpose, usize)> {
        let place = self.requests.iter().position(|asked| asked.id == id)?;
        let asked = self.requests.swap_remove(place);
        self.asked_at = asked.at;
        Some((asked.purpose, asked.path))
    }

    /// What requests are under way for.
    pub fn purposes(&self) -> impl Iterator<Item = &Purpose> {
        self.requests.iter().map(|asked| &asked.purpose)
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
        // An import among them may have been taken, or it is another server that is asked from now on.
        if gone(&Purpose::KnownSkills) {
            self.known_to_server = None;
        }
        self.requests.retain(|asked| !gone(&asked.purpose));
    }
}
