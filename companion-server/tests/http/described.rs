//! The server's description of itself: complete and valid; whether it is true is seen at every answer (`conformity`).

use std::collections::BTreeSet;

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::conformity::{DESCRIPTION, conforms};
use crate::server::{Server, on_both};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

on_both!(is_served, has_a_page);

#[test]
fn is_held_against_answers() {
    let held = |status, body: Value| {
        let answer = Answer {
            status: axum::http::StatusCode::from_u16(status).expect("a status"),
            headers: axum::http::HeaderMap::new(),
            body: body.to_string().into_bytes(),
        };
        let path = format!("{}/extension/known-skill-ids?x=1", companion_wire::PREFIX);
        std::panic::catch_unwind(|| conforms(&Method::GET, &path, &answer)).is_ok()
    };
    assert!(held(200, json!({ "claude_ai_skill_ids": ["a"] })));
    assert!(!held(200, json!({ "claude_ai_skill_ids": [1] })), "another shape");
    assert!(!held(200, json!({})), "a missing member");
    assert!(!held(418, json!({})), "another status");
    assert!(!held(401, json!({ "error": "no envelope" })), "another refusal");
}

#[test]
fn is_committed_as_it_is() {
    let text = companion_server::routes::openapi::description().to_pretty_json().expect("JSON") + "\n";
    if std::env::var_os("SKILLFERRY_UPDATE").is_some() {
        std::fs::write(COMMITTED, &text).expect("openapi.json");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(committed == text, "openapi.json is outdated; renew it with SKILLFERRY_UPDATE=1 and this test");
}

/// Held against the schema of OpenAPI 3.1 itself, <https://spec.openapis.org/oas/3.1/schema/>.
#[test]
fn is_valid() {
    let schema = serde_json::from_str(include_str!("schemas/openapi-3.1.json")).expect("the schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let complaints: Vec<String> = validator.iter_errors(&DESCRIPTION).map(|error| error.to_string()).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn is_usable_for_generators() {
    let mut ids = BTreeSet::new();
    for (path, item) in DESCRIPTION["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id), "{id} twice");
            let about = operation["summary"].as_str().unwrap_or_default();
            assert!(!about.is_empty() && !about.contains('`'), "{method} {path}: {about}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let named: BTreeSet<&str> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let wanted: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(named, wanted, "{method} {path}");
        }
    }
    let mut references = Vec::new();
    collect(&DESCRIPTION, &mut references);
    for reference in references {
        assert!(DESCRIPTION.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

/// Words in capitals and back-quotes are codes.
#[test]
fn speaks_of_codes_that_exist() {
    let text = DESCRIPTION["paths"].to_string();
    let known: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let words = text.split('`').skip(1).step_by(2);
    let codes =
        words.filter(|word| word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    let mut count = 0;
    for code in codes {
        assert!(known.contains(code), "{code}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

async fn is_served(server: Server) {
    let answer = server.at(Method::GET, "/openapi.json").send().await;
    assert_eq!(answer.ok(200), *DESCRIPTION);
}

async fn has_a_page(server: Server) {
    let answer = server.at(Method::GET, "/docs").send().await;
    assert_eq!(answer.status.as_u16(), 200);
    let page = answer.text();
    for (path, item) in DESCRIPTION["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            assert!(page.contains(&format!("{} {path}</code>", method.to_uppercase())), "{method} {path}");
        }
    }
    assert!(ErrorCode::ALL.iter().all(|code| page.contains(code.as_str())));
    assert_eq!(json!(page.matches("<script").count()), json!(0));
}
