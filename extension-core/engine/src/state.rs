//! What survives the death of the background: [`Snapshot`], the versioned form of [`Memory`].
//!
//! It stays small: one batch of leased operations and a short tail of activity, never a map over the library and never
//! the bytes of a bundle.

use std::rc::Rc;

use companion_wire::connectors::BrowserPause;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::drift::breaker::Drift;
use crate::error::ErrorCode;
use crate::farewell::Farewell;
use crate::identity::Identity;
use crate::io::Millis;
use crate::json::Json;
use crate::pause::Pause;
use crate::redact::Secret;
use crate::remote::who::RemoteOrganisation;
use crate::sync::batch::Batch;
use crate::usage::memory::Usage;

/// The schema that this version writes.
pub const SCHEMA: u32 = 1;

const ACTIVITY_KEPT: usize = 50;
const OWN_WRITES_KEPT: usize = 100;
const GROUPS_KEPT: usize = 200;

/// The stored form. Reading one never fails: what cannot be read is begun anew, the pairing is kept wherever it can be,
/// and the loss is visible as [`ErrorCode::StateReset`].
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Snapshot(pub(crate) Memory);

/// Everything that the engine remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    pub schema: u32,
    /// The server that this browser works for.
    pub link: Option<Link>,
    /// The server that has revoked this browser.
    pub lost: Option<Place>,
    /// Servers that have to hear that this browser has left.
    pub farewells: Vec<Farewell>,
    /// The server that could not be told so, by its address.
    pub untold: Option<String>,
    /// A pairing under way; the present link stays in force until it succeeds.
    pub pairing: Option<Pairing>,
    /// Whose account the work is for.
    pub identity: Identity,
    /// The session works in open tabs of claude.ai only.
    pub through_tab: bool,
    /// The organisation that is written to.
    pub organisation: Option<Organisation>,
    /// Why no work is taken on, if so.
    pub gate: Option<Gate>,
    /// When the gate was closed.
    pub gate_since: Millis,
    /// What is amiss with claude.ai's endpoints.
    pub drift: Drift,
    /// For the server the session has lapsed: work came back because of it, and it has not heard of a better one.
    pub server_told: bool,
    /// claude.ai has asked for a pause until then.
    pub hold_until: Millis,
    /// How long the server is left alone.
    pub server_pause: Pause,
    /// Why the server hands no work out, if so: nothing is begun meanwhile.
    pub pause: Option<BrowserPause>,
    /// How this browser's connector is broken in the server's eyes.
    pub connector: Option<ErrorCode>,
    /// Work that is leased to this browser.
    pub batch: Option<Batch>,
    /// Writes whose completion the server has not acknowledged yet: what stands there is ours even if nobody else knows.
    pub own_writes: Vec<OwnWrite>,
    /// Groups that this browser has brought to the account, or is about to.
    pub groups: Vec<Group>,
    /// Names of plugins that look like this product's and that this browser did not bring.
    pub former_plugins: Vec<String>,
    /// When the account was last looked through for what the library may not have.
    pub looked_at: Millis,
    /// How long that is put off after bad weather.
    pub look_pause: Pause,
    pub usage: Usage,
    pub counters: Counters,
    pub last_error: Option<ErrorCode>,
    /// Oldest first. Pages are shown the same list, so that a turn that adds nothing to it copies nothing.
    #[serde(with = "outcomes")]
    pub activity: Rc<Vec<Activity>>,
}

/// A server, by what a person calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// `http://127.0.0.1:8082`
    pub origin: String,
    /// What this browser calls itself there.
    pub label: String,
}

/// A pairing in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub place: Place,
    pub bearer: Secret,
    pub integration_id: Uuid,
    pub offers: Offers,
}

/// What the server offers beyond the reference contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Offers {
    pub long_poll: bool,
    pub remote_snapshot: bool,
    /// It tells by content what an import means, and keeps both versions.
    pub conflicts: bool,
    pub held_work: bool,
    /// It hands out again what was lost on the way.
    pub recover: bool,
    pub usage: bool,
    /// It says when work is held, and how this browser stands there.
    pub standing: bool,
    /// When it was asked.
    pub asked_at: Millis,
}

/// A pairing under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pairing {
    pub place: Place,
    /// The organisation that is to be written to from then on; else the rule chooses.
    #[serde(default)]
    pub organisation: Option<RemoteOrganisation>,
    /// Known as soon as the server has been asked.
    pub offers: Option<Offers>,
    /// There once the server has opened the pairing.
    pub waiting: Option<Waiting>,
    /// How long the server is left alone.
    pub pause: Pause,
}

/// A pairing that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub integration_id: Uuid,
    pub code: String,
    pub token: Secret,
    pub redemption_url: String,
    /// By this browser's clock.
    pub expires_at: Millis,
}

/// The organisation that is written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Organisation {
    pub id: String,
    pub found_at: Millis,
}

/// Why no work is taken on until a probe of claude.ai succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gate {
    /// The session is not accepted.
    SignedOut,
    /// A person has to open claude.ai.
    Challenge,
    /// No answer, or 5xx, several times.
    Unavailable,
    /// Plan or policy.
    Forbidden,
    /// Answers without the shape that is relied on.
    Changed,
    /// The server's operator does not want anything to be written.
    ReadOnly,
    /// Nowhere to write to.
    NoOrganisation,
    /// Somebody else is signed in.
    OtherAccount,
    /// An owner has switched skills off.
    SwitchedOff,
    /// No tab of claude.ai is open, and the session works nowhere else.
    TabNeeded,
}

/// Content that this browser has written, or is about to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnWrite {
    pub name: String,
    pub digest: String,
}

/// A group that this browser has brought to the account, or is about to: what stands under its name is ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Group {
    /// The marketplace that holds it, by its id.
    pub marketplace: String,
    pub name: String,
    /// The plugin's id, once an upload has told it.
    pub plugin: Option<String>,
    /// The server's tag of what was uploaded and seen to stand there; none while that is not certain.
    pub tag: Option<String>,
    /// It was switched off because the library does not publish it any more.
    pub retired: bool,
}

/// Figures since the pairing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counters {
    pub done: u32,
    pub failed: u32,
    pub last_sync: Option<Millis>,
}

/// One outcome, for the list in the popup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: Millis,
    /// `upload`, `update`, `delete`, `fetch_one`, `publish_group`, `removed_there` or `unchanged`; text of a newer server otherwise.
    pub what: String,
    /// The skill's name.
    pub name: String,
    /// It was done and verified.
    pub ok: bool,
    /// Why not.
    pub code: Option<ErrorCode>,
}

impl Gate {
    /// What to call it.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::SignedOut => ErrorCode::SignedOut,
            Self::Challenge => ErrorCode::Challenge,
            Self::Unavailable => ErrorCode::RemoteUnavailable,
            Self::Forbidden => ErrorCode::RemoteForbidden,
            Self::Changed => ErrorCode::EndpointChanged,
            Self::ReadOnly => ErrorCode::ReadOnly,
            Self::NoOrganisation => ErrorCode::NoOrganisation,
            Self::OtherAccount => ErrorCode::OtherAccount,
            Self::SwitchedOff => ErrorCode::SwitchedOff,
            Self::TabNeeded => ErrorCode::TabNeeded,
        }
    }

    /// A person has to do something at claude.ai first, so work that waits for it uses no attempt.
    pub const fn waits_for_person(self) -> bool {
        matches!(self, Self::SignedOut | Self::Challenge | Self::OtherAccount | Self::SwitchedOff | Self::TabNeeded)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            link: None,
            lost: None,
            farewells: Vec::new(),
            untold: None,
            pairing: None,
            identity: Identity::default(),
            through_tab: false,
            organisation: None,
            gate: None,
            gate_since: Millis(0),
            drift: Drift::default(),
            server_told: false,
            hold_until: Millis(0),
            server_pause: Pause::default(),
            pause: None,
            connector: None,
            batch: None,
            own_writes: Vec::new(),
            groups: Vec::new(),
            former_plugins: Vec::new(),
            looked_at: Millis(0),
            look_pause: Pause::default(),
            usage: Usage::default(),
            counters: Counters::default(),
            last_error: None,
            activity: Rc::default(),
        }
    }
}

impl Memory {
    /// Address and label that pages show: of the pairing under way, else of the link, else of the lost one, else of the one that was
    /// left without its knowing.
    pub fn place(&self) -> (Option<&str>, Option<&str>) {
        let pairing = self.pairing.as_ref().map(|pairing| &pairing.place);
        let place = pairing.or(self.link.as_ref().map(|link| &link.place)).or(self.lost.as_ref());
        let origin = place.map(|place| &place.origin).or(self.untold.as_ref());
        (origin.map(String::as_str), place.map(|place| place.label.as_str()))
    }

    /// What is in the way. That a server was left without its knowing is said while nothing else is being done.
    pub fn trouble(&self) -> Option<ErrorCode> {
        let at_rest = self.link.is_none() && self.pairing.is_none();
        self.last_error.or((at_rest && self.untold.is_some()).then_some(ErrorCode::ServerNotTold))
    }

    /// Remembers an outcome; the oldest make room.
    pub fn note(&mut self, activity: Activity) {
        let kept = Rc::make_mut(&mut self.activity);
        kept.push(activity);
        let surplus = kept.len().saturating_sub(ACTIVITY_KEPT);
        kept.drain(..surplus);
    }

    /// Remembers what is about to be written; the oldest make room.
    pub fn note_own_write(&mut self, write: OwnWrite) {
        self.own_writes.retain(|known| *known != write);
        self.own_writes.push(write);
        let surplus = self.own_writes.len().saturating_sub(OWN_WRITES_KEPT);
        self.own_writes.drain(..surplus);
    }

    /// What is known of a group of ours.
    pub fn group(&self, marketplace: &str, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.marketplace == marketplace && group.name == name)
    }

    /// Remembers a group of ours; the oldest make room.
    pub fn note_group(&mut self, group: Group) {
        self.groups.retain(|known| known.marketplace != group.marketplace || known.name != group.name);
        self.groups.push(group);
        let surplus = self.groups.len().saturating_sub(GROUPS_KEPT);
        self.groups.drain(..surplus);
    }

    fn read(stored: Json) -> Self {
        let written_by_us = stored.get("schema") == Some(&Json::Number(f64::from(SCHEMA)));
        let salvaged = Self::salvaged(&stored);
        let whole = if written_by_us { stored.decode().ok() } else { None };
        let mut memory: Self = whole.unwrap_or(salvaged);
        memory.drift = memory.drift.of_this_edition();
        memory
    }

    /// What a snapshot of any schema is worth: its pairing, whose account that writes to, what must not be written to, and what has still
    /// to be said. A later schema keeps these readable.
    fn salvaged(stored: &Json) -> Self {
        fn member<T: serde::de::DeserializeOwned>(of: &Json, name: &str) -> Option<T> {
            of.get(name).and_then(|member| member.clone().decode().ok())
        }
        let home = stored.get("identity").and_then(|identity| member(identity, "home"));
        Self {
            link: member(stored, "link"),
            farewells: member(stored, "farewells").unwrap_or_default(),
            pairing: member(stored, "pairing"),
            identity: Identity { home, ..Identity::default() },
            drift: member(stored, "drift").unwrap_or_default(),
            last_error: Some(ErrorCode::StateReset),
            ..Self::default()
        }
    }
}

/// A shared list is stored as the list.
mod outcomes {
    use std::rc::Rc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Activity;

    pub fn serialize<S: Serializer>(list: &Rc<Vec<Activity>>, to: S) -> Result<S::Ok, S::Error> {
        list.as_slice().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rc<Vec<Activity>>, D::Error> {
        Vec::deserialize(from).map(Rc::new)
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Json::deserialize(from).map(|stored| Self(Memory::read(stored)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked() -> Memory {
        let place = Place { origin: "http://127.0.0.1:8082".into(), label: "laptop".into() };
        let bearer = Secret::new("sfe_secret".into());
        let link = Link { place, bearer, integration_id: Uuid::nil(), offers: Offers::default() };
        Memory { link: Some(link), hold_until: Millis(1_800_000_000_000), ..Memory::default() }
    }

    fn stored(memory: &Memory) -> serde_json::Value {
        serde_json::to_value(Snapshot(memory.clone())).expect("is JSON")
    }

    fn read(value: serde_json::Value) -> Memory {
        serde_json::from_value::<Snapshot>(value).expect("reading never fails").0
    }

    #[test]
    fn a_snapshot_comes_back_as_it_was() {
        assert_eq!(read(stored(&linked())), linked());
    }

    #[test]
    fn another_schema_or_a_broken_member_keeps_the_pairing() {
        for (key, value) in [("schema", 0.into()), ("schema", 7.into()), ("batch", "?".into()), ("gate", 3.into())] {
            let mut broken = stored(&linked());
            broken[key] = value;
            let memory = read(broken);
            assert_eq!((memory.link, memory.last_error), (linked().link, Some(ErrorCode::StateReset)), "{key}");
        }
    }

    #[test]
    fn rubbish_is_a_visible_fresh_start() {
        for rubbish in ["[]", "7", r#""text""#, r#"{"schema":1,"link":{"bearer":1}}"#] {
            let memory = read(serde_json::from_str(rubbish).expect("is JSON"));
            assert_eq!(memory, Memory { last_error: Some(ErrorCode::StateReset), ..Memory::default() }, "{rubbish}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", Snapshot(linked())).contains("sfe_secret"));
    }

    #[test]
    fn tails_stay_short() {
        let mut memory = Memory::default();
        for n in 0..300 {
            let name = n.to_string();
            memory.note(Activity { at: Millis(n), what: "upload".into(), name: name.clone(), ok: true, code: None });
            memory.note_own_write(OwnWrite { name, digest: String::new() });
        }
        assert_eq!((memory.activity.len(), memory.own_writes.len()), (ACTIVITY_KEPT, OWN_WRITES_KEPT));
        assert_eq!(memory.activity.last().map(|last| last.at), Some(Millis(299)));
    }
}
