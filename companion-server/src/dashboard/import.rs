//! Bringing skills: choose, look at what would change, take what is ticked.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use companion_wire::import::{
    ImportCandidate, ImportChoice, ImportEffect, ImportFile, ImportFileState, ImportPreview, ImportResult,
    ImportVerdict,
};
use serde::Deserialize;

use super::frame::{Frame, Said, Visit, Visitor};
use super::pages::{self, escaped};
use super::skills::refusal;
use super::texts::Text;
use crate::app::App;
use crate::error::ApiResult;
use crate::library::import::Import;
use crate::routes::ui::import_preview;
use crate::routes::ui::imports::{LARGEST_FORM, named, received, take_all, waiting};

/// A tick is a path, a digest and a version; many thousand fit.
const LARGEST_CHOICE: usize = 16 * 1024 * 1024;

/// The pages, each with what it may be sent.
pub fn router() -> Router<App> {
    Router::new()
        .route("/import", get(page).post(bring).layer(DefaultBodyLimit::max(LARGEST_FORM)))
        .route("/import/path", get(page).post(name))
        .route("/import/{id}", get(preview).post(take).layer(DefaultBodyLimit::max(LARGEST_CHOICE)))
        .route("/import/{id}/skill", get(skill))
}

#[derive(Template)]
#[template(path = "import.html")]
struct ChoosePage {
    t: Text,
    f: Frame,
    /// An admin may name a folder of this server.
    roots: Vec<String>,
}

async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let roots = app.settings.import_roots.iter().filter(|_| operator.is_admin());
    pages::page(&ChoosePage { t, f, roots: roots.map(|root| root.display().to_string()).collect() })
}

async fn bring(State(app): State<App>, visitor: Visitor, request: Request) -> ApiResult<Response> {
    // A script goes on by itself: if it followed, the preview would be made twice.
    let by_script = request.headers().contains_key("hx-request");
    let answer = led(&visitor, received(&app, &visitor.operator, request).await)?;
    match answer.headers().get(header::LOCATION).filter(|_| by_script) {
        Some(next) => Ok((StatusCode::NO_CONTENT, [("hx-redirect", next.clone())]).into_response()),
        None => Ok(answer),
    }
}

/// A folder on the server.
#[derive(Debug, Deserialize)]
struct Named {
    path: String,
}

async fn name(State(app): State<App>, visitor: Visitor, Form(sent): Form<Named>) -> ApiResult<Response> {
    led(&visitor, named(&app, &visitor.operator, sent.path.trim().to_owned()).await)
}

fn led(visitor: &Visitor, import: ApiResult<Arc<Import>>) -> ApiResult<Response> {
    match import {
        Ok(import) => Ok(Redirect::to(&format!("/import/{}", import.id)).into_response()),
        Err(error) => visitor.done::<()>(Err(error), "/import", ""),
    }
}

#[derive(Template)]
#[template(path = "import_preview.html")]
struct PreviewPage {
    t: Text,
    f: Frame,
    id: String,
    source: Option<String>,
    /// Level and text.
    counts: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    incomplete: bool,
    anything: bool,
}

/// A file that would change.
struct Changed {
    /// `new`, `changed` or `gone`.
    kind: &'static str,
    /// For those who see it.
    sign: &'static str,
    /// For those who hear it.
    said: String,
    path: String,
}

struct Row {
    path: String,
    name: String,
    /// What is sent back when it is ticked; none for what cannot or need not be taken.
    tick: Option<String>,
    level: &'static str,
    effect: String,
    repaired: bool,
    /// Why it is refused: a code and a sentence.
    refused: Option<(String, String)>,
    /// The folder of the library that is written too.
    folder: Option<String>,
    notes: Vec<String>,
    files: Vec<Changed>,
    differences: Option<String>,
}

async fn preview(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> ApiResult<Response> {
    let Ok(import) = waiting(&app, &visit.operator, &id).await else { return over() };
    shown(visit, import_preview::preview(&app, import).await?)
}

/// What was ticked.
async fn take(
    State(app): State<App>,
    mut visit: Visit,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> ApiResult<Response> {
    let Ok(import) = waiting(&app, &visit.operator, &id).await else { return over() };
    let ticked = sent.iter().filter(|(name, _)| name == "skill").filter_map(|(_, tick)| choice(tick)).collect();
    let outcomes = take_all(&app, &import, ticked).await?;
    let is_left = |result| matches!(result, ImportResult::LibraryMoved | ImportResult::SourceChanged);
    let left = outcomes.iter().filter(|outcome| is_left(outcome.result)).count();
    if outcomes.is_empty() {
        return Ok(Redirect::to(&format!("/import/{id}?refused=EMPTY_BUNDLE")).into_response());
    }
    if left == 0 {
        return Ok(Redirect::to("/skills?said=imported").into_response());
    }
    let sentence = visit.text.count("import-moved", left);
    visit.frame.said = Some(Said { level: "bad", sentence });
    shown(visit, import_preview::preview(&app, import).await?)
}

fn over() -> ApiResult<Response> {
    Ok(Redirect::to("/import?refused=IMPORT_NOT_FOUND").into_response())
}

fn shown(visit: Visit, preview: ImportPreview) -> ApiResult<Response> {
    let Visit { text: t, frame: f, .. } = visit;
    let counts = preview.counts;
    let counts = [
        ("ok", "import-counts-new", counts.new),
        ("working", "import-counts-change", counts.change),
        ("", "import-counts-same", counts.same),
        ("bad", "import-counts-refused", counts.refused),
    ];
    let counts = counts.into_iter().filter(|(.., count)| *count > 0);
    let id = preview.id.to_string();
    let rows: Vec<Row> = preview.skills.into_iter().map(|skill| row(t, &id, skill)).collect();
    pages::page(&PreviewPage {
        counts: counts.map(|(level, key, count)| (level, t.count(key, count))).collect(),
        source: preview.source,
        incomplete: preview.incomplete,
        anything: rows.iter().any(|row| row.tick.is_some()),
        t,
        f,
        id,
        rows,
    })
}

fn row(t: Text, id: &str, skill: ImportCandidate) -> Row {
    let news = matches!(skill.effect, Some(ImportEffect::New | ImportEffect::Change));
    let (level, effect) = match skill.effect {
        None => ("bad", t.say("import-effect-refused")),
        Some(ImportEffect::New) => ("ok", t.say("import-effect-new")),
        Some(ImportEffect::Same) => ("", t.say("import-effect-same")),
        Some(ImportEffect::Change) => ("working", t.count("import-effect-change", skill.version.unwrap_or_default())),
    };
    let different = skill.effect == Some(ImportEffect::Change) || skill.verdict == ImportVerdict::Repaired;
    let (mut refused, mut notes) = (None, skill.notes.clone());
    if let Some(reason) = &skill.reason {
        let (sentence, more) = refusal(reason, notes, t);
        (refused, notes) = (Some((reason.clone(), sentence)), more);
    }
    let folder = skill.library_folder.as_ref().filter(|_| news).map(|folder| t.name("import-in-folder", folder));
    Row {
        tick: news.then(|| tick(&skill)),
        differences: different.then(|| format!("/import/{id}/skill?path={}", escaped(&skill.path))),
        files: skill.files.iter().map(|file| changed(file, t)).collect(),
        refused,
        folder,
        notes,
        repaired: skill.verdict == ImportVerdict::Repaired,
        name: skill.name.unwrap_or_else(|| skill.path.rsplit('/').next().unwrap_or_default().to_owned()),
        path: skill.path,
        level,
        effect,
    }
}

fn changed(file: &ImportFile, t: Text) -> Changed {
    let (kind, sign) = match file.state {
        ImportFileState::Added => ("new", "+"),
        ImportFileState::Changed => ("changed", "~"),
        ImportFileState::Removed => ("gone", "−"),
    };
    Changed { kind, sign, said: state(file.state, t), path: file.path.clone() }
}

fn state(state: ImportFileState, t: Text) -> String {
    t.say(match state {
        ImportFileState::Added => "import-file-added",
        ImportFileState::Changed => "import-file-changed",
        ImportFileState::Removed => "import-file-removed",
    })
}

/// What was shown, in the value of a tick.
fn tick(skill: &ImportCandidate) -> String {
    let version = skill.version_id.map(|version| version.to_string()).unwrap_or_default();
    format!("{}.{version}.{}", skill.digest.clone().unwrap_or_default(), skill.path)
}

fn choice(tick: &str) -> Option<ImportChoice> {
    let mut parts = tick.splitn(3, '.');
    let (digest, version, path) = (parts.next()?, parts.next()?, parts.next()?);
    let version_id = if version.is_empty() { None } else { Some(version.parse().ok()?) };
    Some(ImportChoice { path: path.to_owned(), digest: digest.to_owned(), version_id })
}

#[derive(Template)]
#[template(path = "import_skill.html")]
struct SkillPage {
    t: Text,
    f: Frame,
    id: String,
    name: String,
    changes: Vec<FileRow>,
    repairs: Vec<FileRow>,
}

struct FileRow {
    path: String,
    state: String,
    diff: Option<String>,
}

/// Which folder.
#[derive(Debug, Deserialize)]
struct Asked {
    path: String,
}

async fn skill(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let Ok(import) = waiting(&app, &visit.operator, &id).await else { return over() };
    let Some(detail) = import_preview::detail(&app, import, asked.path).await? else { return visit.missing() };
    let Visit { text: t, frame: f, .. } = visit;
    let file = |file: ImportFile| FileRow { state: state(file.state, t), path: file.path, diff: file.diff };
    // All of a new skill would be shown as added.
    let changed = detail.skill.effect == Some(ImportEffect::Change);
    pages::page(&SkillPage {
        name: detail.skill.name.unwrap_or(detail.skill.path),
        changes: detail.skill.files.into_iter().filter(|_| changed).map(file).collect(),
        repairs: detail.repairs.into_iter().map(file).collect(),
        t,
        f,
        id,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tick_is_what_was_shown() {
        let version = Uuid::nil().to_string();
        let known = choice(&format!("ab.{version}.lib/my.notes")).expect("a choice");
        assert_eq!((known.path.as_str(), known.version_id), ("lib/my.notes", Some(Uuid::nil())));
        assert_eq!(choice("ab..notes").expect("a choice").version_id, None);
        assert!(choice("ab").is_none() && choice("ab.no-id.notes").is_none());
    }
}
