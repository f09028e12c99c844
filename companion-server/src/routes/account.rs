//! A person's own account: password, sessions, admin tokens.

use axum::Json;
use axum::extract::{FromRequestParts as _, Path, Request, State};
use axum::http::StatusCode;
use companion_wire::account::{AdminToken, AdminTokenIssued, Session, SessionsEnded, User};
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use super::users::{not_found, shown};
use crate::app::App;
use crate::domain::people::{PASSWORD_AT_LEAST, PASSWORD_AT_MOST, Role};
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::ui::Operator;
use crate::extract::{address, body};
use crate::password::Password;
use crate::store::{self, LoginAttempt};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// Who asks, as a person.
///
/// # Errors
///
/// 409 for the preset admin token, which belongs to nobody.
pub fn person(operator: &Operator) -> ApiResult<Uuid> {
    let message = "The preset admin token belongs to nobody. Log in, or use a token of your own.";
    operator.user.ok_or_else(|| ApiError::conflict(ErrorCode::NoUser, message))
}

/// `GET /v1/account`.
#[utoipa::path(get, path = "/v1/account", tag = "people",
    responses(
        (status = 200, description = "Who asks.", body = User),
        (status = 409, description = "`NO_USER`: the preset admin token."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, operator: Operator) -> ApiResult<Json<User>> {
    app.store.user(person(&operator)?).await?.map(|user| Json(shown(user))).ok_or_else(not_found)
}

/// `PUT /v1/account/password`: ends all other sessions. Only a session may do it, no token.
#[utoipa::path(put, path = "/v1/account/password", tag = "people",
    request_body = companion_wire::account::SetPassword,
    responses(
        (status = 204, description = "Set. All other sessions have ended."),
        (status = 403, description = "`WRONG_PASSWORD`."),
        (status = 409, description = "`NO_USER`: a token, not a session. `PASSWORD_NOT_ALLOWED`: a provider signs this person in."),
        (status = 429, description = "`RATE_LIMITED`: too many wrong passwords."),
    ),
    security(("session" = []))
)]
pub async fn set_password(State(app): State<App>, request: Request) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let body = body::whole(body, 8 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let current = fields.text("current_password", PASSWORD_AT_MOST);
    let new = fields.required_text("new_password", PASSWORD_AT_LEAST, PASSWORD_AT_MOST);
    fields.finish()?;
    let source = address::client(&parts.extensions, &parts.headers, &app.settings.trusted_proxies);
    change_password(&app, &operator, current, new, source).await.map(|()| StatusCode::NO_CONTENT)
}

/// Sets the password of whoever has this session; who has one must know it.
///
/// # Errors
///
/// 403 `WRONG_PASSWORD`, 409 `NO_USER` without a session, 409 `PASSWORD_NOT_ALLOWED` for whom a provider signs in, 429.
pub async fn change_password(
    app: &App,
    operator: &Operator,
    current: Option<String>,
    new: String,
    source: Option<std::net::IpAddr>,
) -> ApiResult<()> {
    let id = person(operator)?;
    let Some(session) = operator.session else {
        let message = "A password is set in a session, not with a token. Log in first.";
        return Err(ApiError::conflict(ErrorCode::NoUser, message));
    };
    let failed = |error| ApiError::internal(&error);
    let user = app.store.user(id).await?.ok_or_else(not_found)?;
    // Who leaves the team loses their account there, and with it this one: a password would stay.
    if user.single_sign_on {
        let message =
            "You sign in with your team's provider and need no password here. Change the one that you have there.";
        return Err(ApiError::conflict(ErrorCode::PasswordNotAllowed, message));
    }
    let now = Timestamp::now();
    if let Some(kept) = app.store.password_hash(id).await? {
        let attempt = match app.store.begin_login(&user.name, source, now).await? {
            LoginAttempt::Allowed { attempt } => attempt,
            LoginAttempt::Limited { retry_after_secs } => return Err(ApiError::rate_limited(retry_after_secs)),
        };
        if !Password::typed(current.unwrap_or_default()).matches(Some(kept)).await.map_err(failed)? {
            let message = "This is not your current password.";
            return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::WrongPassword, message));
        }
        app.store.forgive(attempt).await?;
    }
    let hash = Password::typed(new).hash().await.map_err(failed)?;
    app.store.set_password(id, Some(hash), Some(session), now).await?;
    Ok(())
}

/// `GET /v1/sessions`.
#[utoipa::path(get, path = "/v1/sessions", tag = "people",
    responses(
        (status = 200, description = "One's own sessions, the one used last first.", body = [Session]),
        (status = 409, description = "`NO_USER`: the preset admin token."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn sessions(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<Session>>> {
    let sessions = app.store.sessions(person(&operator)?, Timestamp::now()).await?;
    let shown = sessions.into_iter().map(|session| Session {
        id: session.id,
        current: operator.session.is_some_and(|own| own.matches_hex(&session.token_hash)),
        user_agent: session.user_agent,
        address: session.source.map(|source| source.to_string()),
        created_at: session.created.rfc3339(),
        last_used_at: session.last_used.rfc3339(),
    });
    Ok(Json(shown.collect()))
}

/// `DELETE /v1/sessions`: ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/v1/sessions", tag = "people",
    responses(
        (status = 200, description = "They have ended.", body = SessionsEnded),
        (status = 409, description = "`NO_USER`: the preset admin token."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn end_others(State(app): State<App>, operator: Operator) -> ApiResult<Json<SessionsEnded>> {
    let ended = app.store.end_other_sessions(person(&operator)?, operator.session).await?;
    Ok(Json(SessionsEnded { ended }))
}

/// `DELETE /v1/sessions/{id}`.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "people",
    params(("id" = uuid::Uuid, Path, description = "One of one's own sessions.")),
    responses(
        (status = 204, description = "It has ended."),
        (status = 404, description = "`SESSION_NOT_FOUND`."),
        (status = 409, description = "`NO_USER`: the preset admin token."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn end_session(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    if app.store.end_session_of(person(&operator)?, path_uuid("id", &id)?).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(ErrorCode::SessionNotFound, "You have no such session."))
}

/// Whose tokens somebody may list and revoke: an admin everybody's.
pub fn tokens_of(operator: &Operator) -> ApiResult<Option<Uuid>> {
    if operator.is_admin() { Ok(None) } else { person(operator).map(Some) }
}

/// `GET /v1/admin-tokens`.
#[utoipa::path(get, path = "/v1/admin-tokens", tag = "people",
    responses((status = 200, description = "One's own, for admins everybody's, newest first.", body = [AdminToken])),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn tokens(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<AdminToken>>> {
    let tokens = app.store.admin_tokens(tokens_of(&operator)?).await?;
    Ok(Json(tokens.into_iter().map(shown_token).collect()))
}

fn shown_token(token: store::AdminToken) -> AdminToken {
    AdminToken {
        id: token.id,
        name: token.name,
        role: token.role.as_str().to_owned(),
        user_id: token.user,
        user_name: token.user_name,
        created_at: token.created.rfc3339(),
        last_used_at: token.last_used.map(Timestamp::rfc3339),
    }
}

/// `POST /v1/admin-tokens`.
#[utoipa::path(post, path = "/v1/admin-tokens", tag = "people",
    request_body = companion_wire::account::NewAdminToken,
    responses(
        (status = 201, description = "The only answer that shows the token.", body = AdminTokenIssued),
        (status = 403, description = "`ADMIN_REQUIRED`: more than one may do oneself."),
        (status = 409, description = "`NO_USER`: the preset admin token."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn add_token(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<AdminTokenIssued>)> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let body = body::whole(body, 8 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let name = fields.required_text("name", 1, 64);
    let role = fields.choice("role", &["admin", "member"]).map(|role| Role::named(&role));
    fields.finish()?;
    let issued = issue_token(&app, &operator, name, role).await?;
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Makes a token for whoever asks, with their role or a lesser one.
///
/// # Errors
///
/// 403 for more than they may do, 409 `NO_USER`.
pub async fn issue_token(
    app: &App,
    operator: &Operator,
    name: String,
    role: Option<Role>,
) -> ApiResult<AdminTokenIssued> {
    let (user, role) = (person(operator)?, role.unwrap_or(operator.role));
    if role > operator.role {
        return Err(ApiError::admin_required());
    }
    let token = PlainToken::draw(TokenKind::Admin).map_err(|error| ApiError::internal(&error))?;
    let name = name.trim().to_owned();
    let id = app.store.add_admin_token(user, &name, role, &token.hash(), Timestamp::now()).await?;
    let id = id.ok_or_else(not_found)?;
    Ok(AdminTokenIssued { id, name, role: role.as_str().to_owned(), token: token.expose().to_owned() })
}

/// `DELETE /v1/admin-tokens/{id}`.
#[utoipa::path(delete, path = "/v1/admin-tokens/{id}", tag = "people",
    params(("id" = uuid::Uuid, Path, description = "One's own, for admins anybody's.")),
    responses(
        (status = 204, description = "It is revoked."),
        (status = 404, description = "`ADMIN_TOKEN_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn revoke_token(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    if app.store.revoke_admin_token(path_uuid("id", &id)?, tokens_of(&operator)?).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(ErrorCode::AdminTokenNotFound, "There is no such token of yours."))
}
