//! Keeps what stands on claude.ai before it is overwritten or deleted.

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::operation::RemoteSnapshot;
use skill_format::archive::{self, ArchiveError, Limits};
use skill_format::folder_digest;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::Browser;
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::library::bundle;
use crate::store::NewSnapshot;
use crate::time::Timestamp;

/// The largest zip: a skill of 30 MB and the archive's own bytes.
const LARGEST: usize = 32 * 1024 * 1024;

/// `POST {PREFIX}/extension/remote-snapshot?skill_id=&claude_ai_skill_id=&claude_ai_version=`, a zip as body.
#[utoipa::path(post, path = "/extension/remote-snapshot", tag = "extension",
    params(
        ("skill_id" = uuid::Uuid, Query, description = "The skill of the library."),
        ("claude_ai_skill_id" = String, Query, description = "The account's id of the skill."),
        ("claude_ai_version" = Option<String>, Query, description = "The account's version mark."),
    ),
    request_body(content = Vec<u8>, content_type = "application/zip", description = "What stands on claude.ai."),
    responses(
        (status = 201, description = "Kept as a version that is never the newest.", body = RemoteSnapshot),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
        (status = 413, description = "`BUNDLE_TOO_LARGE`."),
        (status = 422, description = "`INVALID_BUNDLE`: not the zip of one skill."),
    ),
    security(("extension_token" = []))
)]
pub async fn keep(
    State(app): State<App>,
    browser: Browser,
    RawQuery(query): RawQuery,
    body: Body,
) -> ApiResult<(StatusCode, Json<RemoteSnapshot>)> {
    let mut fields = Fields::from_query(query.as_deref());
    let skill = fields.required_uuid("skill_id");
    let claude_ai_skill_id = fields.required_text("claude_ai_skill_id", 1, 128);
    let claude_ai_version = fields.text("claude_ai_version", 64);
    fields.finish()?;
    let body = body::whole(body, LARGEST, ErrorCode::BundleTooLarge).await?;
    let archive = archive::read(&body, &Limits::default()).map_err(|error| not_a_skill(&error))?;
    let digest = folder_digest(&archive.folder);
    let snapshot = NewSnapshot {
        integration: browser.integration,
        skill,
        claude_ai_skill_id,
        claude_ai_version,
        digest,
        files: bundle::stored(archive.folder),
        now: Timestamp::now(),
    };
    let kept = app.store.keep_remote_snapshot(snapshot).await?;
    let unknown = || ApiError::not_found(ErrorCode::SkillNotFound, "The library has no such skill.");
    let version_id = kept.ok_or_else(unknown)?;
    Ok((StatusCode::CREATED, Json(RemoteSnapshot { version_id, digest: digest.to_string() })))
}

fn not_a_skill(error: &ArchiveError) -> ApiError {
    let (status, code) = match error {
        ArchiveError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BundleTooLarge),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidBundle),
    };
    ApiError::new(status, code, format!("The snapshot is not the zip of one skill: {error}."))
}
