//! Refuses requests that a web page has smuggled in: a `Host` that is not ours (DNS rebinding) and pages of other origins.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use companion_wire::error::ErrorCode;

use crate::error::ApiError;
use crate::settings::Settings;

/// Checks host and origin of a request.
///
/// # Errors
///
/// 403 `HOST_NOT_ALLOWED` or `ORIGIN_NOT_ALLOWED`.
pub fn check(settings: &Settings, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()));
    let Some(host) = host.filter(|host| settings.allows_host(host_name(host))) else {
        let message = "This server does not answer to that host name. Name it with --allowed-hosts.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::HostNotAllowed, message));
    };
    if is_extension_route(uri.path()) || same_origin(host, method, uri.path(), headers) {
        return Ok(());
    }
    let message = "This request comes from a page of another site.";
    Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::OriginNotAllowed, message))
}

/// Extension routes take bearers only, which no foreign page has; browsers send extension origins there.
fn is_extension_route(path: &str) -> bool {
    path.strip_prefix(companion_wire::PREFIX).is_some_and(|rest| rest.starts_with("/extension/"))
}

fn same_origin(host: &str, method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    // Opening a page by a link from elsewhere is fine: it shows nothing without the session, which SameSite=Strict holds back.
    let navigation = *method == Method::GET && !path.starts_with("/v1/");
    let origin = match text("origin") {
        None => true,
        Some(origin) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
    };
    let site = match text("sec-fetch-site") {
        None | Some("same-origin" | "none") => true,
        Some(_) => navigation,
    };
    origin && site
}

/// `127.0.0.1` of `127.0.0.1:8082`, `[::1]` of `[::1]:8082`.
fn host_name(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_ports() {
        assert_eq!(host_name("127.0.0.1:8082"), "127.0.0.1");
        assert_eq!(host_name("localhost"), "localhost");
        assert_eq!(host_name("[::1]:8082"), "[::1]");
        assert_eq!(host_name("[::1]"), "[::1]");
    }

    #[test]
    fn origins() {
        let allowed = |method: Method, path: &str, pairs: &[(&'static str, &str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (name.parse::<axum::http::HeaderName>().expect("name"), value.parse().expect("value"))
            });
            same_origin("127.0.0.1:8082", &method, path, &headers.collect())
        };
        assert!(allowed(Method::POST, "/v1/x", &[]));
        assert!(allowed(
            Method::POST,
            "/v1/x",
            &[("origin", "http://127.0.0.1:8082"), ("sec-fetch-site", "same-origin")]
        ));
        assert!(!allowed(Method::POST, "/v1/x", &[("origin", "https://evil.example")]));
        assert!(!allowed(Method::POST, "/v1/x", &[("origin", "null")]));
        assert!(!allowed(Method::GET, "/v1/x", &[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(Method::POST, "/logout", &[("sec-fetch-site", "same-site")]));
        assert!(allowed(Method::GET, "/", &[("sec-fetch-site", "cross-site")]));
    }
}
