//! One skill's way to claude.ai, and the clean-up that a person may ask for.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::integration::IntegrationStatus;

/// Answer of `GET {PREFIX}/skills/{slug}/sync-status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillSyncStatus {
    /// The skill's id.
    pub skill_id: Uuid,
    /// Its name in addresses.
    pub skill_slug: String,
    /// Whether the skill is kept in step at all.
    pub claude_ai_sync_enabled: bool,
    /// Accounts that hold it, latest seen first.
    pub links: Vec<SkillLink>,
    /// Operations for it that wait or are being done.
    pub pending_op_count: u64,
}

/// One account that holds a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillLink {
    /// The browser that keeps it in step.
    pub integration_id: Uuid,
    /// What that calls itself.
    pub integration_label: Option<String>,
    /// Where it stands.
    pub integration_status: IntegrationStatus,
    /// The account's id of the skill.
    pub claude_ai_skill_id: String,
    /// The account's version mark.
    pub claude_ai_version: Option<String>,
    /// `none`, `diverged` or `resolved`.
    pub conflict_state: String,
    /// When a browser saw it there last.
    pub last_seen_at: Option<Timestamp>,
    /// `outbound`, `inbound` or `both`.
    pub direction: String,
}

/// Answer of `POST {PREFIX}/admin/cleanup-expired-pairings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CleanedUp {
    /// Pairings that nobody redeemed and that are forgotten now.
    pub expired: u64,
    /// Operations whose lease had run out.
    pub reclaimed: u64,
}

/// Body of `PATCH {PREFIX}/skills/{id or slug}/sync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetSkillSync {
    /// Whether the skill is kept in step with claude.ai.
    pub enabled: bool,
}
