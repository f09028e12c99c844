//! Elements of `GET {PREFIX}/activity`, newest first.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One event of the audit log. `Detail` is whatever holds a JSON object on the side that uses this type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityEvent<Detail> {
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
    pub detail: Detail,
    /// RFC 3339, UTC, microseconds, `Z`. No two events share it, so it can be given back as `before`.
    pub created_at: String,
}
