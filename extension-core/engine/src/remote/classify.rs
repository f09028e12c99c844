//! Judges an answer of claude.ai by status, headers and the outline of an error body (`docs/upstream-contract.md`, "How answers
//! are judged").

use super::scrub::scrubbed;
use crate::io::{Answer, Body, Response, TransportFailure};
use crate::json::Json;

/// What an answer that is no success amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The session is not accepted.
    SignedOut,
    /// A person has to open claude.ai once. Never solved here.
    Challenge,
    /// Plan, or the wrong organisation.
    Forbidden,
    /// Somebody who may has switched skills off.
    SwitchedOff,
    /// The skill is being scanned; nothing can be written to it before that is over.
    ScanPending,
    /// The scan has blocked the skill.
    ScanBlocked,
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
    /// The session can only be used through an open tab, and there is none.
    NoTab,
    /// Not of the shape that is relied on; a write may have happened.
    Changed,
}

/// The pause after a 429 that does not say how long.
const DEFAULT_PAUSE: u64 = 30_000;

const ALREADY_EXISTS: &str = "upload_skill_already_exists";

/// Words of a 403 that speak of a switch rather than of a right. Assumed: nobody has noted the text.
const SWITCHED_OFF: &[&str] = &["disabled", "turned off", "switched off", "not enabled"];

/// Words that say how a scan has ended. Assumed, too.
const SCAN_ENDED: &[&str] = &["blocked", "failed", "rejected"];

/// The body of a success, or what the answer amounts to.
pub(crate) fn judged(answer: Answer) -> Result<Body, Trouble> {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Failed(TransportFailure::NoTab) => return Err(Trouble::NoTab),
        Answer::Failed(_) => return Err(Trouble::Weather),
    };
    if is_challenge(&response) {
        return Err(Trouble::Challenge);
    }
    match response.status {
        200..=299 if is_page(&response) => Err(Trouble::SignedOut),
        200..=299 => Ok(response.body),
        401 => Err(Trouble::SignedOut),
        403 if is_page(&response) => Err(Trouble::Challenge),
        403 => Err(forbidden(&response)),
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

/// The outline of an error body.
struct Said<'r> {
    kind: &'r str,
    code: &'r str,
    message: &'r str,
}

impl<'r> Said<'r> {
    fn of(response: &'r Response) -> Self {
        let error = match &response.body {
            Body::Json(body) => body.get("error"),
            _ => None,
        };
        let text = |of: Option<&'r Json>, key| of.and_then(|of| of.get(key)).and_then(Json::text).unwrap_or_default();
        let details = error.and_then(|error| error.get("details"));
        Self { kind: text(error, "type"), code: text(details, "error_code"), message: text(error, "message") }
    }

    /// One of these words is in what was said.
    fn holds(&self, words: &[&str]) -> bool {
        [self.kind, self.code, self.message].iter().any(|text| {
            let text = text.to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        })
    }

    /// What was said about a scan, if anything.
    fn scan(&self) -> Option<Trouble> {
        let scan = self.holds(&["scanning", "security scan", "skill_scan"]);
        scan.then(|| if self.holds(SCAN_ENDED) { Trouble::ScanBlocked } else { Trouble::ScanPending })
    }
}

fn forbidden(response: &Response) -> Trouble {
    let said = Said::of(response);
    said.scan().unwrap_or(if said.holds(SWITCHED_OFF) { Trouble::SwitchedOff } else { Trouble::Forbidden })
}

fn refusal(response: &Response) -> Trouble {
    let said = Said::of(response);
    if let Some(trouble) = said.scan() {
        return trouble;
    }
    let message = said.message;
    let named = [said.kind, said.code].contains(&ALREADY_EXISTS);
    if named
        || message.contains(ALREADY_EXISTS)
        || message.contains("already in use")
        || message.contains("already exists")
    {
        return Trouble::Exists;
    }
    Trouble::Refused(scrubbed(if message.is_empty() { said.kind } else { message }))
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.get(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (
                answer(403, &[], error("permission_error", "Skills are disabled by your organization")),
                Trouble::SwitchedOff,
            ),
            (answer(403, &[], error("permission_error", "Invalid authorization for organization")), Trouble::Forbidden),
            (answer(403, &[], error("permission_error", "The security scan has blocked it")), Trouble::ScanBlocked),
            (answer(409, &[], error("conflict_error", "Scanning is in progress")), Trouble::ScanPending),
            (answer(400, &[], coded("skill_scan_pending")), Trouble::ScanPending),
            (answer(400, &[], coded("skill_scan_failed")), Trouble::ScanBlocked),
            (
                answer(400, &[], error("invalid_request_error", "name my-scan is disabled")),
                refused("name my-scan is disabled"),
            ),
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
            (Answer::Failed(TransportFailure::NoTab), Trouble::NoTab),
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
