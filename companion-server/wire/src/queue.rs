//! What waits and what is being done.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::operation::OperationKind;

/// An operation that waits or is being done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueItem {
    /// Its id.
    pub id: Uuid,
    /// What is done.
    pub kind: OperationKind,
    /// `pending` or `in_progress`.
    pub status: String,
    /// Hand-outs so far.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When a browser took it.
    pub started_at: Option<Timestamp>,
    /// The browser that does it.
    pub integration_id: Uuid,
    /// What that calls itself.
    pub integration_label: Option<String>,
    /// The skill that it concerns.
    pub skill_id: Option<Uuid>,
    /// Its name in addresses.
    pub skill_slug: Option<String>,
    /// Its name.
    pub skill_name: Option<String>,
}

/// Answer of `GET {PREFIX}/queue`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueuePage {
    /// Oldest first, at most as many as were asked for.
    pub items: Vec<QueueItem>,
    /// All of them, on this page or not.
    pub total: u64,
    /// Those that wait.
    pub pending_count: u64,
    /// Those that a browser has.
    pub in_progress_count: u64,
    /// How long the oldest has been there, in seconds; null when there is none.
    pub oldest_age_seconds: Option<f64>,
}
