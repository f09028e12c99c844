//! Changes of many skills at once that wait for a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Which side would be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HeldSide {
    /// What a browser's account on claude.ai holds.
    ClaudeAi,
    /// The library.
    Library,
}

/// What would happen to a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HeldAction {
    /// Its content would be replaced by another version.
    Replace,
    /// It would be removed.
    Delete,
}

/// An element of the answer of `GET {PREFIX}/held-batches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldBatch {
    /// Its id, for agreeing and refusing.
    pub id: Uuid,
    /// Which side would be changed.
    pub side: HeldSide,
    /// The browser whose account would be changed, or that the changes come from; null when the library's folder lost skills.
    pub integration_id: Option<Uuid>,
    /// What that calls itself.
    pub integration_label: Option<String>,
    /// How many skills would be replaced.
    pub replace_count: u64,
    /// How many skills would be removed.
    pub delete_count: u64,
    /// All of them, by name.
    pub skills: Vec<HeldSkill>,
    /// Since when it waits.
    pub held_since: Timestamp,
}

/// One skill of a [`HeldBatch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldSkill {
    /// Its id.
    pub skill_id: Uuid,
    /// Its name in addresses.
    pub skill_slug: String,
    /// Its name.
    pub skill_name: String,
    /// What would happen to it.
    pub action: HeldAction,
    /// The version it would become; null for a removal.
    pub version_id: Option<Uuid>,
}
