//! The person or program behind a dashboard route.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use companion_wire::error::ErrorCode;
use uuid::Uuid;

use super::bearer::{Browser, presented};
use crate::app::App;
use crate::domain::people::{Actor, Role, Scope};
use crate::error::ApiError;
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenHash};

/// Somebody with a session or an admin token.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The session, where there is one.
    pub session: Option<TokenHash>,
    /// The person; none for the preset admin token.
    pub user: Option<Uuid>,
    /// What they may do.
    pub role: Role,
}

impl Operator {
    /// Which browsers exist for them.
    pub fn scope(&self) -> Scope {
        match (self.role, self.user) {
            (Role::Member, Some(user)) => Scope::Of(user),
            (Role::Member, None) => Scope::Of(Uuid::nil()),
            (Role::Admin, _) => Scope::All,
        }
    }

    /// Whether they may administer the server.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    fn of(actor: Actor, session: Option<TokenHash>) -> Self {
        Self { session, user: Some(actor.user), role: actor.role }
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        // A valid session decides; a bearer beside it is ignored.
        let cookies = CookieJar::from_headers(&parts.headers);
        if let Some(cookie) = cookies.get(app.settings.session_cookie()) {
            let session = PlainToken::presented(cookie.value()).hash();
            if let Some(actor) = app.store.session(&session, Timestamp::now()).await? {
                return Ok(Self::of(actor, Some(session)));
            }
        }
        if let Some(token) = presented(&parts.headers).map(|token| token.hash()) {
            if app.settings.admin_token == Some(token) {
                return Ok(Self { session: None, user: None, role: Role::Admin });
            }
            if let Some(actor) = app.store.admin_token(&token, Timestamp::now()).await? {
                return Ok(Self::of(actor, None));
            }
        }
        let message = "Log in to the dashboard, or send the admin token as “Authorization: Bearer”.";
        Err(ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::LoginRequired, message))
    }
}

/// Somebody who may administer the server.
#[derive(Debug, Clone)]
pub struct Admin(pub Operator);

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let operator = Operator::from_request_parts(parts, app).await?;
        if operator.is_admin() {
            return Ok(Self(operator));
        }
        Err(ApiError::admin_required())
    }
}

/// Who may end a pairing: somebody who runs this server, or the browser whose pairing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnecter {
    /// May end those that exist for them.
    Operator(Scope),
    /// May end its own.
    Browser(Uuid),
}

impl Disconnecter {
    /// Whether this pairing is among those that it may end.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn may_end(self, app: &App, integration: Uuid) -> Result<bool, ApiError> {
        match self {
            Self::Operator(scope) => Ok(app.store.sees_browser(scope, integration).await?),
            Self::Browser(own) => Ok(own == integration),
        }
    }
}

impl FromRequestParts<App> for Disconnecter {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let refusal = match Operator::from_request_parts(parts, app).await {
            Ok(operator) => return Ok(Self::Operator(operator.scope())),
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
