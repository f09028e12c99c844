//! Signing in with a provider: the way there, the way back, and the page that says why not.
//!
//! The way back begins at another site, so that the browser sends no `SameSite=Strict` cookie along and sends none after a redirect
//! either. That is why the sign-in's own cookie is `Lax`, and why a success ends in a small page of ours that leads on: from there the
//! session's strict cookie travels.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::frame::Frame;
use super::login::{self, LoginPage, Notice};
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::sign_in::{Claims, SignInRefusal};
use crate::error::ApiResult;
use crate::extract::address;
use crate::oidc::{Begun, CALLBACK, Provider, ProviderError, START};
use crate::settings::Settings;
use crate::store::{Attempt, AttemptEndpoint, NewSignIn, SIGN_IN_LIFETIME, SignedIn};
use crate::time::Timestamp;
use crate::token::PlainToken;

/// The routes of the provider that the settings name; none without one.
pub fn router(settings: &Settings) -> Router<App> {
    let Some(provider) = settings.sign_in.clone() else { return Router::new() };
    let provider = Arc::new(Provider::new(provider, &settings.origin("")));
    let routes = Router::new().route(START, get(start)).route(CALLBACK, get(finish));
    routes.layer(Extension(provider))
}

/// `GET /login/oidc`: to the provider, with a cookie that binds what comes back to this browser.
pub async fn start(
    State(app): State<App>,
    Extension(provider): Extension<Arc<Provider>>,
    headers: HeaderMap,
    extensions: Extensions,
) -> ApiResult<Response> {
    let now = Timestamp::now();
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let limit = app.settings.pair_rate_limit;
    if let Attempt::Limited { retry_after_secs } =
        app.store.record_attempt(AttemptEndpoint::Login, source, limit, now).await?
    {
        return login::too_many(&app, &headers, retry_after_secs);
    }
    let begun = match provider.begin().await {
        Ok(begun) => begun,
        Err(error) => return refused(&app, &headers, logged(&error)),
    };
    let Begun { address, state, nonce, browser } = begun;
    let new = NewSignIn { state: state.hash(), browser: browser.hash(), nonce: nonce.hash() };
    app.store.begin_sign_in(new, now).await?;
    let cookie = cookie(&app.settings, browser.expose(), SIGN_IN_LIFETIME);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

/// What the provider sends back.
#[derive(Default, Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer")
    }
}

/// `GET /login/oidc/callback`: the session and the way to the overview, or the login page that says why not.
pub async fn finish(
    State(app): State<App>,
    Extension(provider): Extension<Arc<Provider>>,
    headers: HeaderMap,
    extensions: Extensions,
    answer: Result<Query<Answer>, QueryRejection>,
) -> ApiResult<Response> {
    let now = Timestamp::now();
    let Query(answer) = answer.unwrap_or_default();
    let Some((browser, nonce)) = taken(&app, &headers, &answer, now).await? else {
        return refused(&app, &headers, SignInRefusal::Expired);
    };
    let claims = match proved(&provider, answer, &browser, &nonce).await {
        Ok(claims) => claims,
        Err(refusal) => return refused(&app, &headers, refusal),
    };
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let guest = match provider.settings().rules.judge(&claims) {
        Ok(guest) => guest,
        Err(refusal) => return kept_out(&app, &headers, refusal, source, now).await,
    };
    let session = login::draw()?;
    let new = login::new_session(&app, &session, &headers, &extensions);
    match app.store.admit(&provider.settings().issuer, guest, new, now).await? {
        SignedIn::Begun { .. } => led_on(&app, &headers, &session),
        SignedIn::Disabled => kept_out(&app, &headers, SignInRefusal::Disabled, source, now).await,
    }
}

/// The browser's secret and the nonce's hash, if this browser began a sign-in with this state and has not come back with it before.
async fn taken(
    app: &App,
    headers: &HeaderMap,
    answer: &Answer,
    now: Timestamp,
) -> ApiResult<Option<(PlainToken, String)>> {
    let cookies = CookieJar::from_headers(headers);
    let browser = cookies.get(cookie_name(&app.settings)).map(|cookie| PlainToken::presented(cookie.value()));
    let (Some(browser), Some(state)) = (browser, &answer.state) else { return Ok(None) };
    let nonce = app.store.take_sign_in(&PlainToken::presented(state).hash(), &browser.hash(), now).await?;
    Ok(nonce.map(|nonce| (browser, nonce)))
}

/// What the provider says of the person.
async fn proved(
    provider: &Provider,
    answer: Answer,
    browser: &PlainToken,
    nonce: &str,
) -> Result<Claims, SignInRefusal> {
    let settings = provider.settings();
    // RFC 9207: an answer that another provider has mixed in.
    if answer.iss.is_some_and(|issuer| issuer != settings.issuer) {
        return Err(logged(&ProviderError::Unusable("it names another issuer".to_owned())));
    }
    if let Some(error) = answer.error {
        return Err(said_no(&error));
    }
    let code = answer.code.filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| logged(&ProviderError::Unusable("it sent no code".to_owned())))?;
    let claims = provider.finish(code, browser, nonce, settings.rules.looks_at()).await;
    claims.map_err(|error| logged(&error))
}

/// [The errors](https://openid.net/specs/openid-connect-core-1_0.html#AuthError) that mean the person, the provider's state, or a
/// mistake in the configuration.
fn said_no(error: &str) -> SignInRefusal {
    match error {
        "access_denied"
        | "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => SignInRefusal::Denied,
        "temporarily_unavailable" | "server_error" => SignInRefusal::Unreachable,
        other => {
            let code: String = other.chars().filter(|letter| letter.is_ascii_lowercase() || *letter == '_').collect();
            logged(&ProviderError::Unusable(format!("it refused to begin with {}", &code[..code.len().min(40)])))
        }
    }
}

fn logged(error: &ProviderError) -> SignInRefusal {
    tracing::warn!(%error, "a sign-in failed");
    error.refusal()
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInPage {
    t: Text,
    f: Frame,
}

fn led_on(app: &App, headers: &HeaderMap, session: &PlainToken) -> ApiResult<Response> {
    let cookies = [login::session_cookie(app, session), forgotten(&app.settings)];
    let cookies = AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok((cookies, pages::page(&SignedInPage { t: Text::of(headers), f: Frame::outside(headers) })?).into_response())
}

async fn kept_out(
    app: &App,
    headers: &HeaderMap,
    why: SignInRefusal,
    source: Option<IpAddr>,
    now: Timestamp,
) -> ApiResult<Response> {
    app.store.refuse_sign_in(why, source, now).await?;
    refused(app, headers, why)
}

fn refused(app: &App, headers: &HeaderMap, why: SignInRefusal) -> ApiResult<Response> {
    let notice = Notice { code: why.code(), sentence: said(Text::of(headers), why) };
    let page = pages::page(&LoginPage::new(&app.settings, headers, Some(notice)))?;
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::FORBIDDEN);
    Ok((status, [(header::SET_COOKIE, forgotten(&app.settings))], page).into_response())
}

/// What it means and what to do.
fn said(t: Text, why: SignInRefusal) -> String {
    let key = format!("refused-sign-in-{}", why.code().replace('_', "-"));
    if t.has(&key) { t.say(&key) } else { format!("{} {}", why.sentence(), why.action()) }
}

fn forgotten(settings: &Settings) -> String {
    cookie(settings, "", Duration::ZERO)
}

/// The prefix makes browsers refuse it for other hosts, paths and plain http.
fn cookie_name(settings: &Settings) -> &'static str {
    if settings.secure() { "__Host-skillferry_sign_in" } else { "skillferry_sign_in" }
}

fn cookie(settings: &Settings, value: &str, lifetime: Duration) -> String {
    let secure = if settings.secure() { "; Secure" } else { "" };
    let (name, seconds) = (cookie_name(settings), lifetime.as_secs());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_refuses_with() {
        for (error, refusal) in [
            ("access_denied", SignInRefusal::Denied),
            ("consent_required", SignInRefusal::Denied),
            ("temporarily_unavailable", SignInRefusal::Unreachable),
            ("invalid_scope", SignInRefusal::Unverified),
            ("<script>é", SignInRefusal::Unverified),
            ("", SignInRefusal::Unverified),
        ] {
            assert_eq!(said_no(error), refusal, "{error}");
        }
    }
}
