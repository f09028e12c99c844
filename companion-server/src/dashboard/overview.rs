//! The overview: library, browsers, queue, health, activity.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use companion_wire::activity::ActivityEvent;
use companion_wire::health::ConnectorHealth;
use companion_wire::held_batch::{HeldAction, HeldBatch, HeldSide};
use companion_wire::integration::{Integration, IntegrationStatus};
use companion_wire::operation::OperationKind;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::pages::{self, Visitor, age};
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::library::{LibraryState, LibraryStatus};
use crate::routes::ui::held_batches;
use crate::store::{ActivityFilter, EntryState, LibraryEntry, QueueFilter, QueueItem, SkillSummary, schema_head};
use crate::time::Timestamp;

/// Query of the refreshing part.
#[derive(Debug, Default, Deserialize)]
pub struct Seen {
    seen: Option<String>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    part: OverviewPart,
}

#[derive(Template)]
#[template(path = "overview_part.html")]
struct OverviewPart {
    library: LibraryCard,
    held: Vec<HeldRow>,
    skills: Vec<SkillRow>,
    refused: Vec<RefusedRow>,
    browsers: Vec<BrowserRow>,
    waiting_pairings: usize,
    failures: Vec<FailureRow>,
    health: Vec<HealthRow>,
    events: Vec<EventRow>,
}

struct LibraryCard {
    root: String,
    warning: Option<String>,
}

/// Changes that wait for a person.
struct HeldRow {
    id: String,
    what: String,
    replaced: Vec<String>,
    removed: Vec<String>,
}

struct SkillRow {
    name: String,
    description: String,
    version: u32,
    /// `ok`, `working`, `bad` or `idle`: the colour of the state.
    level: &'static str,
    state: String,
    repairs: Vec<String>,
    notice: Option<String>,
}

struct RefusedRow {
    folder: String,
    reason: String,
    notes: Vec<String>,
}

struct BrowserRow {
    id: String,
    label: String,
    level: &'static str,
    state: &'static str,
    last_sync: String,
    last_error: Option<String>,
    pending: u64,
    linked: u64,
    connected: bool,
}

struct FailureRow {
    id: String,
    what: String,
    browser: String,
    error: String,
}

struct HealthRow {
    name: &'static str,
    value: String,
    level: &'static str,
}

struct EventRow {
    text: String,
    when: String,
}

/// `GET /`.
pub async fn page(State(app): State<App>, Visitor(operator): Visitor) -> ApiResult<Response> {
    pages::page(&OverviewPage { part: gather(&app, &operator).await? })
}

/// `GET /parts/overview?seen=`.
pub async fn part(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Query(query): Query<Seen>,
) -> ApiResult<Response> {
    pages::part(&gather(&app, &operator).await?, query.seen.as_deref())
}

async fn gather(app: &App, operator: &Operator) -> ApiResult<OverviewPart> {
    let (now, scope) = (Timestamp::now(), operator.scope());
    let entries = app.store.entries().await?;
    let browsers = app.store.visible_integrations(scope).await?;
    let failed = QueueFilter { scope, failed: true, limit: 50, ..QueueFilter::default() };
    let notes: BTreeMap<&str, &[String]> = entries
        .iter()
        .filter(|entry| entry.state == EntryState::Repaired)
        .filter_map(|entry| Some((entry.name.as_deref()?, entry.notes.as_slice())))
        .collect();
    let notices: BTreeMap<&str, &str> =
        entries.iter().filter_map(|entry| Some((entry.name.as_deref()?, entry.notice.as_deref()?))).collect();
    let paired = browsers.iter().filter(|browser| is_paired(browser)).count();
    let skills = app.store.visible_skills(scope).await?;
    // Codes and totals are for those who answer for all browsers.
    let (waiting_pairings, health) = if operator.is_admin() {
        (app.store.pending_pairings(now).await?.len(), health_rows(&app.store.connector_health().await?))
    } else {
        (0, Vec::new())
    };
    let latest = ActivityFilter { scope, limit: 15, ..ActivityFilter::default() };
    Ok(OverviewPart {
        library: library_card(app.library.as_ref().map(|library| library.status())),
        held: held_batches::visible(app, operator).await?.into_iter().map(held_row).collect(),
        skills: skills.into_iter().map(|skill| skill_row(skill, &notes, &notices, paired)).collect(),
        refused: entries.iter().filter(|entry| entry.state == EntryState::Refused).map(refused_row).collect(),
        waiting_pairings,
        browsers: browsers.into_iter().filter(is_shown).map(browser_row).collect(),
        failures: app.store.queue(failed).await?.into_iter().map(failure_row).collect(),
        health,
        events: app.store.activity(latest).await?.into_iter().map(|event| event_row(event, now)).collect(),
    })
}

fn is_paired(browser: &Integration) -> bool {
    matches!(browser.status, IntegrationStatus::Active | IntegrationStatus::CookieExpired)
}

fn is_shown(browser: &Integration) -> bool {
    browser.status != IntegrationStatus::Disconnected
}

fn library_card(status: Option<LibraryStatus>) -> LibraryCard {
    let Some(status) = status else {
        let warning = Some("The server was started without a library folder.".to_owned());
        return LibraryCard { root: "none".to_owned(), warning };
    };
    let warning = match status.state {
        LibraryState::RootMissing => {
            let gone = "The folder has vanished or cannot be read. Nothing is removed; bring it back and it goes on by itself.";
            Some(gone.to_owned())
        }
        LibraryState::Held { .. } | LibraryState::Starting | LibraryState::Watching => status.problem,
    };
    LibraryCard { root: status.root, warning }
}

fn held_row(batch: HeldBatch) -> HeldRow {
    let browser = batch.integration_label.unwrap_or_else(|| "a browser without a name".to_owned());
    let count = batch.skills.len();
    let what = match (batch.side, batch.integration_id) {
        (HeldSide::ClaudeAi, _) => {
            format!("{count} skills of the claude.ai account in {browser} would change at once.")
        }
        (HeldSide::Library, None) => format!("{count} skills vanished from the folder at once."),
        (HeldSide::Library, Some(_)) => {
            format!("{count} skills of the library would be replaced at once by {browser}.")
        }
    };
    let named = |action| {
        let skills = batch.skills.iter().filter(|skill| skill.action == action);
        skills.map(|skill| skill.skill_name.clone()).collect()
    };
    let (replaced, removed) = (named(HeldAction::Replace), named(HeldAction::Delete));
    HeldRow { id: batch.id.to_string(), what, replaced, removed }
}

fn skill_row(
    skill: SkillSummary,
    notes: &BTreeMap<&str, &[String]>,
    notices: &BTreeMap<&str, &str>,
    paired: usize,
) -> SkillRow {
    let in_sync = skill.browsers_in_sync as usize;
    let (level, state) = match (paired, skill.browsers_failed, skill.browsers_pending) {
        (0, ..) => ("idle", "waits for a browser".to_owned()),
        (_, 1.., _) => ("bad", "failed, see below".to_owned()),
        (_, _, 1..) => ("working", "on its way".to_owned()),
        _ if in_sync >= paired => ("ok", "in your account".to_owned()),
        _ => ("idle", format!("in {in_sync} of {paired} browsers’ accounts")),
    };
    let repairs = notes.get(skill.name.as_str()).map(|notes| notes.to_vec()).unwrap_or_default();
    let notice = notices.get(skill.name.as_str()).map(|notice| (*notice).to_owned());
    SkillRow { name: skill.name, description: skill.description, version: skill.version, level, state, repairs, notice }
}

fn refused_row(entry: &LibraryEntry) -> RefusedRow {
    let reason = entry.reason.clone().unwrap_or_default();
    RefusedRow { folder: entry.source_path.clone(), reason, notes: entry.notes.clone() }
}

fn browser_row(browser: Integration) -> BrowserRow {
    let (level, state) = match browser.status {
        IntegrationStatus::Active => ("ok", "paired"),
        IntegrationStatus::CookieExpired => {
            ("working", "signed out of claude.ai: sign in there, work goes on by itself")
        }
        _ => ("bad", "needs attention"),
    };
    BrowserRow {
        id: browser.id.to_string(),
        label: browser.browser_label.unwrap_or_else(|| "A browser without a name".to_owned()),
        level,
        state,
        last_sync: browser.last_sync_at.map_or_else(|| "never".to_owned(), |when| when[..16].replace('T', " ")),
        last_error: browser.last_error,
        pending: browser.pending_op_count,
        linked: browser.linked_skill_count,
        connected: browser.status != IntegrationStatus::Disconnected,
    }
}

fn failure_row(item: QueueItem) -> FailureRow {
    let verb = match item.kind {
        OperationKind::Upload => "Upload",
        OperationKind::Update => "Update",
        OperationKind::Delete => "Removal",
        _ => "Operation",
    };
    FailureRow {
        id: item.id.to_string(),
        what: item.skill_name.map_or_else(|| verb.to_owned(), |name| format!("{verb} of {name}")),
        browser: item.browser_label.unwrap_or_else(|| "a browser without a name".to_owned()),
        error: item.last_error.unwrap_or_default(),
    }
}

/// The levels of `docs/runbook.md`.
fn health_rows(health: &ConnectorHealth) -> Vec<HealthRow> {
    let row = |name, value: u64, level| HealthRow { name, value: value.to_string(), level };
    let bad_if_any = |value: u64| if value == 0 { "ok" } else { "bad" };
    let pending = match health.pending_ops_total {
        0..10 => "ok",
        10..=50 => "working",
        _ => "bad",
    };
    let schema = if health.schema_version == schema_head() { "ok" } else { "working" };
    vec![
        row("Browsers with errors", health.integrations_with_errors, bad_if_any(health.integrations_with_errors)),
        row("Failed operations", health.failed_ops_total, bad_if_any(health.failed_ops_total)),
        row("Waiting operations", health.pending_ops_total, pending),
        row("Conflicts", health.diverged_links_total, if health.diverged_links_total == 0 { "ok" } else { "working" }),
        HealthRow { name: "Schema", value: health.schema_version.clone(), level: schema },
    ]
}

fn event_row(event: ActivityEvent<Value>, now: Timestamp) -> EventRow {
    let name = event.event.replace('_', " ");
    let about = event.skill_slug.or_else(|| event.detail["user"].as_str().map(str::to_owned));
    let text = about.map_or_else(|| name.clone(), |about| format!("{name}: {about}"));
    let created = Timestamp::lenient(&event.created_at).unwrap_or(now);
    EventRow { text, when: age(created, now) }
}
