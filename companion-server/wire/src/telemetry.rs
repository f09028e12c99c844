//! What an extension has to say about claude.ai.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The category of a finding about claude.ai.
pub const ENDPOINT_CHANGED: &str = "endpoint_changed";

/// The category of a browser whose work went back because it was signed out, and whose session works again. It has no detail.
pub const SIGNED_IN: &str = "signed_in";

/// Body of `POST {PREFIX}/extension/telemetry`. `Detail` is whatever holds a JSON object on the side that uses this type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Telemetry<Detail> {
    /// A word of at most 64 letters, digits and underscores. [`ENDPOINT_CHANGED`] is kept as an audit event; its
    /// detail is a [`crate::endpoint::EndpointChanged`]. [`SIGNED_IN`] ends what the server says about a lapsed session.
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
