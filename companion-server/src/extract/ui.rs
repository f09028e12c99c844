//! The person or program behind a dashboard route.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use super::bearer::{Browser, presented};
use crate::app::App;
use crate::error::ApiError;
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenHash};

/// Somebody with a session or the admin token.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The session, where there is one.
    pub session: Option<TokenHash>,
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        // A valid session decides; a bearer beside it is ignored.
        let cookies = CookieJar::from_headers(&parts.headers);
        if let Some(cookie) = cookies.get(app.settings.session_cookie()) {
            let session = PlainToken::presented(cookie.value()).hash();
            if app.store.session_valid(&session, Timestamp::now()).await? {
                return Ok(Self { session: Some(session) });
            }
        }
        match (presented(&parts.headers), &app.settings.admin_token) {
            (Some(token), Some(admin)) if token.hash() == *admin => Ok(Self { session: None }),
            _ => Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                ErrorCode::LoginRequired,
                "Log in to the dashboard, or send the admin token as “Authorization: Bearer”.",
            )),
        }
    }
}

/// Who may end a pairing: somebody who runs this server, or the browser whose pairing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnecter {
    /// May end any.
    Operator,
    /// May end its own.
    Browser(Uuid),
}

impl Disconnecter {
    /// Whether this pairing is among those that it may end.
    pub fn may_end(self, integration: Uuid) -> bool {
        match self {
            Self::Operator => true,
            Self::Browser(own) => own == integration,
        }
    }
}

impl FromRequestParts<App> for Disconnecter {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let refusal = match Operator::from_request_parts(parts, app).await {
            Ok(_) => return Ok(Self::Operator),
            Err(refusal) => refusal,
        };
        match Browser::from_request_parts(parts, app).await {
            Ok(browser) => Ok(Self::Browser(browser.integration)),
            // The token was known once: to be told so is what lets a repeated disconnect end.
            Err(revoked) if revoked.code == ErrorCode::IntegrationDisconnected => Err(revoked),
            Err(_) => Err(refusal),
        }
    }
}
