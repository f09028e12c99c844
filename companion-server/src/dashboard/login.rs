//! Logging in: by the one-time link, or by name and password; [signing in with a provider](super::sign_in) is apart. The link's token is in the fragment, which browsers send nowhere;
//! the page's script hands it over. Name and password travel in a plain form.

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::error::ErrorCode;
use serde::Deserialize;
use std::time::Duration;

use super::frame::Frame;
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::people::PASSWORD_AT_MOST;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::password::Password;
use crate::settings::Settings;
use crate::store::{Attempt, AttemptEndpoint, LoginAttempt, NewSession, SESSION_LIFETIME};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// Characters of a browser's name for itself that are kept.
const USER_AGENT_KEPT: usize = 120;

/// The login page.
#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    t: Text,
    f: Frame,
    refused: Option<Notice>,
    provider: Option<ProviderButton>,
}

/// Why somebody is not logged in.
pub(super) struct Notice {
    /// For programs and tests.
    pub code: &'static str,
    /// For the person, with what to do.
    pub sentence: String,
}

struct ProviderButton {
    name: String,
    address: String,
}

impl LoginPage {
    /// The button's address is the public one: the cookie that it sets has to reach the address that the provider sends people back to.
    pub fn new(settings: &Settings, headers: &HeaderMap, refused: Option<Notice>) -> Self {
        let provider = settings.sign_in.as_ref().map(|provider| ProviderButton {
            name: provider.name.clone(),
            address: format!("{}{}", settings.origin(""), crate::oidc::START),
        });
        Self { t: Text::of(headers), f: Frame::outside(headers), refused, provider }
    }
}

/// `GET /login`.
pub async fn page(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    pages::page(&LoginPage::new(&app.settings, &headers, None))
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
    let session = draw()?;
    let new = new_session(&app, &session, &parts.headers, &parts.extensions);
    if app.store.redeem_login_link(&link.hash(), new, now).await?.is_none() {
        let message = "This login link was used already or is too old. Get a new one with “skillferry login-link”, or restart the server.";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::LoginRequired, message));
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, session_cookie(&app, &session))]).into_response())
}

fn presented(headers: &HeaderMap, body: &Bytes) -> ApiResult<PlainToken> {
    let mut fields = Fields::from_body(headers, body)?;
    let token = fields.required_text("token", 1, 128);
    fields.finish()?;
    Ok(PlainToken::presented(&token))
}

/// What the login form sends.
#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

/// `POST /login/password`: the overview with the session cookie, or the login page that says why not.
pub async fn with_password(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(credentials): Form<Credentials>,
) -> ApiResult<Response> {
    let now = Timestamp::now();
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let attempt = match app.store.begin_login(&credentials.name, source, now).await? {
        LoginAttempt::Allowed { attempt } => attempt,
        LoginAttempt::Limited { retry_after_secs } => {
            return too_many(&app, &headers, retry_after_secs);
        }
    };
    if let Some(user) = proved(&app, credentials).await? {
        app.store.forgive(attempt).await?;
        let session = draw()?;
        if app.store.begin_session(user, new_session(&app, &session, &headers, &extensions), now).await? {
            let cookie = session_cookie(&app, &session);
            return Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response());
        }
    }
    let message = Text::of(&headers).say("refused-wrong-password-login");
    refused(&app, &headers, StatusCode::UNAUTHORIZED, "wrong_password", message)
}

/// Whose credentials these are. A name that nobody has takes as long as a wrong password.
async fn proved(app: &App, credentials: Credentials) -> ApiResult<Option<uuid::Uuid>> {
    // PostgreSQL takes no NUL in a question, and a long text would be long to hash.
    let sensible = !credentials.name.contains('\0') && credentials.password.len() <= PASSWORD_AT_MOST * 4;
    let user = if sensible { app.store.user_named(&credentials.name).await? } else { None };
    let kept = match &user {
        Some(user) => app.store.password_hash(user.id).await?,
        None => None,
    };
    let typed = if sensible { credentials.password } else { String::new() };
    let right = Password::typed(typed).matches(kept).await.map_err(|error| ApiError::internal(&error))?;
    Ok(user.filter(|_| right).map(|user| user.id))
}

/// The login page that asks to wait.
pub(super) fn too_many(app: &App, headers: &HeaderMap, retry_after_secs: u32) -> ApiResult<Response> {
    let message = Text::of(headers).count("login-too-many", retry_after_secs);
    let page = refused(app, headers, StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)?;
    Ok(([(header::RETRY_AFTER, retry_after_secs.to_string())], page).into_response())
}

fn refused(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    code: &'static str,
    sentence: String,
) -> ApiResult<Response> {
    let page = LoginPage::new(&app.settings, headers, Some(Notice { code, sentence }));
    Ok((status, pages::page(&page)?).into_response())
}

pub(super) fn draw() -> ApiResult<PlainToken> {
    PlainToken::draw(TokenKind::Session).map_err(|error| ApiError::internal(&error))
}

pub(super) fn new_session(app: &App, session: &PlainToken, headers: &HeaderMap, extensions: &Extensions) -> NewSession {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    NewSession {
        token: session.hash(),
        user_agent: user_agent.map(|text| text.chars().take(USER_AGENT_KEPT).collect()),
        source: address::client(extensions, headers, &app.settings.trusted_proxies),
    }
}

/// `POST /logout`.
pub async fn end(State(app): State<App>, operator: Operator) -> ApiResult<Response> {
    if let Some(session) = operator.session {
        app.store.end_session(&session).await?;
    }
    Ok(([(header::SET_COOKIE, no_session(&app))], Redirect::to("/login")).into_response())
}

/// What makes the browser forget its session.
pub(super) fn no_session(app: &App) -> String {
    cookie(app, "", Duration::ZERO)
}

/// What makes the browser remember a session that has begun.
pub(super) fn session_cookie(app: &App, session: &PlainToken) -> String {
    cookie(app, session.expose(), SESSION_LIFETIME)
}

fn cookie(app: &App, value: &str, lifetime: Duration) -> String {
    let secure = if app.settings.secure() { "; Secure" } else { "" };
    let (name, seconds) = (app.settings.session_cookie(), lifetime.as_secs());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}
