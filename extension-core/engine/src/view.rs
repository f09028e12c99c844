//! What a page of the extension shows, as plain data. Pages decide nothing: they look up texts and paint.

use std::rc::Rc;

use companion_wire::connectors::{BrowserPause, PausedBy};
use serde::{Deserialize, Serialize, Serializer};

pub use crate::drift::report::Notice;
use crate::error::ErrorCode;
use crate::identity::OrganisationChoice;
use crate::io::Millis;
use crate::ledger::Ledger;
use crate::state::{Activity, Gate, Memory};
use crate::sync::operation::Op;

/// Everything that a page needs. No secret is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// The one state that the title is about.
    pub state: ViewState,
    /// Address of the server, paired, asked or lost.
    pub server: Option<String>,
    /// What this browser calls itself there.
    pub label: Option<String>,
    /// The pairing code, while one waits.
    pub code: Option<String>,
    /// When it runs out.
    pub expires_at: Option<Millis>,
    /// Where to approve it.
    pub redemption_url: Option<String>,
    /// The organisation that the pairing which waits is for, by its name, when it replaces one for another organisation.
    pub moves_to: Option<String>,
    /// Operations that are being done.
    pub pending: u32,
    /// Operations done since the pairing.
    pub done: u32,
    /// When the last one was done.
    pub last_sync: Option<Millis>,
    /// What the account that is signed in belongs to, when there is a choice to make; else empty.
    pub organisations: Vec<OrganisationChoice>,
    /// Whether usage insight is on; nothing when the server does not offer it.
    pub usage: Option<bool>,
    /// What is in the way.
    pub last_error: Option<Trouble>,
    /// Whose lever holds all work, since when and why, while it is held.
    pub pause: Option<BrowserPause>,
    /// What is amiss with claude.ai's endpoints or, in the server's eyes, with this browser, for a banner.
    pub notice: Option<Notice>,
    /// The last outcomes, oldest first; pages are handed them newest first.
    #[serde(serialize_with = "newest_first")]
    pub activity: Rc<Vec<Activity>>,
    /// Skills of the account that could not be copied to the server, with the reason. They are tried again when they change, or when
    /// a person asks for a sync.
    pub not_copied: Vec<NotCopied>,
    /// Names of skills that are gone from the account although the library has them. They come back with their next change.
    pub removed_there: Vec<String>,
    /// Names of plugins on the account that look like this product's, are not published any more, and cannot be told from another
    /// library's: a person has to switch them off.
    pub former_plugins: Vec<String>,
}

/// A skill of the account that the server does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCopied {
    /// Its name.
    pub name: String,
    /// Key of the text in `_locales`.
    pub code: ErrorCode,
}

/// What is in the way, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Key of the text in `_locales`.
    pub code: ErrorCode,
}

/// The one state that the popup's title is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewState {
    /// No server yet.
    Unpaired,
    /// A pairing was asked for and waits for the server, or for a person's approval.
    Waiting,
    /// Paired, nothing to do.
    Paired,
    /// Changes are on their way.
    Working,
    /// A person or the operator has paused all work.
    Paused,
    /// claude.ai does not accept the session; work waits.
    SignedOut,
    /// claude.ai wants to see a person; work waits.
    Held,
    /// Another account or organisation is signed in than the one that is written to; work waits.
    OtherAccount,
    /// An owner has switched skills off; work waits.
    SkillsSwitchedOff,
    /// A tab of claude.ai has to be open in this browser; work waits.
    TabNeeded,
    /// Something else is in the way; it is tried again.
    Error,
    /// The server has revoked this browser.
    Revoked,
}

impl View {
    /// What there is to see of `memory`; `draining`: the server is being asked for more work right after some was done.
    pub(crate) fn of(memory: &Memory, ledger: &Ledger, draining: bool) -> Self {
        let waiting = memory.pairing.as_ref().and_then(|pairing| pairing.waiting.as_ref());
        let (server, label) = memory.place();
        Self {
            state: state(memory, draining),
            server: server.map(str::to_owned),
            label: label.map(str::to_owned),
            code: waiting.map(|waiting| waiting.code.clone()),
            expires_at: waiting.map(|waiting| waiting.expires_at),
            moves_to: memory.pairing.as_ref().and_then(|pairing| Some(pairing.organisation.as_ref()?.name.clone())),
            redemption_url: waiting.map(|waiting| waiting.redemption_url.clone()),
            pending: u32::try_from(work(memory).count()).unwrap_or(u32::MAX),
            done: memory.counters.done,
            last_sync: memory.counters.last_sync,
            organisations: choices(memory),
            usage: memory.link.as_ref().filter(|link| link.offers.usage).map(|_| memory.usage.on),
            last_error: memory.trouble().map(|code| Trouble { code }),
            pause: memory.pause.clone(),
            notice: notice(memory),
            activity: Rc::clone(&memory.activity),
            not_copied: ledger.refused().map(|(name, code)| NotCopied { name: name.to_owned(), code }).collect(),
            removed_there: ledger.removed(),
            former_plugins: memory.former_plugins.clone(),
        }
    }
}

fn newest_first<S: Serializer>(list: &Rc<Vec<Activity>>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(list.iter().rev())
}

/// Operations in hand; merely looking at the account is none.
fn work(memory: &Memory) -> impl Iterator<Item = &Op> {
    memory.batch.iter().flat_map(|batch| &batch.ops).filter(|op| !op.is_own_look())
}

/// What was found out here goes before what the server was told once. A pause of the operator's says by itself that nothing is written.
fn notice(memory: &Memory) -> Option<Notice> {
    let paused = memory.pause.as_ref().is_some_and(|pause| pause.by == PausedBy::Operator);
    let found = crate::drift::report::notice(&memory.drift);
    let found = found.filter(|notice| !paused || notice.code != ErrorCode::ReadOnly);
    let broken = memory.connector.filter(|_| memory.gate.is_none());
    found.or(broken.map(|code| Notice { code, endpoint: None, since: None }))
}

/// One organisation that is written to already is no choice.
fn choices(memory: &Memory) -> Vec<OrganisationChoice> {
    let choices = memory.identity.choices();
    if memory.link.is_none() || choices.iter().all(|choice| choice.chosen) { Vec::new() } else { choices }
}

fn state(memory: &Memory, draining: bool) -> ViewState {
    if memory.pairing.is_some() {
        return ViewState::Waiting;
    }
    if memory.link.is_none() {
        return if memory.lost.is_some() { ViewState::Revoked } else { ViewState::Unpaired };
    }
    // It stands before everything else, as on the server.
    if memory.pause.is_some() {
        return ViewState::Paused;
    }
    match memory.gate {
        Some(Gate::SignedOut) => ViewState::SignedOut,
        Some(Gate::Challenge) => ViewState::Held,
        Some(Gate::TabNeeded) => ViewState::TabNeeded,
        Some(Gate::OtherAccount) => ViewState::OtherAccount,
        Some(Gate::SwitchedOff) => ViewState::SkillsSwitchedOff,
        Some(Gate::Unavailable | Gate::Forbidden | Gate::Changed | Gate::ReadOnly | Gate::NoOrganisation) => {
            ViewState::Error
        }
        None if memory.server_pause.failures > 0 => ViewState::Error,
        None if work(memory).next().is_some() || draining => ViewState::Working,
        None => ViewState::Paired,
    }
}
