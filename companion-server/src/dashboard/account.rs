//! The account page: password, sessions, admin tokens. Plain forms; each answers with the page that shows the effect.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::pages::{self, Visitor, age};
use crate::app::App;
use crate::domain::people::{PASSWORD_AT_LEAST, PASSWORD_AT_MOST};
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::routes::account::{change_password, issue_token, person};
use crate::time::Timestamp;

struct Row {
    id: String,
    text: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    name: String,
    role: &'static str,
    has_password: bool,
    /// The provider that signs this person in.
    provider: Option<String>,
    sessions: Vec<Row>,
    tokens: Vec<Row>,
    issued: Option<String>,
    said: Option<String>,
}

/// `GET /account`.
pub async fn page(State(app): State<App>, Visitor(operator): Visitor) -> ApiResult<Response> {
    shown(&app, &operator, None, None).await
}

async fn shown(app: &App, operator: &Operator, issued: Option<String>, said: Option<String>) -> ApiResult<Response> {
    let (id, now) = (person(operator)?, Timestamp::now());
    let user = app.store.user(id).await?.ok_or_else(ApiError::admin_required)?;
    let sessions = app.store.sessions(id, now).await?.into_iter().map(|session| {
        let own = operator.session.is_some_and(|own| own.matches_hex(&session.token_hash));
        let from = session.source.map_or_else(|| "unknown".to_owned(), |source| source.to_string());
        let browser = session.user_agent.unwrap_or_else(|| "a browser without a name".to_owned());
        let mark = if own { " (this one)" } else { "" };
        let text = format!("{browser} from {from}, used {}{mark}", age(session.last_used, now));
        Row { id: session.id.to_string(), text }
    });
    let tokens = app.store.admin_tokens(Some(id)).await?.into_iter().map(|token| {
        let used = token.last_used.map_or_else(|| "never used".to_owned(), |when| format!("used {}", age(when, now)));
        Row { id: token.id.to_string(), text: format!("{} ({}), {used}", token.name, token.role.as_str()) }
    });
    let provider = app.settings.sign_in.as_ref().map_or("a provider", |provider| &provider.name);
    pages::page(&AccountPage {
        provider: user.single_sign_on.then(|| provider.to_owned()),
        name: user.name,
        role: user.role.as_str(),
        has_password: user.has_password,
        sessions: sessions.collect(),
        tokens: tokens.collect(),
        issued,
        said,
    })
}

/// What the password form sends.
#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    current: String,
    new: String,
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword")
    }
}

/// `POST /account/password`.
pub async fn password(
    State(app): State<App>,
    Visitor(operator): Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<NewPassword>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let said = if (PASSWORD_AT_LEAST..=PASSWORD_AT_MOST).contains(&form.new.chars().count()) {
        match change_password(&app, &operator, Some(form.current), form.new, source).await {
            Ok(()) => "The password is set. Your other sessions have ended.".to_owned(),
            Err(error) if error.status.is_client_error() => error.message,
            Err(error) => return Err(error),
        }
    } else {
        format!("A password has {PASSWORD_AT_LEAST} to {PASSWORD_AT_MOST} characters.")
    };
    shown(&app, &operator, None, Some(said)).await
}

/// `POST /account/sessions/{id}/end`.
pub async fn end_session(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    app.store.end_session_of(person(&operator)?, path_uuid("id", &id)?).await?;
    home()
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(State(app): State<App>, Visitor(operator): Visitor) -> ApiResult<Response> {
    app.store.end_other_sessions(person(&operator)?, operator.session).await?;
    home()
}

/// What the token form sends.
#[derive(Debug, Deserialize)]
pub struct NewToken {
    name: String,
}

/// `POST /account/tokens`.
pub async fn add_token(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Form(form): Form<NewToken>,
) -> ApiResult<Response> {
    let name: String = form.name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    let issued = issue_token(&app, &operator, name, None).await?;
    shown(&app, &operator, Some(issued.token), None).await
}

/// `POST /account/tokens/{id}/revoke`.
pub async fn revoke_token(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    app.store.revoke_admin_token(path_uuid("id", &id)?, Some(person(&operator)?)).await?;
    home()
}

fn home() -> ApiResult<Response> {
    Ok(Redirect::to("/account").into_response())
}
