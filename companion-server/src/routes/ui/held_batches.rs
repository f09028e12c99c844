//! Changes of many skills at once that wait for a person.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::held_batch::{HeldBatch, HeldSide};
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::store::HeldDecision;
use crate::time::Timestamp;

/// `GET {PREFIX}/held-batches`.
#[utoipa::path(get, path = "/held-batches", tag = "operations",
    responses(
        (status = 200, description = "Changes of many skills at once that wait for a person, oldest first.",
            body = Vec<HeldBatch>),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<HeldBatch>>> {
    Ok(Json(app.store.held_batches(operator.scope()).await?))
}

/// `POST {PREFIX}/held-batches/{id}/agree`.
#[utoipa::path(post, path = "/held-batches/{id}/agree", tag = "operations",
    params(("id" = Uuid, Path, description = "The held batch.")),
    responses(
        (status = 204, description = "It goes ahead."),
        (status = 404, description = "`HELD_BATCH_NOT_FOUND`."),
        (status = 409, description = "`HELD_BATCH_DECIDED`: somebody was quicker, or there is nothing left to decide."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn agree(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    decide(&app, &operator, path_uuid("id", &id)?, true).await
}

/// `POST {PREFIX}/held-batches/{id}/refuse`.
#[utoipa::path(post, path = "/held-batches/{id}/refuse", tag = "operations",
    params(("id" = Uuid, Path, description = "The held batch.")),
    responses(
        (status = 204, description = "It does not happen, until a skill changes again or a person asks for a sync."),
        (status = 404, description = "`HELD_BATCH_NOT_FOUND`."),
        (status = 409, description = "`HELD_BATCH_DECIDED`: somebody was quicker, or there is nothing left to decide."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn refuse(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    decide(&app, &operator, path_uuid("id", &id)?, false).await
}

/// Decides for a person.
///
/// # Errors
///
/// There is no such batch, or nothing left to decide.
pub async fn decide(app: &App, operator: &Operator, batch: Uuid, agree: bool) -> ApiResult<StatusCode> {
    if !operator.is_admin() && !app.store.held_batches(operator.scope()).await?.iter().any(|held| held.id == batch) {
        return Err(not_found());
    }
    match app.store.decide_held_batch(batch, agree, Timestamp::now()).await? {
        HeldDecision::Decided { side, .. } => {
            if let Some(library) = app.library.as_ref().filter(|_| side == HeldSide::Library) {
                library.look_again();
            }
            Ok(StatusCode::NO_CONTENT)
        }
        HeldDecision::NotFound => Err(not_found()),
        HeldDecision::Over => {
            let message = "This was decided already, or there is nothing left to decide.";
            Err(ApiError::conflict(ErrorCode::HeldBatchDecided, message))
        }
    }
}

fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::HeldBatchNotFound, "There is no such held batch.")
}
