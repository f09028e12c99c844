//! An answer against its contract. Pure: the same answer is judged the same way for ever.

use companion_wire::endpoint::{Endpoint, Finding, FindingKind, Severity};

use super::compare::{compared, is_breaking, seen};
use super::contract::{Contract, Expected};
use crate::io::{Answer, Body, Response};
use crate::remote::classify::{self, is_page};

/// What an answer says about its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It is met; what differs does no harm.
    Met(Vec<Finding>),
    /// It is broken.
    Broken {
        findings: Vec<Finding>,
        /// How far one answer can be trusted about this.
        proof: Proof,
    },
    /// Nothing: the weather, the session, a refusal, a pause.
    Silent,
}

/// How far one answer can be trusted to be the new custom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The call succeeded and answered in another shape. For a write that is enough to stop.
    Certain,
    /// The path is not known: claude.ai says that now and then about paths that exist.
    Missing,
    /// A page, or an unusual status.
    Doubtful,
}

/// The first bytes of every zip that holds something.
const ZIP: &[u8] = b"PK\x03\x04";

/// Judges `answer` by `contract`.
pub(crate) fn judge(contract: &Contract, answer: &Answer) -> Judged {
    let Answer::Response(response) = answer else { return Judged::Silent };
    if classify::is_challenge(response) {
        return Judged::Silent;
    }
    match response.status {
        // A page in place of the organisations is how a session ends; anywhere else it is worth a second look.
        200..=299 if is_page(response) && contract.name == Endpoint::Organisations => Judged::Silent,
        200..=299 if is_page(response) => page(response),
        200..=299 => body(contract, &response.body),
        404 => broken(FindingKind::StatusChanged, "status", Some("2xx"), "404", Proof::Missing),
        405 | 406 | 410 | 411 | 415 | 426 | 501 => status(response.status),
        300..=399 => status(response.status),
        _ => Judged::Silent,
    }
}

fn page(response: &Response) -> Judged {
    let kind = if response.redirected { FindingKind::SignInRedirect } else { FindingKind::HtmlForJson };
    broken(kind, "", None, "page", Proof::Doubtful)
}

fn status(status: u16) -> Judged {
    broken(FindingKind::StatusChanged, "status", Some("2xx"), &status.to_string(), Proof::Doubtful)
}

fn body(contract: &Contract, body: &Body) -> Judged {
    match (&contract.answer, body) {
        (Expected::Anything, _) => Judged::Met(Vec::new()),
        (Expected::Json(shape), Body::Json(json)) => {
            let findings = compared(shape, json);
            if is_breaking(&findings) {
                return Judged::Broken { findings, proof: Proof::Certain };
            }
            Judged::Met(findings)
        }
        (Expected::Zip, Body::Bytes(bytes)) if bytes.starts_with(ZIP) => Judged::Met(Vec::new()),
        (Expected::Json(_), body) => broken(FindingKind::TypeChanged, "", Some("json"), kind(body), Proof::Certain),
        (Expected::Zip, body) => broken(FindingKind::TypeChanged, "", Some("zip"), kind(body), Proof::Certain),
    }
}

fn broken(kind: FindingKind, at: &str, expected: Option<&str>, seen: &str, proof: Proof) -> Judged {
    let finding = Finding {
        kind,
        severity: Severity::Breaking,
        at: at.to_owned(),
        expected: expected.map(str::to_owned),
        seen: Some(seen.to_owned()),
    };
    Judged::Broken { findings: vec![finding], proof }
}

fn kind(body: &Body) -> &'static str {
    match body {
        Body::Empty => "nothing",
        Body::Json(json) => seen(json),
        Body::NotJson => "no json",
        Body::Bytes(_) => "bytes",
    }
}
