//! The machine behind a pull.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use super::bearer::presented;
use crate::app::App;
use crate::error::ApiError;
use crate::store::MachineBearer;

/// A paired machine that has proved itself.
#[derive(Debug, Clone, Copy)]
pub struct PairedMachine {
    /// Its id.
    pub machine: Uuid,
    /// Whose keys it fetches.
    pub user: Uuid,
}

impl FromRequestParts<App> for PairedMachine {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let refused = |status, code, message: &str| ApiError::new(status, code, message);
        let Some(token) = presented(&parts.headers) else {
            let message = "Send the machine's token as “Authorization: Bearer”.";
            return Err(refused(StatusCode::UNAUTHORIZED, ErrorCode::MissingBearerToken, message));
        };
        match app.store.machine_bearer(&token.hash()).await? {
            MachineBearer::Known { machine, user } => Ok(Self { machine, user }),
            MachineBearer::Revoked => {
                let message = "This machine was revoked. Pair it again.";
                Err(refused(StatusCode::FORBIDDEN, ErrorCode::MachineRevoked, message))
            }
            MachineBearer::Unknown => {
                let message = "This server does not know the token. Pair the machine again.";
                Err(refused(StatusCode::UNAUTHORIZED, ErrorCode::InvalidMachineToken, message))
            }
        }
    }
}
