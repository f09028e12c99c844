//! The operation queue as an extension sees it (`docs/protocol.md`, "Operations").

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// What the extension is asked to do on claude.ai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Create a skill that the account does not hold yet.
    Upload,
    /// Replace a skill that this product created.
    Update,
    /// Remove a skill that this product created.
    Delete,
    /// List the account's skills and import the unknown ones.
    List,
    /// Import one skill.
    FetchOne,
    /// Bring the plugin groups of the account in line.
    PublishGroup,
    /// A kind of a newer server; the extension reports it as permanently failed.
    #[serde(other)]
    Unknown,
}

impl OperationKind {
    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
            Self::FetchOne => "fetch_one",
            Self::PublishGroup => "publish_group",
            Self::Unknown => "unknown",
        }
    }
}

/// Element of `GET {PREFIX}/extension/operations?limit=&wait=`: work that is leased to this browser for three minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Names the operation in its completion.
    pub id: Uuid,
    /// What to do.
    pub kind: OperationKind,
    /// The library's skill; absent for operations on the whole account.
    pub skill_id: Option<Uuid>,
    /// What it needs to know.
    #[serde(default)]
    pub payload: OperationPayload,
    /// Which hand-out this is, counted from 1.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// The members an operation's `payload` may have; which are present depends on the kind. Unknown ones are ignored.
///
/// | kind | members |
/// |---|---|
/// | `upload` | `version_id`, `name`, `digest` |
/// | `update` | the same, `claude_ai_skill_id`, `base_digest`, `claude_ai_version` |
/// | `delete` | `claude_ai_skill_id`, `name`, `base_digest`, `claude_ai_version`, `skillnote_skill_id` |
/// | `list` | `reason` |
/// | `fetch_one` | `claude_ai_skill_id`, else `name` |
/// | `publish_group` | none |
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationPayload {
    /// The library version whose bundle is to be uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<Uuid>,
    /// The front-matter name, which is the identity on claude.ai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Canonical digest of the bundle's folder, 64 hex characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The account's skill, as reported by the completion that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_ai_skill_id: Option<String>,
    /// Canonical digest of what this product wrote last; anything else there is somebody's work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_digest: Option<String>,
    /// The account's version mark at that time, as the completion reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_ai_version: Option<String>,
    /// The library's skill id of a `delete`, for links that have lost their claude.ai id (the reference's name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skillnote_skill_id: Option<Uuid>,
    /// Why a `list` was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Body of `POST {PREFIX}/extension/operations/{id}/complete` as our extension sends it.
/// The server takes any JSON object as `result`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompleteOperation {
    /// It was done and verified.
    pub success: bool,
    /// What was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<OperationResult>,
    /// A plain sentence, at most 2,000 characters. Holds no value of an answer of claude.ai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The organisation that was written to, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_ai_org_id: Option<String>,
    /// claude.ai did not accept the session: the work waits and uses no attempt.
    #[serde(default)]
    pub auth_expired: bool,
    /// Writing on claude.ai is held because it answers differently than before, or because the operator wants it so: the work
    /// waits and uses no attempt. Only for servers with [`crate::capability::Capability::HeldWork`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Trying again cannot help.
    #[serde(default)]
    pub permanent: bool,
}

/// `result` of a [`CompleteOperation`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationResult {
    /// The account's id of the skill after an upload or update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_ai_skill_id: Option<String>,
    /// The account's version mark (version, else time of the last change), at most 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claude_ai_version: Option<String>,
    /// Canonical digest of what the account now holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The account held exactly this already; nothing was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchanged: bool,
    /// A stable code that says why an operation failed, e.g. `REMOTE_NAME_TAKEN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Of a `list`: skills of the account that were brought to the server, new or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_count: Option<u32>,
    /// Of a `list`: names of skills that are gone from the account although this product did not remove them, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Of a `publish_group`: groups that the account has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_count: Option<u32>,
    /// Of a `publish_group`: skills in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_count: Option<u64>,
    /// Of a `publish_group`: groups that were switched off because the library no longer publishes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_count: Option<u32>,
    /// Of a `publish_group`: the account's marketplace that holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace_id: Option<String>,
}

/// 201 answer of `POST {PREFIX}/extension/remote-snapshot?skill_id=&claude_ai_skill_id=&claude_ai_version=`,
/// whose body is the account's zip: what stood on claude.ai is now kept in the library and can be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoteSnapshot {
    /// The library version that holds it (never the latest one).
    pub version_id: Uuid,
    /// Canonical digest of the folder in it.
    pub digest: String,
}
