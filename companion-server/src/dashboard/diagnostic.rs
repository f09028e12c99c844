//! One page that says what does not work and what to do.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use companion_wire::diagnostic::{Check, CheckStatus, Diagnostic};

use super::frame::{Frame, Visit};
use super::overview::{HealthRow, health_rows};
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::diagnostic::Facts;
use crate::error::ApiResult;
use crate::routes::diagnostic::examined;
use crate::store::schema_head;

#[derive(Template)]
#[template(path = "diagnostic.html")]
struct DiagnosticPage {
    t: Text,
    f: Frame,
    level: &'static str,
    overall: String,
    when: String,
    checks: Vec<Line>,
    health: Vec<HealthRow>,
    report: String,
}

struct Line {
    id: String,
    label: String,
    level: &'static str,
    state: String,
    detail: String,
}

/// `GET /diagnostic`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    if !visit.operator.is_admin() {
        return visit.for_admins();
    }
    let Visit { text: t, frame: f, .. } = visit;
    let (facts, diagnostic) = examined(&app).await;
    let health = app.store.connector_health().await?;
    let (level, overall) = state(diagnostic.overall, t);
    pages::page(&DiagnosticPage {
        level,
        overall,
        when: t.say("health-now"),
        report: report(&diagnostic),
        checks: diagnostic.checks.into_iter().map(|check| line(check, facts.as_ref(), t)).collect(),
        health: health_rows(&health, t),
        t,
        f,
    })
}

fn line(check: Check, facts: Option<&Facts>, t: Text) -> Line {
    let (level, state) = state(check.status, t);
    let name = check.id.replace('_', "-");
    let ending = if check.status == CheckStatus::Pass { "ok" } else { "remedy" };
    let key = format!("check-{name}-{ending}");
    let detail = facts.filter(|_| t.has(&key)).map(|facts| t.both(&key, figure(&check.id, facts), schema_head()));
    let label = t.known("check", &name);
    Line { label, level, state, detail: detail.unwrap_or(check.detail), id: check.id }
}

/// The figure that a check looks at.
fn figure(check: &str, facts: &Facts) -> u64 {
    match check {
        "integrations_paired" => facts.paired,
        "no_cookie_expired" => facts.signed_out,
        "no_stuck_in_progress" => facts.stuck,
        "sync_recent" => facts.recently_synced,
        "conflicts_low" => facts.diverged,
        "pair_attempts_quiet" => facts.attempts,
        "extension_endpoint_stable" => facts.endpoint_changes,
        _ => 0,
    }
}

fn state(status: CheckStatus, t: Text) -> (&'static str, String) {
    match status {
        CheckStatus::Pass => ("ok", t.say("check-pass")),
        CheckStatus::Warn => ("working", t.say("check-warn")),
        CheckStatus::Fail => ("bad", t.say("check-fail")),
    }
}

/// For a report to somebody else: English, as in the answer of the route, and nothing that is nobody's business.
fn report(diagnostic: &Diagnostic) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut report = format!("Skillferry {version}, {}\n", diagnostic.generated_at);
    for check in &diagnostic.checks {
        report.push_str(&format!("[{:?}] {}: {}\n", check.status, check.label, check.detail).to_string());
    }
    report
}
