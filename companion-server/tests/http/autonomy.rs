//! The kill switch and connector health over HTTP.

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::store::Approver;
use companion_server::time::Timestamp;
use companion_wire::connectors::OperatorPause;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::person;
use crate::people::{Browser, begin, keep, lease, poll, report};
use crate::server::{Server, on_both};

on_both!(
    everybody_asks_about_themselves,
    a_pause_is_seen_and_ends,
    the_operators_pause_is_told_to_browsers,
    a_browser_tells_of_its_health,
    a_browser_that_is_signed_in_again_is_well,
    a_browser_is_told_of_a_pause,
);

/// A browser of this person.
pub async fn owned(server: &Server, user: Uuid) -> Browser {
    let begun = begin(server, "Laptop").await;
    let code = begun["pairing_code"].as_str().expect("a code");
    let by = Approver { user: Some(user), source: None };
    server.store.approve_pairing(code, by, Timestamp::now()).await.expect("approved");
    let redeemed = poll(server, &begun).await.ok(200);
    let id = begun["integration_id"].as_str().expect("an id").parse().expect("a UUID");
    Browser { id, token: redeemed["extension_token"].as_str().expect("a token").to_owned() }
}

/// Sets the lever of whoever holds the token.
pub async fn pause(server: &Server, user: Uuid, token: &str, body: Value) -> Value {
    let path = format!("/api/users/{user}/autonomy-pause");
    server.at(Method::PUT, &path).bearer(token).json(body).send().await.ok(200)
}

async fn everybody_asks_about_themselves(server: Server) {
    let (ann, own) = person(&server, "ann", Role::Member).await;
    let (_, other) = person(&server, "bob", Role::Admin).await;
    for path in ["/api/connectors/USER/status", "/api/users/USER/autonomy-state"] {
        let ask = |user: &str| server.at(Method::GET, &path.replace("USER", user));
        ask(&ann.to_string()).bearer(&own).send().await.ok(200);
        ask(&ann.to_string()).bearer(&other).send().await.refused(403, ErrorCode::OtherPerson);
        ask(&ann.to_string()).admin().send().await.refused(403, ErrorCode::OtherPerson);
        ask("me").bearer(&own).send().await.refused(400, ErrorCode::InvalidUserId);
        ask(&ann.to_string()).send().await.refused(401, ErrorCode::LoginRequired);
    }
    let empty = server.at(Method::GET, &format!("/api/connectors/{ann}/status")).bearer(&own).send().await.ok(200);
    assert_eq!(empty, json!({ "userId": ann, "connectors": {}, "anyNeedsReauth": false }));
    let put = |user: Uuid, body: Value| {
        server.at(Method::PUT, &format!("/api/users/{user}/autonomy-pause")).bearer(&own).json(body)
    };
    put(Uuid::new_v4(), json!({ "paused": true })).send().await.refused(403, ErrorCode::OtherPerson);
    for wrong in [json!({}), json!({ "paused": "perhaps" }), json!({ "paused": true, "reason": "x".repeat(501) })] {
        put(ann, wrong).send().await.refused(422, ErrorCode::ValidationError);
    }
}

async fn a_pause_is_seen_and_ends(server: Server) {
    let (ann, token) = person(&server, "ann", Role::Member).await;
    let browser = owned(&server, ann).await;
    keep(&server, "notes", "1").await;
    let paused = pause(&server, ann, &token, json!({ "paused": true, "reason": " On holiday " })).await;
    assert_eq!(
        (&paused["paused"], &paused["pausedBy"], &paused["reason"]),
        (&json!(true), &json!("person"), &json!("On holiday"))
    );
    assert_eq!((&paused["heldOperations"], paused["person"]["pausedAt"].is_string()), (&json!(1), true));
    assert!(lease(&server, &browser, "").await.is_empty());
    let queue = server.call(Method::GET, "/queue").bearer(&token).send().await.ok(200);
    assert_eq!(queue["total"], 1, "held, not lost");
    let resumed = pause(&server, ann, &token, json!({ "paused": false })).await;
    assert_eq!((&resumed["paused"], &resumed["person"]["pausedAt"]), (&json!(false), &Value::Null));
    assert_eq!(lease(&server, &browser, "").await.len(), 1);
}

async fn the_operators_pause_is_told_to_browsers(server: Server) {
    let paused = server.started(|settings| settings.pause = OperatorPause { paused: true, reason: None });
    let told = paused.call(Method::GET, "/extension/capabilities").send().await.ok(200);
    assert_eq!(told["policy"]["read_only"], true);
    let told = server.call(Method::GET, "/extension/capabilities").send().await.ok(200);
    assert_eq!(told.get("policy"), None);
}

async fn a_browser_tells_of_its_health(server: Server) {
    let (ann, token) = person(&server, "ann", Role::Member).await;
    let browser = owned(&server, ann).await;
    keep(&server, "notes", "1").await;
    let name = format!("claude-ai:{}", browser.id);
    let state = async || {
        let path = format!("/api/connectors/{ann}/status");
        let answer = server.at(Method::GET, &path).bearer(&token).send().await.ok(200);
        (
            answer["connectors"][&name]["status"].clone(),
            answer["connectors"][&name]["errorCode"].clone(),
            answer["anyNeedsReauth"] == true,
        )
    };
    let tell = async |verdict: &str| {
        let detail = json!({ "message": "m", "endpoint": "list_skills", "verdict": verdict, "findings": [] });
        let body = json!({ "category": "endpoint_changed", "ext_version": "1", "detail": detail });
        server.call(Method::POST, "/extension/telemetry").bearer(&browser.token).json(body).send().await.nothing();
    };
    tell("warn").await;
    assert_eq!(state().await, (Value::Null, Value::Null, false), "what goes on is not broken");
    tell("read_only").await;
    assert_eq!(state().await, (json!("needs_reauth"), json!("endpoint_changed"), true));
    let operation = lease(&server, &browser, "").await.remove(0);
    report(&server, &browser, &operation["id"], json!({ "success": false, "auth_expired": true })).await.nothing();
    assert_eq!(state().await, (json!("needs_reauth"), json!("cookie_expired"), true));
    let operation = lease(&server, &browser, "").await.remove(0);
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_1" } });
    report(&server, &browser, &operation["id"], done).await.nothing();
    assert_eq!(state().await, (json!("connected"), Value::Null, false));
    server.call(Method::DELETE, &format!("/integrations/{}", browser.id)).bearer(&token).send().await.nothing();
    assert_eq!(state().await, (json!("disabled"), Value::Null, false));
}

/// Nothing waits whose success could say that the session is back: the browser says so itself.
async fn a_browser_that_is_signed_in_again_is_well(server: Server) {
    let (ann, token) = person(&server, "ann", Role::Member).await;
    let browser = owned(&server, ann).await;
    keep(&server, "notes", "1").await;
    let operation = lease(&server, &browser, "").await.remove(0);
    report(&server, &browser, &operation["id"], json!({ "success": false, "auth_expired": true })).await.nothing();
    let status = async || server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    let lapsed = status().await;
    assert_eq!(
        (&lapsed["status"], &lapsed["connector"]["errorCode"]),
        (&json!("cookie_expired"), &json!("cookie_expired"))
    );
    let body = json!({ "category": "signed_in", "ext_version": "1" });
    server.call(Method::POST, "/extension/telemetry").bearer(&browser.token).json(body).send().await.nothing();
    let well = status().await;
    assert_eq!((&well["status"], well.get("connector")), (&json!("active"), None));
    let path = format!("/api/connectors/{ann}/status");
    let health = server.at(Method::GET, &path).bearer(&token).send().await.ok(200);
    assert_eq!(health["anyNeedsReauth"], false);
    let newest = server.store.recent_events(1).await.expect("events").remove(0);
    assert_eq!(
        (newest.event.as_str(), &newest.detail["status"]),
        ("integration_updated", &json!("cookie_expired→active"))
    );
}

async fn a_browser_is_told_of_a_pause(server: Server) {
    let (ann, token) = person(&server, "ann", Role::Member).await;
    let browser = owned(&server, ann).await;
    for name in ["notes", "plans"] {
        keep(&server, name, "1").await;
    }
    let asked = async |query: &str| {
        let path = format!("/extension/operations{query}");
        let answer = server.call(Method::GET, &path).bearer(&browser.token).send().await;
        answer.ok(200);
        answer.header("skillferry-paused").map(str::to_owned)
    };
    let status = async || server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    let leased = lease(&server, &browser, "").await;
    assert_eq!((asked("").await, status().await.get("pause").cloned()), (None, None));
    pause(&server, ann, &token, json!({ "paused": true, "reason": "On holiday" })).await;
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_1" } });
    let answer = report(&server, &browser, &leased[0]["id"], done).await;
    answer.nothing();
    assert_eq!(answer.header("skillferry-paused"), Some("person"), "in the middle of a batch");
    report(&server, &browser, &leased[1]["id"], json!({ "success": false, "held": true })).await.nothing();
    assert_eq!(asked("").await.as_deref(), Some("person"));
    let told = status().await;
    assert_eq!((&told["pause"]["by"], &told["pause"]["reason"]), (&json!("person"), &json!("On holiday")));
    assert!(told["pause"]["since"].is_string() && told.get("connector").is_none(), "{told}");
    let (told, _) = tokio::join!(asked("?wait=20"), async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        pause(&server, ann, &token, json!({ "paused": false })).await
    });
    assert_eq!(told, None, "a poll that waits hears of the end");
    assert_eq!(status().await.get("pause"), None);
}
