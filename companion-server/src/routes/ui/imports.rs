//! Skills that a person brings: shown first, then taken against what was shown.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Path, RawQuery, Request, State};
use axum::http::{StatusCode, header};
use companion_wire::error::ErrorCode;
use companion_wire::import::{
    ApplyImport, ImportApplied, ImportChoice, ImportDetail, ImportFromPath, ImportOutcome, ImportPreview, ImportResult,
};
use skill_format::Digest;
use skill_format::archive::ArchiveError;
use tokio::task::spawn_blocking;

use super::{import_keeping, import_preview};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::ui::Operator;
use crate::library::import::{Folders, Import, LARGEST_ZIP, Upload, UploadError};
use crate::store::FolderImport;
use crate::time::Timestamp;

/// The form round the largest import; its route lets no more bytes through.
pub const LARGEST_FORM: usize = 320 * 1024 * 1024;
/// A list of chosen folders.
const LARGEST_CHOICE: usize = 16 * 1024 * 1024;
/// How long a part's text may be.
const LONGEST_PATH: usize = 4096;

/// The form of `POST /v1/library/imports`: any number of zips, and of files.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form; its parts are read one by one")]
pub struct ImportForm {
    /// A zip of one skill or of several, at most 64 MiB. A skill that lies in no folder of it is named after the file.
    #[schema(content_media_type = "application/zip")]
    archive: Vec<Vec<u8>>,
    /// Where the next `file` or `executable` lies, `/`-separated. Without it the part's file name counts.
    path: Vec<String>,
    /// A file.
    file: Vec<Vec<u8>>,
    /// A file that may be run.
    executable: Vec<Vec<u8>>,
}

/// `POST /v1/library/imports`: changes nothing. A folder on the server is for admins, because everybody sees the skills that are taken
/// from it; it has to lie below one of the server's `--import-roots`, and what Git ignores in it is left out.
#[utoipa::path(post, path = "/v1/library/imports", tag = "skills",
    request_body(content((ImportForm = "multipart/form-data"), (ImportFromPath = "application/json"))),
    responses(
        (status = 201, description = "What was found and what taking it would mean. It waits for half an hour.", body = ImportPreview),
        (status = 403, description = "`ADMIN_REQUIRED` or `IMPORT_PATH_NOT_ALLOWED` for a folder on the server."),
        (status = 413, description = "`BUNDLE_TOO_LARGE`: more than 50,000 files, 256 MiB, or 64 MiB in a zip."),
        (status = 422, description = "`EMPTY_BUNDLE`, `INVALID_ZIP`, `INVALID_BUNDLE` for a zip that cannot be trusted, or `VALIDATION_ERROR`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn begin(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<ImportPreview>)> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let import = if content_type.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/")) {
        received(&app, &operator, Request::from_parts(parts, body)).await?
    } else {
        let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
        let mut fields = Fields::from_body(&parts.headers, &body)?;
        let path = fields.required_text("path", 1, LONGEST_PATH);
        fields.finish()?;
        named(&app, &operator, path).await?
    };
    Ok((StatusCode::CREATED, Json(import_preview::preview(&app, import).await?)))
}

/// `GET /v1/library/imports/{id}`: looks again.
#[utoipa::path(get, path = "/v1/library/imports/{id}", tag = "skills",
    params(("id" = uuid::Uuid, Path, description = "The import.")),
    responses(
        (status = 200, description = "What is there now and what taking it would mean.", body = ImportPreview),
        (status = 404, description = "`IMPORT_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<Json<ImportPreview>> {
    let import = waiting(&app, &operator, &id).await?;
    Ok(Json(import_preview::preview(&app, import).await?))
}

/// `GET /v1/library/imports/{id}/skill`.
#[utoipa::path(get, path = "/v1/library/imports/{id}/skill", tag = "skills",
    params(
        ("id" = uuid::Uuid, Path, description = "The import."),
        ("path" = String, Query, description = "The folder."),
    ),
    responses(
        (status = 200, description = "One folder with its diffs: what it would change, and what was repaired.", body = ImportDetail),
        (status = 404, description = "`IMPORT_NOT_FOUND`, or `SKILL_NOT_FOUND` for a folder that is not there or is refused."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn skill(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<ImportDetail>> {
    let mut fields = Fields::from_query(query.as_deref());
    let path = fields.required_text("path", 1, LONGEST_PATH);
    fields.finish()?;
    let import = waiting(&app, &operator, &id).await?;
    let detail = import_preview::detail(&app, import, path).await?;
    detail.map(Json).ok_or_else(super::skills::not_found)
}

/// `POST /v1/library/imports/{id}/apply`: takes what was chosen, each folder by itself. One whose folder or whose skill in the library is
/// not as it was shown is left as it is, and said.
#[utoipa::path(post, path = "/v1/library/imports/{id}/apply", tag = "skills",
    params(("id" = uuid::Uuid, Path, description = "The import.")),
    request_body = ApplyImport,
    responses(
        (status = 200, description = "What became of each, and everything as it is now.", body = ImportApplied),
        (status = 404, description = "`IMPORT_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn apply(State(app): State<App>, request: Request) -> ApiResult<Json<ImportApplied>> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let Path(id) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| not_found())?;
    let import = waiting(&app, &operator, &id).await?;
    let body = body::whole(body, LARGEST_CHOICE, ErrorCode::HttpError).await?;
    let chosen = choices(&parts.headers, &body)?;
    let outcomes = take_all(&app, &import, chosen).await?;
    Ok(Json(ImportApplied { outcomes, preview: import_preview::preview(&app, import).await? }))
}

/// `DELETE /v1/library/imports/{id}`.
#[utoipa::path(delete, path = "/v1/library/imports/{id}", tag = "skills",
    params(("id" = uuid::Uuid, Path, description = "The import.")),
    responses(
        (status = 204, description = "Forgotten, with what was sent along."),
        (status = 404, description = "`IMPORT_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn forget(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    let forgotten = app.store.forget_brought(path_uuid("id", &id)?, operator.user).await?;
    if forgotten { Ok(StatusCode::NO_CONTENT) } else { Err(not_found()) }
}

/// Keeps a form's skills for whoever sent them.
///
/// # Errors
///
/// As [`begin`].
pub async fn received(app: &App, operator: &Operator, request: Request) -> ApiResult<Arc<Import>> {
    let _turn = app.uploads.acquire().await.map_err(|error| ApiError::internal(&error))?;
    let upload = read_form(request).await?;
    import_keeping::keep_upload(app, operator.user, upload).await
}

/// Keeps the name of a folder on the server, for an admin.
///
/// # Errors
///
/// 403.
pub async fn named(app: &App, operator: &Operator, path: String) -> ApiResult<Arc<Import>> {
    if !operator.is_admin() {
        return Err(ApiError::admin_required());
    }
    let path = below_a_root(app, path.into()).await?;
    import_keeping::keep_path(app, operator.user, path).await
}

/// Takes what was chosen, in that order, and plans what follows.
///
/// # Errors
///
/// The folder cannot be read, or the store does not answer. What was taken before stays taken.
pub async fn take_all(app: &App, import: &Arc<Import>, chosen: Vec<ImportChoice>) -> ApiResult<Vec<ImportOutcome>> {
    let folders = import_preview::folders(import).await?;
    let mut outcomes = Vec::new();
    for choice in chosen {
        outcomes.push(take(app, &folders, choice).await?);
    }
    // What was changed is planned as one batch: a mass of it waits for a person once more, before it reaches an account.
    app.store.plan_kept(Timestamp::now()).await?;
    Ok(outcomes)
}

async fn take(app: &App, folders: &Arc<Folders>, choice: ImportChoice) -> ApiResult<ImportOutcome> {
    let outcome = |result| ImportOutcome { path: choice.path.clone(), result, slug: None, version: None };
    let (folders, path) = (Arc::clone(folders), choice.path.clone());
    let read = spawn_blocking(move || folders.take(&path)).await.map_err(|error| ApiError::internal(&error))?;
    let Some(version) = read else { return Ok(outcome(ImportResult::SourceChanged)) };
    if choice.digest.parse::<Digest>() != Ok(version.source_digest) {
        return Ok(outcome(ImportResult::SourceChanged));
    }
    Ok(match app.store.import_folder(*version, choice.version_id).await? {
        FolderImport::Imported { slug, number } => {
            ImportOutcome { slug: Some(slug), version: Some(number), ..outcome(ImportResult::Imported) }
        }
        FolderImport::Unchanged => outcome(ImportResult::Unchanged),
        FolderImport::Moved => outcome(ImportResult::LibraryMoved),
    })
}

fn choices(headers: &axum::http::HeaderMap, body: &[u8]) -> ApiResult<Vec<ImportChoice>> {
    // The shape of a JSON body is refused in the words of all routes; what is in the list, as a whole.
    Fields::from_body(headers, body)?;
    let chosen: Result<ApplyImport, _> = serde_json::from_slice(body);
    let wrong = "skills: Input should be a list of objects with path, digest and version_id, as they were shown";
    chosen.map(|chosen| chosen.skills).map_err(|_| ApiError::validation(wrong))
}

/// An import of this person that waits.
///
/// # Errors
///
/// 404, or 422 for what is no id.
pub async fn waiting(app: &App, operator: &Operator, id: &str) -> ApiResult<Arc<Import>> {
    import_keeping::find(app, operator, path_uuid("id", id)?).await?.ok_or_else(not_found)
}

/// There is no import of that name, or no more.
pub(super) fn not_found() -> ApiError {
    let message =
        "No such import of yours is waiting. It may have been for more than half an hour: bring the skills again.";
    ApiError::not_found(ErrorCode::ImportNotFound, message)
}

/// The folder that a path leads to, if an operator has opened it. Nobody learns here what else there is on the server.
async fn below_a_root(app: &App, path: PathBuf) -> ApiResult<PathBuf> {
    let roots = app.settings.import_roots.clone();
    let real = spawn_blocking(move || {
        let real = path.canonicalize().ok().filter(|_| path.is_absolute())?;
        let inside = |root: &PathBuf| root.canonicalize().is_ok_and(|root| real.starts_with(root));
        (roots.iter().any(inside) && FilePath::is_dir(&real)).then_some(real)
    });
    let real = real.await.map_err(|error| ApiError::internal(&error))?;
    let message = "This server takes skills from no such folder. Its --import-roots name those that it does.";
    real.ok_or_else(|| ApiError::new(StatusCode::FORBIDDEN, ErrorCode::ImportPathNotAllowed, message))
}

async fn read_form(request: Request) -> ApiResult<Upload> {
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::validation("body: Input should be a multipart form"))?;
    let mut upload = Upload::begin().map_err(|error| refused(error.into()))?;
    let mut path = None;
    while let Some(mut part) = multipart.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let called = part.file_name().unwrap_or_default().to_owned();
        match name.as_str() {
            // A page's form sends a part for each field, chosen or not.
            "archive" | "file" if called.is_empty() && path.is_none() => {}
            "path" => path = Some(limited(&mut part, LONGEST_PATH).await?),
            "archive" => {
                let bytes = limited(&mut part, LARGEST_ZIP).await?;
                upload = in_the_background(upload, move |upload| upload.zip(&called, &bytes)).await?;
            }
            "file" | "executable" => {
                let path = path.take().map_or(called, |path| String::from_utf8_lossy(&path).into_owned());
                upload.file(&path, name == "executable").map_err(refused)?;
                while let Some(bytes) = part.chunk().await.map_err(broken)? {
                    upload.more(&bytes).map_err(refused)?;
                }
            }
            _ => return Err(ApiError::validation("body: A part is neither archive, path, file nor executable")),
        }
    }
    if upload.is_empty() {
        let message = "Nothing was sent.";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::EmptyBundle, message));
    }
    Ok(upload)
}

async fn in_the_background(
    mut upload: Upload,
    work: impl FnOnce(&mut Upload) -> Result<(), UploadError> + Send + 'static,
) -> ApiResult<Upload> {
    let worked = spawn_blocking(move || work(&mut upload).map(|()| upload)).await;
    worked.map_err(|error| ApiError::internal(&error))?.map_err(refused)
}

async fn limited(part: &mut axum::extract::multipart::Field<'_>, limit: usize) -> ApiResult<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > limit {
            return Err(refused(UploadError::TooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: MultipartError) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => refused(UploadError::TooLarge),
        _ => ApiError::validation("body: The multipart form is broken off or malformed"),
    }
}

/// What is wrong with an upload.
pub(super) fn refused(error: UploadError) -> ApiError {
    let (status, code) = match &error {
        UploadError::TooLarge | UploadError::Archive(ArchiveError::TooLarge | ArchiveError::TooManyFiles) => {
            (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BundleTooLarge)
        }
        UploadError::Archive(ArchiveError::NotAZip) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidZip),
        UploadError::Archive(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidBundle),
        UploadError::Disk(error) => return import_preview::unreadable(error),
    };
    ApiError::new(status, code, error.to_string())
}
