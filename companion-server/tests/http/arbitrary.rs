//! Whatever bytes arrive from outside, no route panics and none answers with a defect of the server. The routes are those of the
//! server's own description, so that a new one is tried as well.

use std::collections::BTreeSet;

use axum::extract::ConnectInfo;
use axum::http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value};

use crate::conformity::DESCRIPTION;
use crate::people::{keep, pair};
use crate::server::{ADMIN, Server, on_both};

on_both!(any_json_to_every_route, any_bytes_to_every_route, any_query, any_header);

/// Method and template of every described route that takes one of `methods`.
fn routes(methods: &[&str]) -> Vec<(Method, String)> {
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let taken = methods.iter().filter(|method| item.get(method.to_lowercase()).is_some());
        taken.map(|method| (method.parse().expect("a method"), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Every name that a member of a described body has.
fn names() -> Vec<String> {
    fn collect(value: &Value, names: &mut BTreeSet<String>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            names.extend(properties.keys().cloned());
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| collect(member, names)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    collect(&DESCRIPTION["components"]["schemas"], &mut names);
    names.into_iter().collect()
}

fn json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), Just("\0".to_owned()), Just("a".repeat(5000)), "[a-z-]{1,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 8, |inner| {
        let name = prop_oneof![8 => proptest::sample::select(names()), 1 => any::<String>()];
        let members = proptest::collection::vec((name, inner.clone()), 0..8);
        let object = members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()));
        prop_oneof![3 => object, 1 => proptest::collection::vec(inner, 0..4).prop_map(Value::from)]
    })
}

/// So many values, the same ones in each run.
fn some<T: std::fmt::Debug>(strategy: &impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a value").current()).collect()
}

/// A server with a browser and a skill, and the ids that a template's variable parts take in turn.
async fn furnished(server: &Server) -> (String, Vec<String>) {
    let browser = pair(server, "Laptop").await;
    let kept = keep(server, "notes", "1").await;
    let ids = [browser.id.to_string(), kept.skill.to_string(), kept.version.to_string(), "notes".to_owned()];
    (browser.token, [&ids[..], &["%00".to_owned(), "1".to_owned()]].concat())
}

fn filled(template: &str, id: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { id.to_owned() } else { part.to_owned() };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn bearer<'a>(path: &str, token: &'a str) -> &'a str {
    if path.contains("/extension/") { token } else { ADMIN }
}

#[track_caller]
fn is_no_defect(answer: &crate::call::Answer, of: &str) {
    assert!(answer.status.as_u16() < 500, "{of}: {}", answer.text());
}

async fn any_json_to_every_route(server: Server) {
    let (token, ids) = furnished(&server).await;
    let routes = routes(&["POST", "PATCH", "PUT", "DELETE"]);
    assert!(routes.len() > 8, "{routes:?}");
    let bodies = some(&json(), 25);
    for (method, template) in routes {
        for (body, id) in bodies.iter().zip(ids.iter().cycle()) {
            let path = filled(&template, id);
            let call = server.at(method.clone(), &path).bearer(bearer(&path, &token)).json(body.clone());
            is_no_defect(&call.send().await, &format!("{method} {path} {body}"));
        }
    }
}

async fn any_bytes_to_every_route(server: Server) {
    let (token, ids) = furnished(&server).await;
    let bodies = some(&proptest::collection::vec(any::<u8>(), 0..200), 6);
    let multipart = "multipart/form-data; boundary=b";
    for (method, template) in routes(&["POST", "PATCH", "PUT"]) {
        for (bytes, id) in bodies.iter().zip(&ids) {
            let zip = [b"PK\x03\x04".as_slice(), bytes].concat();
            let part =
                [b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n", bytes.as_slice()]
                    .concat();
            for (kind, body) in [
                ("application/json", bytes.clone()),
                ("application/zip", zip),
                (multipart, part),
                ("text/html; charset", bytes.clone()),
            ] {
                let path = filled(&template, id);
                let call = server.at(method.clone(), &path).bearer(bearer(&path, &token)).body(kind, body);
                is_no_defect(&call.send().await, &format!("{method} {path} {kind}"));
            }
        }
    }
}

async fn any_query(server: Server) {
    let (token, ids) = furnished(&server).await;
    let number = prop_oneof![any::<i64>().prop_map(|n| n.to_string()), any::<f64>().prop_map(|n| n.to_string())];
    let moment = "[0-9]{1,20}|-?[0-9]{4,7}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?(Z|%2B[0-9]{2}:[0-9]{2})?)?";
    let value = prop_oneof![number, moment, "(%[0-9a-fA-F]{2}|[a-zA-Z0-9%+&=;,._-]){0,40}"];
    let name = proptest::sample::select(vec![
        "since",
        "until",
        "before",
        "after",
        "limit",
        "cursor",
        "wait",
        "event",
        "integration_id",
        "skill_id",
        "version_id",
        "offset",
        "q",
        "sort",
        "collection",
        "pairing_token",
        "claude_ai_skill_id",
    ]);
    let queries = some(&proptest::collection::vec((name, value), 0..5), 40);
    for (method, template) in routes(&["GET"]) {
        for (query, id) in queries.iter().zip(ids.iter().cycle()) {
            let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            // A poll that may wait does wait.
            let query = query.join("&").replace("wait=", "wayt=");
            let path = format!("{}?{query}", filled(&template, id));
            if path.parse::<axum::http::Uri>().is_err() {
                continue;
            }
            let answer = server.at(method.clone(), &path).bearer(bearer(&path, &token)).send().await;
            is_no_defect(&answer, &path);
        }
    }
}

async fn any_header(server: Server) {
    let (token, ids) = furnished(&server).await;
    let server = server.started(|settings| settings.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")]);
    let proxy: std::net::SocketAddr = "10.0.0.1:5000".parse().expect("an address");
    let value = prop_oneof![
        "[ -~]{0,60}",
        "(Bearer|Basic|bearer) [ -~]{0,40}",
        "bytes=[0-9,-]{0,30}",
        "([0-9a-fA-F.:]{0,20}, ?){0,4}",
        "\\[?[0-9a-f:]{0,20}\\]?:[0-9]{0,7}",
        "(__Host-)?skillferry_session=[ -~]{0,40}",
    ];
    let values = some(&value, 40);
    for name in
        ["host", "authorization", "x-forwarded-for", "cookie", "range", "origin", "if-none-match", "content-type"]
    {
        for (value, (method, template)) in values.iter().zip(routes(&["GET", "POST"]).iter().cycle()) {
            let path = filled(template, &ids[0]);
            let call = server.at(method.clone(), &path).extension(ConnectInfo(proxy));
            let call = match name {
                "host" => call.host(value.as_bytes()).bearer(bearer(&path, &token)),
                "authorization" => call.header(name, value),
                _ => call.header(name, value).bearer(bearer(&path, &token)),
            };
            is_no_defect(&call.send().await, &format!("{name}: {value} on {method} {path}"));
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_moment_panic(text in any::<String>()) {
        let _ = companion_server::time::Timestamp::lenient(&text);
    }
}
