//! The application's error answers.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An error as the application says it; `code` may be empty.
pub fn error(status: u16, kind: &str, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body(kind, code, message))).into_response()
}

/// Gives the errors of the framework (a body or query that cannot be read, a wrong method) the same shape.
pub async fn in_shape(response: Response) -> Response {
    let (mut parts, bytes) = response.into_parts();
    let json = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if json || !(parts.status.is_client_error() || parts.status.is_server_error()) {
        return Response::from_parts(parts, bytes);
    }
    let said = to_bytes(bytes, 64 * 1024).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let message = if said.is_empty() { parts.status.canonical_reason().unwrap_or_default() } else { &said };
    let kind = if parts.status.is_server_error() { "api_error" } else { "invalid_request_error" };
    let mut shaped = Json(body(kind, "", message)).into_response();
    parts.headers.remove(header::CONTENT_LENGTH);
    // What else the framework says stays, `Allow` for one.
    parts.headers.extend(std::mem::take(shaped.headers_mut()));
    Response::from_parts(parts, shaped.into_body())
}

fn body(kind: &str, code: &str, message: &str) -> Value {
    let details = if code.is_empty() { json!({}) } else { json!({ "error_code": code }) };
    json!({ "type": "error", "error": { "type": kind, "message": message, "details": details } })
}
