//! The page of services: what can be connected, how it is doing, and the machines that fetch keys. Plain forms, each of which answers
//! with the page that shows the effect.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::connectors::ConnectorState;
use companion_wire::error::ErrorCode;

use super::banners::{self, needs_person, wording};
use super::frame::{Frame, Visit, Visitor, refusal};
use super::pages;
use super::service_words;
use super::texts::Text;
use super::typed_code::TypedCode;
use crate::app::App;
use crate::domain::services::expires_soon;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::routes::account::person;
use crate::routes::machines::approve_code;
use crate::routes::services::{connected, disconnected, name};
use crate::services::connect::Connecting;
use crate::services::registry::ServiceEntry;
use crate::store::{Approver, Connection};
use crate::time::Timestamp;

/// A service as its card shows it.
struct Card {
    id: String,
    name: String,
    description: String,
    variable: String,
    offer: Offer,
    connected: bool,
    /// Since when, until when, and what is wrong.
    lines: Vec<String>,
    needs_person: bool,
}

/// Whether it can be connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Open,
    /// The server lacks its secret.
    NotConfigured,
    /// It was switched off, or has left the registry, since it was connected.
    Withdrawn,
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
}

/// `GET /services`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    shown(&app, visit, None).await
}

async fn shown(app: &App, visit: Visit, outcome: Option<(bool, String)>) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: mut f } = visit;
    let (user, now) = (person(&operator)?, Timestamp::now());
    let state = app.store.autonomy_state(user).await?.ok_or_else(ApiError::admin_required)?;
    let standing =
        Standing { kept: app.store.connections(user).await?, health: app.store.connectors_of(user).await?, t, now };
    // A click may have settled one, or made one.
    f.banners = banners::lines(&app.services.registry(), t, &state, &standing.health);
    let machines = app.store.machines(user).await?.into_iter().map(|machine| {
        let label = machine.label.unwrap_or_else(|| t.say("services-machine-nameless"));
        let pulled = machine.last_pull_at.and_then(|when| Timestamp::lenient(&when));
        let pulled = pulled.map(|when| t.name("services-machine-pulled", t.age(when, now)));
        let pulled = pulled.unwrap_or_else(|| t.say("services-machine-never"));
        Row { id: machine.id.to_string(), text: format!("{label}, {pulled}") }
    });
    let (failed, said) = outcome.map_or((false, None), |(done, said)| (!done, Some(said)));
    let (cards, machines) = (standing.cards(app), machines.collect());
    pages::page(&ServicesPage { cards, machines, said, failed, t, f })
}

/// How somebody stands with services.
struct Standing {
    kept: Vec<Connection>,
    health: BTreeMap<String, ConnectorState>,
    t: Text,
    now: Timestamp,
}

impl Standing {
    /// What can be connected, and behind that what was withdrawn and is still to be settled.
    fn cards(&self, app: &App) -> Vec<Card> {
        let registry = app.services.registry();
        let offered = registry.services.iter().filter(|service| service.enabled);
        let cards = offered.map(|service| {
            let configured = app.services.secret(&service.id).is_some();
            self.card(service, if configured { Offer::Open } else { Offer::NotConfigured })
        });
        let withdrawn = self.unsettled().filter(|id| registry.enabled(id).is_none());
        let withdrawn = withdrawn.map(|id| Card {
            name: name(app, id),
            description: self.t.say("services-withdrawn"),
            variable: String::new(),
            offer: Offer::Withdrawn,
            ..self.bare(id)
        });
        cards.chain(withdrawn).collect()
    }

    /// Ids of services with a key, or with something that needs the person.
    fn unsettled(&self) -> impl Iterator<Item = &str> {
        let broken = self.health.iter().filter(|(_, state)| needs_person(state));
        let broken = broken.filter_map(|(connector, _)| connector.strip_prefix("service:"));
        let kept = self.kept.iter().map(|connection| connection.service.as_str());
        let lost = broken.filter(|id| self.connection(id).is_none());
        kept.chain(lost)
    }

    fn connection(&self, id: &str) -> Option<&Connection> {
        self.kept.iter().find(|connection| connection.service == id)
    }

    fn card(&self, service: &ServiceEntry, offer: Offer) -> Card {
        Card {
            name: service.name.clone(),
            description: service.description.clone(),
            variable: service.env_var_name.clone(),
            offer,
            ..self.bare(&service.id)
        }
    }

    fn bare(&self, id: &str) -> Card {
        let connection = self.connection(id);
        let health = self.health.get(&format!("service:{id}"));
        Card {
            id: id.to_owned(),
            name: String::new(),
            description: String::new(),
            variable: String::new(),
            offer: Offer::Open,
            connected: connection.is_some(),
            lines: lines(self.t, connection, health, self.now),
            needs_person: connection.is_some_and(|connection| expires_soon(connection.expires, self.now))
                || health.is_some_and(needs_person),
        }
    }
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
    let (t, name) = (visit.text, name(&app, &id));
    let became = connected(&app, person(&visit.operator)?, &id).await;
    let said = became
        .map(|became| (became == Connecting::Connected, service_words::connecting(t, &name, &became)))
        .or_else(|error| refused(t, error))?;
    shown(&app, visit, Some(said)).await
}

/// `POST /services/{id}/disconnect`.
pub async fn disconnect(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> ApiResult<Response> {
    let (t, name) = (visit.text, name(&app, &id));
    let became = disconnected(&app, person(&visit.operator)?, &id).await;
    let said = became
        .map(|became| (true, service_words::disconnecting(t, &name, &became)))
        .or_else(|error| refused(t, error))?;
    shown(&app, visit, Some(said)).await
}

/// `POST /machines/approve`.
pub async fn approve_machine(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    extensions: Extensions,
    Form(typed): Form<TypedCode>,
) -> ApiResult<Response> {
    let (t, source) = (visit.text, address::client(&extensions, &headers, &app.settings.trusted_proxies));
    let by = Approver { user: Some(person(&visit.operator)?), source };
    let done = approve_code(&app, &typed.cleaned(), by).await;
    let said = done.map(|()| (true, t.say("services-machine-approved"))).or_else(|error| match error.code {
        ErrorCode::PairingNotFound => Ok((false, t.say("services-machine-nobody"))),
        ErrorCode::PairingExpired => Ok((false, t.say("services-machine-expired"))),
        _ => refused(t, error),
    })?;
    shown(&app, visit, Some(said)).await
}

/// `POST /machines/{id}/revoke`.
pub async fn revoke_machine(
    State(app): State<App>,
    Visitor { operator, .. }: Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    app.store.revoke_machine(person(&operator)?, path_uuid("id", &id)?, Timestamp::now()).await?;
    Ok(Redirect::to("/services").into_response())
}

/// What a refusal is told as. A defect, or a database that is away, is no answer to a click.
fn refused(t: Text, error: ApiError) -> ApiResult<(bool, String)> {
    let can_be_told = error.status.is_client_error() || error.code == ErrorCode::KeysLocked;
    if can_be_told { Ok((false, refusal(t, error.code))) } else { Err(error) }
}
