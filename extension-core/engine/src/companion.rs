//! The person's own server: requests in wire types, and how its answers are judged (`docs/protocol.md`).

use companion_wire::PREFIX;
use companion_wire::connectors::{PAUSED, PausedBy};
use companion_wire::endpoint::EndpointChanged;
use companion_wire::error::{ErrorCode as WireCode, ErrorEnvelope};
use companion_wire::operation::CompleteOperation;
use companion_wire::pairing::StartPairing;
use companion_wire::telemetry::{ENDPOINT_CHANGED, SIGNED_IN, Telemetry};
use uuid::Uuid;

use crate::address::percent_encoded;
use crate::error::ErrorCode;
use crate::farewell::Farewell;
use crate::io::{Answer, Body, Expect, Method, Request, RequestBody, RequestId, Response, Target, Through};
use crate::json::Json;
use crate::redact::Secret;
use crate::remote::classify::retry_after;
use crate::state::Link;

/// How long the server may hold back an empty answer. With [`TIMEOUT`] it stays below the 25 s that a step may take.
const WAIT_SECONDS: u32 = 20;
const TIMEOUT: u32 = 25_000;
const QUICK_TIMEOUT: u32 = 15_000;

/// Operations that are leased at a time.
pub(crate) const BATCH: u32 = 50;

/// The hook that agents report uses to, and what this one is called there.
const USED: &str = "/v1/hooks/skill-used";
const AGENT: &str = "claude-ai";

/// The server takes at most so many characters of a label.
const LONGEST_LABEL: usize = 128;

/// And of a skill's name in a form.
const LONGEST_NAME: usize = 64;

/// Why an answer is no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The token is unknown or revoked, in the server's own words.
    Revoked,
    /// 404.
    Missing,
    /// 410.
    Gone,
    /// Another 4xx, in the server's own words: the same request will be refused again.
    Invalid,
    /// 429 or 5xx, with the pause that was asked for.
    Busy(Option<u64>),
    /// No answer.
    Unreachable,
    /// Work is held, in the server's own words.
    Paused,
    /// Somebody else answers: a proxy, a captive portal, another product.
    Stranger,
}

impl Refusal {
    /// What to show.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Revoked => ErrorCode::TokenRevoked,
            Self::Busy(_) | Self::Paused => ErrorCode::ServerBusy,
            Self::Unreachable => ErrorCode::ServerUnreachable,
            Self::Invalid => ErrorCode::ServerRefused,
            Self::Missing | Self::Gone | Self::Stranger => ErrorCode::ServerNotUnderstood,
        }
    }
}

/// The answer if it is a success, else why not. A 401 or 403 counts as a revocation only when the server itself says so in its
/// own form: whatever stands between may answer with these, too.
pub(crate) fn judged(answer: Answer) -> Result<Response, Refusal> {
    let paused = paused_by(&answer).is_some();
    let Answer::Response(response) = answer else { return Err(Refusal::Unreachable) };
    match response.status {
        503 if paused => return Err(Refusal::Paused),
        200..=299 => return Ok(response),
        404 => return Err(Refusal::Missing),
        429 | 500..=599 => return Err(Refusal::Busy(retry_after(&response))),
        _ => {}
    }
    let Some(code) = error_code(response.body) else { return Err(Refusal::Stranger) };
    let tells_of_token =
        [WireCode::MissingBearerToken, WireCode::InvalidExtensionToken, WireCode::IntegrationDisconnected];
    Err(match response.status {
        401 | 403 if tells_of_token.iter().any(|known| known.as_str() == code) => Refusal::Revoked,
        410 => Refusal::Gone,
        400..=499 => Refusal::Invalid,
        _ => Refusal::Stranger,
    })
}

/// Whose lever holds the work, if the answer says that it is held.
pub(crate) fn paused_by(answer: &Answer) -> Option<PausedBy> {
    let Answer::Response(response) = answer else { return None };
    let by = response.headers.get(PAUSED)?;
    [PausedBy::Operator, PausedBy::Person].into_iter().find(|known| known.as_str() == by)
}

/// The body as a type of the wire.
pub(crate) fn decoded<T: serde::de::DeserializeOwned>(response: Response) -> Result<T, Refusal> {
    match response.body {
        Body::Json(json) => json.decode().map_err(|_| Refusal::Stranger),
        _ => Err(Refusal::Stranger),
    }
}

/// Asks what the server offers. Needs no token.
pub(crate) fn capabilities(id: RequestId, origin: &str) -> Request {
    request(id, Method::Get, open(origin), "/extension/capabilities".to_owned())
}

/// Opens a pairing.
pub(crate) fn start_pairing(id: RequestId, origin: &str, label: &str) -> Request {
    let label: String = label.chars().take(LONGEST_LABEL).collect();
    let body = RequestBody::Json(Json::encode(&StartPairing { browser_label: Some(label) }));
    Request { body, ..request(id, Method::Post, open(origin), "/extension/pair".to_owned()) }
}

/// Asks whether it was approved.
pub(crate) fn pairing_status(id: RequestId, origin: &str, token: &Secret) -> Request {
    let path = "/extension/pair/status?pairing_token=".to_owned() + &percent_encoded(token.expose());
    request(id, Method::Get, open(origin), path)
}

/// Leases work, `limit` operations at most; `wait`: the server may hold an empty answer back; `recover`: nothing is held here, so
/// what was leased before never arrived.
pub(crate) fn operations(id: RequestId, link: &Link, limit: u32, wait: bool, recover: bool) -> Request {
    let mut path = format!("/extension/operations?limit={limit}");
    if recover {
        path += "&recover=true";
    }
    if wait {
        path += &format!("&wait={WAIT_SECONDS}");
    }
    Request { timeout_ms: TIMEOUT, ..request(id, Method::Get, bearer(link), path) }
}

/// Reports the outcome of an operation.
pub(crate) fn complete(id: RequestId, link: &Link, op: Uuid, completion: &CompleteOperation) -> Request {
    let body = RequestBody::Json(Json::encode(completion));
    Request { body, ..request(id, Method::Post, bearer(link), format!("/extension/operations/{op}/complete")) }
}

/// Asks how this browser stands with the server.
pub(crate) fn status(id: RequestId, link: &Link) -> Request {
    request(id, Method::Get, bearer(link), "/extension/status".to_owned())
}

/// Fetches what is to be uploaded.
pub(crate) fn bundle(id: RequestId, link: &Link, skill: Uuid, version: Uuid) -> Request {
    let path = format!("/extension/skill-bundle?skill_id={skill}&version_id={version}");
    Request { expect: Expect::Bytes, timeout_ms: TIMEOUT, ..request(id, Method::Get, bearer(link), path) }
}

/// Hands over what stands on claude.ai, to be kept.
pub(crate) fn keep(id: RequestId, link: &Link, skill: Uuid, remote: &str, mark: Option<&str>, zip: Vec<u8>) -> Request {
    let mut path =
        format!("/extension/remote-snapshot?skill_id={skill}&claude_ai_skill_id=") + &percent_encoded(remote);
    if let Some(mark) = mark {
        path += "&claude_ai_version=";
        path += &percent_encoded(mark);
    }
    let body = RequestBody::Zip(zip);
    Request { body, timeout_ms: TIMEOUT, ..request(id, Method::Post, bearer(link), path) }
}

/// Asks for the groups that the account should have.
pub(crate) fn plugin_groups(id: RequestId, link: &Link) -> Request {
    request(id, Method::Get, bearer(link), "/extension/plugin-groups".to_owned())
}

/// Fetches a group as a plugin, unless it is still the one with this tag.
pub(crate) fn plugin_bundle(id: RequestId, link: &Link, group: &str, tag: Option<&str>) -> Request {
    let path = "/extension/plugin-bundle?group=".to_owned() + &percent_encoded(group);
    let headers = tag.map(|tag| ("if-none-match", tag.to_owned())).into_iter().collect();
    Request { expect: Expect::Bytes, timeout_ms: TIMEOUT, headers, ..request(id, Method::Get, bearer(link), path) }
}

/// Asks which skills of the account the server knows.
pub(crate) fn known_skills(id: RequestId, link: &Link) -> Request {
    request(id, Method::Get, bearer(link), "/extension/known-skill-ids".to_owned())
}

/// Brings a skill of the account. The front matter in the zip counts; the form's name and description have to say something.
pub(crate) fn import(
    id: RequestId,
    link: &Link,
    skill: &str,
    name: &str,
    mark: Option<&str>,
    bytes: Vec<u8>,
) -> Request {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let mut texts = vec![("claude_ai_skill_id", skill.to_owned()), ("name", name.clone()), ("description", name)];
    texts.extend(mark.map(|mark| ("claude_ai_version", mark.to_owned())));
    let body = RequestBody::MultipartZip { texts, field: "bundle", file_name: "skill.zip", bytes };
    let path = "/extension/imported-skill".to_owned();
    Request { body, timeout_ms: TIMEOUT, ..request(id, Method::Post, bearer(link), path) }
}

/// Why an import was refused, for a person to read.
pub(crate) fn import_refused(answer: &Answer) -> ErrorCode {
    let Answer::Response(response) = answer else { return ErrorCode::ImportRefused };
    match (response.status, said(answer)) {
        (413, _) => ErrorCode::ImportTooLarge,
        (_, Some(code)) if code == WireCode::SlugCollisionUnlinked.as_str() => ErrorCode::ImportNameTaken,
        _ => ErrorCode::ImportRefused,
    }
}

/// Tells the server what is amiss with one of claude.ai's endpoints.
pub(crate) fn endpoint_changed(id: RequestId, link: &Link, detail: EndpointChanged) -> Request {
    telemetry(id, link, ENDPOINT_CHANGED, Some(detail))
}

/// Tells the server that the session works which it knows as lapsed.
pub(crate) fn signed_in(id: RequestId, link: &Link) -> Request {
    telemetry(id, link, SIGNED_IN, None)
}

fn telemetry(id: RequestId, link: &Link, category: &str, detail: Option<EndpointChanged>) -> Request {
    let ext_version = env!("CARGO_PKG_VERSION").to_owned();
    let telemetry = Telemetry { category: category.to_owned(), ext_version, ts: None, detail };
    let body = RequestBody::Json(Json::encode(&telemetry));
    Request { body, ..request(id, Method::Post, bearer(link), "/extension/telemetry".to_owned()) }
}

/// Reports that a skill was used, by its name alone.
pub(crate) fn skill_used(id: RequestId, link: &Link, skill: &str) -> Request {
    let text = |text: &str| Json::Text(text.to_owned());
    let body = [("skill_slug".to_owned(), text(skill)), ("agent_name".to_owned(), text(AGENT))];
    let request = request(id, Method::Post, bearer(link), String::new());
    Request { path: USED.to_owned(), body: RequestBody::Json(Json::Object(body.into())), ..request }
}

/// Asks the server to forget this browser.
pub(crate) fn revoke(id: RequestId, farewell: &Farewell) -> Request {
    let Farewell { origin, bearer, integration_id, .. } = farewell;
    let target = Target::Server { origin: origin.clone(), bearer: Some(bearer.clone()) };
    request(id, Method::Delete, target, format!("/integrations/{integration_id}"))
}

/// What came of asking the server to forget this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parting {
    /// The token is void, or was before.
    Told,
    /// The same request will be refused again.
    Refused,
    /// It did not get there, or not to the server; perhaps with the pause that was asked for.
    Later(Option<u64>),
}

/// Judges that answer.
pub(crate) fn parted(answer: Answer) -> Parting {
    let unknown = said(&answer) == Some(WireCode::IntegrationNotFound.as_str());
    match judged(answer) {
        Ok(_) | Err(Refusal::Revoked) => Parting::Told,
        Err(Refusal::Missing) if unknown => Parting::Told,
        Err(Refusal::Gone | Refusal::Invalid) => Parting::Refused,
        Err(Refusal::Busy(asked)) => Parting::Later(asked),
        Err(Refusal::Missing | Refusal::Unreachable | Refusal::Stranger | Refusal::Paused) => Parting::Later(None),
    }
}

fn request(id: RequestId, method: Method, target: Target, path: String) -> Request {
    Request {
        id,
        method,
        target,
        through: Through::Background,
        path: PREFIX.to_owned() + &path,
        headers: Vec::new(),
        body: RequestBody::None,
        expect: Expect::Json,
        timeout_ms: QUICK_TIMEOUT,
    }
}

fn open(origin: &str) -> Target {
    Target::Server { origin: origin.to_owned(), bearer: None }
}

fn bearer(link: &Link) -> Target {
    Target::Server { origin: link.place.origin.clone(), bearer: Some(link.bearer.clone()) }
}

/// The code that the server gives for a refusal.
fn said(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Response(Response { body: Body::Json(json), .. }) => {
            json.get("error").and_then(|error| error.get("code")).and_then(Json::text)
        }
        _ => None,
    }
}

fn error_code(body: Body) -> Option<String> {
    match body {
        Body::Json(json) => json.decode::<ErrorEnvelope>().ok().map(|envelope| envelope.error.code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::io::TransportFailure;

    fn answer(status: u16, body: Body) -> Answer {
        Answer::Response(Response { status, headers: BTreeMap::new(), redirected: false, body })
    }

    fn envelope(code: &str) -> Body {
        let text = serde_json::json!({"error": {"code": code, "message": "…"}});
        Body::Json(serde_json::from_value(text).expect("is JSON"))
    }

    #[test]
    fn only_the_servers_own_word_is_a_revocation() {
        let table = [
            (answer(401, envelope("INVALID_EXTENSION_TOKEN")), Refusal::Revoked),
            (answer(401, envelope("MISSING_BEARER_TOKEN")), Refusal::Revoked),
            (answer(403, envelope("INTEGRATION_DISCONNECTED")), Refusal::Revoked),
            (answer(403, envelope("HOST_NOT_ALLOWED")), Refusal::Invalid),
            (answer(401, Body::NotJson), Refusal::Stranger),
            (answer(403, Body::Empty), Refusal::Stranger),
            (answer(401, Body::Json(Json::Null)), Refusal::Stranger),
            (answer(404, Body::NotJson), Refusal::Missing),
            (answer(409, envelope("OPERATION_ALREADY_FINAL")), Refusal::Invalid),
            (answer(410, envelope("PAIRING_EXPIRED")), Refusal::Gone),
            (answer(422, envelope("VALIDATION_ERROR")), Refusal::Invalid),
            (answer(302, Body::NotJson), Refusal::Stranger),
            (answer(503, Body::NotJson), Refusal::Busy(None)),
            (Answer::Failed(TransportFailure::Unreachable), Refusal::Unreachable),
        ];
        for (answer, expected) in table {
            assert_eq!(judged(answer.clone()), Err(expected), "{answer:?}");
        }
    }

    #[test]
    fn no_request_outlives_its_step() {
        const { assert!(TIMEOUT <= 25_000 && WAIT_SECONDS * 1_000 < TIMEOUT) }
    }
}
