//! The site as a browser meets it, without a network between.

use std::io::{Cursor, Write};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use claude_ai_stand_in::account::{DECOY, ORGANISATION};
use claude_ai_stand_in::weather::Broken;
use claude_ai_stand_in::world::World;
use claude_ai_stand_in::{control, site};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A signed-in browser.
struct Visitor {
    world: World,
    cookie: String,
}

impl Visitor {
    async fn new() -> Self {
        let world = World::new(0);
        let log_in = Request::post("/login").body(Body::empty()).expect("request");
        let response = site::router(world.clone()).oneshot(log_in).await.expect("infallible");
        let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text");
        let cookie = cookie.split(';').next().expect("a pair").to_owned();
        Self { world, cookie }
    }

    async fn call(&self, method: &str, path: &str, body: impl Into<Body>, kind: &str) -> Response<Body> {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, &self.cookie);
        let request = request.header(header::CONTENT_TYPE, kind).header("anthropic-client-platform", "web_claude_ai");
        let request = request.body(body.into()).expect("request");
        site::router(self.world.clone()).oneshot(request).await.expect("infallible")
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.call("GET", &format!("/api/organizations/{ORGANISATION}{path}"), "", "text/plain").await).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/organizations/{ORGANISATION}{path}");
        read(self.call("POST", &path, body.to_string(), "application/json").await).await
    }

    async fn upload(&self, zip: &[u8], overwrite: bool) -> (u16, Value) {
        let path = format!("/api/organizations/{ORGANISATION}/skills/upload-skill?overwrite={overwrite}");
        let head = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n";
        let body = [head.as_bytes(), zip, b"\r\n--b--\r\n"].concat();
        read(self.call("POST", &path, body, "multipart/form-data; boundary=b").await).await
    }

    async fn order(&self, action: Value) {
        let order = json!({ "times": 1, "action": action }).to_string();
        let request = Request::post("/control/faults").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(order)).expect("request");
        let response = control::router(self.world.clone()).oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 204);
    }

    async fn list(&self) -> Response<Body> {
        let path = format!("/api/organizations/{ORGANISATION}/skills/list-skills");
        self.call("GET", &path, "", "text/plain").await
    }
}

async fn read(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn skill(name: &str, description: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(format!("{name}/SKILL.md"), zip::write::SimpleFileOptions::default()).expect("start");
    write!(writer, "---\nname: {name}\ndescription: {description}\n---\n").expect("write");
    writer.finish().expect("finish").into_inner()
}

#[tokio::test]
async fn session_header_and_organisation_are_asked_for_in_this_order() {
    let mut visitor = Visitor::new().await;
    let decoy = format!("/api/organizations/{DECOY}/skills/list-skills");
    let (status, answer) = read(visitor.call("GET", &decoy, "", "text/plain").await).await;
    assert_eq!((status, &answer["error"]["message"]), (403, &json!("Invalid authorization for organization")));
    let bare = Request::get("/api/organizations").header(header::COOKIE, &visitor.cookie).body(Body::empty());
    let response = site::router(visitor.world.clone()).oneshot(bare.expect("request")).await.expect("infallible");
    let (status, answer) = read(response).await;
    assert_eq!((status, &answer["error"]["type"]), (403, &json!("permission_error")));
    visitor.cookie = "sessionKey=made-up".to_owned();
    let (status, answer) = visitor.get("/skills/list-skills").await;
    assert_eq!((status, &answer["error"]["type"]), (401, &json!("authentication_error")));
}

#[tokio::test]
async fn a_skill_goes_up_is_listed_comes_down_and_goes() {
    let visitor = Visitor::new().await;
    let zip = skill("a-b", "First.");
    let (status, answer) = visitor.upload(&zip, false).await;
    assert_eq!((status, &answer["validation_errors"]), (200, &json!([])));
    let id = answer["skill"]["id"].as_str().expect("id").to_owned();
    let (_, listed) = visitor.get("/skills/list-skills").await;
    let own = listed["skills"].as_array().expect("list").iter().filter(|skill| skill["creator_type"] == "user").count();
    assert_eq!((listed["skills"].as_array().map(Vec::len), own), (Some(5), 1));
    let download = format!("/api/organizations/{ORGANISATION}/skills/download-dot-skill-file?skill_id={id}");
    let response = visitor.call("GET", &download, "", "text/plain").await;
    assert_eq!(to_bytes(response.into_body(), usize::MAX).await.expect("body"), zip);
    assert_eq!(visitor.post("/skills/delete-skill", &json!({ "skill_id": id })).await.0, 200);
    assert_eq!(visitor.post("/skills/delete-skill", &json!({ "skill_id": id })).await.0, 404);
}

#[tokio::test]
async fn a_name_is_replaced_only_when_asked_for() {
    let visitor = Visitor::new().await;
    let (_, first) = visitor.upload(&skill("a-b", "First."), false).await;
    let (status, answer) = visitor.upload(&skill("a-b", "Second."), false).await;
    assert_eq!((status, &answer["error"]["details"]["error_code"]), (400, &json!("upload_skill_already_exists")));
    let (status, second) = visitor.upload(&skill("a-b", "Second."), true).await;
    assert_eq!((status, &second["skill"]["description"]), (200, &json!("Second.")));
    assert_eq!(first["skill"]["id"], second["skill"]["id"]);
    assert_ne!(first["skill"]["updated_at"], second["skill"]["updated_at"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_shape_of_the_application() {
    let visitor = Visitor::new().await;
    for (status, answer) in [
        visitor.post("/skills/delete-skill", &json!({ "other": 1 })).await,
        visitor.get("/skills/download-dot-skill-file").await,
        visitor.get("/skills/upload-skill").await,
        visitor.upload(b"no zip", false).await,
    ] {
        assert!((400..500).contains(&status), "{status}");
        assert_eq!((&answer["type"], &answer["error"]["type"]), (&json!("error"), &json!("invalid_request_error")));
    }
    assert_eq!(visitor.get("/skills/upload-skill").await.0, 405);
}

#[tokio::test]
async fn orders_decide_the_answer() {
    let visitor = Visitor::new().await;
    for (action, status) in [
        (json!({ "kind": "status", "status": 503 }), 503),
        (json!({ "kind": "rename_path" }), 404),
        (json!({ "kind": "rate_limit", "retry_after": 7 }), 429),
        (json!({ "kind": "challenge" }), 403),
        (json!({ "kind": "html" }), 200),
        (json!({ "kind": "delay", "ms": 1 }), 200),
    ] {
        visitor.order(action.clone()).await;
        let response = visitor.list().await;
        assert_eq!(response.status(), status, "{action}");
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header("retry-after"), (status == 429).then_some("7"));
        assert_eq!(header("cf-mitigated"), (status == 403).then_some("challenge"));
        let page = action["kind"] == "html" || action["kind"] == "challenge";
        assert_eq!(header("content-type").is_some_and(|kind| kind.starts_with("text/html")), page, "{action}");
    }
    visitor.order(json!({ "kind": "rename_key", "from": "skills", "to": "abilities" })).await;
    let (_, renamed) = read(visitor.list().await).await;
    assert!(renamed["abilities"].is_array() && renamed["skills"].is_null());
    visitor.order(json!({ "kind": "drop_key", "key": "creator_type" })).await;
    let (_, dropped) = read(visitor.list().await).await;
    assert!(dropped["skills"][0]["id"].is_string() && dropped["skills"][0].get("creator_type").is_none());
    visitor.order(json!({ "kind": "retype_key", "key": "id" })).await;
    let (_, retyped) = read(visitor.list().await).await;
    assert!(retyped["skills"][0]["id"][0].is_string());
    visitor.order(json!({ "kind": "expire_session" })).await;
    assert_eq!(visitor.list().await.status(), 401);
    assert_eq!(visitor.list().await.status(), 401, "the session stays over");
}

#[tokio::test]
async fn a_lost_answer_happened_and_a_lost_request_did_not() {
    let visitor = Visitor::new().await;
    for (kind, created) in [("drop", 0), ("drop_answer", 1)] {
        visitor.order(json!({ "kind": kind })).await;
        let (status, _) = visitor.upload(&skill("a-b", "d"), true).await;
        assert_eq!(status, 502, "the door breaks the connection instead");
        let state = visitor.world.lock();
        assert_eq!(state.account.writes.get("a-b").map_or(0, |writes| writes.created), created, "{kind}");
        assert_eq!((state.requests.last().map(|seen| seen.status), state.running), (Some(0), 0));
    }
    visitor.order(json!({ "kind": "drop" })).await;
    assert!(visitor.list().await.extensions().get::<Broken>().is_some());
}

#[tokio::test]
async fn a_reset_leaves_nothing_but_the_session() {
    let visitor = Visitor::new().await;
    visitor.upload(&skill("a-b", "d"), false).await;
    visitor.post("/marketplaces/create-account-marketplace", &json!({ "name": "m", "source": "manual" })).await;
    {
        let mut state = visitor.world.lock();
        state.latency_ms = 5;
        state.refused_hosts.insert("example.org:443".to_owned(), 1);
        assert_eq!(state.marketplaces.all.len(), 1);
    }
    let reset = Request::post("/control/reset").body(Body::empty()).expect("request");
    control::router(visitor.world.clone()).oneshot(reset).await.expect("infallible");
    {
        let state = visitor.world.lock();
        assert!(state.refused_hosts.is_empty() && state.marketplaces.all.is_empty() && state.requests.is_empty());
        assert_eq!((state.latency_ms, state.account.skills().count()), (0, 0));
    }
    assert_eq!(visitor.list().await.status(), 200);
}
