//! Skills that changed on both sides.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use companion_wire::conflicts::{Conflict, ConflictFile, ConflictPreview, MergePreview, ResolveConflict};
use companion_wire::error::ErrorCode;
use skill_format::{File, RelativePath, SkillFolder, archive};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::archives;
use crate::app::App;
use crate::domain::authoring;
use crate::domain::compare::{Compared, Patience};
use crate::domain::merge::{Merge, merge};
use crate::domain::people::Scope;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::ui::Operator;
use crate::store::{ConflictSides, Resolution, Resolved};
use crate::time::Timestamp;

const RESOLUTIONS: [&str; 5] = ["keep_skillnote", "keep_claude_ai", "skip", "keep_both", "merge"];
const LARGEST_TEXT: usize = 5 * 1024 * 1024;

/// `GET {PREFIX}/conflicts`.
#[utoipa::path(get, path = "/conflicts", tag = "skills",
    responses((status = 200, description = "All that wait for a decision, latest seen first.", body = [Conflict])),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<Conflict>>> {
    listed(&app, &operator).await.map(Json)
}

/// Those in accounts that somebody may see.
///
/// # Errors
///
/// The store does not answer.
pub async fn listed(app: &App, operator: &Operator) -> ApiResult<Vec<Conflict>> {
    let mut conflicts = app.store.conflicts().await?;
    if let Scope::Of(_) = operator.scope() {
        let own = app.store.visible_integrations(operator.scope()).await?;
        conflicts.retain(|conflict| own.iter().any(|browser| browser.id == conflict.integration_id));
    }
    Ok(conflicts)
}

/// 404 for a link of another person's browser, as if it did not exist.
async fn seen(app: &App, operator: &Operator, link: Uuid) -> ApiResult<()> {
    if app.store.sees_link(operator.scope(), link).await? { Ok(()) } else { Err(link_not_found()) }
}

/// `GET {PREFIX}/conflicts/{link_id}/preview`: for any link, in conflict or not.
#[utoipa::path(get, path = "/conflicts/{link_id}/preview", tag = "skills",
    params(("link_id" = uuid::Uuid, Path, description = "The link.")),
    responses(
        (status = 200, description = "All sides, what differs, and what merging would give.", body = ConflictPreview),
        (status = 404, description = "`LINK_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn preview(
    State(app): State<App>,
    operator: Operator,
    Path(link): Path<String>,
) -> ApiResult<Json<ConflictPreview>> {
    previewed(&app, &operator, &link).await.map(Json)
}

/// What both sides of a link say.
///
/// # Errors
///
/// 422, 404.
pub async fn previewed(app: &App, operator: &Operator, link: &str) -> ApiResult<ConflictPreview> {
    let link = path_uuid("link_id", link)?;
    seen(app, operator, link).await?;
    let sides = app.store.conflict_sides(link).await?.ok_or_else(link_not_found)?;
    spawn_blocking(move || shown(sides)).await.map_err(|error| ApiError::internal(&error))
}

/// `GET {PREFIX}/conflicts/{link_id}/sides/{side}`: for any link, in conflict or not.
#[utoipa::path(get, path = "/conflicts/{link_id}/sides/{side}", tag = "skills",
    params(
        ("link_id" = uuid::Uuid, Path, description = "The link."),
        ("side" = String, Path, description = "`base.zip`: what both had last; `ours.zip`: the library's; `theirs.zip`: claude.ai's."),
    ),
    responses(
        (status = 200, description = "The side as a zip with one folder, named like the skill.", body = Vec<u8>, content_type = "application/zip"),
        (status = 404, description = "`LINK_NOT_FOUND`, also for a side that is not there."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn side(
    State(app): State<App>,
    operator: Operator,
    Path((link, side)): Path<(String, String)>,
) -> ApiResult<impl IntoResponse> {
    let link = path_uuid("link_id", &link)?;
    seen(&app, &operator, link).await?;
    let sides = app.store.conflict_sides(link).await?.ok_or_else(link_not_found)?;
    let chosen = match side.as_str() {
        "base.zip" => sides.pushed,
        "ours.zip" => sides.current,
        "theirs.zip" => sides.staged,
        _ => None,
    };
    let (_, _, folder) = chosen.ok_or_else(link_not_found)?;
    let name = sides.conflict.skillnote_skill_name.unwrap_or_else(|| "skill".to_owned());
    Ok((archives::named(&format!("{name}-{side}")), archive::write(&name, &folder)))
}

/// `POST {PREFIX}/conflicts/{link_id}/resolve`. Whatever is decided, each version is kept and can be restored.
#[utoipa::path(post, path = "/conflicts/{link_id}/resolve", tag = "skills",
    params(("link_id" = uuid::Uuid, Path, description = "The link.")),
    request_body = ResolveConflict,
    responses(
        (status = 204, description = "Resolved; what follows is queued."),
        (status = 404, description = "`LINK_NOT_FOUND`."),
        (status = 409, description = "`LINK_NOT_IN_CONFLICT`, `INTEGRATION_INACTIVE`, `NO_LATEST_VERSION`, `CONFLICT_NEEDS_RESYNC` or `MERGE_OVERLAPS`."),
        (status = 422, description = "`NO_SKILLNOTE_SIDE`, or `VALIDATION_ERROR`, also for a merged text that claude.ai would refuse."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn resolve(State(app): State<App>, request: Request) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let Path(link) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| link_not_found())?;
    path_uuid("link_id", &link)?;
    let body = body::whole(body, LARGEST_TEXT, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let chosen = fields.choice("resolution", &RESOLUTIONS);
    if chosen.is_none() {
        fields.check("resolution", Err("Field required".to_owned()));
    }
    let text = fields.text("merged_content_md", LARGEST_TEXT);
    fields.finish()?;
    let resolution = match chosen.as_deref() {
        Some("keep_skillnote") => Resolution::KeepSkillnote,
        Some("keep_claude_ai") => Resolution::KeepClaudeAi,
        Some("keep_both") => Resolution::KeepBoth,
        Some("merge") => Resolution::Merge(text),
        _ => Resolution::Skip,
    };
    decide(&app, &operator, &link, resolution).await
}

/// Decides a conflict for a person.
///
/// # Errors
///
/// There is no such link, or it cannot be decided so.
pub async fn decide(app: &App, operator: &Operator, link: &str, resolution: Resolution) -> ApiResult<StatusCode> {
    let link = path_uuid("link_id", link)?;
    seen(app, operator, link).await?;
    answer(app.store.resolve_conflict(link, resolution, Timestamp::now()).await?)
}

fn link_not_found() -> ApiError {
    ApiError::not_found(ErrorCode::LinkNotFound, "There is no such link between a skill and an account.")
}

fn answer(resolved: Resolved) -> ApiResult<StatusCode> {
    let conflict = |code, message: &str| Err(ApiError::conflict(code, message));
    let unprocessable = |code, message: String| Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message));
    match resolved {
        Resolved::Done => Ok(StatusCode::NO_CONTENT),
        Resolved::LinkNotFound => Err(link_not_found()),
        Resolved::NotInConflict => {
            conflict(ErrorCode::LinkNotInConflict, "This skill is not in conflict any more. Look again.")
        }
        Resolved::NoSkillnoteSide => {
            unprocessable(ErrorCode::NoSkillnoteSide, "The library has no skill to keep here.".to_owned())
        }
        Resolved::IntegrationInactive => conflict(
            ErrorCode::IntegrationInactive,
            "The browser of this account is not paired any more. Pair it again first.",
        ),
        Resolved::NoLatestVersion => {
            conflict(ErrorCode::NoLatestVersion, "The skill was removed from the library. Keep one of the sides.")
        }
        Resolved::NeedsResync => conflict(
            ErrorCode::ConflictNeedsResync,
            "What claude.ai holds is not known here. Sync the browser once more.",
        ),
        Resolved::Overlapping(paths) => conflict(
            ErrorCode::MergeOverlaps,
            &format!(
                "The edits overlap in {}. Send the merged text of SKILL.md, or keep one of the sides.",
                paths.join(", ")
            ),
        ),
        Resolved::Refused(refusal) => unprocessable(ErrorCode::ValidationError, refusal.to_string()),
    }
}

fn shown(sides: ConflictSides) -> ConflictPreview {
    let ConflictSides { conflict, pushed, current, staged } = sides;
    let text = |side: &Option<(uuid::Uuid, u32, SkillFolder)>| side.as_ref().map(|(_, _, folder)| content_md(folder));
    let id = |side: &Option<(uuid::Uuid, u32, SkillFolder)>| side.as_ref().map(|(id, ..)| *id);
    let number = |side: &Option<(uuid::Uuid, u32, SkillFolder)>| side.as_ref().map(|(_, number, _)| *number);
    let local_changed = current.is_some() && id(&current) != id(&pushed) && text(&current) != text(&pushed);
    let (both, mut patience) = (current.as_ref().zip(staged.as_ref()), Patience::default());
    ConflictPreview {
        link_id: conflict.link_id,
        integration_id: conflict.integration_id,
        integration_label: conflict.integration_label,
        skill_id: conflict.skillnote_skill_id,
        skill_slug: conflict.skillnote_skill_slug,
        skill_name: conflict.skillnote_skill_name,
        last_pushed_version_id: id(&pushed),
        last_pushed_version_number: number(&pushed),
        last_pushed_content_md: text(&pushed),
        current_version_id: id(&current),
        current_version_number: number(&current),
        current_content_md: text(&current),
        local_changed,
        claude_ai_skill_id: conflict.claude_ai_skill_id,
        claude_ai_version: conflict.claude_ai_version,
        claude_ai_last_seen_at: conflict.last_seen_at,
        claude_ai_version_id: id(&staged),
        claude_ai_content_md: text(&staged),
        files: both.map(|((_, _, local), (_, _, remote))| files(local, remote, &mut patience)).unwrap_or_default(),
        merge: both
            .map(|((_, _, local), (_, _, remote))| merged(pushed.as_ref().map(|(_, _, folder)| folder), local, remote)),
    }
}

fn content_md(folder: &SkillFolder) -> String {
    let skill_md = folder.files.iter().find(|(path, _)| is_skill_md(path));
    skill_md.map(|(_, file)| authoring::read(&file.content).content_md).unwrap_or_default()
}

fn is_skill_md(path: &RelativePath) -> bool {
    path.as_str().eq_ignore_ascii_case("skill.md")
}

fn files(local: &SkillFolder, remote: &SkillFolder, patience: &mut Patience) -> Vec<ConflictFile> {
    let paths: BTreeSet<&RelativePath> = local.files.keys().chain(remote.files.keys()).collect();
    let differing = paths.into_iter().filter(|path| local.files.get(path) != remote.files.get(path));
    differing.map(|path| file(path, local.files.get(path), remote.files.get(path), patience)).collect()
}

fn file(path: &RelativePath, local: Option<&File>, remote: Option<&File>, patience: &mut Patience) -> ConflictFile {
    let state = match (local, remote) {
        (Some(_), None) => "only_here",
        (None, _) => "only_on_claude_ai",
        (Some(_), Some(_)) => "changed",
    };
    let compared = patience.compare_files(local, remote);
    let too_large = compared == Some(Compared::TooMuch);
    let diff = compared.and_then(|compared| compared.unified());
    ConflictFile { path: path.as_str().to_owned(), state: state.to_owned(), diff, too_large }
}

fn merged(base: Option<&SkillFolder>, local: &SkillFolder, remote: &SkillFolder) -> MergePreview {
    match merge(base, local, remote) {
        Merge::Clean(folder) => {
            MergePreview { clean: true, content_md: Some(content_md(&folder)), overlapping: Vec::new() }
        }
        Merge::Overlapping { rest, overlaps } => {
            let marked = overlaps.iter().find(|overlap| is_skill_md(&overlap.path));
            let content_md = match marked {
                Some(overlap) => overlap.marked.as_ref().map(|text| authoring::read(text.as_bytes()).content_md),
                None => Some(content_md(&rest)),
            };
            let overlapping = overlaps.iter().map(|overlap| overlap.path.as_str().to_owned()).collect();
            MergePreview { clean: false, content_md, overlapping }
        }
    }
}
