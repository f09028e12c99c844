//! The page of services: what can be connected, how it is doing, the machines that fetch keys, the kill switch, and one's own data.
//! Plain forms, each of which answers with the page that shows the effect.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::connectors::ConnectorState;
use serde::Deserialize;

use super::banners::{self, needs_person, wording};
use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::pause::LONGEST_REASON;
use crate::domain::services::expires_soon;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::routes::account::person;
use crate::routes::machines::approve_code;
use crate::routes::services::{connected, disconnected};
use crate::services::registry::ServiceEntry;
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

#[derive(Template)]
#[template(path = "services.html")]
struct ServicesPage {
    t: Text,
    f: Frame,
    /// What became of the last click.
    said: Option<String>,
    failed: bool,
    cards: Vec<Card>,
    machines: Vec<Row>,
    own_pause: bool,
    held: u64,
    user: String,
}

/// `GET /services`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    shown(&app, visit, None).await
}

async fn shown(app: &App, visit: Visit, outcome: Option<(bool, String)>) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: mut f } = visit;
    let (user, now) = (person(&operator)?, Timestamp::now());
    let state = app.store.autonomy_state(user).await?.ok_or_else(ApiError::admin_required)?;
    let connectors = app.store.connectors_of(user).await?;
    let kept = app.store.connections(user).await?;
    let registry = app.services.registry();
    // A click may have settled one, or made one.
    f.banners = banners::lines(&registry, t, &state, &connectors);
    let card = |service: &ServiceEntry| {
        let health = connectors.get(&format!("service:{}", service.id));
        let connection = kept.iter().find(|connection| connection.service == service.id);
        Card {
            configured: app.services.secret(&service.id).is_some(),
            connected: connection.is_some(),
            lines: lines(t, connection, health, now),
            needs_person: connection.is_some_and(|connection| expires_soon(connection.expires, now))
                || health.is_some_and(needs_person),
            id: service.id.clone(),
            name: service.name.clone(),
            description: service.description.clone(),
            variable: service.env_var_name.clone(),
        }
    };
    let machines = app.store.machines(user).await?.into_iter().map(|machine| {
        let label = machine.label.unwrap_or_else(|| t.say("services-machine-nameless"));
        let pulled = machine.last_pull_at.and_then(|when| Timestamp::lenient(&when));
        let pulled = pulled.map(|when| t.name("services-machine-pulled", t.age(when, now)));
        let pulled = pulled.unwrap_or_else(|| t.say("services-machine-never"));
        Row { id: machine.id.to_string(), text: format!("{label}, {pulled}") }
    });
    let (failed, said) = outcome.map_or((false, None), |(done, said)| (!done, Some(said)));
    pages::page(&ServicesPage {
        cards: registry.services.iter().filter(|service| service.enabled).map(card).collect(),
        machines: machines.collect(),
        own_pause: state.person.paused,
        held: state.held_operations,
        user: user.to_string(),
        said,
        failed,
        t,
        f,
    })
}

fn lines(t: Text, connection: Option<&Connection>, health: Option<&ConnectorState>, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(connection) = connection {
        lines.push(t.name("services-connected", t.age(connection.connected, now)));
        let day = |moment: Timestamp| moment.rfc3339().chars().take(10).collect::<String>();
        let key = |expires| if expires <= now { "services-expired" } else { "services-expires" };
        lines.extend(connection.expires.map(|expires| t.name(key(expires), day(expires))));
    }
    if let Some(state) = health.filter(|state| needs_person(state)) {
        lines.push(wording(t, state.error_code.as_deref()));
    }
    lines
}

/// `POST /services/{id}/connect`.
pub async fn connect(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> ApiResult<Response> {
    let done = connected(&app, person(&visit.operator)?, &id).await;
    answered(&app, visit, done.map(|changed| (changed.success, changed.message))).await
}

/// `POST /services/{id}/disconnect`.
pub async fn disconnect(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> ApiResult<Response> {
    let done = disconnected(&app, person(&visit.operator)?, &id).await;
    answered(&app, visit, done.map(|changed| (changed.success, changed.message))).await
}

/// What a form sends about a machine.
#[derive(Debug, Deserialize)]
pub struct Code {
    code: String,
}

/// `POST /machines/approve`.
pub async fn approve_machine(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<Code>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let code: String = form.code.chars().filter(|glyph| !glyph.is_control()).take(16).collect();
    let done = approve_code(&app, &code, Approver { user: Some(person(&visit.operator)?), source }).await;
    let approved = visit.text.say("services-machine-approved");
    answered(&app, visit, done.map(|()| (true, approved))).await
}

/// `POST /machines/{id}/revoke`.
pub async fn revoke_machine(
    State(app): State<App>,
    Visitor { operator, .. }: Visitor,
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
pub async fn pause(
    State(app): State<App>,
    Visitor { operator, from }: Visitor,
    Form(form): Form<Pause>,
) -> ApiResult<Response> {
    let reason: String =
        form.reason.trim().chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect();
    let reason = (!reason.is_empty()).then_some(reason);
    app.store.set_autonomy_pause(person(&operator)?, form.paused, reason, Timestamp::now()).await?;
    // The banner with its button stands above every page.
    Ok(Redirect::to(from.as_deref().unwrap_or("/services")).into_response())
}

async fn answered(app: &App, visit: Visit, done: ApiResult<(bool, String)>) -> ApiResult<Response> {
    match done {
        Ok(said) => shown(app, visit, Some(said)).await,
        Err(error) if error.status.is_client_error() => shown(app, visit, Some((false, error.message))).await,
        Err(error) => Err(error),
    }
}

fn home() -> ApiResult<Response> {
    Ok(Redirect::to("/services").into_response())
}
