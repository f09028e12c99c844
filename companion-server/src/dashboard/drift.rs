//! What browsers saw claude.ai answer differently: endpoint, findings, since when, in which browsers.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use companion_wire::activity::ActivityEvent;
use companion_wire::integration::Integration;
use serde_json::Value;

use super::frame::{Frame, Visit};
use super::pages;
use super::texts::Text;
use super::todos::label;
use crate::app::App;
use crate::error::ApiResult;
use crate::store::{ActivityFilter, AuditEventName};
use crate::time::Timestamp;

/// Reports that are looked through.
const REPORTS: u32 = 500;
const DAYS: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Template)]
#[template(path = "drift.html")]
struct DriftPage {
    t: Text,
    f: Frame,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    name: String,
    level: &'static str,
    verdict: String,
    remedy: String,
    since: String,
    last: String,
    browsers: Vec<String>,
    /// Kind, severity, place, what was expected, what was seen.
    findings: Vec<[String; 5]>,
}

/// `GET /drift`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let (now, scope) = (Timestamp::now(), operator.scope());
    let browsers = app.store.visible_integrations(scope).await?;
    let filter = ActivityFilter {
        event: Some(AuditEventName::EndpointChanged),
        since: Some(now.minus(DAYS)),
        limit: REPORTS,
        scope,
        ..ActivityFilter::default()
    };
    let mut endpoints: BTreeMap<String, Vec<ActivityEvent<Value>>> = BTreeMap::new();
    for event in app.store.activity(filter).await? {
        let name = event.detail["endpoint"].as_str().map_or_else(|| t.say("unknown"), str::to_owned);
        endpoints.entry(name).or_default().push(event);
    }
    let endpoints = endpoints.into_iter().map(|(name, events)| endpoint(name, &events, &browsers, t, now)).collect();
    pages::page(&DriftPage { t, f, endpoints })
}

/// Reports come newest first; the newest says how things stand.
fn endpoint(
    name: String,
    events: &[ActivityEvent<Value>],
    browsers: &[Integration],
    t: Text,
    now: Timestamp,
) -> Endpoint {
    let newest = events.first().map(|event| &event.detail).unwrap_or(&Value::Null);
    let verdict = newest["verdict"].as_str().unwrap_or("stop").replace('_', "-");
    let mut seen_by: Vec<String> = Vec::new();
    for event in events {
        let known = browsers.iter().find(|browser| Some(browser.id) == event.integration_id);
        let name = known.map_or_else(|| t.say("unknown"), |browser| label(browser, t));
        if !seen_by.contains(&name) {
            seen_by.push(name);
        }
    }
    let moment = |event: Option<&ActivityEvent<Value>>| t.age_of(event.map(|event| event.created_at.as_str()), now);
    Endpoint {
        level: if verdict == "warn" || verdict == "fall-back" { "working" } else { "bad" },
        remedy: t.known("verdict-remedy", &verdict),
        verdict: t.known("verdict-of", &verdict),
        since: moment(events.last()),
        last: moment(events.first()),
        browsers: seen_by,
        findings: newest["findings"].as_array().into_iter().flatten().map(finding).collect(),
        name,
    }
}

fn finding(finding: &Value) -> [String; 5] {
    ["kind", "severity", "at", "expected", "seen"].map(|member| match &finding[member] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}
