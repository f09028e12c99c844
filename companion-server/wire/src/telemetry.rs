//! What an extension has to say about claude.ai.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Body of `POST {PREFIX}/extension/telemetry`. `Detail` is whatever holds a JSON object on the side that uses this type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Telemetry<Detail> {
    /// A word of at most 64 letters, digits and underscores. `endpoint_changed` is kept as an audit event; its
    /// detail is a [`crate::endpoint::EndpointChanged`].
    pub category: String,
    /// The extension's version, at most 32 characters.
    pub ext_version: String,
    /// When it was noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<Timestamp>,
    /// Structure only, never values of an answer of claude.ai.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}
