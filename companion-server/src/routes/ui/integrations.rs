//! Paired browsers.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::integration::Integration;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::path_uuid;
use crate::extract::ui::{Disconnecter, Operator};
use crate::store::{Disconnection, TriggerSync};
use crate::time::Timestamp;

/// 404: no such browser.
pub fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::IntegrationNotFound, "There is no such browser.")
}

/// The browser that a path names, if it exists for whoever asks.
///
/// # Errors
///
/// 422, or 404 for one that does not exist or is another person's.
pub async fn visible(app: &App, operator: &Operator, id: &str) -> ApiResult<Uuid> {
    let id = path_uuid("id", id)?;
    if app.store.sees_browser(operator.scope(), id).await? { Ok(id) } else { Err(not_found()) }
}

/// `GET {PREFIX}/integrations`.
#[utoipa::path(get, path = "/integrations", tag = "browsers",
    responses(
        (status = 200, description = "All browsers but those that wait for approval, newest first.", body = Vec<Integration>),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<Integration>>> {
    Ok(Json(app.store.visible_integrations(operator.scope()).await?))
}

/// `DELETE {PREFIX}/integrations/{id}`. A browser may end its own pairing; those of others do not exist for it.
#[utoipa::path(delete, path = "/integrations/{id}", tag = "browsers",
    params(("id" = uuid::Uuid, Path, description = "The browser.")),
    responses(
        (status = 204, description = "Its token is revoked. Nothing is removed from claude.ai."),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []), ("extension_token" = []))
)]
pub async fn disconnect(
    State(app): State<App>,
    disconnecter: Disconnecter,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let id = path_uuid("id", &id)?;
    if !disconnecter.may_end(&app, id).await? {
        return Err(not_found());
    }
    match app.store.disconnect(id, Timestamp::now()).await? {
        Disconnection::Done => Ok(StatusCode::NO_CONTENT),
        Disconnection::NotFound => Err(not_found()),
    }
}

/// `POST {PREFIX}/integrations/{id}/trigger-sync`.
#[utoipa::path(post, path = "/integrations/{id}/trigger-sync", tag = "browsers",
    params(("id" = uuid::Uuid, Path, description = "The browser.")),
    responses(
        (status = 204, description = "Whatever is missing is queued."),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`."),
        (status = 409, description = "`INTEGRATION_NOT_ACTIVE`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn trigger_sync(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    trigger(&app, &operator, &id).await
}

/// Queues whatever a browser is missing.
///
/// # Errors
///
/// 422, 404, or 409 for a browser that is not paired.
pub async fn trigger(app: &App, operator: &Operator, id: &str) -> ApiResult<StatusCode> {
    let id = visible(app, operator, id).await?;
    match app.store.trigger_sync(id, Timestamp::now()).await? {
        TriggerSync::Triggered { .. } => Ok(StatusCode::NO_CONTENT),
        TriggerSync::NotFound => Err(not_found()),
        TriggerSync::NotActive => {
            Err(ApiError::conflict(ErrorCode::IntegrationNotActive, "This browser is not paired any more."))
        }
    }
}
