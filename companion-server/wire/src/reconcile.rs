//! Bringing one browser in step.

use serde::{Deserialize, Serialize};

/// Answer of `POST {PREFIX}/extension/reconcile`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reconciled {
    /// Operations that were failed or missing and wait now.
    pub enqueued: u64,
}

/// Answer of `GET {PREFIX}/extension/known-skill-ids`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownSkillIds {
    /// Skills of the account that the server has a link to, in no promised order.
    pub claude_ai_skill_ids: Vec<String>,
}
