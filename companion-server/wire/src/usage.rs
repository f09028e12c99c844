//! Which skills are used, as agents report it and as people read it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Body of `POST /v1/hooks/skill-used`. Every member also has its camel-case name, but for `skill_slug`; at most 128 characters for
/// slugs and names of agents, 256 for those of sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillUsed<I> {
    /// The skill. A leading `skillnote-` is cut off.
    #[serde(default)]
    pub skill_slug: Option<String>,
    /// Who used it; `claude-code` when nobody says.
    #[serde(default)]
    pub agent_name: Option<String>,
    /// In which session.
    #[serde(default)]
    pub session_id: Option<String>,
    /// What that is called.
    #[serde(default)]
    pub session_name: Option<String>,
    /// Which tool ran; it names the skill where a hook event is given and nothing else does.
    #[serde(default)]
    pub tool_name: Option<String>,
    /// An object whose `name` or `skill` names the skill.
    #[serde(default = "none", bound(deserialize = "I: Deserialize<'de>"))]
    pub tool_input: Option<I>,
    /// The agent's hook.
    #[serde(default)]
    pub hook_event_name: Option<String>,
}

const fn none<I>() -> Option<I> {
    None
}

/// Answer of `POST /v1/hooks/skill-used`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillUseTaken {
    /// `accepted` or `ignored`.
    pub status: String,
    /// Why it was ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Answer of `GET /v1/analytics/summary`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UsageSummary {
    /// Uses in the days that were asked for.
    pub total_calls: u64,
    /// Skills that were used.
    pub unique_skills: u64,
    /// Agents that used them.
    pub unique_agents: u64,
    /// Uses in the last 24 hours.
    pub calls_today: u64,
    /// The skill that was used most; of several the first by name.
    pub most_called_skill: Option<String>,
}

/// Element of `GET /v1/analytics/recent-sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecentSession {
    /// The agent's id of the session.
    pub session_id: String,
    /// What it was called last.
    pub session_name: Option<String>,
    /// The agent.
    pub agent_name: String,
    /// Uses of skills in it.
    pub call_count: u64,
    /// Skills that were used in it.
    pub skill_count: u64,
    /// The latest use; ends in `+00:00`.
    pub last_used: Timestamp,
}
