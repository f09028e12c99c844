//! Styles, scripts and the icon, from inside the program.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::ErrorCode;
use rust_embed::RustEmbed;

use crate::error::{ApiError, ApiResult};

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// `GET /assets/{file}`.
pub async fn get(Path(name): Path<String>) -> ApiResult<Response> {
    let missing = || ApiError::not_found(ErrorCode::NotFound, "There is nothing at this address.");
    let file = Assets::get(&name).ok_or_else(missing)?;
    let kind = HeaderValue::from_str(file.metadata.mimetype()).map_err(|error| ApiError::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    Ok((headers, file.data.into_owned()).into_response())
}
