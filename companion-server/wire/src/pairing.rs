//! Messages of the pairing handshake (`docs/protocol.md`, "Pairing").

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// Body of `POST {PREFIX}/extension/pair`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartPairing {
    /// What the person calls this browser; at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_label: Option<String>,
}

/// 201 answer to [`StartPairing`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingStarted {
    /// The browser's id from now on.
    pub integration_id: Uuid,
    /// Six glyphs that the person compares and approves.
    pub pairing_code: String,
    /// 43 characters; guards the handshake, known to this extension only, never shown.
    pub pairing_token: String,
    /// The dashboard page on which the code is approved.
    pub redemption_url: String,
    /// Ten minutes from now.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for PairingStarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairingStarted").field("integration_id", &self.integration_id).finish_non_exhaustive()
    }
}

/// 200 answer of `GET {PREFIX}/extension/pair/status?pairing_token=`. Both members are always present.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingStatus {
    /// A person has approved.
    pub approved: bool,
    /// 43 characters, in exactly one answer; the next poll is 404 `PAIRING_TOKEN_UNKNOWN`.
    pub extension_token: Option<String>,
}

impl std::fmt::Debug for PairingStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairingStatus").field("approved", &self.approved).finish_non_exhaustive()
    }
}

/// Element of `GET {PREFIX}/pairings/pending`. Its two timestamps end in `+00:00`, as the reference writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingPairing {
    /// The browser's id.
    pub integration_id: Uuid,
    /// What the browser calls itself.
    pub browser_label: Option<String>,
    /// The code to approve.
    pub pairing_code: String,
    /// When it was asked for.
    pub created_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Body of `POST {PREFIX}/pair/approve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovePairing {
    /// 4 to 16 characters; trimmed and upper-cased before it is looked up.
    pub pairing_code: String,
}
