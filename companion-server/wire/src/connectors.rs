//! How a person's connectors are doing, and the switch that holds them all. Members are in camel case here, as in the reference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// The header that says in answers to a browser that its work is held: [`PausedBy`] as text. Absent while work goes on.
pub const PAUSED: &str = "skillferry-paused";

/// Where a connector stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConnectorStatus {
    /// It works, as far as is known.
    Connected,
    /// It was refused for good: nothing works there until the person does something.
    NeedsReauth,
    /// It was switched off on purpose.
    Disabled,
}

impl ConnectorStatus {
    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::NeedsReauth => "needs_reauth",
            Self::Disabled => "disabled",
        }
    }
}

/// One connector of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectorState {
    /// Where it stands.
    pub status: ConnectorStatus,
    /// Why it was refused, e.g. `invalid_grant`, `cookie_expired` or `endpoint_changed`.
    pub error_code: Option<String>,
    /// When it last worked, to the minute.
    pub last_success_at: Option<Timestamp>,
    /// When it last did not.
    pub last_failure_at: Option<Timestamp>,
}

/// Answer of `GET /api/connectors/{user_id}/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConnectorsStatus {
    /// The person.
    pub user_id: Uuid,
    /// By name: `claude-ai:<integration id>` or `service:<service id>`.
    pub connectors: BTreeMap<String, ConnectorState>,
    /// Whether one of them needs the person.
    pub any_needs_reauth: bool,
}

/// Body of `PUT /api/users/{user_id}/autonomy-pause`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetAutonomyPause {
    /// Whether work is to be held from now on.
    pub paused: bool,
    /// Why, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The operator's lever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperatorPause {
    /// Whether everything is held for everyone.
    pub paused: bool,
    /// What the operator says about it.
    pub reason: Option<String>,
}

/// A person's own lever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnPause {
    /// Whether their work is held.
    pub paused: bool,
    /// Since when.
    pub paused_at: Option<Timestamp>,
    /// What they said about it.
    pub reason: Option<String>,
}

/// Whose lever is the one to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PausedBy {
    /// The operator's, whatever the person's says.
    Operator,
    /// The person's.
    Person,
}

impl PausedBy {
    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Person => "person",
        }
    }
}

/// Why a browser's work is held, as that browser is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrowserPause {
    /// Whose lever; the operator's where both are set.
    pub by: PausedBy,
    /// Since when. The operator's lever does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Answer of `GET /api/users/{user_id}/autonomy-state` and of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AutonomyState {
    /// The person.
    pub user_id: Uuid,
    /// The operator's lever.
    pub operator: OperatorPause,
    /// The person's lever.
    pub person: OwnPause,
    /// Whether anything is held, by either.
    pub paused: bool,
    /// Whose lever counts.
    pub paused_by: Option<PausedBy>,
    /// The reason that goes with it.
    pub reason: Option<String>,
    /// Operations of the person's browsers that wait.
    pub held_operations: u64,
}

/// Body of `DELETE /api/users/{user_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteAccount {
    /// The caller's own name.
    pub confirm: String,
    /// Also when nobody can administer the server afterwards.
    #[serde(default)]
    pub last_admin: bool,
}
