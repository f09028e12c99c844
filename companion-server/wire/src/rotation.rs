//! A token that replaces another.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Answer of `POST {PREFIX}/integrations/{id}/rotate-token`: the only one that shows the new token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRotated {
    /// The browser's id.
    pub integration_id: Uuid,
    /// The token in force from now on, 43 characters. A secret.
    pub new_extension_token: String,
    /// When it took the former one's place.
    pub rotated_at: Timestamp,
}

impl std::fmt::Debug for TokenRotated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRotated").field("integration_id", &self.integration_id).finish_non_exhaustive()
    }
}
