//! A person's own data: handed to them, and removed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use super::connectors::oneself;
use super::users;
use crate::app::App;
use crate::domain::people::folded;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::DeleteUser;
use crate::time::Timestamp;

/// `GET /api/users/{user_id}/export`.
#[utoipa::path(get, path = "/api/users/{user_id}/export", tag = "connectors",
    params(("user_id" = String, Path, description = "Oneself.")),
    responses(
        (status = 200, description = "Everything that is kept about the caller, to be saved as a file. No secrets.", body = serde_json::Value),
        (status = 400, description = "`INVALID_USER_ID`."),
        (status = 403, description = "`OTHER_PERSON`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn export(State(app): State<App>, operator: Operator, Path(user): Path<String>) -> ApiResult<Response> {
    let user = oneself(&operator, &user)?;
    let exported = app.store.export_user(user, Timestamp::now()).await?.ok_or_else(users::not_found)?;
    let name = HeaderValue::from_static("attachment; filename=\"skillferry-export.json\"");
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(exported)).into_response())
}

/// `DELETE /api/users/{user_id}`. The name has to be typed, so that nobody is removed by a slip.
#[utoipa::path(delete, path = "/api/users/{user_id}", tag = "connectors",
    params(("user_id" = String, Path, description = "Oneself.")),
    request_body = companion_wire::connectors::DeleteAccount,
    responses(
        (status = 204, description = "The caller is gone, with everything that was kept about them."),
        (status = 400, description = "`INVALID_USER_ID`."),
        (status = 403, description = "`OTHER_PERSON`."),
        (status = 409, description = "`LAST_ADMIN`: nobody could administer the server any more; say `last_admin` if that is meant."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn delete(
    State(app): State<App>,
    operator: Operator,
    Path(user): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<StatusCode> {
    let user = oneself(&operator, &user)?;
    let known = app.store.user(user).await?.ok_or_else(users::not_found)?;
    let mut fields = Fields::from_body(&headers, &body)?;
    let confirm = fields.required_text("confirm", 1, 64);
    let even_last_admin = fields.boolean("last_admin").unwrap_or(false);
    let same = folded(&confirm) == folded(&known.name);
    fields.check("confirm", if same { Ok(()) } else { Err("Input should be your own name".to_owned()) });
    fields.finish()?;
    removed(&app, user, even_last_admin).await.map(|()| StatusCode::NO_CONTENT)
}

/// Removes somebody with everything that is kept about them.
///
/// # Errors
///
/// 404, 409 `LAST_ADMIN` unless that is meant.
pub async fn removed(app: &App, user: Uuid, even_last_admin: bool) -> ApiResult<()> {
    match app.store.delete_user(user, even_last_admin, Timestamp::now()).await? {
        DeleteUser::Deleted => Ok(()),
        DeleteUser::NotFound => Err(users::not_found()),
        DeleteUser::LastAdmin => {
            let message =
                "You are the last admin who may log in. Make somebody else an admin first, or say that you mean it.";
            Err(ApiError::conflict(ErrorCode::LastAdmin, message))
        }
    }
}
