//! The overview, what waits for a person, and the charts.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use companion_wire::activity::ActivityEvent;
use companion_wire::health::ConnectorHealth;
use companion_wire::integration::{Integration, IntegrationStatus};
use serde_json::Value;

use super::chart::{Chart, Row, Series, Words};
use super::frame::{Frame, Visit};
use super::pages;
use super::texts::Text;
use super::todos::{self, Standing, Todo, label, standing};
use crate::app::App;
use crate::domain::people::Scope;
use crate::error::ApiResult;
use crate::store::{ActivityFilter, DayOfUse, Glance, schema_head};
use crate::time::Timestamp;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    t: Text,
    f: Frame,
    verdict: Verdict,
    first: Option<FirstStep>,
    todos: Vec<Todo>,
    figures: Vec<Figure>,
    library: String,
    browsers: Vec<BrowserLine>,
    charts: Vec<Chart>,
    health: Vec<HealthRow>,
    events: Vec<EventLine>,
}

/// The answer to the question of the page.
struct Verdict {
    level: &'static str,
    sentence: String,
}

/// The one thing to do for somebody who has just begun.
struct FirstStep {
    name: &'static str,
    sentence: String,
    href: &'static str,
    action: String,
}

struct Figure {
    label: String,
    value: u64,
    level: &'static str,
    href: &'static str,
}

struct BrowserLine {
    id: String,
    label: String,
    level: &'static str,
    state: String,
    figures: String,
}

/// A figure of the health card, with its level of `docs/runbook.md`.
pub(super) struct HealthRow {
    pub name: String,
    pub value: String,
    pub level: &'static str,
}

struct EventLine {
    what: String,
    about: Option<String>,
    when: String,
}

/// `GET /`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let (now, scope) = (Timestamp::now(), operator.scope());
    let Standing { glance, browsers, todos } = standing(&app, &operator, t).await?;
    let latest = ActivityFilter { scope, limit: 10, ..ActivityFilter::default() };
    let health = if operator.is_admin() { health_rows(&app.store.connector_health().await?, t) } else { Vec::new() };
    pages::page(&OverviewPage {
        verdict: verdict(&glance, &todos, t),
        first: first_step(&glance, &browsers, t),
        figures: figures(&glance, t),
        library: library(&app, t),
        browsers: browsers.iter().map(|browser| browser_line(browser, t, now)).collect(),
        charts: charts(&app, scope, &browsers, t, now).await?,
        health,
        events: app.store.activity(latest).await?.into_iter().map(|event| event_line(event, t, now)).collect(),
        todos,
        t,
        f,
    })
}

#[derive(Template)]
#[template(path = "notifications.html")]
struct WaitingPage {
    t: Text,
    f: Frame,
    todos: Vec<Todo>,
}

/// `GET /notifications`: what waits for a person, and nothing else.
pub async fn notifications(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let todos = standing(&app, &operator, t).await?.todos;
    pages::page(&WaitingPage { t, f, todos })
}

fn verdict(glance: &Glance, todos: &[Todo], t: Text) -> Verdict {
    let attention = u64::try_from(todos.len()).unwrap_or(u64::MAX);
    let (level, sentence) = match (glance.paired, glance.skills) {
        _ if attention > 0 => {
            let bad = todos.iter().any(|todo| todo.level == "bad");
            (if bad { "bad" } else { "working" }, t.count("verdict-attention", attention))
        }
        (_, 0) => ("idle", t.say("verdict-empty")),
        (0, _) => ("idle", t.say("verdict-alone")),
        _ if glance.waiting > 0 => ("working", t.count("verdict-waiting", glance.waiting)),
        _ => ("ok", t.say("verdict-in-step")),
    };
    Verdict { level, sentence }
}

fn first_step(glance: &Glance, browsers: &[Integration], t: Text) -> Option<FirstStep> {
    if !browsers.is_empty() {
        return None;
    }
    let (name, key) = if glance.skills == 0 { ("library", "first-library") } else { ("connect", "first-connect") };
    let sentence = if name == "library" { t.say(key) } else { t.count("first-connect", glance.skills) };
    let (href, action) = if name == "library" {
        ("/skills", t.say("first-library-action"))
    } else {
        ("/settings/integrations/claude-ai", t.say("first-connect-action"))
    };
    Some(FirstStep { name, sentence, href, action })
}

fn figures(glance: &Glance, t: Text) -> Vec<Figure> {
    let figure = |label: &str, value, level, href| Figure {
        label: t.say(label),
        value,
        level: if value > 0 { level } else { "" },
        href,
    };
    vec![
        figure("figure-all", glance.skills, "", "/skills"),
        figure("state-in-step", glance.in_step, "ok", "/skills?state=in-step"),
        figure("state-waiting", glance.waiting, "working", "/skills?state=waiting"),
        figure("state-conflict", glance.asks.conflicts, "working", "/conflicts"),
        figure("state-failed", glance.asks.failed, "bad", "/queue"),
        figure("state-refused", glance.refused, "working", "/skills?state=refused"),
    ]
}

/// Where the library lies.
pub(super) fn library(app: &App, t: Text) -> String {
    app.library.as_ref().map_or_else(|| t.say("library-none"), |library| library.status().root)
}

/// Colour and name of a browser's status.
pub(super) fn browser_state(browser: &Integration, t: Text) -> (&'static str, String) {
    let level = match browser.status {
        IntegrationStatus::Active => "ok",
        IntegrationStatus::CookieExpired => "working",
        _ => "bad",
    };
    (level, t.known("browser-state", &browser.status.as_str().replace('_', "-")))
}

/// Skills, open operations and the last success in one line.
pub(super) fn browser_figures(browser: &Integration, t: Text, now: Timestamp) -> String {
    let last = t.age_of(browser.last_sync_at.as_deref(), now);
    let parts = [
        t.count("browser-linked", browser.linked_skill_count),
        t.count("browser-pending", browser.pending_op_count),
        t.name("browser-last", last),
    ];
    parts.join(" · ")
}

fn browser_line(browser: &Integration, t: Text, now: Timestamp) -> BrowserLine {
    let (level, state) = browser_state(browser, t);
    let figures = browser_figures(browser, t, now);
    BrowserLine { id: browser.id.to_string(), label: label(browser, t), level, state, figures }
}

/// The levels of `docs/runbook.md`.
pub(super) fn health_rows(health: &ConnectorHealth, t: Text) -> Vec<HealthRow> {
    let row = |name: &str, value: u64, level| HealthRow { name: t.say(name), value: value.to_string(), level };
    let if_any = |value: u64, level| if value == 0 { "ok" } else { level };
    let pending = match health.pending_ops_total {
        0..10 => "ok",
        10..=50 => "working",
        _ => "bad",
    };
    let schema = if health.schema_version == schema_head() { "ok" } else { "working" };
    vec![
        row("health-errors", health.integrations_with_errors, if_any(health.integrations_with_errors, "bad")),
        row("health-failed", health.failed_ops_total, if_any(health.failed_ops_total, "bad")),
        row("health-pending", health.pending_ops_total, pending),
        row("health-conflicts", health.diverged_links_total, if_any(health.diverged_links_total, "working")),
        HealthRow { name: t.say("health-schema"), value: health.schema_version.clone(), level: schema },
    ]
}

fn event_line(event: ActivityEvent<Value>, t: Text, now: Timestamp) -> EventLine {
    let what = t.known("event", &event.event.replace('_', "-"));
    let about = event.skill_slug.or_else(|| event.detail["user"].as_str().map(str::to_owned));
    EventLine { what, about, when: t.age_of(Some(&event.created_at), now) }
}

async fn charts(app: &App, scope: Scope, seen: &[Integration], t: Text, now: Timestamp) -> ApiResult<Vec<Chart>> {
    let series = || {
        let series = |kind, key: &str| Series { kind, name: t.say(key) };
        vec![series("done", "chart-done"), series("failed", "chart-failed")]
    };
    let words = |id, title: &str, over: &str| Words { id, title: t.say(title), over: t.say(over) };
    let browsers = app.store.browser_analytics(now).await?;
    let own = browsers.iter().filter(|browser| seen.iter().any(|seen| seen.id == browser.integration_id));
    let browsers = own.take(8).map(|browser| Row {
        label: todos::named(browser.integration_label.clone(), t),
        values: vec![browser.syncs_24h, browser.failed_24h],
    });
    let ages = app.store.queue_ages(scope, now).await?;
    let ranges = ["range-minute", "range-ten-minutes", "range-hour", "range-day", "range-older"];
    let ages = ranges.iter().zip(ages).map(|(key, count)| Row { label: t.say(key), values: vec![count] });
    let waiting = vec![Series { kind: "waiting", name: t.say("chart-waiting") }];
    let mut charts = Vec::new();
    // Totals of all browsers are for those who answer for all.
    if scope == Scope::All {
        let days = app.store.sync_days(now).await?;
        let days = days.iter().map(|day| Row { label: day.date[5..].to_owned(), values: vec![day.syncs, day.failed] });
        charts.push(Chart::new(t, words("chart-syncs", "chart-syncs", "chart-day"), series(), days.collect()));
    }
    charts.push(Chart::new(t, words("chart-ages", "chart-ages", "chart-age"), waiting, ages.collect()));
    charts.push(Chart::new(
        t,
        words("chart-browsers", "chart-browsers", "activity-browser"),
        series(),
        browsers.collect(),
    ));
    if scope != Scope::All {
        return Ok(charts);
    }
    let days = app.store.uses_by_day(None, DAYS, now).await?;
    if days.iter().any(|(_, uses)| *uses > 0) {
        charts.push(uses_chart(t, "chart-uses", days));
        let skills = app.store.most_used(DAYS, now).await?.into_iter();
        let skills = skills.map(|(label, uses)| Row { label, values: vec![uses] });
        charts.push(Chart::new(t, words("chart-used", "chart-used", "chart-skill"), used(t), skills.collect()));
    }
    Ok(charts)
}

/// Days that charts look back.
pub(super) const DAYS: u32 = 7;

/// Uses by day. `title` is the key of what stands above it, and its name.
pub(super) fn uses_chart(t: Text, title: &'static str, days: Vec<DayOfUse>) -> Chart {
    let words = Words { id: title, title: t.say(title), over: t.say("chart-day") };
    let days = days.into_iter().map(|(day, uses)| Row { label: day[5..].to_owned(), values: vec![uses] });
    Chart::new(t, words, used(t), days.collect())
}

fn used(t: Text) -> Vec<Series> {
    vec![Series { kind: "used", name: t.say("chart-uses-count") }]
}
