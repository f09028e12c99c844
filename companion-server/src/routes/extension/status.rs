//! A browser about itself.

use axum::Json;
use axum::extract::State;
use companion_wire::error::ErrorCode;
use companion_wire::integration::ExtensionStatus;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::Browser;

/// `GET {PREFIX}/extension/status`.
#[utoipa::path(get, path = "/extension/status", tag = "extension",
    responses(
        (status = 200, description = "The browser about itself.", body = ExtensionStatus),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`: this browser is not known any more."),
    ),
    security(("extension_token" = []))
)]
pub async fn get(State(app): State<App>, browser: Browser) -> ApiResult<Json<ExtensionStatus>> {
    let status = app.store.extension_status(browser.integration).await?;
    let gone = || ApiError::not_found(ErrorCode::IntegrationNotFound, "This browser is not known any more.");
    status.map(Json).ok_or_else(gone)
}
