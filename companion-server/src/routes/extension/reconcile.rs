//! A browser that wants to be brought in step, and what it is known to hold.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::reconcile::{KnownSkillIds, Reconciled};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::Browser;
use crate::time::Timestamp;

/// `POST {PREFIX}/extension/reconcile`. Repeats never pile up.
#[utoipa::path(post, path = "/extension/reconcile", tag = "extension",
    responses(
        (status = 202, description = "How much waits now that did not before.", body = Reconciled),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`: this browser is not known any more."),
    ),
    security(("extension_token" = []))
)]
pub async fn run(State(app): State<App>, browser: Browser) -> ApiResult<(StatusCode, Json<Reconciled>)> {
    let enqueued = app.store.reconcile(browser.integration, Timestamp::now()).await?;
    let gone = || ApiError::not_found(ErrorCode::IntegrationNotFound, "This browser is not known any more.");
    Ok((StatusCode::ACCEPTED, Json(Reconciled { enqueued: enqueued.ok_or_else(gone)? })))
}

/// `GET {PREFIX}/extension/known-skill-ids`.
#[utoipa::path(get, path = "/extension/known-skill-ids", tag = "extension",
    responses(
        (status = 200, description = "Skills of the account that the server knows.", body = KnownSkillIds),
    ),
    security(("extension_token" = []))
)]
pub async fn known_skill_ids(State(app): State<App>, browser: Browser) -> ApiResult<Json<KnownSkillIds>> {
    let claude_ai_skill_ids = app.store.known_skill_ids(browser.integration).await?;
    Ok(Json(KnownSkillIds { claude_ai_skill_ids }))
}
