//! A person's kill switch.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use companion_wire::connectors::AutonomyState;

use super::connectors::oneself;
use super::users;
use crate::app::App;
use crate::domain::pause::LONGEST_REASON;
use crate::error::ApiResult;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// `PUT /api/users/{user_id}/autonomy-pause`.
#[utoipa::path(put, path = "/api/users/{user_id}/autonomy-pause", tag = "connectors",
    params(("user_id" = String, Path, description = "Oneself.")),
    request_body = companion_wire::connectors::SetAutonomyPause,
    responses(
        (status = 200, description = "How both levers stand now.", body = AutonomyState),
        (status = 400, description = "`INVALID_USER_ID`."),
        (status = 403, description = "`OTHER_PERSON`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn set(
    State(app): State<App>,
    operator: Operator,
    Path(user): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Json<AutonomyState>> {
    let user = oneself(&operator, &user)?;
    let mut fields = Fields::from_body(&headers, &body)?;
    let paused = fields.required_boolean("paused");
    let reason = fields.text("reason", LONGEST_REASON);
    fields.finish()?;
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let state = app.store.set_autonomy_pause(user, paused, reason, Timestamp::now()).await?;
    state.map(Json).ok_or_else(users::not_found)
}

/// `GET /api/users/{user_id}/autonomy-state`.
#[utoipa::path(get, path = "/api/users/{user_id}/autonomy-state", tag = "connectors",
    params(("user_id" = String, Path, description = "Oneself.")),
    responses(
        (status = 200, description = "Both levers, and what waits because of them.", body = AutonomyState),
        (status = 400, description = "`INVALID_USER_ID`."),
        (status = 403, description = "`OTHER_PERSON`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn state(
    State(app): State<App>,
    operator: Operator,
    Path(user): Path<String>,
) -> ApiResult<Json<AutonomyState>> {
    let user = oneself(&operator, &user)?;
    app.store.autonomy_state(user).await?.map(Json).ok_or_else(users::not_found)
}
