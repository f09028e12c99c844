//! One skill: where it stands in each browser, what pre-flight repaired, and every version with the way back.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use companion_wire::operation::OperationKind;
use companion_wire::skills::ContentVersion;
use serde::Deserialize;
use skill_format::text;

use super::chart::Chart;
use super::diff;
use super::frame::{Frame, Visit, Visitor};
use super::overview::{DAYS, uses_chart};
use super::pages;
use super::skills::state;
use super::texts::Text;
use super::todos::named;
use crate::app::App;
use crate::domain::compare::Patience;
use crate::error::ApiResult;
use crate::routes::ui::skills::{answer, not_found, storable};
use crate::store::{Repair, SkillBrowser, SkillState};
use crate::time::Timestamp;

/// Versions that are shown; the API has the others.
const VERSIONS: usize = 20;

#[derive(Template)]
#[template(path = "skill.html")]
struct SkillPage {
    t: Text,
    f: Frame,
    name: String,
    slug: String,
    version: String,
    description: String,
    enabled: bool,
    browsers: Vec<Row>,
    origin: String,
    collections: Vec<String>,
    changed: String,
    uses: Option<String>,
    /// Where it was used lately.
    chart: Option<Chart>,
    notice: Option<String>,
    repairs: Vec<Repaired>,
    notes: Vec<String>,
    versions: Vec<Version>,
    older: usize,
}

/// The skill in one browser.
struct Row {
    id: String,
    label: String,
    key: &'static str,
    level: &'static str,
    state: String,
    seen: Option<String>,
    under_way: Option<String>,
    error: Option<String>,
    retry: Option<String>,
    conflict: Option<String>,
    held: bool,
}

struct Repaired {
    path: String,
    diff: Drawn,
}

struct Version {
    number: u32,
    title: String,
    when: String,
    latest: bool,
    diff: Drawn,
}

/// Differing lines, one below the other.
#[derive(Template)]
#[template(path = "diff.html")]
pub(super) struct Diff {
    pub t: Text,
    pub label: String,
    pub lines: Vec<diff::Line>,
}

/// Differing lines, or why there are none to see.
type Drawn = Result<Diff, String>;

fn drawn(t: Text, label: String, (before, after): (&str, &str), patience: &mut Patience) -> Drawn {
    match diff::lines(before, after, patience) {
        None => Err(t.say("diff-too-much")),
        Some(lines) if lines.is_empty() => Err(t.say("version-same-text")),
        Some(lines) => Ok(Diff { t, label, lines }),
    }
}

/// `GET /skills/{slug}`.
pub async fn page(State(app): State<App>, visit: Visit, Path(slug): Path<String>) -> ApiResult<Response> {
    let Ok(slug) = storable(slug) else { return visit.missing() };
    let Some(skill) = app.store.skill_detail(&slug).await? else { return visit.missing() };
    let Visit { operator, text: t, frame: f } = visit;
    let now = Timestamp::now();
    let browsers = app.store.skill_browsers(&slug, operator.scope()).await?;
    let entry = app.store.entry_of(&slug).await?;
    let versions = app.store.content_versions(&slug).await?.unwrap_or_default();
    let uses = app.store.uses_of(&slug, now).await?;
    let mut patience = Patience::default();
    let (notice, notes) = entry.map(|entry| (entry.notice, entry.notes)).unwrap_or_default();
    pages::page(&SkillPage {
        version: t.count("version", skill.current_version),
        name: skill.name,
        description: skill.description,
        enabled: skill.claude_ai_sync_enabled,
        browsers: browsers.into_iter().map(|browser| row(browser, t, now)).collect(),
        origin: skill.origin.and_then(|origin| origin.path).unwrap_or_else(|| t.say("skill-own")),
        collections: skill.collections,
        changed: t.age_of(Some(&skill.updated_at), now),
        chart: if uses.week > 0 {
            let days = app.store.uses_by_day(Some(&slug), DAYS, now).await?;
            Some(uses_chart(t, "chart-uses", days))
        } else {
            None
        },
        uses: (uses.ever > 0).then(|| t.of_all("skill-uses-count", uses.week, uses.ever)),
        notice,
        repairs: app
            .store
            .repairs(&slug)
            .await?
            .into_iter()
            .map(|repair| repaired(&repair, t, &mut patience))
            .collect(),
        notes,
        older: versions.len().saturating_sub(VERSIONS),
        versions: history(&versions, t, now, &mut patience),
        slug,
        t,
        f,
    })
}

fn row(browser: SkillBrowser, t: Text, now: Timestamp) -> Row {
    let (level, name) = state(browser.state, t);
    let failed = browser.state == SkillState::Failed;
    let operation = browser.operation;
    let under_way = operation.as_ref().map(|operation| {
        let kind = kind(operation.kind, t);
        if operation.in_progress {
            t.name("operation-taken", kind)
        } else {
            t.both("operation-attempts", operation.attempts, kind)
        }
    });
    Row {
        id: browser.integration.to_string(),
        label: named(browser.label, t),
        key: browser.state.as_str(),
        level,
        state: name,
        seen: browser.last_seen.map(|seen| t.name("skill-seen", t.age(seen, now))),
        under_way,
        error: operation.as_ref().and_then(|operation| operation.last_error.clone()),
        retry: operation.filter(|_| failed).map(|operation| operation.id.to_string()),
        conflict: browser.link.filter(|_| browser.state == SkillState::Conflict).map(|link| link.to_string()),
        held: browser.state == SkillState::Held,
    }
}

/// What an operation does, as a person says it.
pub(super) fn kind(kind: OperationKind, t: Text) -> String {
    t.known("kind", &kind.as_str().replace('_', "-"))
}

fn repaired(repair: &Repair, t: Text, patience: &mut Patience) -> Repaired {
    let texts = text(repair.before.as_deref().unwrap_or_default()).zip(text(&repair.after));
    let label = t.name("diff-of", &repair.path);
    let diff = texts.ok_or_else(|| t.say("diff-binary")).and_then(|texts| drawn(t, label, texts, patience));
    Repaired { path: repair.path.clone(), diff }
}

/// Newest first; each beside the one before it.
fn history(versions: &[ContentVersion], t: Text, now: Timestamp, patience: &mut Patience) -> Vec<Version> {
    let shown = versions.iter().enumerate().take(VERSIONS);
    shown
        .map(|(at, version)| {
            let before = versions.get(at + 1).map(written).unwrap_or_default();
            let title = t.count("version", version.version);
            Version {
                number: version.version,
                diff: drawn(t, t.name("diff-of", &title), (&before, &written(version)), patience),
                title,
                when: t.age_of(Some(&version.created_at), now),
                latest: version.is_latest,
            }
        })
        .collect()
}

fn written(version: &ContentVersion) -> String {
    format!("{}\n{}\n\n{}", version.title, version.description, version.content_md)
}

/// What the switch sends.
#[derive(Debug, Deserialize)]
pub struct Switch {
    enabled: bool,
}

/// `POST /skills/{slug}/sync`.
pub async fn sync(
    State(app): State<App>,
    visitor: Visitor,
    Path(slug): Path<String>,
    Form(switch): Form<Switch>,
) -> ApiResult<Response> {
    let result = async {
        let slug = storable(slug.clone())?;
        let known = app.store.set_skill_sync(&slug, switch.enabled, Timestamp::now()).await?;
        if known { Ok(()) } else { Err(not_found()) }
    };
    let key = if switch.enabled { "sync-on" } else { "sync-off" };
    visitor.done(result.await, "/skills", key)
}

/// `POST /skills/{slug}/versions/{version}/restore`.
pub async fn restore(
    State(app): State<App>,
    visitor: Visitor,
    Path((slug, version)): Path<(String, u32)>,
) -> ApiResult<Response> {
    let result: ApiResult<_> = async {
        let slug = storable(slug.clone())?;
        answer(app.store.restore_version(&slug, version, Timestamp::now()).await?)
    }
    .await;
    visitor.done(result, "/skills", "restored")
}
