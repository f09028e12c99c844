//! What an operator and a monitor look at.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Answer of `GET /health`, open to everybody who may reach the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerHealth {
    /// `ok` or `degraded`.
    pub status: String,
    /// `ok`, or the class of what went wrong.
    pub db: String,
    /// The newest applied migration.
    pub migration: Option<String>,
}

/// Answer of `GET {PREFIX}/health` (`docs/runbook.md`, "Health").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectorHealth {
    /// Browsers that are paired and working.
    pub integrations_active: u64,
    /// Browsers that need a person.
    pub integrations_with_errors: u64,
    /// Operations that wait or are being done.
    pub pending_ops_total: u64,
    /// Operations that have failed for good.
    pub failed_ops_total: u64,
    /// Skills that changed on both sides.
    pub diverged_links_total: u64,
    /// When the newest audit row was written.
    pub last_audit_at: Option<Timestamp>,
    /// The newest applied migration.
    pub schema_version: String,
}
