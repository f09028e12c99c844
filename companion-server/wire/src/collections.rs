//! Collections of skills, which can be published to claude.ai as one group each (`docs/protocol.md`, "Collections").

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Element of `GET /v1/collections`, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedCollection {
    /// Its name; the same in any letter case.
    pub name: String,
    /// Skills whose newest version lists it.
    pub count: u32,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether it is published as a group.
    pub published_to_claude_ai: bool,
}

/// Answer of `GET /v1/collections/{name}` and of what changes a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectionDetail {
    /// Its name; the same in any letter case.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether it is published as a group.
    pub published_to_claude_ai: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Body of `POST /v1/collections`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateCollection {
    /// 1 to 128 lower-case letters, digits, underscores and hyphens.
    pub name: String,
    /// At most 1,024 characters without XML-like tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Body of `PUT /v1/collections/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DescribeCollection {
    /// At most 1,024 characters without XML-like tags.
    pub description: String,
}

/// Body of `PUT /v1/collections/{name}/claude-ai`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishCollection {
    /// Whether it is published as a group.
    pub published: bool,
}
