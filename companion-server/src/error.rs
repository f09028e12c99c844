//! One error for every route: a status, a stable code, a sentence. Anything else becomes one of these at the edge.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::{ErrorBody, ErrorCode, ErrorEnvelope};

use crate::domain::pause::LOOK_AGAIN;
use crate::store::StoreError;

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: ErrorCode,
    /// A plain sentence. Never a secret, never the raw input.
    pub message: String,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
}

/// Result of a route.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error with its sentence.
    pub fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// 403 of a route or a right that is for admins.
    pub fn admin_required() -> Self {
        let message = "Only an admin may do this. Ask one of yours.";
        Self::new(StatusCode::FORBIDDEN, ErrorCode::AdminRequired, message)
    }

    /// 503 of everything that is handed out, while it is held.
    pub fn paused() -> Self {
        let message = "Work is paused on this server. It goes on by itself when it is resumed on the dashboard.";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::AutonomyPaused, message);
        Self { retry_after: Some(LOOK_AGAIN), ..error }
    }

    /// 503 while keys at rest cannot be used; the cause goes to the log.
    pub fn keys_locked(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "keys of services cannot be used");
        let message = "The server cannot use its encryption key at the moment. An admin finds the cause in its log.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::KeysLocked, message)
    }

    /// 404.
    pub fn not_found(code: ErrorCode, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409.
    pub fn conflict(code: ErrorCode, message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 410.
    pub fn gone(code: ErrorCode, message: &str) -> Self {
        Self::new(StatusCode::GONE, code, message)
    }

    /// 422 with all failures of a request, joined.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::ValidationError, message)
    }

    /// 429.
    pub fn rate_limited(retry_after: u32) -> Self {
        let message = format!("Too many attempts. Try again in {retry_after} seconds.");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 500; the cause goes to the log.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed because of a defect");
        let message = "The server met a defect of its own. Its log says more.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::InternalError, message)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = match &error {
            StoreError::Refused(_) => return Self::internal(&error),
            StoreError::Full => "The server's disk is full. Nothing was changed.",
            StoreError::Unavailable(_) => "The server's database does not answer at the moment. Nothing was changed.",
        };
        tracing::warn!(cause = %error, "a request could not be served");
        let unavailable = Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::StorageUnavailable, message);
        Self { retry_after: Some(5), ..unavailable }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorEnvelope { error: ErrorBody { code: self.code.as_str().to_owned(), message: self.message } };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
