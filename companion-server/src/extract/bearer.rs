//! The browser behind an extension route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use companion_wire::connectors;
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::store::{Bearer, Waiting};
use crate::time::Timestamp;
use crate::token::PlainToken;

/// A paired browser that has proved itself.
#[derive(Debug, Clone, Copy)]
pub struct Browser {
    /// Its id.
    pub integration: Uuid,
    /// What there was for it when it proved itself.
    pub waiting: Waiting,
}

/// A header of an answer, or none.
pub type Told = Option<[(HeaderName, &'static str); 1]>;

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
        let (bearer, waiting) = app.store.look(&token.hash(), Timestamp::now()).await?;
        Self::known(bearer, waiting)
    }

    /// What tells the browser that its work is held, and by whose lever; nothing while it is not.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn told(&self, app: &App) -> Result<Told, ApiError> {
        if self.waiting != Waiting::Held {
            return Ok(None);
        }
        let pause = app.store.pause_of(self.integration).await?;
        Ok(pause.map(|pause| [(HeaderName::from_static(connectors::PAUSED), pause.by.as_str())]))
    }

    fn known(bearer: Bearer, waiting: Waiting) -> Result<Self, ApiError> {
        match bearer {
            Bearer::Known { integration } => Ok(Self { integration, waiting }),
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
    type Rejection = (Told, ApiError);
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let plain = |error| (None, error);
        let browser = Browser::proved(&parts.headers, app).await.map_err(plain)?;
        match browser.waiting {
            Waiting::Held => Err((browser.told(app).await.map_err(plain)?, ApiError::paused())),
            Waiting::Nothing | Waiting::Work => Ok(Self(browser)),
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
