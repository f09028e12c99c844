//! What the pairing of a browser and of a machine have in common: limits, the drawing of a code, and what refusals say.

use std::net::IpAddr;

use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::store::{Approval, Attempt, AttemptEndpoint, NewPairing, Redemption, StartPairing};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind, draw_code};

/// Codes to try before giving up.
const TRIES: u32 = 3;

/// What wants to be paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// A browser with the extension.
    Browser,
    /// A machine that fetches keys.
    Machine,
}

/// A pairing that waits for a person.
#[derive(Debug)]
pub struct Opened {
    /// What is being paired.
    pub id: Uuid,
    /// What the person compares or types.
    pub code: String,
    /// What the other side redeems it by.
    pub token: PlainToken,
    /// Until when.
    pub expires: Timestamp,
}

/// Counts an attempt from this address.
///
/// # Errors
///
/// 429 when there were too many in the last minute.
pub async fn allowed(app: &App, endpoint: AttemptEndpoint, source: Option<IpAddr>, now: Timestamp) -> ApiResult<()> {
    match app.store.record_attempt(endpoint, source, app.settings.pair_rate_limit, now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Limited { retry_after_secs } => Err(ApiError::rate_limited(retry_after_secs)),
    }
}

/// Opens a pairing with a new token and a code that is free.
///
/// # Errors
///
/// 503 `PAIRING_CODE_EXHAUSTED`, or the store does not answer.
pub async fn opened(
    app: &App,
    joining: Joining,
    label: Option<String>,
    source: Option<IpAddr>,
    now: Timestamp,
) -> ApiResult<Opened> {
    let token = PlainToken::draw(TokenKind::Pairing).map_err(|error| ApiError::internal(&error))?;
    for _ in 0..TRIES {
        let code = draw_code().map_err(|error| ApiError::internal(&error))?;
        let new = NewPairing { browser_label: label.clone(), code: code.clone(), token: token.hash(), source, now };
        let started = match joining {
            Joining::Browser => app.store.start_pairing(new).await?,
            Joining::Machine => app.store.start_machine_pairing(new).await?,
        };
        if let StartPairing::Started { integration: id, expires } = started {
            return Ok(Opened { id, code, token, expires });
        }
    }
    let message = "No free pairing code was found. Try again.";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::PairingCodeExhausted, message))
}

/// Whether the other side gets its token now.
///
/// # Errors
///
/// 404 `PAIRING_TOKEN_UNKNOWN`, 410 `PAIRING_EXPIRED`.
pub fn redeemed(redemption: &Redemption) -> ApiResult<bool> {
    match redemption {
        Redemption::NotApproved => Ok(false),
        Redemption::Redeemed { .. } => Ok(true),
        Redemption::Unknown => {
            Err(ApiError::not_found(ErrorCode::PairingTokenUnknown, "This pairing is unknown or already completed."))
        }
        Redemption::Expired => Err(ApiError::gone(
            ErrorCode::PairingExpired,
            "Nobody approved the pairing within ten minutes. Start again.",
        )),
    }
}

/// What a person is told who types a code: `nobody` waits with it, or its time is over and it begins anew as `anew` says.
///
/// # Errors
///
/// 404 `PAIRING_NOT_FOUND`, 410 `PAIRING_EXPIRED`, 429.
pub fn approved(approval: &Approval, nobody: &str, anew: &str) -> ApiResult<()> {
    match approval {
        Approval::Approved => Ok(()),
        Approval::NotFound => Err(ApiError::not_found(ErrorCode::PairingNotFound, nobody)),
        Approval::Limited { retry_after_secs } => Err(ApiError::rate_limited(*retry_after_secs)),
        Approval::Expired => Err(ApiError::gone(ErrorCode::PairingExpired, anew)),
    }
}
