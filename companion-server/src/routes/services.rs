//! Internal services, for the person who connects them. What a service has to be told is told here.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use companion_wire::error::ErrorCode;
use companion_wire::services::{Service, ServiceChanged, ServiceConnection, ServiceConnectors, ServiceHealth};
use uuid::Uuid;

use super::account::person;
use crate::app::App;
use crate::domain::services::expires_soon;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::services::connect::{self, ConnectError, Connecting, Disconnecting};
use crate::services::library;
use crate::services::registry::ServiceEntry;
use crate::store::Connection;
use crate::time::Timestamp;

fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::ServiceNotFound, "There is no such service.")
}

/// `GET /api/service-connectors`.
#[utoipa::path(get, path = "/api/service-connectors", tag = "connectors",
    responses(
        (status = 200, description = "What can be connected and what is. Never a key.", body = ServiceConnectors),
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, operator: Operator) -> ApiResult<Json<ServiceConnectors>> {
    let kept = app.store.connections(person(&operator)?).await?;
    let registry = app.services.registry();
    let enabled = || registry.services.iter().filter(|service| service.enabled);
    let connections: BTreeMap<_, _> =
        enabled().map(|service| (service.id.clone(), shown_connection(&kept, &service.id))).collect();
    Ok(Json(ServiceConnectors { services: enabled().map(|service| shown(&app, service)).collect(), connections }))
}

fn shown(app: &App, service: &ServiceEntry) -> Service {
    Service {
        id: service.id.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        env_var_name: service.env_var_name.clone(),
        skill_file: service.skill_file.clone(),
        configured: app.services.secret(&service.id).is_some(),
    }
}

fn shown_connection(kept: &[Connection], id: &str) -> ServiceConnection {
    let found = kept.iter().find(|connection| connection.service == id);
    found.map_or_else(ServiceConnection::default, |connection| ServiceConnection {
        connected: true,
        connected_at: Some(connection.connected.rfc3339()),
        expires_at: connection.expires.map(Timestamp::rfc3339),
    })
}

/// `POST /api/service-connectors/connect`. An exchange that fails is an answer, not an error: `success` says which.
#[utoipa::path(post, path = "/api/service-connectors/connect", tag = "connectors",
    request_body = companion_wire::services::ChooseService,
    responses(
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
        (status = 200, description = "Connected, or which step failed.", body = ServiceChanged),
        (status = 404, description = "`SERVICE_NOT_FOUND`."),
        (status = 503, description = "`KEYS_LOCKED`: no key can be encrypted at the moment."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn connect(
    State(app): State<App>,
    operator: Operator,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Json<ServiceChanged>> {
    let (user, id) = (person(&operator)?, chosen(&headers, &body)?);
    let became = connected(&app, user, &id).await?;
    let message = said_connecting(&name(&app, &id), &id, &became);
    Ok(Json(ServiceChanged { success: became == Connecting::Connected, message }))
}

/// `POST /api/service-connectors/disconnect`.
#[utoipa::path(post, path = "/api/service-connectors/disconnect", tag = "connectors",
    request_body = companion_wire::services::ChooseService,
    responses(
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
        (status = 200, description = "Disconnected; the sentence says whether the key is revoked at the service yet.", body = ServiceChanged),
        (status = 404, description = "`SERVICE_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn disconnect(
    State(app): State<App>,
    operator: Operator,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<Json<ServiceChanged>> {
    let (user, id) = (person(&operator)?, chosen(&headers, &body)?);
    let became = disconnected(&app, user, &id).await?;
    Ok(Json(ServiceChanged { success: true, message: said_disconnecting(&name(&app, &id), &became) }))
}

fn chosen(headers: &HeaderMap, body: &Bytes) -> ApiResult<String> {
    let mut fields = Fields::from_body(headers, body)?;
    let id = fields.required_text("service_id", 1, 64);
    fields.finish()?;
    Ok(id)
}

/// Connects a service for somebody.
///
/// # Errors
///
/// 404, 503.
pub async fn connected(app: &App, user: Uuid, id: &str) -> ApiResult<Connecting> {
    let (registry, now) = (app.services.registry(), Timestamp::now());
    let service = registry.enabled(id).ok_or_else(not_found)?;
    match connect::connect(&app.services, &app.store, user, service, now).await {
        Ok(became) => {
            if became == Connecting::Connected {
                library::keep(&app.store, service, now).await?;
            }
            Ok(became)
        }
        Err(ConnectError::Store(error)) => Err(error.into()),
        Err(ConnectError::Seal(error)) => Err(ApiError::keys_locked(&error)),
    }
}

/// Disconnects a service for somebody; also one that was switched off since, or has left the registry.
///
/// # Errors
///
/// 404, 503.
pub async fn disconnected(app: &App, user: Uuid, id: &str) -> ApiResult<Disconnecting> {
    let is_listed = app.services.registry().services.iter().any(|service| service.id == id);
    let known = is_listed || app.store.connectors_of(user).await?.contains_key(&format!("service:{id}"));
    if !known {
        return Err(not_found());
    }
    Ok(connect::disconnect(&app.services, &app.store, user, id, Timestamp::now()).await?)
}

/// What a service is called; one that has left the registry by its id.
pub fn name(app: &App, id: &str) -> String {
    let registry = app.services.registry();
    let service = registry.services.iter().find(|service| service.id == id);
    service.map_or_else(|| id.to_owned(), |service| service.name.clone())
}

fn said_connecting(name: &str, id: &str, became: &Connecting) -> String {
    match became {
        Connecting::Connected => format!("{name} is connected. Your machine receives the key with its next pull."),
        Connecting::NotConfigured => {
            let variable = id.to_ascii_uppercase();
            format!("{name} is not configured: the server lacks SC_SECRET_{variable}. Ask an admin.")
        }
        Connecting::NoAddress => format!(
            "{name} was not asked: no e-mail address is known for you. Ask an admin to set one with “skillferry user set-email”."
        ),
        Connecting::Failed(failure) => {
            format!("The token exchange with {name} failed: {failure}. Nothing was stored; try again.")
        }
    }
}

fn said_disconnecting(name: &str, became: &Disconnecting) -> String {
    let gone = format!("{name} is disconnected here, and your machine loses the key with its next pull.");
    match became {
        Disconnecting::NotConnected => format!("{name} was not connected."),
        Disconnecting::Revoked => {
            format!("{name} is disconnected. Your machine loses the key with its next pull.")
        }
        Disconnecting::NotRevocable => {
            format!(
                "{gone} The service gave the key no id that it could be revoked by: there it works until it expires."
            )
        }
        Disconnecting::NotYet(why) => {
            format!("{gone} The key was not revoked there yet: {why}. The server tries again by itself.")
        }
    }
}

/// `GET /api/service-connectors/health/{service_id}`.
#[utoipa::path(get, path = "/api/service-connectors/health/{service_id}", tag = "connectors",
    params(("service_id" = String, Path, description = "The service.")),
    responses(
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
        (status = 200, description = "Whether the service answers, and how the caller's connection is.", body = ServiceHealth),
        (status = 404, description = "`SERVICE_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn health(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
) -> ApiResult<Json<ServiceHealth>> {
    let (user, now) = (person(&operator)?, Timestamp::now());
    let registry = app.services.registry();
    let service = registry.enabled(&id).ok_or_else(not_found)?;
    let reachable = connect::probe(&app.services, &app.store, user, service, now).await?;
    let kept = app.store.connections(user).await?;
    let expires = kept.iter().find(|connection| connection.service == id).and_then(|connection| connection.expires);
    let health = app.store.connectors_of(user).await?.remove(&format!("service:{id}"));
    let (connection, expires_soon) = (shown_connection(&kept, &id), expires_soon(expires, now));
    Ok(Json(ServiceHealth { service_id: id, reachable, connection, expires_soon, health }))
}
