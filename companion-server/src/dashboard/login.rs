//! The one-time login link. Its token is in the fragment, which browsers send nowhere; the page's script hands it over.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::error::ErrorCode;
use std::time::Duration;

use super::pages;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::{Attempt, AttemptEndpoint};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage;

/// `GET /login`.
pub async fn page() -> ApiResult<Response> {
    pages::page(&LoginPage)
}

/// `POST /login` `{"token"}` → 204 with the session cookie.
pub async fn redeem(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    let now = Timestamp::now();
    let source = address::client(&parts.extensions, &parts.headers, &app.settings.trusted_proxies);
    let limit = app.settings.pair_rate_limit;
    if let Attempt::Limited { retry_after_secs } =
        app.store.record_attempt(AttemptEndpoint::Login, source, limit, now).await?
    {
        return Err(ApiError::rate_limited(retry_after_secs));
    }
    let body = body::whole(body, 4096, ErrorCode::HttpError).await?;
    let link = presented(&parts.headers, &body)?;
    let session = PlainToken::draw(TokenKind::Session).map_err(|error| ApiError::internal(&error))?;
    let expires = now.plus(SESSION_LIFETIME);
    if !app.store.redeem_login_link(&link.hash(), &session.hash(), expires, now).await? {
        let message = "This login link was used already or is too old. Restart the server to get a new one.";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::LoginRequired, message));
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&app, session.expose(), SESSION_LIFETIME))])
        .into_response())
}

fn presented(headers: &HeaderMap, body: &Bytes) -> ApiResult<PlainToken> {
    let mut fields = Fields::from_body(headers, body)?;
    let token = fields.required_text("token", 1, 128);
    fields.finish()?;
    Ok(PlainToken::presented(&token))
}

/// `POST /logout`.
pub async fn end(State(app): State<App>, operator: Operator) -> ApiResult<Response> {
    if let Some(session) = operator.session {
        app.store.end_session(&session).await?;
    }
    Ok(([(header::SET_COOKIE, cookie(&app, "", Duration::ZERO))], Redirect::to("/login")).into_response())
}

fn cookie(app: &App, value: &str, lifetime: Duration) -> String {
    let secure = if app.settings.secure() { "; Secure" } else { "" };
    let (name, seconds) = (app.settings.session_cookie(), lifetime.as_secs());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}
