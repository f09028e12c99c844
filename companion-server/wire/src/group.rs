//! Published collections as plugins.

use serde::{Deserialize, Serialize};

/// Answer of `GET {PREFIX}/extension/plugin-groups`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginGroups {
    /// What the marketplace on claude.ai is called.
    pub marketplace_name: String,
    /// By name.
    pub groups: Vec<PluginGroup>,
}

/// A published collection that has something to publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PluginGroup {
    /// The plugin's name: `a-z`, `0-9` and `-`; no two groups have the same.
    pub name: String,
    /// What people see.
    pub display_name: String,
    /// Skills in it.
    pub skill_count: u64,
}
