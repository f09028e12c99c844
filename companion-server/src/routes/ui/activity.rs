//! The audit log.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use companion_wire::activity::ActivityEvent;
use companion_wire::error::ErrorCode;
use serde_json::Value;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::{ActivityFilter, AuditEventName};

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 500;

/// `GET {PREFIX}/activity`.
#[utoipa::path(get, path = "/activity", tag = "operations",
    params(
        ("integration_id" = Option<uuid::Uuid>, Query, description = "One browser."),
        ("skill_id" = Option<uuid::Uuid>, Query, description = "One skill."),
        ("event" = Option<String>, Query, description = "One event by its name."),
        ("since" = Option<String>, Query, description = "From then on: RFC 3339, a date, or Unix seconds or milliseconds."),
        ("until" = Option<String>, Query, description = "Up to then."),
        ("before" = Option<String>, Query, description = "Strictly before; `created_at` of the last row of the page before."),
        ("limit" = Option<u32>, Query, description = "1 to 500; 50 by default."),
    ),
    responses(
        (status = 200, description = "Events, newest first.", body = [ActivityEvent<Value>]),
        (status = 422, description = "`INVALID_EVENT`, `INVALID_DATE_RANGE` or `VALIDATION_ERROR`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(
    State(app): State<App>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<Vec<ActivityEvent<Value>>>> {
    let mut fields = Fields::from_query(query.as_deref());
    let limit = fields.integer_within("limit", 1, MOST).unwrap_or(DEFAULT_LIMIT);
    Ok(Json(app.store.activity(ActivityFilter { limit, scope: operator.scope(), ..filter(fields)? }).await?))
}

/// What the list and the export have in common. Scope and limit are the caller's.
pub(super) fn filter(mut fields: Fields) -> ApiResult<ActivityFilter> {
    let (integration, skill) = (fields.uuid("integration_id"), fields.uuid("skill_id"));
    let name = fields.text("event", 64);
    let (since, until, before) = (fields.timestamp("since"), fields.timestamp("until"), fields.timestamp("before"));
    fields.finish()?;
    if since.zip(until).is_some_and(|(since, until)| since > until) {
        let message = "“since” must not be after “until”.";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidDateRange, message));
    }
    let event = name.map(|name| AuditEventName::named(&name).ok_or_else(invalid_event)).transpose()?;
    Ok(ActivityFilter { integration, skill, event, since, until, before, ..ActivityFilter::default() })
}

fn invalid_event() -> ApiError {
    let mut names: Vec<&str> = AuditEventName::ALL.iter().map(|event| event.as_str()).collect();
    names.sort_unstable();
    let message = format!("There is no such event. These exist: {}.", names.join(", "));
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidEvent, message)
}
