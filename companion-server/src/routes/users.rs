//! The people of this server, for admins.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::StatusCode;
use companion_wire::account::{LoginLink, User};
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::domain::people::Role;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::ui::Admin;
use crate::store::{self, AddUser, ChangeUser};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// How long a login link for somebody else waits to be opened: they have to be told first.
const LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// 404: no such person.
pub(super) fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::UserNotFound, "There is no such person.")
}

/// A person on the wire.
pub(super) fn shown(user: store::User) -> User {
    User {
        id: user.id,
        name: user.name,
        role: user.role.as_str().to_owned(),
        disabled: user.disabled.is_some(),
        has_password: user.has_password,
        created_at: user.created.rfc3339(),
    }
}

/// `GET /v1/users`.
#[utoipa::path(get, path = "/v1/users", tag = "people",
    responses(
        (status = 200, description = "Everybody, by name.", body = [User]),
        (status = 403, description = "`ADMIN_REQUIRED`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, _: Admin) -> ApiResult<Json<Vec<User>>> {
    Ok(Json(app.store.users().await?.into_iter().map(shown).collect()))
}

/// `POST /v1/users`.
#[utoipa::path(post, path = "/v1/users", tag = "people",
    request_body = companion_wire::account::NewUser,
    responses(
        (status = 201, description = "Added, without a password: give them a login link.", body = User),
        (status = 403, description = "`ADMIN_REQUIRED`."),
        (status = 409, description = "`USER_NAME_TAKEN`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn add(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<User>)> {
    let (mut parts, body) = request.into_parts();
    Admin::from_request_parts(&mut parts, &app).await?;
    let body = body::whole(body, 8 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let name = fields.required_text("name", 1, 64);
    let role = fields.choice("role", &["admin", "member"]);
    fields.finish()?;
    let role = role.map_or(Role::Member, |role| Role::named(&role));
    add_named(&app, &name, role).await.map(|user| (StatusCode::CREATED, Json(shown(user))))
}

/// Adds a person.
///
/// # Errors
///
/// 409 `USER_NAME_TAKEN`, 422 for a name of nothing but spaces.
pub async fn add_named(app: &App, name: &str, role: Role) -> ApiResult<store::User> {
    if name.trim().is_empty() {
        return Err(ApiError::validation("name: String should have at least 1 character besides spaces"));
    }
    match app.store.add_user(name, role, Timestamp::now()).await? {
        AddUser::Added(user) => Ok(user),
        AddUser::NameTaken => {
            Err(ApiError::conflict(ErrorCode::UserNameTaken, "Somebody has this name already. Choose another."))
        }
    }
}

/// `PATCH /v1/users/{id}`.
#[utoipa::path(patch, path = "/v1/users/{id}", tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The person.")),
    request_body = companion_wire::account::ChangeUser,
    responses(
        (status = 200, description = "As they are now.", body = User),
        (status = 403, description = "`ADMIN_REQUIRED`."),
        (status = 404, description = "`USER_NOT_FOUND`."),
        (status = 409, description = "`LAST_ADMIN`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn change(State(app): State<App>, request: Request) -> ApiResult<Json<User>> {
    let (mut parts, body) = request.into_parts();
    Admin::from_request_parts(&mut parts, &app).await?;
    let Path(id) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| not_found())?;
    let id = path_uuid("id", &id)?;
    let body = body::whole(body, 8 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let role = fields.choice("role", &["admin", "member"]).map(|role| Role::named(&role));
    let disabled = fields.boolean("disabled");
    fields.finish()?;
    changed(&app, id, role, disabled).await.map(|user| Json(shown(user)))
}

/// Changes a person.
///
/// # Errors
///
/// 404, or 409 when nobody could administer the server any more.
pub async fn changed(app: &App, id: Uuid, role: Option<Role>, disabled: Option<bool>) -> ApiResult<store::User> {
    match app.store.change_user(id, role, disabled, Timestamp::now()).await? {
        ChangeUser::Changed(user) => Ok(user),
        ChangeUser::NotFound => Err(not_found()),
        ChangeUser::LastAdmin => {
            let message = "This is the last admin who may log in. Make somebody else an admin first.";
            Err(ApiError::conflict(ErrorCode::LastAdmin, message))
        }
    }
}

/// `POST /v1/users/{id}/login-link`: a link that signs this person in once, valid for a day.
#[utoipa::path(post, path = "/v1/users/{id}/login-link", tag = "people",
    params(("id" = uuid::Uuid, Path, description = "The person.")),
    responses(
        (status = 201, description = "The only answer that shows the link.", body = LoginLink),
        (status = 403, description = "`ADMIN_REQUIRED`."),
        (status = 404, description = "`USER_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn link(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<LoginLink>)> {
    let (path, expires) = link_for(&app, path_uuid("id", &id)?).await?;
    Ok((StatusCode::CREATED, Json(LoginLink { path, expires_at: expires.rfc3339() })))
}

/// A new login link for a person: its path, and until when it waits.
///
/// # Errors
///
/// 404.
pub async fn link_for(app: &App, id: Uuid) -> ApiResult<(String, Timestamp)> {
    let user = app.store.user(id).await?.ok_or_else(not_found)?;
    let link = PlainToken::draw(TokenKind::LoginLink).map_err(|error| ApiError::internal(&error))?;
    let expires = Timestamp::now().plus(LINK_LIFETIME);
    app.store.add_login_link(&link.hash(), Some(user.id), expires).await?;
    Ok((format!("/login#{}", link.expose()), expires))
}
