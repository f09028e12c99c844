//! No route passes round the gate: each that answers somebody else than a signed-in person has its verdict here.

use std::collections::BTreeMap;

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::person;
use crate::autonomy::{owned, pause};
use crate::conformity::DESCRIPTION;
use crate::people::{Browser, keep};
use crate::server::{Server, on_both};

on_both!(no_route_passes_round_the_gate, the_other_routes_take_no_such_token);

/// What a pause means for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Answers as if there were nothing to do.
    Empty,
    /// 503 `AUTONOMY_PAUSED`.
    Held,
    /// Takes something in or answers a question: nothing is handed out that could be done.
    Free,
}

/// Every route that a browser's or a machine's token opens, or that needs none. A new one has to be given its place here.
fn verdicts() -> BTreeMap<&'static str, Verdict> {
    use Verdict::{Empty, Free, Held};
    [
        ("GET /extension/operations", Empty),
        ("GET /extension/skill-bundle", Held),
        ("GET /extension/plugin-groups", Held),
        ("GET /extension/plugin-bundle", Held),
        ("GET /api/machine/pull", Held),
        // What was done before the pause is written down, whatever it was: refusing would lose it.
        ("POST /extension/operations/{op_id}/complete", Free),
        ("POST /extension/remote-snapshot", Free),
        ("POST /extension/imported-skill", Free),
        ("POST /extension/telemetry", Free),
        // Puts work into the queue, where it waits.
        ("POST /extension/reconcile", Free),
        ("GET /extension/known-skill-ids", Free),
        ("GET /extension/status", Free),
        ("GET /extension/capabilities", Free),
        // Begins and ends pairings: a token is no work.
        ("POST /extension/pair", Free),
        ("GET /extension/pair/status", Free),
        ("POST /api/machines/pair", Free),
        ("GET /api/machines/pair/status", Free),
        ("DELETE /integrations/{id}", Free),
        ("DELETE /api/machine", Free),
        // Figures of use, which agents report as well.
        ("GET /v1/analytics/summary", Free),
        ("POST /v1/hooks/skill-used", Free),
        // About the server itself.
        ("GET /health", Free),
        ("GET /health/live", Free),
        ("GET /health/ready", Free),
        ("GET /openapi.json", Free),
    ]
    .into()
}

/// A described route.
#[derive(Debug)]
struct Route {
    method: String,
    path: String,
    /// What opens it, each by itself; an empty text is nothing at all.
    keys: Vec<String>,
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path.strip_prefix(companion_wire::PREFIX).unwrap_or(&self.path))
    }

    fn takes(&self, key: &str) -> bool {
        self.keys.iter().any(|own| own == key)
    }

    /// Answers to somebody who is not signed in.
    fn is_for_strangers(&self) -> bool {
        self.keys.is_empty() || ["", "extension_token", "machine_token"].into_iter().any(|key| self.takes(key))
    }
}

fn routes(description: &Value) -> Vec<Route> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let keys = operation["security"].as_array().into_iter().flatten();
            let keys = keys.map(|one| one.as_object().and_then(|one| one.keys().next().cloned()).unwrap_or_default());
            found.push(Route { method: method.to_uppercase(), path: path.clone(), keys: keys.collect() });
        }
    }
    found
}

/// Routes without a verdict, and verdicts without a route.
fn undecided(description: &Value) -> Vec<String> {
    let (verdicts, routes) = (verdicts(), routes(description));
    let asked: Vec<String> = routes.iter().filter(|route| route.is_for_strangers()).map(Route::name).collect();
    let open = asked.iter().filter(|name| !verdicts.contains_key(name.as_str())).cloned();
    let stale = verdicts.keys().filter(|name| !asked.iter().any(|asked| asked == *name)).map(|name| (*name).to_owned());
    open.chain(stale).collect()
}

#[test]
fn every_route_has_its_verdict() {
    assert_eq!(undecided(&DESCRIPTION), [""; 0], "say in this file what a pause means for these");
}

#[test]
fn a_route_without_a_verdict_is_noticed() {
    for security in [
        json!([{ "extension_token": [] }]),
        json!([{ "session": [] }, { "machine_token": [] }]),
        json!([{}]),
        json!(null),
    ] {
        let mut description = DESCRIPTION.clone();
        description["paths"]["/v1/new"]["get"] = json!({ "security": security });
        assert_eq!(undecided(&description), ["GET /v1/new"], "{security}");
    }
    let mut description = DESCRIPTION.clone();
    description["paths"]["/v1/new"]["get"] = json!({ "security": [{ "session": [] }, { "admin_token": [] }] });
    assert_eq!(undecided(&description), [""; 0], "what people see is no work");
    description["paths"].as_object_mut().expect("paths").remove("/health/live");
    assert_eq!(undecided(&description), ["GET /health/live"], "a verdict about nothing goes");
}

/// A browser, a machine, and the token of the person who owns both.
struct Strangers {
    user: Uuid,
    token: String,
    browser: Browser,
    machine: String,
}

async fn strangers(server: &Server) -> Strangers {
    let (user, token) = person(server, "ann", Role::Member).await;
    let browser = owned(server, user).await;
    let begun = server.at(Method::POST, "/api/machines/pair").json(json!({ "label": "Desk" })).send().await.ok(201);
    let approve = json!({ "pairing_code": begun["pairing_code"] });
    server.at(Method::POST, "/api/machines/approve").bearer(&token).json(approve).send().await.nothing();
    let path = format!("/api/machines/pair/status?pairing_token={}", begun["pairing_token"].as_str().expect("token"));
    let redeemed = server.at(Method::GET, &path).send().await.ok(200);
    let machine = redeemed["machine_token"].as_str().expect("a token").to_owned();
    Strangers { user, token, browser, machine }
}

async fn no_route_passes_round_the_gate(server: Server) {
    let strangers = strangers(&server).await;
    let kept = keep(&server, "notes", "1").await;
    pause(&server, strangers.user, &strangers.token, json!({ "paused": true })).await;
    let verdicts = verdicts();
    for route in routes(&DESCRIPTION).iter().filter(|route| route.is_for_strangers() && route.method == "GET") {
        let query = format!("?skill_id={}&version_id={}&group=x&pairing_token=x", kept.skill, kept.version);
        let query =
            if route.path.contains("/extension/") || route.path.contains("/pair/") { query } else { String::new() };
        let call = server.at(Method::GET, &format!("{}{query}", route.path));
        let call = match route {
            route if route.takes("machine_token") => call.bearer(&strangers.machine),
            route if route.takes("extension_token") => call.bearer(&strangers.browser.token),
            _ => call,
        };
        let (answer, name) = (call.send().await, route.name());
        match verdicts[name.as_str()] {
            Verdict::Empty => assert_eq!(answer.ok(200), json!([]), "{name}"),
            Verdict::Held => {
                answer.refused(503, ErrorCode::AutonomyPaused);
                assert_eq!(answer.header("retry-after"), Some("30"), "{name}");
            }
            // A pairing of this token has never begun.
            Verdict::Free => assert!(answer.status.is_success() || answer.status == 404, "{name}: {}", answer.text()),
        }
    }
}

/// The description, from which the routes above are taken, says the truth about who opens what.
async fn the_other_routes_take_no_such_token(server: Server) {
    let strangers = strangers(&server).await;
    for route in routes(&DESCRIPTION).iter().filter(|route| !route.takes("")) {
        let segments = route
            .path
            .split('/')
            .map(|segment| if segment.starts_with('{') { strangers.user.to_string() } else { segment.to_owned() });
        let path = segments.collect::<Vec<_>>().join("/");
        let method: Method = route.method.parse().expect("a method");
        for (key, token) in [("extension_token", &strangers.browser.token), ("machine_token", &strangers.machine)] {
            if !route.takes(key) {
                let answer = server.at(method.clone(), &path).bearer(token).json(json!({})).send().await;
                assert_eq!(answer.status, 401, "{} with an {key}: {}", route.name(), answer.text());
            }
        }
    }
}
