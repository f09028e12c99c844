//! The audit log as a table for spreadsheets.

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::IntoResponse;
use companion_wire::activity::ActivityEvent;
use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use super::activity::filter;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::ActivityFilter;

const DEFAULT_ROWS: u32 = 10_000;
const MOST_ROWS: u32 = 50_000;
const COLUMNS: [&str; 5] = ["created_at", "event", "integration_id", "skill_id", "detail"];

/// `GET {PREFIX}/activity/export.csv`: newest first, all that match up to `limit`.
#[utoipa::path(get, path = "/activity/export.csv", tag = "operations",
    params(
        ("integration_id" = Option<uuid::Uuid>, Query, description = "One browser."),
        ("skill_id" = Option<uuid::Uuid>, Query, description = "One skill."),
        ("event" = Option<String>, Query, description = "One event by its name."),
        ("since" = Option<String>, Query, description = "From then on: RFC 3339, a date, or Unix seconds or milliseconds."),
        ("until" = Option<String>, Query, description = "Up to then."),
        ("limit" = Option<u32>, Query, description = "1 to 50,000; 10,000 by default."),
    ),
    responses(
        (status = 200, description = "Events as a table, newest first.", body = String, content_type = "text/csv"),
        (status = 422, description = "`INVALID_EVENT`, `INVALID_DATE_RANGE` or `VALIDATION_ERROR`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn csv(
    State(app): State<App>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> ApiResult<impl IntoResponse> {
    let mut fields = Fields::from_query(query.as_deref());
    let limit = fields.integer_within("limit", 1, MOST_ROWS).unwrap_or(DEFAULT_ROWS);
    let filter = ActivityFilter { before: None, limit, scope: operator.scope(), ..filter(fields)? };
    let events = app.store.activity(filter).await?;
    let table = table(&events).map_err(|error| ApiError::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"claude-ai-activity.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, table))
}

fn table(events: &[ActivityEvent<Value>]) -> csv::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for event in events {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        writer.write_record([
            event.created_at.replace('Z', "+00:00"),
            event.event.clone(),
            id(event.integration_id),
            id(event.skill_id),
            sorted(&event.detail).to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// With members in the order of their names, whatever order they are kept in.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_only_where_they_are_needed() {
        let event = ActivityEvent {
            id: uuid::Uuid::nil(),
            integration_id: None,
            event: "pair_started".to_owned(),
            skill_id: Some(uuid::Uuid::nil()),
            skill_slug: None,
            detail: json!({ "b": { "z": 1, "a": "ä \"q\"\n" }, "a": [] }),
            created_at: "2026-11-21T02:37:53.474348Z".to_owned(),
        };
        let text = String::from_utf8(table(&[event]).expect("a table")).expect("text");
        assert_eq!(
            text,
            concat!(
                "created_at,event,integration_id,skill_id,detail\r\n",
                "2026-11-21T02:37:53.474348+00:00,pair_started,,00000000-0000-0000-0000-000000000000,",
                r#""{""a"":[],""b"":{""a"":""ä \""q\""\n"",""z"":1}}""#,
                "\r\n"
            )
        );
    }
}
