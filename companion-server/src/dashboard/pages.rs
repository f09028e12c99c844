//! What all pages share: rendering, the way to the login, and parts that answer only when they changed.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// Somebody who may see pages; others are sent to the login.
#[derive(Debug)]
pub struct Visitor(pub Operator);

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Operator::from_request_parts(parts, app).await {
            Ok(operator) => Ok(Self(operator)),
            // A part would follow a redirect by itself and show the login inside the page.
            Err(error) if error.status == StatusCode::UNAUTHORIZED && parts.headers.contains_key("hx-request") => {
                Err(([("hx-redirect", "/login")], error).into_response())
            }
            Err(error) if error.status == StatusCode::UNAUTHORIZED => Err(Redirect::to("/login").into_response()),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// A whole page.
///
/// # Errors
///
/// A template that does not render.
pub fn page(template: &impl Template) -> ApiResult<Response> {
    Ok(Html(template.render().map_err(|error| ApiError::internal(&error))?).into_response())
}

/// A part of a page, or 204 when the page shows exactly this already: then nothing moves under the person's hands.
///
/// # Errors
///
/// A template that does not render.
pub fn part(template: &impl Template, seen: Option<&str>) -> ApiResult<Response> {
    let html = template.render().map_err(|error| ApiError::internal(&error))?;
    let mark = mark(&html);
    if seen == Some(mark.as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let html = html.replace("data-mark=\"\"", &format!("data-mark=\"{mark}\""));
    let mut response = Html(html).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn mark(html: &str) -> String {
    Sha256::digest(html).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// How long ago, in the largest unit that fits.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = (now.0 - then.0).max(0) / 1_000_000;
    match seconds {
        0..5 => "just now".to_owned(),
        5..60 => "less than a minute ago".to_owned(),
        60..120 => "a minute ago".to_owned(),
        120..3600 => format!("{} minutes ago", seconds / 60),
        3600..7200 => "an hour ago".to_owned(),
        7200..86_400 => format!("{} hours ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
