//! Skills that changed on both sides: what each says, and what to do.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::PREFIX;
use companion_wire::conflicts::{ConflictFile, ConflictPreview};
use serde::Deserialize;

use super::choices::Choice;
use super::diff;
use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::skill::Diff;
use super::texts::Text;
use super::todos::named;
use crate::app::App;
use crate::domain::compare::Patience;
use crate::error::ApiResult;
use crate::routes::ui::conflicts::{decide, listed, previewed};
use crate::store::Resolution;
use crate::time::Timestamp;

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage {
    t: Text,
    f: Frame,
    conflicts: Vec<Row>,
}

struct Row {
    id: String,
    skill: String,
    browser: String,
    seen: String,
}

/// `GET /conflicts`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let now = Timestamp::now();
    let row = |conflict: companion_wire::conflicts::Conflict| Row {
        id: conflict.link_id.to_string(),
        skill: conflict.skillnote_skill_name.unwrap_or(conflict.claude_ai_skill_id),
        browser: named(conflict.integration_label, t),
        seen: t.age_of(conflict.last_seen_at.as_deref(), now),
    };
    let conflicts = listed(&app, &operator).await?.into_iter().map(row).collect();
    pages::page(&ConflictsPage { t, f, conflicts })
}

/// How the sides are shown.
#[derive(Debug, Default, Deserialize)]
pub struct Shown {
    view: Option<String>,
}

#[derive(Template)]
#[template(path = "conflict.html")]
struct ConflictPage {
    t: Text,
    f: Frame,
    id: String,
    skill: String,
    about: String,
    tabs: Vec<Tab>,
    sides: Vec<Side>,
    /// Address and label: what cannot be shown here can be looked at elsewhere.
    downloads: Vec<(String, String)>,
    files: Vec<FileRow>,
    clean: bool,
    merged: Option<String>,
}

struct Tab {
    href: String,
    label: String,
    chosen: bool,
}

/// One of the three comparisons of three texts.
struct Side {
    title: String,
    /// Or why there is none.
    diff: Result<String, String>,
}

struct FileRow {
    path: String,
    state: String,
    /// Or why there is none.
    diff: Result<String, String>,
}

/// Two texts in two columns.
#[derive(Template)]
#[template(path = "diff_sides.html")]
struct Beside {
    label: String,
    left: String,
    right: String,
    rows: Vec<diff::Row>,
}

/// `GET /conflicts/{link}?view=`.
pub async fn detail(
    State(app): State<App>,
    visit: Visit,
    Path(link): Path<String>,
    Query(asked): Query<Shown>,
) -> ApiResult<Response> {
    let preview = match previewed(&app, &visit.operator, &link).await {
        Ok(preview) => preview,
        Err(error) if error.status.is_client_error() => return visit.missing(),
        Err(error) => return Err(error),
    };
    let Visit { text: t, frame: f, .. } = visit;
    let view = if asked.view.as_deref() == Some("inline") { "inline" } else { "sides" };
    let skill = preview.skill_name.clone().unwrap_or_else(|| preview.claude_ai_skill_id.clone());
    let seen = t.age_of(preview.claude_ai_last_seen_at.as_deref(), Timestamp::now());
    let browser = named(preview.integration_label.clone(), t);
    let tabs = [("sides", "conflict-view-sides"), ("inline", "conflict-view-inline")].map(|(value, key)| {
        let Choice { chosen, label, value } = Choice::new(value, t.say(key), view);
        Tab { href: format!("/conflicts/{link}?view={value}#compare"), label, chosen }
    });
    let zips = [("ours", preview.current_version_id), ("theirs", preview.claude_ai_version_id)];
    let downloads = zips.into_iter().filter(|(_, there)| there.is_some()).map(|(side, _)| {
        let address = format!("{PREFIX}/conflicts/{link}/sides/{side}.zip");
        (address, t.say(if side == "ours" { "conflict-download-ours" } else { "conflict-download-theirs" }))
    });
    pages::page(&ConflictPage {
        downloads: downloads.collect(),
        about: format!("{} {}", t.name("conflict-browser", browser), t.name("conflict-seen", seen)),
        tabs: tabs.into(),
        sides: sides(&preview, view, t),
        clean: preview.merge.as_ref().is_some_and(|merge| merge.clean),
        merged: preview.merge.and_then(|merge| merge.content_md),
        files: preview.files.into_iter().map(|file| file_row(file, t)).collect(),
        id: link,
        skill,
        t,
        f,
    })
}

/// Both sides against each other, and each against what both had last.
fn sides(preview: &ConflictPreview, view: &str, t: Text) -> Vec<Side> {
    let base = preview.last_pushed_content_md.clone().unwrap_or_default();
    let ours = preview.current_content_md.clone().unwrap_or_default();
    let theirs = preview.claude_ai_content_md.clone().unwrap_or_default();
    let mut patience = Patience::default();
    let pairs = [
        ("conflict-ours-theirs", ("side-ours", &ours), ("side-theirs", &theirs)),
        ("conflict-base-ours", ("side-base", &base), ("side-ours", &ours)),
        ("conflict-base-theirs", ("side-base", &base), ("side-theirs", &theirs)),
    ];
    pairs
        .map(|(title, (left, before), (right, after))| {
            let label = t.say(title);
            let drawn = match (diff::lines(before, after, &mut patience), view) {
                (None, _) => Err(t.say("diff-too-much")),
                (Some(lines), _) if lines.is_empty() => Err(t.say("conflict-same")),
                (Some(lines), "inline") => Ok(Diff { t, label: label.clone(), lines }.render()),
                (Some(lines), _) => {
                    let (left, right) = (t.say(left), t.say(right));
                    Ok(Beside { label: label.clone(), left, right, rows: diff::rows(&lines) }.render())
                }
            };
            Side { title: label, diff: drawn.and_then(|html| html.map_err(|error| error.to_string())) }
        })
        .into()
}

fn file_row(file: ConflictFile, t: Text) -> FileRow {
    let why = || t.say(if file.too_large { "diff-too-much" } else { "diff-binary" });
    let diff =
        file.diff.ok_or_else(why).and_then(|diff| if diff.is_empty() { Err(t.say("conflict-same")) } else { Ok(diff) });
    FileRow { path: file.path, state: t.known("filter", &file.state.replace('_', "-")), diff }
}

/// What the decision sends.
#[derive(Debug, Deserialize)]
pub struct Decision {
    resolution: String,
    merged_content_md: Option<String>,
}

/// `POST /conflicts/{link}/resolve`.
pub async fn resolve(
    State(app): State<App>,
    visitor: Visitor,
    Path(link): Path<String>,
    Form(decision): Form<Decision>,
) -> ApiResult<Response> {
    let resolution = match decision.resolution.as_str() {
        "keep_skillnote" => Resolution::KeepSkillnote,
        "keep_claude_ai" => Resolution::KeepClaudeAi,
        "keep_both" => Resolution::KeepBoth,
        // Forms send lines with a carriage return.
        "merge" => Resolution::Merge(decision.merged_content_md.map(|text| text.replace("\r\n", "\n"))),
        _ => Resolution::Skip,
    };
    let key = if matches!(resolution, Resolution::Skip) { "skipped" } else { "resolved" };
    let result = decide(&app, &visitor.operator, &link, resolution).await;
    // A decided conflict has no page any more.
    match result {
        Ok(_) => Ok(Redirect::to(&format!("/conflicts?said={key}")).into_response()),
        Err(error) => visitor.done::<()>(Err(error), &format!("/conflicts/{link}"), key),
    }
}
