//! The extension's half of the pairing handshake.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use companion_wire::error::ErrorCode;
use companion_wire::pairing::{PairingStarted, PairingStatus};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::routes::handshake::{self, Joining};
use crate::store::AttemptEndpoint;
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// `POST {PREFIX}/extension/pair`.
#[utoipa::path(post, path = "/extension/pair", tag = "extension",
    request_body = companion_wire::pairing::StartPairing,
    responses(
        (status = 201, description = "The pairing waits for a person. The only answer that shows the pairing token.", body = PairingStarted),
        (status = 429, description = "`RATE_LIMITED`: too many pairings from this address in a minute."),
        (status = 503, description = "`PAIRING_CODE_EXHAUSTED`: no free code was found; try again."),
    ),
    security(())
)]
pub async fn start(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<PairingStarted>)> {
    let now = Timestamp::now();
    let source = address::client(request.extensions(), request.headers(), &app.settings.trusted_proxies);
    handshake::allowed(&app, AttemptEndpoint::Pair, source, now).await?;
    let (parts, body) = request.into_parts();
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let browser_label = label(&parts.headers, &body)?;
    let opened = handshake::opened(&app, Joining::Browser, browser_label, source, now).await?;
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let (origin, code) = (app.settings.origin(host), opened.code);
    Ok((
        StatusCode::CREATED,
        Json(PairingStarted {
            integration_id: opened.id,
            redemption_url: format!("{origin}/settings/integrations/claude-ai/pair?code={code}"),
            pairing_code: code,
            pairing_token: opened.token.expose().to_owned(),
            expires_at: opened.expires.rfc3339(),
        }),
    ))
}

fn label(headers: &HeaderMap, body: &Bytes) -> ApiResult<Option<String>> {
    let mut fields = Fields::from_body(headers, body)?;
    let label = fields.text("browser_label", 128);
    fields.finish()?;
    Ok(label.map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()))
}

/// `GET {PREFIX}/extension/pair/status?pairing_token=`.
#[utoipa::path(get, path = "/extension/pair/status", tag = "extension",
    params(("pairing_token" = String, Query, description = "As issued when the pairing began.")),
    responses(
        (status = 200, description = "Approved or not. Exactly one call gets the extension token.", body = PairingStatus),
        (status = 404, description = "`PAIRING_TOKEN_UNKNOWN`: never issued, or redeemed already."),
        (status = 410, description = "`PAIRING_EXPIRED`: nobody approved it within ten minutes."),
    ),
    security(())
)]
pub async fn status(State(app): State<App>, RawQuery(query): RawQuery) -> ApiResult<Json<PairingStatus>> {
    let mut fields = Fields::from_query(query.as_deref());
    let pairing = fields.required_text("pairing_token", 0, 256);
    fields.finish()?;
    let token = PlainToken::draw(TokenKind::Extension).map_err(|error| ApiError::internal(&error))?;
    let pairing = PlainToken::presented(&pairing).hash();
    let redemption = app.store.redeem_pairing(&pairing, &token.hash(), Timestamp::now()).await?;
    let approved = handshake::redeemed(&redemption)?;
    Ok(Json(PairingStatus { approved, extension_token: approved.then(|| token.expose().to_owned()) }))
}
