//! A paired browser, called an integration on the wire.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::connectors::{BrowserPause, ConnectorState};

/// Where a browser stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum IntegrationStatus {
    /// Asked for, not yet approved.
    PendingApproval,
    /// Paired and working.
    Active,
    /// Paired, but not signed in to claude.ai: work waits.
    CookieExpired,
    /// Revoked.
    Disconnected,
    /// Something needs a person; see `last_error`.
    Error,
}

impl IntegrationStatus {
    /// The text on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingApproval => "pending_approval",
            Self::Active => "active",
            Self::CookieExpired => "cookie_expired",
            Self::Disconnected => "disconnected",
            Self::Error => "error",
        }
    }
}

/// Element of `GET {PREFIX}/integrations`: eleven members, as in the reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Integration {
    /// The browser's id.
    pub id: Uuid,
    /// What it calls itself.
    pub browser_label: Option<String>,
    /// Where it stands.
    pub status: IntegrationStatus,
    /// `personal`, `organization` or `both`.
    pub scope: String,
    /// The claude.ai organisation it writes to.
    pub claude_ai_org_id: Option<String>,
    /// When an operation last succeeded.
    pub last_sync_at: Option<Timestamp>,
    /// A plain sentence about what went wrong last.
    pub last_error: Option<String>,
    /// `ask`, `skillnote_wins` or `claude_ai_wins`.
    pub conflict_policy: String,
    /// Operations that wait or are being done.
    pub pending_op_count: u64,
    /// Operations that have failed for good.
    pub failed_op_count: u64,
    /// Skills that this browser keeps in step.
    pub linked_skill_count: u64,
}

/// Answer of `GET {PREFIX}/extension/status`: the browser about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExtensionStatus {
    /// The browser's id.
    pub integration_id: Uuid,
    /// What it calls itself.
    pub browser_label: Option<String>,
    /// Where it stands.
    pub status: IntegrationStatus,
    /// Skills that this browser keeps in step.
    pub linked_skill_count: u64,
    /// Operations that wait or are being done.
    pub pending_op_count: u64,
    /// Operations that have failed for good.
    pub failed_op_count: u64,
    /// When an operation last succeeded.
    pub last_sync_at: Option<Timestamp>,
    /// A plain sentence about what went wrong last.
    pub last_error: Option<String>,
    /// Why its work is held; absent while work goes on. Only of servers with [`crate::capability::Capability::Standing`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<BrowserPause>,
    /// How its connector is broken; absent while it works. Only of servers with [`crate::capability::Capability::Standing`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<ConnectorState>,
}

/// Body of `PATCH {PREFIX}/integrations/{id}`. What is absent or null stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeIntegration {
    /// `personal`, `organization` or `both`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// `ask`, `skillnote_wins` or `claude_ai_wins`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_policy: Option<String>,
    /// What to call the browser, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_label: Option<String>,
}
