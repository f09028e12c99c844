//! What an extension has to say about claude.ai. It goes to this server and no further.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use companion_wire::telemetry::{self, SIGNED_IN};
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::connector::{ENDPOINT_CHANGED, Outcome};
use crate::error::ApiResult;
use crate::extract::bearer::Browser;
use crate::extract::fields::Fields;
use crate::store::{AuditEventName, NewAuditEvent};
use crate::time::Timestamp;

/// More than a finding needs; what is larger is noted without its detail, so that nobody fills the log.
const LARGEST_DETAIL: usize = 16 * 1024;

/// `POST {PREFIX}/extension/telemetry`. The category `endpoint_changed` becomes an audit event, `signed_in` ends what is
/// said about a lapsed session; the rest is logged by category alone, because nobody vouches for what stands in a detail.
#[utoipa::path(post, path = "/extension/telemetry", tag = "extension",
    request_body = companion_wire::telemetry::Telemetry<serde_json::Value>,
    responses(
        (status = 204, description = "Noted. The category `endpoint_changed` becomes an audit event; `signed_in` makes a browser that was `cookie_expired` `active` again."),
    ),
    security(("extension_token" = []))
)]
pub async fn take(State(app): State<App>, browser: Browser, headers: HeaderMap, body: Bytes) -> ApiResult<StatusCode> {
    let mut fields = Fields::from_body(&headers, &body)?;
    let category = fields.required_word("category", 64);
    let version = fields.required_text("ext_version", 1, 32);
    let detail = fields.object("detail");
    fields.finish()?;
    tracing::info!(category, "an extension reports");
    if category == SIGNED_IN {
        app.store.note_signed_in(browser.integration, Timestamp::now()).await?;
    }
    if category == telemetry::ENDPOINT_CHANGED {
        let holds = matches!(detail.get("verdict").and_then(Value::as_str), Some("read_only" | "stop"));
        app.store.append(endpoint_changed(&browser, &version, detail)).await?;
        if holds {
            let outcome = Outcome::refused(ENDPOINT_CHANGED);
            app.store.note_browser(browser.integration, outcome, Timestamp::now()).await;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn endpoint_changed(browser: &Browser, version: &str, detail: Value) -> NewAuditEvent {
    let mut members = match detail {
        Value::Object(members) if detail_size(&members) <= LARGEST_DETAIL => members,
        Value::Object(_) => [("truncated".to_owned(), json!(true))].into_iter().collect(),
        _ => serde_json::Map::new(),
    };
    members.entry("message").or_insert_with(|| json!("claude.ai answers differently than the extension expects."));
    members.insert("ext_version".to_owned(), json!(version));
    NewAuditEvent {
        integration: Some(browser.integration),
        event: AuditEventName::EndpointChanged,
        skill: None,
        detail: Value::Object(members),
        source: None,
        now: Timestamp::now(),
    }
}

fn detail_size(members: &serde_json::Map<String, Value>) -> usize {
    members.iter().map(|(name, value)| name.len() + value.to_string().len()).sum()
}
