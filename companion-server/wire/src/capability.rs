//! What a server can do beyond the reference contract; asked for before anything of it is used.

use serde::{Deserialize, Serialize};

use crate::endpoint::EndpointPolicy;

/// Version of the protocol that this crate describes. Raised only when an older peer would misread a message.
pub const PROTOCOL: u32 = 1;

/// Answer of `GET {PREFIX}/extension/capabilities`, which needs no token.
/// The reference backend does not know the route and answers 404: then nothing in [`Capability`] may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capabilities {
    /// Always `skillferry` for this server.
    pub product: String,
    /// The server's version, e.g. `0.1.0`.
    pub version: String,
    /// The highest protocol the server speaks; see [`PROTOCOL`].
    pub protocol: u32,
    /// What it offers; names unknown to this version read as [`Capability::Unknown`].
    pub capabilities: Vec<Capability>,
    /// What the operator has decided about calls on claude.ai; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<EndpointPolicy>,
}

/// One thing that only this server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// `GET {PREFIX}/extension/operations?wait=` holds the answer back for up to 25 seconds.
    LongPoll,
    /// `POST {PREFIX}/extension/remote-snapshot` keeps what is about to be overwritten on claude.ai.
    RemoteSnapshot,
    /// `POST {PREFIX}/extension/imported-skill` tells by content who has changed, keeps what it overrules and holds what changed on
    /// both sides: a browser may bring what it finds on claude.ai again and again, and instead of overwriting it.
    Conflicts,
    /// `GET {PREFIX}/extension/operations?recover=true` says that this browser holds no work: what was leased to it has been lost on
    /// the way and is handed out again at once.
    Recover,
    /// `held` in a completion hands work back that waits for claude.ai, without using an attempt.
    HeldWork,
    /// Browsers whose person has agreed may report which skills were used in claude.ai (`POST /v1/hooks/skill-used`).
    Usage,
    /// A capability that this version does not know.
    #[serde(other)]
    Unknown,
}
