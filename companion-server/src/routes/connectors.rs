//! How a person's connectors are doing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use companion_wire::connectors::{ConnectorStatus, ConnectorsStatus};
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;

/// The person whom a path names, who must be the one who asks.
///
/// # Errors
///
/// 400 for what is no UUID, 403 for everybody else's.
pub(super) fn oneself(operator: &Operator, id: &str) -> ApiResult<Uuid> {
    let message = "The person's id is no UUID.";
    let id =
        Uuid::try_parse(id).map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidUserId, message))?;
    if operator.user == Some(id) {
        return Ok(id);
    }
    let message = "This belongs to another person. Ask about yourself.";
    Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::OtherPerson, message))
}

/// `GET /api/connectors/{user_id}/status`.
#[utoipa::path(get, path = "/api/connectors/{user_id}/status", tag = "connectors",
    params(("user_id" = String, Path, description = "Oneself.")),
    responses(
        (status = 200, description = "Every connector of which something is known.", body = ConnectorsStatus),
        (status = 400, description = "`INVALID_USER_ID`."),
        (status = 403, description = "`OTHER_PERSON`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn status(
    State(app): State<App>,
    operator: Operator,
    Path(user): Path<String>,
) -> ApiResult<Json<ConnectorsStatus>> {
    let user_id = oneself(&operator, &user)?;
    let connectors = app.store.connectors_of(user_id).await?;
    let any_needs_reauth = connectors.values().any(|state| state.status == ConnectorStatus::NeedsReauth);
    Ok(Json(ConnectorsStatus { user_id, connectors, any_needs_reauth }))
}
