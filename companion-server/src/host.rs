//! Refuses requests that a web page has smuggled in: a `Host` that is not ours (DNS rebinding) and pages of other origins.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use companion_wire::error::ErrorCode;

use crate::error::ApiError;
use crate::extract::bearer;
use crate::settings::Settings;
use crate::token::TokenKind;

/// Checks host and origin of a request.
///
/// # Errors
///
/// 403 `HOST_NOT_ALLOWED` or `ORIGIN_NOT_ALLOWED`.
pub fn check(settings: &Settings, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let host = match headers.get(header::HOST) {
        Some(value) => value.to_str().ok(),
        None => uri.authority().map(|authority| authority.as_str()),
    };
    let Some(host) = host.filter(|host| host_name(host).is_some_and(|name| settings.allows_host(name))) else {
        let message = "This server does not answer to that host name. Name it with --allowed-hosts.";
        return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::HostNotAllowed, message));
    };
    let extension = is_extension_route(uri.path()) || claims_to_be_paired(headers);
    if extension || same_origin(host, method, uri.path(), headers) {
        return Ok(());
    }
    let message = "This request comes from a page of another site.";
    Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::OriginNotAllowed, message))
}

/// Extension routes take bearers only, which no foreign page has; browsers send extension origins there.
fn is_extension_route(path: &str) -> bool {
    path.strip_prefix(companion_wire::PREFIX).is_some_and(|rest| rest.starts_with("/extension/"))
}

/// Extensions call a few routes of people as well, to end their own pairing and to report uses, and browsers send their origin there, too.
/// A foreign page has no token of a browser, could not attach one without a preflight that is never granted, and what carries a cookie is
/// held against the origin all the same.
fn claims_to_be_paired(headers: &HeaderMap) -> bool {
    let token = bearer::presented(headers).is_some_and(|token| TokenKind::Extension.is_claimed_by(token.expose()));
    token && !headers.contains_key(header::COOKIE)
}

fn same_origin(host: &str, method: &Method, path: &str, headers: &HeaderMap) -> bool {
    // What cannot be read is nobody we know.
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or("unreadable"));
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

/// `127.0.0.1` of `127.0.0.1:8082`, `[::1]` of `[::1]:8082`; none where something else than a port follows the name.
fn host_name(host: &str) -> Option<&str> {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => port.bytes().all(|digit| digit.is_ascii_digit()).then_some(name),
        _ => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_ports() {
        assert_eq!(host_name("127.0.0.1:8082"), Some("127.0.0.1"));
        assert_eq!(host_name("localhost"), Some("localhost"));
        assert_eq!(host_name("[::1]:8082"), Some("[::1]"));
        assert_eq!(host_name("[::1]"), Some("[::1]"));
        assert_eq!(host_name("localhost:8082@evil.example"), None);
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
