//! Operations, from the person's side.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::store::Retry;
use crate::time::Timestamp;

/// `POST {PREFIX}/operations/{op_id}/retry`.
#[utoipa::path(post, path = "/operations/{op_id}/retry", tag = "operations",
    params(("op_id" = uuid::Uuid, Path, description = "The operation.")),
    responses(
        (status = 204, description = "It waits again, with all its attempts."),
        (status = 404, description = "`OPERATION_NOT_FOUND`."),
        (status = 409, description = "`OPERATION_NOT_RETRYABLE`: it has not failed."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn retry(State(app): State<App>, operator: Operator, Path(operation): Path<String>) -> ApiResult<StatusCode> {
    retried(&app, &operator, &operation).await
}

/// Gives a failed operation another chance.
///
/// # Errors
///
/// 422, 404, or 409 for one that has not failed.
pub async fn retried(app: &App, operator: &Operator, operation: &str) -> ApiResult<StatusCode> {
    let operation = path_uuid("op_id", operation)?;
    let seen = app.store.sees_operation(operator.scope(), operation).await?;
    match if seen { app.store.retry(operation, Timestamp::now()).await? } else { Retry::NotFound } {
        Retry::Queued => Ok(StatusCode::NO_CONTENT),
        Retry::NotFound => Err(ApiError::not_found(ErrorCode::OperationNotFound, "There is no such operation.")),
        Retry::NotRetryable => {
            Err(ApiError::conflict(ErrorCode::OperationNotRetryable, "Only a failed operation can be retried."))
        }
    }
}
