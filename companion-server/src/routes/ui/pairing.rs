//! The person's half of the pairing handshake.

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::pairing::PendingPairing;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::address;
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::routes::handshake;
use crate::store::{Approver, AttemptEndpoint};
use crate::time::Timestamp;

/// `GET {PREFIX}/pairings/pending`.
#[utoipa::path(get, path = "/pairings/pending", tag = "browsers",
    responses(
        (status = 200, description = "Pairings that wait for a person, newest first. Members see none: they type the code that their browser shows.", body = Vec<PendingPairing>),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn pending(State(app): State<App>, operator: Operator) -> ApiResult<Json<Vec<PendingPairing>>> {
    if !operator.is_admin() {
        return Ok(Json(Vec::new()));
    }
    let pending = app.store.pending_pairings(Timestamp::now()).await?;
    let shown = pending.into_iter().map(|pairing| PendingPairing {
        integration_id: pairing.integration,
        browser_label: pairing.browser_label,
        pairing_code: pairing.code,
        created_at: Some(pairing.created.rfc3339_offset()),
        expires_at: Some(pairing.expires.rfc3339_offset()),
    });
    Ok(Json(shown.collect()))
}

/// `POST {PREFIX}/pair/approve`.
#[utoipa::path(post, path = "/pair/approve", tag = "browsers",
    request_body = companion_wire::pairing::ApprovePairing,
    responses(
        (status = 204, description = "Approved, now or before."),
        (status = 404, description = "`PAIRING_NOT_FOUND`: no browser waits with this code."),
        (status = 410, description = "`PAIRING_EXPIRED`."),
        (status = 429, description = "`RATE_LIMITED`: too many attempts, or five wrong codes within ten minutes."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn approve(State(app): State<App>, request: Request) -> ApiResult<StatusCode> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let code = fields.required_text("pairing_code", 4, 16);
    fields.finish()?;
    let source = address::client(&parts.extensions, &parts.headers, &app.settings.trusted_proxies);
    approve_code(&app, &code, Approver { user: operator.user, source }).await.map(|()| StatusCode::NO_CONTENT)
}

/// Approves a code for somebody who has proved to be allowed to; the browser becomes theirs. Every attempt counts, and wrong
/// codes count for longer.
///
/// # Errors
///
/// 404 `PAIRING_NOT_FOUND`, 410 `PAIRING_EXPIRED`, 429.
pub async fn approve_code(app: &App, code: &str, by: Approver) -> ApiResult<()> {
    let now = Timestamp::now();
    handshake::allowed(app, AttemptEndpoint::Approve, by.source, now).await?;
    let approval = app.store.approve_pairing(code, by, now).await?;
    let anew = "This code has expired. Start again in the browser.";
    handshake::approved(&approval, "No browser is waiting with this code.", anew)
}
