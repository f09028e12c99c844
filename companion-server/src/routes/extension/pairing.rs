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
use crate::store::{Attempt, AttemptEndpoint, NewPairing, Redemption, StartPairing};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind, draw_code};

/// Codes to try before giving up.
const TRIES: u32 = 3;

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
    let limit = app.settings.pair_rate_limit;
    if let Attempt::Limited { retry_after_secs } =
        app.store.record_attempt(AttemptEndpoint::Pair, source, limit, now).await?
    {
        return Err(ApiError::rate_limited(retry_after_secs));
    }
    let (parts, body) = request.into_parts();
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let browser_label = label(&parts.headers, &body)?;
    let token = PlainToken::draw(TokenKind::Pairing).map_err(|error| ApiError::internal(&error))?;
    for _ in 0..TRIES {
        let code = draw_code().map_err(|error| ApiError::internal(&error))?;
        let (browser_label, code_kept) = (browser_label.clone(), code.clone());
        let new = NewPairing { browser_label, code: code_kept, token: token.hash(), source, now };
        if let StartPairing::Started { integration, expires } = app.store.start_pairing(new).await? {
            let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
            let origin = app.settings.origin(host);
            return Ok((
                StatusCode::CREATED,
                Json(PairingStarted {
                    integration_id: integration,
                    redemption_url: format!("{origin}/settings/integrations/claude-ai/pair?code={code}"),
                    pairing_code: code,
                    pairing_token: token.expose().to_owned(),
                    expires_at: expires.rfc3339(),
                }),
            ));
        }
    }
    let message = "No free pairing code was found. Try again.";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PairingCodeExhausted, message))
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
    match app.store.redeem_pairing(&pairing, &token.hash(), Timestamp::now()).await? {
        Redemption::NotApproved => Ok(Json(PairingStatus { approved: false, extension_token: None })),
        Redemption::Redeemed { .. } => {
            Ok(Json(PairingStatus { approved: true, extension_token: Some(token.expose().to_owned()) }))
        }
        Redemption::Unknown => {
            Err(ApiError::not_found(ErrorCode::PairingTokenUnknown, "This pairing is unknown or already completed."))
        }
        Redemption::Expired => Err(ApiError::gone(
            ErrorCode::PairingExpired,
            "Nobody approved the pairing within ten minutes. Start again.",
        )),
    }
}
