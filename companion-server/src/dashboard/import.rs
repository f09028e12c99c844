//! Bringing skills: drop a folder or a zip, or name a folder on the server; look at what that would mean; choose.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::import::{
    ImportCandidate, ImportChoice, ImportDetail, ImportEffect, ImportFile, ImportOutcome, ImportPreview, ImportResult,
    ImportVerdict,
};
use serde::Deserialize;

use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::skills::refusal;
use super::texts::Text;
use crate::app::App;
use crate::error::ApiResult;
use crate::routes::ui::import_preview;
use crate::routes::ui::imports::{applied, named, uploaded, waiting};

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    t: Text,
    f: Frame,
    /// Folders on the server that may be named, for admins.
    roots: Vec<String>,
}

/// `GET /import`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let roots = app.settings.import_roots.iter().filter(|_| operator.is_admin());
    pages::page(&ImportPage { t, f, roots: roots.map(|root| root.display().to_string()).collect() })
}

/// `POST /import`, a form with files.
pub async fn upload(State(app): State<App>, visitor: Visitor, request: Request) -> ApiResult<Response> {
    match uploaded(&app, &visitor.operator, request).await {
        Ok(import) => Ok(Redirect::to(&format!("/import/{}", import.id)).into_response()),
        Err(error) => visitor.done::<()>(Err(error), "/import", ""),
    }
}

/// A folder on the server.
#[derive(Debug, Deserialize)]
pub struct Named {
    path: String,
}

/// `POST /import/path`.
pub async fn path(State(app): State<App>, visitor: Visitor, Form(sent): Form<Named>) -> ApiResult<Response> {
    match named(&app, &visitor.operator, sent.path).await {
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
    summary: String,
    incomplete: bool,
    outcomes: Vec<Outcome>,
    rows: Vec<Row>,
    choosable: bool,
}

struct Outcome {
    path: String,
    level: &'static str,
    result: String,
}

struct Row {
    path: String,
    name: String,
    description: String,
    notes: Vec<String>,
    sentence: Option<String>,
    level: &'static str,
    verdict: String,
    effect: Option<String>,
    /// What is sent back when it is chosen: digest, version and path, as they are shown here.
    choice: Option<String>,
    /// Only what overwrites nothing is chosen already.
    chosen: bool,
    /// Where its differences are shown.
    look: Option<String>,
}

/// `GET /import/{id}`.
pub async fn preview(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> ApiResult<Response> {
    let import = match waiting(&app, &visit.operator, &id) {
        Ok(import) => import,
        Err(error) if error.status.is_client_error() => return visit.missing(),
        Err(error) => return Err(error),
    };
    let found = import_preview::preview(&app, import).await?;
    shown(visit, found, Vec::new())
}

/// `POST /import/{id}/apply`: the page, with what became of each.
pub async fn apply(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> ApiResult<Response> {
    let import = match waiting(&app, &visit.operator, &id) {
        Ok(import) => import,
        Err(error) if error.status.is_client_error() => return visit.missing(),
        Err(error) => return Err(error),
    };
    let chosen = sent.iter().filter(|(name, _)| name == "skill").filter_map(|(_, value)| choice(value)).collect();
    let done = applied(&app, import, chosen).await?;
    shown(visit, done.preview, done.outcomes)
}

fn choice(value: &str) -> Option<ImportChoice> {
    let mut parts = value.splitn(3, '|');
    let (digest, version, path) = (parts.next()?, parts.next()?, parts.next()?);
    let version_id = if version.is_empty() { None } else { Some(version.parse().ok()?) };
    Some(ImportChoice { path: path.to_owned(), digest: digest.to_owned(), version_id })
}

fn shown(visit: Visit, found: ImportPreview, outcomes: Vec<ImportOutcome>) -> ApiResult<Response> {
    let Visit { text: t, frame: f, .. } = visit;
    let id = found.id.to_string();
    let counts = found.counts;
    let parts = [
        t.count("import-found", counts.found),
        t.count("import-new", counts.new),
        t.count("import-change", counts.change),
        t.count("import-same", counts.same),
        t.count("import-repaired", counts.repaired),
        t.count("import-refused", counts.refused),
    ];
    let rows: Vec<Row> = found.skills.into_iter().map(|skill| row(&id, skill, t)).collect();
    pages::page(&PreviewPage {
        summary: parts.join(" · "),
        incomplete: found.incomplete,
        outcomes: outcomes.into_iter().map(|outcome| said(outcome, t)).collect(),
        choosable: rows.iter().any(|row| row.choice.is_some()),
        rows,
        id,
        t,
        f,
    })
}

fn said(outcome: ImportOutcome, t: Text) -> Outcome {
    let (level, key) = match outcome.result {
        ImportResult::Imported => ("ok", "import-done"),
        ImportResult::Unchanged => ("idle", "import-unchanged"),
        ImportResult::LibraryMoved => ("bad", "import-moved"),
        ImportResult::SourceChanged => ("bad", "import-source-changed"),
    };
    Outcome { path: outcome.path, level, result: t.say(key) }
}

fn row(id: &str, skill: ImportCandidate, t: Text) -> Row {
    let (level, verdict) = match skill.verdict {
        ImportVerdict::Ok => ("ok", t.say("import-ok")),
        ImportVerdict::Repaired => ("working", t.say("skill-repaired-short")),
        ImportVerdict::Refused => ("bad", t.say("state-refused")),
    };
    let effect = skill.effect.map(|effect| match effect {
        ImportEffect::New => t.say("import-effect-new"),
        ImportEffect::Same => t.say("import-effect-same"),
        ImportEffect::Change => t.count("import-effect-change", skill.files.len()),
    });
    let takes = matches!(skill.effect, Some(ImportEffect::New | ImportEffect::Change));
    let version = skill.version_id.map(|version| version.to_string()).unwrap_or_default();
    let choice = skill.digest.filter(|_| takes).map(|digest| format!("{digest}|{version}|{}", skill.path));
    let (sentence, notes) = match skill.reason {
        Some(reason) => {
            let (sentence, notes) = refusal(&reason, skill.notes, t);
            (Some(sentence), notes)
        }
        None => (None, skill.notes),
    };
    let differs = skill.effect == Some(ImportEffect::Change) || skill.verdict == ImportVerdict::Repaired;
    Row {
        name: skill.name.unwrap_or_else(|| skill.path.clone()),
        description: skill.description.unwrap_or_default(),
        sentence,
        notes,
        level,
        verdict,
        effect,
        chosen: skill.effect == Some(ImportEffect::New),
        choice,
        look: differs.then(|| format!("/import/{id}/skill?path={}", pages::escaped(&skill.path))),
        path: skill.path,
    }
}

/// Which folder.
#[derive(Debug, Deserialize)]
pub struct Folder {
    path: String,
}

#[derive(Template)]
#[template(path = "import_skill.html")]
struct SkillPage {
    t: Text,
    f: Frame,
    id: String,
    name: String,
    groups: Vec<Group>,
}

/// Files under one heading.
struct Group {
    title: String,
    files: Vec<ImportFile>,
}

/// `GET /import/{id}/skill?path=`: what taking it would overwrite, and what was repaired.
pub async fn skill(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Query(folder): Query<Folder>,
) -> ApiResult<Response> {
    let Ok(import) = waiting(&app, &visit.operator, &id) else { return visit.missing() };
    let Some(ImportDetail { skill, repairs }) = import_preview::detail(&app, import, folder.path).await? else {
        return visit.missing();
    };
    let Visit { text: t, frame: f, .. } = visit;
    let groups = [("import-overwrites", skill.files), ("skill-repairs", repairs)];
    let groups = groups.into_iter().filter(|(_, files)| !files.is_empty());
    let groups = groups.map(|(key, files)| Group { title: t.say(key), files }).collect();
    pages::page(&SkillPage { t, f, id, name: skill.name.unwrap_or(skill.path), groups })
}
