//! One skill's way to claude.ai.

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::skill_sync::SkillSyncStatus;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::time::Timestamp;

fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::SkillNotFound, "There is no such skill.")
}

/// `GET {PREFIX}/skills/{slug}/sync-status`.
#[utoipa::path(get, path = "/skills/{skill}/sync-status", tag = "skills",
    params(("skill" = String, Path, description = "The skill's slug.")),
    responses(
        (status = 200, description = "Where the skill stands in each account.", body = SkillSyncStatus),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn status(
    State(app): State<App>,
    operator: Operator,
    Path(slug): Path<String>,
) -> ApiResult<Json<SkillSyncStatus>> {
    app.store.skill_sync_status(&storable(slug)?, operator.scope()).await?.map(Json).ok_or_else(not_found)
}

/// `PATCH {PREFIX}/skills/{uuid-or-slug}/sync`.
#[utoipa::path(patch, path = "/skills/{skill}/sync", tag = "skills",
    params(("skill" = String, Path, description = "The skill's id or slug.")),
    request_body = companion_wire::skill_sync::SetSkillSync,
    responses(
        (status = 204, description = "Set."),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn set(State(app): State<App>, request: Request) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    Operator::from_request_parts(&mut parts, &app).await?;
    let Path(skill) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| not_found())?;
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let enabled = fields.required_boolean("enabled");
    fields.finish()?;
    let known = app.store.set_skill_sync(&storable(skill)?, enabled, Timestamp::now()).await?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(not_found()) }
}

/// No skill has a NUL in its name, and PostgreSQL takes none in a question.
fn storable(slug: String) -> ApiResult<String> {
    if slug.contains('\0') { Err(not_found()) } else { Ok(slug) }
}
