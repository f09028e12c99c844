//! A skill's versions, and the way back to each.

use axum::Json;
use axum::extract::{Path, State};
use companion_wire::error::ErrorCode;
use companion_wire::skills::{ContentVersion, SkillDetail};
use serde_json::Value;

use super::skills::{answer, not_found, storable};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// `GET /v1/skills/{slug}/content-versions`.
#[utoipa::path(get, path = "/v1/skills/{slug}/content-versions", tag = "skills",
    params(("slug" = String, Path, description = "The skill's name in addresses.")),
    responses(
        (status = 200, description = "All versions, newest first; what was found on claude.ai is among them.", body = [ContentVersion]),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(
    State(app): State<App>,
    _: Operator,
    Path(slug): Path<String>,
) -> ApiResult<Json<Vec<ContentVersion>>> {
    app.store.content_versions(&storable(slug)?).await?.map(Json).ok_or_else(not_found)
}

/// `POST /v1/skills/{slug}/content-versions/{version}/restore`.
#[utoipa::path(post, path = "/v1/skills/{slug}/content-versions/{version}/restore", tag = "skills",
    params(
        ("slug" = String, Path, description = "The skill's name in addresses."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    responses(
        (status = 200, description = "The skill as it is now, with a new version like the old one.", body = SkillDetail<Value>),
        (status = 404, description = "`SKILL_NOT_FOUND` or `VERSION_NOT_FOUND`."),
        (status = 422, description = "`COLLECTION_LIMIT_REACHED` where others fill a collection of that version."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn restore(
    State(app): State<App>,
    _: Operator,
    Path((slug, version)): Path<(String, String)>,
) -> ApiResult<Json<SkillDetail<Value>>> {
    answer(app.store.restore_version(&storable(slug)?, number(&version)?, Timestamp::now()).await?)
}

/// `POST /v1/skills/{slug}/content-versions/{version}/set-latest`.
#[utoipa::path(post, path = "/v1/skills/{slug}/content-versions/{version}/set-latest", tag = "skills",
    params(
        ("slug" = String, Path, description = "The skill's name in addresses."),
        ("version" = u32, Path, description = "The number of the version."),
    ),
    responses(
        (status = 200, description = "The skill as it is now, with the old version in force.", body = SkillDetail<Value>),
        (status = 404, description = "`SKILL_NOT_FOUND` or `VERSION_NOT_FOUND`."),
        (status = 422, description = "`COLLECTION_LIMIT_REACHED` where others fill a collection of that version."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn set_latest(
    State(app): State<App>,
    _: Operator,
    Path((slug, version)): Path<(String, String)>,
) -> ApiResult<Json<SkillDetail<Value>>> {
    answer(app.store.set_latest_version(&storable(slug)?, number(&version)?, Timestamp::now()).await?)
}

fn number(text: &str) -> ApiResult<u32> {
    match text.parse::<i64>() {
        Ok(number) => u32::try_from(number)
            .map_err(|_| ApiError::not_found(ErrorCode::VersionNotFound, "The skill has no such version.")),
        Err(_) => Err(ApiError::validation("path → version: Input should be a valid integer")),
    }
}
