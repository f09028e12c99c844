//! The page of services: what can be connected, how it is doing, the machines that fetch keys, the kill switch, and one's own data.
//! Plain forms, each of which answers with the page that shows the effect.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::connectors::{AutonomyState, ConnectorState, ConnectorStatus, PausedBy};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{self, Visitor, age};
use crate::app::App;
use crate::domain::connector::{COOKIE_EXPIRED, ENDPOINT_CHANGED};
use crate::domain::pause::LONGEST_REASON;
use crate::domain::services::{KEY_EXPIRED, expires_soon};
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::routes::account::person;
use crate::routes::machines::approve_code;
use crate::routes::services::{connected, disconnected};
use crate::store::{Approver, Connection};
use crate::time::Timestamp;

/// A service as its card shows it.
struct Card {
    id: String,
    name: String,
    description: String,
    variable: String,
    configured: bool,
    connected: bool,
    /// Since when, until when, and what is wrong.
    lines: Vec<String>,
    needs_person: bool,
}

struct Row {
    id: String,
    text: String,
}

/// A line at the top of the page that stays until it is settled.
struct Banner {
    text: String,
    /// Whether the person can end it here.
    resume: bool,
}

#[derive(Template)]
#[template(path = "services.html")]
struct ServicesPage {
    part: ServicesPart,
    said: Option<String>,
    failed: bool,
}

#[derive(Template)]
#[template(path = "services_part.html")]
struct ServicesPart {
    paused: Vec<Banner>,
    broken: Vec<String>,
    cards: Vec<Card>,
    machines: Vec<Row>,
    own_pause: bool,
    held: u64,
    user: String,
}

/// Query of the part.
#[derive(Debug, Default, Deserialize)]
pub struct Shown {
    seen: Option<String>,
}

/// `GET /services`.
pub async fn page(State(app): State<App>, Visitor(operator): Visitor) -> ApiResult<Response> {
    shown(&app, &operator, None).await
}

/// `GET /parts/services`.
pub async fn part(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Query(query): Query<Shown>,
) -> ApiResult<Response> {
    pages::part(&contents(&app, person(&operator)?).await?, query.seen.as_deref())
}

async fn shown(app: &App, operator: &Operator, said: Option<(bool, String)>) -> ApiResult<Response> {
    let part = contents(app, person(operator)?).await?;
    let (failed, said) = said.map_or((false, None), |(done, said)| (!done, Some(said)));
    pages::page(&ServicesPage { part, said, failed })
}

async fn contents(app: &App, user: Uuid) -> ApiResult<ServicesPart> {
    let now = Timestamp::now();
    let state = app.store.autonomy_state(user).await?.ok_or_else(ApiError::admin_required)?;
    let connectors = app.store.connectors_of(user).await?;
    let kept = app.store.connections(user).await?;
    let registry = app.services.registry();
    let cards = registry.services.iter().filter(|service| service.enabled).map(|service| {
        let health = connectors.get(&format!("service:{}", service.id));
        let connection = kept.iter().find(|connection| connection.service == service.id);
        Card {
            configured: app.services.secret(&service.id).is_some(),
            connected: connection.is_some(),
            lines: lines(connection, health, now),
            needs_person: connection.is_some_and(|connection| expires_soon(connection.expires, now))
                || health.is_some_and(|state| state.status == ConnectorStatus::NeedsReauth),
            id: service.id.clone(),
            name: service.name.clone(),
            description: service.description.clone(),
            variable: service.env_var_name.clone(),
        }
    });
    let machines = app.store.machines(user).await?.into_iter().map(|machine| {
        let label = machine.label.unwrap_or_else(|| "A machine without a name".to_owned());
        let pulled = machine.last_pull_at.and_then(|when| Timestamp::lenient(&when));
        let pulled =
            pulled.map_or_else(|| "has fetched nothing yet".to_owned(), |when| format!("fetched {}", age(when, now)));
        Row { id: machine.id.to_string(), text: format!("{label}, {pulled}") }
    });
    let broken = connectors.iter().filter(|(_, state)| state.status == ConnectorStatus::NeedsReauth);
    let name_of = |connector: &str| {
        let id = connector.strip_prefix("service:")?;
        registry.services.iter().find(|service| service.id == id).map(|service| service.name.clone())
    };
    let broken = broken.map(|(name, state)| {
        let who = name_of(name)
            .unwrap_or_else(|| if name.starts_with("claude-ai:") { "A browser" } else { "A service" }.to_owned());
        format!("{who} needs you: {}.", wording(state.error_code.as_deref()))
    });
    Ok(ServicesPart {
        broken: broken.collect(),
        cards: cards.collect(),
        machines: machines.collect(),
        own_pause: state.person.paused,
        held: state.held_operations,
        paused: banners(&state),
        user: user.to_string(),
    })
}

/// The operator's line and the person's own, each for itself.
fn banners(state: &AutonomyState) -> Vec<Banner> {
    let line = |who: &str, reason: &Option<String>| match reason {
        Some(reason) => format!("{who}: {reason}"),
        None => format!("{who}."),
    };
    let operators = || line("Everything is paused by this server’s operator", &state.operator.reason);
    let own = || line("Your work is paused by you", &state.person.reason);
    let operators = (state.paused_by == Some(PausedBy::Operator)).then(|| Banner { text: operators(), resume: false });
    let own = state.person.paused.then(|| Banner { text: own(), resume: true });
    operators.into_iter().chain(own).collect()
}

fn wording(code: Option<&str>) -> &'static str {
    match code {
        Some("invalid_grant") => "access was revoked or expired",
        Some(COOKIE_EXPIRED) => "it is not signed in to claude.ai any more. Sign in there",
        Some(ENDPOINT_CHANGED) => "claude.ai answers differently than it expects. Update the extension",
        Some(KEY_EXPIRED) => "its key has expired. Reconnect it below",
        Some("unauthorized_client" | "invalid_client") => "it refuses this server. Ask an admin",
        _ => "it refuses access. Reconnect it",
    }
}

fn lines(connection: Option<&Connection>, health: Option<&ConnectorState>, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(connection) = connection {
        lines.push(format!("connected {}", age(connection.connected, now)));
        let day = |moment: Timestamp| moment.rfc3339().chars().take(10).collect::<String>();
        lines.extend(connection.expires.map(|expires| match expires <= now {
            true => format!("its key expired on {}", day(expires)),
            false => format!("its key works until {}", day(expires)),
        }));
    }
    if let Some(state) = health.filter(|state| state.status == ConnectorStatus::NeedsReauth) {
        lines.push(wording(state.error_code.as_deref()).to_owned());
    }
    lines
}

/// `POST /services/{id}/connect`.
pub async fn connect(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let done = connected(&app, person(&operator)?, &id).await;
    answered(&app, &operator, done.map(|changed| (changed.success, changed.message))).await
}

/// `POST /services/{id}/disconnect`.
pub async fn disconnect(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    let done = disconnected(&app, person(&operator)?, &id).await;
    answered(&app, &operator, done.map(|changed| (changed.success, changed.message))).await
}

/// What a form sends about a machine.
#[derive(Debug, Deserialize)]
pub struct Code {
    code: String,
}

/// `POST /machines/approve`.
pub async fn approve_machine(
    State(app): State<App>,
    Visitor(operator): Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<Code>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let code: String = form.code.chars().filter(|glyph| !glyph.is_control()).take(16).collect();
    let done = approve_code(&app, &code, Approver { user: Some(person(&operator)?), source }).await;
    answered(&app, &operator, done.map(|()| (true, "The machine fetches your keys from now on.".to_owned()))).await
}

/// `POST /machines/{id}/revoke`.
pub async fn revoke_machine(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    app.store.revoke_machine(person(&operator)?, path_uuid("id", &id)?, Timestamp::now()).await?;
    home()
}

/// What the form of the kill switch sends.
#[derive(Debug, Deserialize)]
pub struct Pause {
    paused: bool,
    #[serde(default)]
    reason: String,
}

/// `POST /services/pause`.
pub async fn pause(State(app): State<App>, Visitor(operator): Visitor, Form(form): Form<Pause>) -> ApiResult<Response> {
    let reason: String =
        form.reason.trim().chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect();
    let reason = (!reason.is_empty()).then_some(reason);
    app.store.set_autonomy_pause(person(&operator)?, form.paused, reason, Timestamp::now()).await?;
    home()
}

async fn answered(app: &App, operator: &Operator, done: ApiResult<(bool, String)>) -> ApiResult<Response> {
    match done {
        Ok(said) => shown(app, operator, Some(said)).await,
        Err(error) if error.status.is_client_error() => shown(app, operator, Some((false, error.message))).await,
        Err(error) => Err(error),
    }
}

fn home() -> ApiResult<Response> {
    Ok(Redirect::to("/services").into_response())
}
