//! The browser behind an extension route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::store::{Bearer, Gate, Receiver};
use crate::time::Timestamp;
use crate::token::PlainToken;

/// A paired browser that has proved itself.
#[derive(Debug, Clone, Copy)]
pub struct Browser {
    /// Its id.
    pub integration: Uuid,
}

impl FromRequestParts<App> for Browser {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Self::proved(&parts.headers, app).await
    }
}

impl Browser {
    /// The browser whose token these headers carry, as of now.
    ///
    /// # Errors
    ///
    /// 401 without a token that was ever issued, 403 `INTEGRATION_DISCONNECTED` when it is not in force any more.
    pub async fn proved(headers: &HeaderMap, app: &App) -> Result<Self, ApiError> {
        let token = presented(headers).ok_or_else(missing)?;
        Self::known(app.store.authenticate(&token.hash(), Timestamp::now()).await?)
    }

    /// As [`Browser::proved`]; and whether something waits for that browser.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn polling(headers: &HeaderMap, app: &App) -> Result<(Self, bool), ApiError> {
        let token = presented(headers).ok_or_else(missing)?;
        let (bearer, waits) = app.store.look(&token.hash(), Timestamp::now()).await?;
        Ok((Self::known(bearer)?, waits))
    }

    fn known(bearer: Bearer) -> Result<Self, ApiError> {
        match bearer {
            Bearer::Known { integration } => Ok(Self { integration }),
            Bearer::Revoked => Err(ApiError::new(
                StatusCode::FORBIDDEN,
                ErrorCode::IntegrationDisconnected,
                "This browser was disconnected. Pair it again.",
            )),
            Bearer::Unknown => Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                ErrorCode::InvalidExtensionToken,
                "This server does not know the token. Pair the browser again.",
            )),
        }
    }
}

/// A paired browser that has proved itself and may be served now: what every route demands that hands something out.
#[derive(Debug, Clone, Copy)]
pub struct ServedBrowser(pub Browser);

impl FromRequestParts<App> for ServedBrowser {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let browser = Browser::proved(&parts.headers, app).await?;
        match app.store.gate(Receiver::Browser(browser.integration)).await? {
            Gate::Open => Ok(Self(browser)),
            Gate::Held => Err(ApiError::paused()),
        }
    }
}

fn missing() -> ApiError {
    let message = "Send the extension's token as “Authorization: Bearer”.";
    ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::MissingBearerToken, message)
}

/// The bearer of a request: the keyword in any case, spaces around the token ignored. The bare keyword is none.
pub fn presented(headers: &HeaderMap) -> Option<PlainToken> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim_start();
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| PlainToken::presented(token))
}
