//! Machines that fetch keys: paired by a code, revocable, and the pull itself.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use companion_wire::error::ErrorCode;
use companion_wire::services::{Machine, MachinePairing, MachinePairingStatus, Pulled};

use super::account::person;
use super::handshake::{self, Joining};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::machine::PairedMachine;
use crate::extract::ui::Operator;
use crate::extract::{address, body};
use crate::store::{Approver, AttemptEndpoint, Gate, Receiver};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// `POST /api/machines/pair`.
#[utoipa::path(post, path = "/api/machines/pair", tag = "connectors",
    request_body = companion_wire::services::PairMachine,
    responses(
        (status = 201, description = "The machine waits for a person. The only answer that shows the pairing token.", body = MachinePairing),
        (status = 429, description = "`RATE_LIMITED`: too many pairings from this address in a minute."),
        (status = 503, description = "`PAIRING_CODE_EXHAUSTED`: no free code was found; try again."),
    ),
    security(())
)]
pub async fn pair(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<MachinePairing>)> {
    let now = Timestamp::now();
    let source = address::client(request.extensions(), request.headers(), &app.settings.trusted_proxies);
    handshake::allowed(&app, AttemptEndpoint::Pair, source, now).await?;
    let (parts, body) = request.into_parts();
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let label = fields.text("label", 128);
    fields.finish()?;
    let opened = handshake::opened(&app, Joining::Machine, label, source, now).await?;
    let (pairing_token, expires_at) = (opened.token.expose().to_owned(), opened.expires.rfc3339());
    let pairing = MachinePairing { machine_id: opened.id, pairing_code: opened.code, pairing_token, expires_at };
    Ok((StatusCode::CREATED, Json(pairing)))
}

/// `GET /api/machines/pair/status?pairing_token=`.
#[utoipa::path(get, path = "/api/machines/pair/status", tag = "connectors",
    params(("pairing_token" = String, Query, description = "As issued when the pairing began.")),
    responses(
        (status = 200, description = "Approved or not. Exactly one call gets the machine's token.", body = MachinePairingStatus),
        (status = 404, description = "`PAIRING_TOKEN_UNKNOWN`: never issued, or redeemed already."),
        (status = 410, description = "`PAIRING_EXPIRED`: nobody approved it within ten minutes."),
    ),
    security(())
)]
pub async fn pairing_status(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<MachinePairingStatus>> {
    let mut fields = Fields::from_query(query.as_deref());
    let pairing = PlainToken::presented(&fields.required_text("pairing_token", 0, 256)).hash();
    fields.finish()?;
    let token = PlainToken::draw(TokenKind::Machine).map_err(|error| ApiError::internal(&error))?;
    let redemption = app.store.redeem_machine(&pairing, &token.hash(), Timestamp::now()).await?;
    let approved = handshake::redeemed(&redemption)?;
    Ok(Json(MachinePairingStatus { approved, machine_token: approved.then(|| token.expose().to_owned()) }))
}

/// `POST /api/machines/approve`.
#[utoipa::path(post, path = "/api/machines/approve", tag = "connectors",
    request_body = companion_wire::pairing::ApprovePairing,
    responses(
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
        (status = 204, description = "Approved: the machine fetches the caller's keys from now on."),
        (status = 404, description = "`PAIRING_NOT_FOUND`: no machine waits with this code."),
        (status = 410, description = "`PAIRING_EXPIRED`."),
        (status = 429, description = "`RATE_LIMITED`: too many attempts, or five wrong codes within ten minutes."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn approve(
    State(app): State<App>,
    operator: Operator,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> ApiResult<StatusCode> {
    let mut fields = Fields::from_body(&headers, &body)?;
    let code = fields.required_text("pairing_code", 4, 16);
    fields.finish()?;
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    approve_code(&app, &code, Approver { user: Some(person(&operator)?), source }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Approves a machine for somebody.
///
/// # Errors
///
/// 404, 410, 429.
pub async fn approve_code(app: &App, code: &str, by: Approver) -> ApiResult<()> {
    let now = Timestamp::now();
    handshake::allowed(app, AttemptEndpoint::Approve, by.source, now).await?;
    let approval = app.store.approve_machine(code, by, now).await?;
    let anew = "This code has expired. Run “skillferry pull” again.";
    handshake::approved(&approval, "No machine is waiting with this code.", anew)
}

/// `GET /api/machines`.
#[utoipa::path(get, path = "/api/machines", tag = "connectors",
    responses(
        (status = 200, description = "The caller's machines, newest first.", body = Vec<Machine>),
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<Machine>>> {
    Ok(Json(app.store.machines(person(&operator)?).await?))
}

/// `DELETE /api/machines/{id}`.
#[utoipa::path(delete, path = "/api/machines/{id}", tag = "connectors",
    params(("id" = uuid::Uuid, Path, description = "The machine.")),
    responses(
        (status = 409, description = "`NO_USER`: the preset admin token belongs to nobody."),
        (status = 204, description = "It fetches nothing any more. What lies on it stays until it is removed there."),
        (status = 404, description = "`MACHINE_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn revoke(State(app): State<App>, operator: Operator, Path(id): Path<String>) -> ApiResult<StatusCode> {
    let id = path_uuid("id", &id)?;
    if app.store.revoke_machine(person(&operator)?, id, Timestamp::now()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::not_found(ErrorCode::MachineNotFound, "There is no such machine of yours."))
}

/// `GET /api/machine/pull`: the only answer with keys in it.
#[utoipa::path(get, path = "/api/machine/pull", tag = "connectors",
    responses(
        (status = 200, description = "Everything that is due on this machine.", body = Pulled),
        (status = 403, description = "`MACHINE_REVOKED`."),
        (status = 503, description = "`AUTONOMY_PAUSED`: what lies on the machine stays as it is. Or `KEYS_LOCKED`."),
    ),
    security(("machine_token" = []))
)]
pub async fn pull(State(app): State<App>, machine: PairedMachine) -> ApiResult<Json<Pulled>> {
    if app.store.gate(Receiver::MachineOf(machine.user)).await? == Gate::Held {
        return Err(ApiError::paused());
    }
    let (registry, ring) = (app.services.registry(), app.services.keys().ring());
    let (mut variables, mut skill_files) = (BTreeMap::new(), BTreeMap::new());
    for connection in app.store.connections(machine.user).await? {
        let Some(service) = registry.enabled(&connection.service) else { continue };
        let opened = ring.as_ref().map_err(|error| ApiError::keys_locked(error)).and_then(|ring| {
            let opened = ring.open(machine.user, &service.id, &connection.sealed);
            opened.map_err(|error| ApiError::keys_locked(&error))
        });
        variables.insert(service.env_var_name.clone(), opened?);
        skill_files.insert(service.skill_file.clone(), service.skill_text.clone());
    }
    app.store.machine_pulled(machine.machine, Timestamp::now()).await;
    Ok(Json(Pulled { variables, skill_files }))
}

/// `DELETE /api/machine`: a machine ends its own pairing.
#[utoipa::path(delete, path = "/api/machine", tag = "connectors",
    responses(
        (status = 204, description = "Its token is revoked."),
        (status = 403, description = "`MACHINE_REVOKED`: it was already."),
    ),
    security(("machine_token" = []))
)]
pub async fn leave(State(app): State<App>, machine: PairedMachine) -> ApiResult<StatusCode> {
    app.store.revoke_machine(machine.user, machine.machine, Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
