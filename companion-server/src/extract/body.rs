//! Takes a body whole, up to a limit that its route sets.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;

use crate::error::{ApiError, ApiResult};

/// Reads at most `limit` bytes.
///
/// # Errors
///
/// 413 with this code. A connection that broke gets the same, because nobody reads it.
pub async fn whole(body: Body, limit: usize, code: ErrorCode) -> ApiResult<Bytes> {
    let message = "The request's body is larger than this address takes.";
    to_bytes(body, limit).await.map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, code, message))
}
