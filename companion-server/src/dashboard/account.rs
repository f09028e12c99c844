//! The account page: password, sessions, admin tokens, one's own data. Plain forms; each answers with the page that shows the effect.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::frame::{Frame, Visit, Visitor, shown as outcome};
use super::leaving::Leaving;
use super::pages;
use super::people::role;
use super::texts::Text;
use crate::app::App;
use crate::domain::people::{PASSWORD_AT_LEAST, PASSWORD_AT_MOST};
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::routes::account::{change_password, issue_token, person};
use crate::time::Timestamp;

struct Row {
    id: String,
    text: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    t: Text,
    f: Frame,
    name: String,
    role: String,
    admin: bool,
    has_password: bool,
    /// The provider that signs this person in.
    provider: Option<String>,
    sessions: Vec<Row>,
    tokens: Vec<Row>,
    issued: Option<String>,
    said: Option<String>,
    leaving: Leaving,
}

/// `GET /account`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    shown(&app, visit, None, None).await
}

/// The page, with a token that is shown this once, or with what became of the last click.
pub(super) async fn shown(
    app: &App,
    visit: Visit,
    issued: Option<String>,
    said: Option<String>,
) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let (id, now) = (person(&operator)?, Timestamp::now());
    let user = app.store.user(id).await?.ok_or_else(ApiError::admin_required)?;
    let sessions = app.store.sessions(id, now).await?.into_iter().map(|session| {
        let own = operator.session.is_some_and(|own| own.matches_hex(&session.token_hash));
        let from = session.source.map_or_else(|| t.say("unknown"), |source| source.to_string());
        let browser = session.user_agent.unwrap_or_else(|| t.say("browser-nameless"));
        let used = t.name("account-used", t.age(session.last_used, now));
        let mark = if own { format!(" · {}", t.say("account-session-own")) } else { String::new() };
        Row { id: session.id.to_string(), text: format!("{browser} · {from} · {used}{mark}") }
    });
    let tokens = app.store.admin_tokens(Some(id)).await?.into_iter().map(|token| {
        let used = token.last_used.map_or_else(|| t.say("never"), |when| t.age(when, now));
        let text = format!("{} · {} · {}", token.name, role(token.role, t), t.name("account-used", used));
        Row { id: token.id.to_string(), text }
    });
    let provider = app.settings.sign_in.as_ref().map_or_else(|| t.say("unknown"), |provider| provider.name.clone());
    pages::page(&AccountPage {
        leaving: Leaving::of(app, &user).await?,
        provider: user.single_sign_on.then_some(provider),
        role: role(user.role, t),
        admin: operator.is_admin(),
        name: user.name,
        has_password: user.has_password,
        sessions: sessions.collect(),
        tokens: tokens.collect(),
        issued,
        said,
        t,
        f,
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
    visit: Visit,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<NewPassword>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let t = visit.text;
    let said = if (PASSWORD_AT_LEAST..=PASSWORD_AT_MOST).contains(&form.new.chars().count()) {
        match outcome(t, change_password(&app, &visit.operator, Some(form.current), form.new, source).await)? {
            Ok(()) => t.say("account-password-done"),
            Err(sentence) => sentence,
        }
    } else {
        t.of_all("account-password-length", PASSWORD_AT_LEAST, PASSWORD_AT_MOST)
    };
    shown(&app, visit, None, Some(said)).await
}

/// `POST /account/sessions/{id}/end`.
pub async fn end_session(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.end_session_of(person(&visitor.operator)?, path_uuid("id", &id)?).await?;
    home()
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(State(app): State<App>, visitor: Visitor) -> ApiResult<Response> {
    app.store.end_other_sessions(person(&visitor.operator)?, visitor.operator.session).await?;
    home()
}

/// What the token form sends.
#[derive(Debug, Deserialize)]
pub struct NewToken {
    name: String,
}

/// `POST /account/tokens`.
pub async fn add_token(State(app): State<App>, visit: Visit, Form(form): Form<NewToken>) -> ApiResult<Response> {
    let name: String = form.name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    let issued = issue_token(&app, &visit.operator, name, None).await?;
    shown(&app, visit, Some(issued.token), None).await
}

/// `POST /account/tokens/{id}/revoke`.
pub async fn revoke_token(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.revoke_admin_token(path_uuid("id", &id)?, Some(person(&visitor.operator)?)).await?;
    home()
}

fn home() -> ApiResult<Response> {
    Ok(Redirect::to("/account").into_response())
}
