//! Answers of claude.ai as they were recorded, held against the contracts and the readers (`cargo xtask fixtures` makes them).

use std::path::Path;

use companion_wire::endpoint::{Endpoint, Severity};
use serde_json::Value;

use super::catalogue::contract;
use super::contract::{Contract, Expected};
use super::judge::{Judged, judge};
use crate::io::{Answer, Body, Method, Response};
use crate::remote::decode;

/// More than the few that were there at the beginning may go unnoticed.
const FEWEST: usize = 6;

#[expect(clippy::disallowed_methods, reason = "a test reads what it tests with")]
fn recorded() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/claude-ai");
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("is readable").path());
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).expect("is text");
        (path.display().to_string(), serde_json::from_str(&text).expect("is JSON"))
    };
    files.map(read).collect()
}

/// The answer, as the shell would hand it in. A zip's bytes are no part of a fixture.
fn answer(fixture: &Value, contract: &Contract) -> Answer {
    let status = fixture["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    let body = match (&contract.answer, fixture.get("body")) {
        (Expected::Zip, None) if status == 200 => Body::Bytes(b"PK\x03\x04".to_vec()),
        (_, Some(body)) => Body::Json(serde_json::from_value(body.clone()).expect("is JSON")),
        (_, None) => Body::Empty,
    };
    let kind = fixture["kind"].as_str().expect("a media type").to_owned();
    let headers = [("content-type".to_owned(), kind)].into();
    Answer::Response(Response { status, headers, redirected: false, body })
}

fn can_be_read(endpoint: Endpoint, body: &Body) -> bool {
    match endpoint {
        Endpoint::Organisations => decode::organisation(body).is_ok(),
        Endpoint::ListSkills => decode::skills(body).is_ok(),
        Endpoint::UploadSkill => decode::uploaded(body).is_ok(),
        _ => true,
    }
}

#[test]
fn fixtures_meet_their_contracts_and_can_be_read() {
    let recorded = recorded();
    assert!(recorded.len() >= FEWEST, "only {} fixtures", recorded.len());
    for (name, fixture) in recorded {
        let endpoint: Endpoint = serde_json::from_value(fixture["endpoint"].clone()).expect("a name");
        let contract = contract(endpoint).unwrap_or_else(|| panic!("{name}: no contract for {}", fixture["endpoint"]));
        let answer = answer(&fixture, contract);
        match judge(contract, &answer) {
            Judged::Silent => {}
            Judged::Met(findings) => {
                let open: Vec<_> = findings.iter().filter(|finding| finding.severity > Severity::Notice).collect();
                assert!(open.is_empty(), "{name}: {open:?}");
                let Answer::Response(response) = &answer else { unreachable!("made as a response") };
                assert!(can_be_read(endpoint, &response.body), "{name}: the reader does not understand it");
            }
            Judged::Broken { findings, .. } => panic!("{name}: {findings:?}"),
        }
    }
}

#[test]
fn fixtures_come_from_paths_of_the_catalogue() {
    let verb = |method: Method| format!("{method:?}").to_uppercase();
    for (name, fixture) in recorded() {
        let endpoint = serde_json::from_value(fixture["endpoint"].clone()).expect("a name");
        let calls = contract(endpoint).map_or(&[][..], |contract| contract.calls);
        let known = calls.iter().any(|call| {
            fixture["method"] == verb(call.method)
                && call.candidates.iter().any(|candidate| fixture["path"] == candidate.path)
        });
        assert!(known, "{name}: {} {} is not in the catalogue", fixture["method"], fixture["path"]);
    }
}
