//! Which skills are used: agents report it, people read it. Paired browsers may do both.

use axum::Json;
use axum::extract::{FromRequestParts, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use companion_wire::error::ErrorCode;
use companion_wire::usage::{RecentSession, SkillUseTaken, UsageSummary};

use crate::app::App;
use crate::domain::usage::{SkillUseReport, used_skill};
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::caller::KnownCaller;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::SkillUse;
use crate::time::Timestamp;

/// What a tool was given can be a whole file.
const LARGEST: usize = 1024 * 1024;
const LONGEST_SLUG: usize = 128;
const WHO_DOES_NOT_SAY: &str = "claude-code";

/// `POST /v1/hooks/skill-used`. Nothing is held against the library, and the same report twice counts twice.
#[utoipa::path(post, path = "/v1/hooks/skill-used", tag = "skills",
    request_body = companion_wire::usage::SkillUsed<serde_json::Value>,
    responses((status = 202, description = "Noted, or ignored because it names no skill.", body = SkillUseTaken)),
    security(("session" = []), ("admin_token" = []), ("extension_token" = []))
)]
pub async fn take(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<SkillUseTaken>)> {
    let (mut parts, body) = request.into_parts();
    KnownCaller::from_request_parts(&mut parts, &app).await?;
    let body = body::whole(body, LARGEST, ErrorCode::HttpError).await?;
    let taken = match reported(&parts.headers, &body)? {
        Some(used) => {
            app.store.note_use(used).await?;
            SkillUseTaken { status: "accepted".to_owned(), reason: None }
        }
        None => SkillUseTaken { status: "ignored".to_owned(), reason: Some("The report names no skill.".to_owned()) },
    };
    Ok((StatusCode::ACCEPTED, Json(taken)))
}

fn reported(headers: &HeaderMap, body: &[u8]) -> ApiResult<Option<SkillUse>> {
    let mut fields = Fields::from_body(headers, body)?;
    let mut either = |snake: &str, camel: &str, max: usize| {
        let (one, other) = (fields.text(snake, max), fields.text(camel, max));
        one.or(other).filter(|text| !text.trim().is_empty())
    };
    let agent_name = either("agent_name", "agentName", 128).unwrap_or_else(|| WHO_DOES_NOT_SAY.to_owned());
    let session_id = either("session_id", "sessionId", 256);
    let session_name = either("session_name", "sessionName", 256);
    let tool_name = either("tool_name", "toolName", 256);
    let hook_event = either("hook_event_name", "hookEventName", 256);
    let skill_slug = fields.text("skill_slug", LONGEST_SLUG);
    let (one, other) = (fields.object("tool_input"), fields.object("toolInput"));
    fields.finish()?;
    let tool_input = if one.is_null() { other } else { one };
    let Some(skill_slug) = used_skill(&SkillUseReport { skill_slug, tool_name, tool_input, hook_event }) else {
        return Ok(None);
    };
    if skill_slug.chars().count() > LONGEST_SLUG {
        let message = format!("skill_slug: String should have at most {LONGEST_SLUG} characters");
        return Err(ApiError::validation(message));
    }
    Ok(Some(SkillUse { skill_slug, agent_name, session_id, session_name, now: Timestamp::now() }))
}

/// `GET /v1/analytics/summary?agent=&days=`.
#[utoipa::path(get, path = "/v1/analytics/summary", tag = "operations",
    params(
        ("agent" = Option<String>, Query, description = "One agent, such as `claude-ai`; all without it."),
        ("days" = Option<u32>, Query, description = "How far back, from 1; 7 without it."),
    ),
    responses((status = 200, description = "How much skills were used.", body = UsageSummary)),
    security(("session" = []), ("admin_token" = []), ("extension_token" = []))
)]
pub async fn summary(
    State(app): State<App>,
    _: KnownCaller,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<UsageSummary>> {
    let mut fields = Fields::from_query(query.as_deref());
    let agent = fields.text("agent", 128);
    let days = fields.integer_within("days", 1, 36_500).unwrap_or(7);
    fields.finish()?;
    Ok(Json(app.store.usage_summary(agent, days, Timestamp::now()).await?))
}

/// `GET /v1/analytics/recent-sessions?agent=&limit=`.
#[utoipa::path(get, path = "/v1/analytics/recent-sessions", tag = "operations",
    params(
        ("agent" = Option<String>, Query, description = "One agent; all without it."),
        ("limit" = Option<u32>, Query, description = "1 to 50; 8 without it."),
    ),
    responses((status = 200, description = "Sessions in which skills were used, newest first.", body = [RecentSession])),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn recent_sessions(
    State(app): State<App>,
    _: Operator,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<Vec<RecentSession>>> {
    let mut fields = Fields::from_query(query.as_deref());
    let agent = fields.text("agent", 128).filter(|agent| !agent.is_empty());
    let limit = fields.integer_within("limit", 1, 50).unwrap_or(8);
    fields.finish()?;
    Ok(Json(app.store.recent_sessions(agent, limit).await?))
}
