//! Somebody known: a person or program with a login, or a paired browser.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use companion_wire::error::ErrorCode;

use super::bearer::Browser;
use super::ui::Operator;
use crate::app::App;
use crate::error::ApiError;

/// Proof for routes that people and extensions share.
#[derive(Debug, Clone, Copy)]
pub struct KnownCaller;

impl FromRequestParts<App> for KnownCaller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let refusal = match Operator::from_request_parts(parts, app).await {
            Ok(_) => return Ok(Self),
            Err(refusal) => refusal,
        };
        match Browser::from_request_parts(parts, app).await {
            Ok(_) => Ok(Self),
            // Who was paired once is told that this is over; to everybody else a login is what is missing.
            Err(revoked) if revoked.code == ErrorCode::IntegrationDisconnected => Err(revoked),
            Err(_) => Err(refusal),
        }
    }
}
