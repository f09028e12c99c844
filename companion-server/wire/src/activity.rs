//! Elements of `GET {PREFIX}/activity`, newest first.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// One event of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityEvent {
    /// Its id.
    pub id: Uuid,
    /// The browser it concerns; that may be gone.
    pub integration_id: Option<Uuid>,
    /// Its name, e.g. `skill_pushed`.
    pub event: String,
    /// The skill it concerns; that may be gone.
    pub skill_id: Option<Uuid>,
    /// The skill's name at the time of reading; null when it is gone.
    pub skill_slug: Option<String>,
    /// Its detail, an object.
    pub detail: Value,
    /// RFC 3339, UTC, microseconds, `Z`. No two events share it, so it can be given back as `before`.
    pub created_at: String,
}
