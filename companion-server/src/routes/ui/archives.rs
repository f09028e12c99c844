//! Skills of the library as zips. The same skills give the same bytes.

use std::io::Write;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse;
use skill_format::{RelativePath, archive};
use tokio_util::io::ReaderStream;

use super::import_preview::unreadable;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::library::bundle::{folder, zip};

/// `GET /v1/skills/{slug}/export.zip`: its folder as it is kept, without the repairs that claude.ai needs.
#[utoipa::path(get, path = "/v1/skills/{slug}/export.zip", tag = "skills",
    params(("slug" = String, Path, description = "The skill's name in addresses.")),
    responses(
        (status = 200, description = "The newest version as a zip with one folder, named like the skill.", body = Vec<u8>, content_type = "application/zip"),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn skill(State(app): State<App>, _: Operator, Path(slug): Path<String>) -> ApiResult<impl IntoResponse> {
    let library = app.store.in_library().await?;
    let found = library.into_iter().find(|(_, known)| known.slug == slug);
    let (name, known) = found.ok_or_else(super::skills::not_found)?;
    let files = app.store.version_files(known.version).await?.ok_or_else(super::skills::not_found)?;
    Ok((named(&format!("{name}.zip")), zip(&name, files)))
}

/// `GET /v1/library/export.zip`: a folder for each skill. It can be imported again.
#[utoipa::path(get, path = "/v1/library/export.zip", tag = "skills",
    responses(
        (status = 200, description = "The newest version of every skill, each in a folder named like it.", body = Vec<u8>, content_type = "application/zip"),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn library(State(app): State<App>, _: Operator) -> ApiResult<impl IntoResponse> {
    // On the disk, skill by skill: a library need not fit into memory.
    let file = tempfile::tempfile().map_err(|error| unreadable(&error))?;
    let mut zip = archive::Writer::new(std::io::BufWriter::new(file));
    for (name, known) in app.store.in_library().await? {
        let Some(files) = app.store.version_files(known.version).await? else { continue };
        for (path, file) in folder(files).files {
            // Names of skills are safe, but a path may be too long behind one.
            if let Ok(path) = RelativePath::try_from(format!("{name}/{path}")) {
                zip.add(&path, &file).map_err(|error| unreadable(&error))?;
            }
        }
    }
    let mut file = zip.finish().map_err(|error| unreadable(&error))?;
    file.flush().map_err(|error| unreadable(&error))?;
    let mut file = file.into_inner().map_err(|error| ApiError::internal(&error))?;
    std::io::Seek::rewind(&mut file).map_err(|error| unreadable(&error))?;
    let stream = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok((named("skills.zip"), Body::from_stream(stream)))
}

/// What says that a zip of this name is to be kept.
pub fn named(name: &str) -> HeaderMap {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition.unwrap_or_else(|_| HeaderValue::from_static("attachment; filename=\"skill.zip\"")),
    );
    headers
}
