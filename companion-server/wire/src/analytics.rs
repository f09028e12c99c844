//! How much was brought to claude.ai, and how much of it is used there.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Answer of `GET {PREFIX}/analytics`. Counts uploads, updates and publications of groups by the moment at which they ended; 24 hours
/// and 7 days are rolling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncAnalytics {
    /// Done in the last 24 hours.
    pub skills_synced_24h: u64,
    /// Done in the last 7 days.
    pub skills_synced_7d: u64,
    /// Failed for good in the last 24 hours.
    pub failed_24h: u64,
    /// Failed for good in the last 7 days.
    pub failed_7d: u64,
    /// Part of those of the last 7 days that were done, 0 to 1 with four decimals; 1 when there were none.
    pub sync_success_rate_7d: f64,
    /// Hand-outs that each done one took on average, with two decimals; 0 when there were none.
    pub avg_attempts_per_sync_7d: f64,
    /// At most five skills that were brought most often.
    pub top_skills_7d: Vec<SyncedSkill>,
    /// Every browser that is not disconnected, the one that was in step latest first. Counts every kind of operation.
    pub per_integration: Vec<BrowserAnalytics>,
    /// Seven UTC days, oldest first; the last is today.
    pub sparkline_7d: Vec<SyncDay>,
    /// Uses on claude.ai in the last 24 hours.
    pub invocations_24h: u64,
    /// Uses on claude.ai in the last 7 days.
    pub invocations_7d: u64,
    /// At most five skills that were used there most often.
    pub top_used_skills_7d: Vec<UsedSkill>,
}

/// Element of [`SyncAnalytics::top_skills_7d`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncedSkill {
    /// The skill.
    pub skill_id: Uuid,
    /// Its name in addresses.
    pub skill_slug: String,
    /// Its name.
    pub skill_name: String,
    /// How often it was brought.
    pub sync_count: u64,
}

/// Element of [`SyncAnalytics::per_integration`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrowserAnalytics {
    /// The browser.
    pub integration_id: Uuid,
    /// What it calls itself.
    pub integration_label: Option<String>,
    /// Operations that it did in the last 24 hours.
    pub syncs_24h: u64,
    /// Operations that failed for good in the last 24 hours.
    pub failed_24h: u64,
    /// Its latest success.
    pub last_sync_at: Option<Timestamp>,
}

/// Element of [`SyncAnalytics::sparkline_7d`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncDay {
    /// The day, `2026-11-21`.
    pub date: String,
    /// Done on it.
    pub syncs: u64,
    /// Failed for good on it.
    pub failed: u64,
}

/// Element of [`SyncAnalytics::top_used_skills_7d`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsedSkill {
    /// The skill as the report named it.
    pub skill_slug: String,
    /// Uses.
    pub invocations: u64,
}
