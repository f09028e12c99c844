//! Judges an answer of claude.ai by status, headers and the outline of an error body (`docs/upstream-contract.md`, "How answers
//! are judged").

use super::scrub::scrubbed;
use crate::io::{Answer, Body, Response};
use crate::json::Json;

/// What an answer that is no success amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The session is not accepted.
    SignedOut,
    /// A person has to open claude.ai once. Never solved here.
    Challenge,
    /// Policy, plan, or the wrong organisation.
    Forbidden,
    /// 404.
    Missing,
    /// The name is taken.
    Exists,
    /// Refused for good, with claude.ai's own reason, scrubbed.
    Refused(String),
    /// Wait for so many milliseconds before any call.
    TooFast(u64),
    /// No answer or a fault; a write may have happened.
    Weather,
    /// Not of the shape that is relied on; a write may have happened.
    Changed,
}

/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: u64 = 30_000;

const ALREADY_EXISTS: &str = "upload_skill_already_exists";

/// The body of a success, or what the answer amounts to.
pub(crate) fn judged(answer: Answer) -> Result<Body, Trouble> {
    let Answer::Response(response) = answer else { return Err(Trouble::Weather) };
    if is_challenge(&response) {
        return Err(Trouble::Challenge);
    }
    match response.status {
        200..=299 if is_page(&response) => Err(Trouble::SignedOut),
        200..=299 => Ok(response.body),
        401 => Err(Trouble::SignedOut),
        403 if is_page(&response) => Err(Trouble::Challenge),
        403 => Err(Trouble::Forbidden),
        404 => Err(Trouble::Missing),
        429 => Err(Trouble::TooFast(retry_after(&response).unwrap_or(DEFAULT_PAUSE))),
        408 | 425 | 500..=599 => Err(Trouble::Weather),
        400..=499 => Err(refusal(&response)),
        _ => Err(Trouble::Changed),
    }
}

/// Milliseconds of a `Retry-After` in seconds. The date form is not used by either side and counts as not said.
pub(crate) fn retry_after(response: &Response) -> Option<u64> {
    header(response, "retry-after")?.trim().parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000))
}

/// A person has to pass a check first.
pub(crate) fn is_challenge(response: &Response) -> bool {
    header(response, "cf-mitigated") == Some("challenge")
}

/// A web page came in place of data: a sign-in page, also at the end of a redirect.
pub(crate) fn is_page(response: &Response) -> bool {
    let html = header(response, "content-type").is_some_and(|kind| kind.trim_start().starts_with("text/html"));
    html || (response.redirected && matches!(response.body, Body::NotJson))
}

fn refusal(response: &Response) -> Trouble {
    let error = match &response.body {
        Body::Json(body) => body.get("error"),
        _ => None,
    };
    let text = |key| error.and_then(|error| error.get(key)).and_then(Json::text);
    let code = error.and_then(|error| error.get("details")).and_then(|details| details.get("error_code"));
    let message = text("message").unwrap_or_default();
    let named = [text("type"), code.and_then(Json::text)].contains(&Some(ALREADY_EXISTS));
    if named
        || message.contains(ALREADY_EXISTS)
        || message.contains("already in use")
        || message.contains("already exists")
    {
        return Trouble::Exists;
    }
    Trouble::Refused(scrubbed(if message.is_empty() { text("type").unwrap_or_default() } else { message }))
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.get(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::TransportFailure;

    fn answer(status: u16, headers: &[(&str, &str)], body: Body) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer::Response(Response { status, headers, redirected: false, body })
    }

    fn error(kind: &str, message: &str) -> Body {
        let text = serde_json::json!({"type": "error", "error": {"type": kind, "message": message}}).to_string();
        Body::Json(serde_json::from_str(&text).expect("is JSON"))
    }

    fn coded(code: &str) -> Body {
        let text = serde_json::json!({"error": {"type": "invalid_request_error", "message": "no", "details": {"error_code": code}}});
        Body::Json(serde_json::from_value(text).expect("is JSON"))
    }

    #[test]
    fn troubles_by_status_header_and_body() {
        const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
        const CHALLENGE: (&str, &str) = ("cf-mitigated", "challenge");
        let refused = |text: &str| Trouble::Refused(text.to_owned());
        let table = [
            (answer(401, &[], Body::Empty), Trouble::SignedOut),
            (answer(401, &[HTML, CHALLENGE], Body::NotJson), Trouble::Challenge),
            (answer(200, &[HTML], Body::NotJson), Trouble::SignedOut),
            (answer(200, &[HTML], Body::Bytes(vec![60])), Trouble::SignedOut),
            (answer(200, &[HTML, CHALLENGE], Body::NotJson), Trouble::Challenge),
            (answer(403, &[HTML], Body::NotJson), Trouble::Challenge),
            (answer(403, &[], error("permission_error", "no")), Trouble::Forbidden),
            (answer(404, &[], Body::Empty), Trouble::Missing),
            (answer(429, &[("retry-after", "7")], Body::Empty), Trouble::TooFast(7_000)),
            (answer(429, &[("retry-after", "Sat, 21 Nov 2026 07:00:00 GMT")], Body::Empty), Trouble::TooFast(30_000)),
            (answer(429, &[], Body::NotJson), Trouble::TooFast(30_000)),
            (answer(500, &[], error("api_error", "x")), Trouble::Weather),
            (answer(529, &[HTML], Body::NotJson), Trouble::Weather),
            (answer(408, &[], Body::Empty), Trouble::Weather),
            (answer(400, &[], error("invalid_request_error", "bad name")), refused("bad name")),
            (answer(413, &[], error("too_large", "")), refused("too_large")),
            (answer(422, &[], Body::NotJson), refused("")),
            (answer(400, &[], error("upload_skill_already_exists", "no")), Trouble::Exists),
            (answer(409, &[], error("invalid_request_error", "The name is already in use")), Trouble::Exists),
            (answer(400, &[], coded("upload_skill_already_exists")), Trouble::Exists),
            (answer(304, &[], Body::Empty), Trouble::Changed),
            (Answer::Failed(TransportFailure::Timeout), Trouble::Weather),
            (Answer::Failed(TransportFailure::Unreachable), Trouble::Weather),
        ];
        for (answer, expected) in table {
            assert_eq!(judged(answer.clone()), Err(expected), "{answer:?}");
        }
    }

    #[test]
    fn a_redirect_to_a_page_is_a_sign_in() {
        let Answer::Response(response) = answer(200, &[], Body::NotJson) else { unreachable!("made as a response") };
        assert_eq!(
            judged(Answer::Response(Response { redirected: true, ..response.clone() })),
            Err(Trouble::SignedOut)
        );
        assert_eq!(judged(Answer::Response(response)), Ok(Body::NotJson));
    }

    #[test]
    fn a_success_hands_out_its_body() {
        assert_eq!(judged(answer(204, &[], Body::Empty)), Ok(Body::Empty));
        assert_eq!(
            judged(answer(200, &[("content-type", "application/zip")], Body::Bytes(vec![1]))),
            Ok(Body::Bytes(vec![1]))
        );
    }
}
