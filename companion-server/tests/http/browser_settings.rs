//! Settings and tokens of paired browsers.

use std::time::Duration;

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::people::{Browser, begin, keep, lease, pair};
use crate::server::{Server, on_both};

on_both!(
    changes_what_is_named_and_notes_only_that,
    refuses_what_it_does_not_know,
    a_rotated_token_dies_at_once,
    a_waiting_browser_with_a_replaced_token_gets_no_work,
    five_rotations_an_hour,
    only_people_may,
);

async fn change(server: &Server, browser: &Browser, body: Value) -> Answer {
    server.call(Method::PATCH, &format!("/integrations/{}", browser.id)).admin().json(body).send().await
}

async fn rotate(server: &Server, id: impl std::fmt::Display) -> Answer {
    server.call(Method::POST, &format!("/integrations/{id}/rotate-token")).admin().send().await
}

async fn events(server: &Server, name: &str) -> Vec<Value> {
    let events = server.store.recent_events(200).await.expect("events");
    events.into_iter().filter(|event| event.event == name).map(|event| event.detail).collect()
}

async fn changes_what_is_named_and_notes_only_that(server: Server) {
    let browser = pair(&server, "Old").await;
    let body = json!({ "scope": "personal", "conflict_policy": "ask", "browser_label": null, "unknown": 1 });
    let changed = change(&server, &browser, body).await.ok(200);
    assert_eq!((&changed["scope"], &changed["conflict_policy"]), (&json!("personal"), &json!("ask")));
    assert_eq!(changed["browser_label"], "Old");
    assert_eq!(events(&server, "integration_updated").await, [json!({ "scope": "both→personal" })]);
    change(&server, &browser, json!({ "scope": "personal" })).await.ok(200);
    change(&server, &browser, json!({})).await.ok(200);
    assert_eq!(events(&server, "integration_updated").await.len(), 1);
    let body = json!({ "conflict_policy": "claude_ai_wins", "browser_label": " New " });
    let changed = change(&server, &browser, body).await.ok(200);
    assert_eq!(changed["browser_label"], "New");
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    assert_eq!(listed[0], changed);
    let noted = json!({ "conflict_policy": "ask→claude_ai_wins", "browser_label": "updated" });
    assert_eq!(events(&server, "integration_updated").await[0], noted);
    let bare = change(&server, &browser, json!({ "browser_label": "" })).await.ok(200);
    assert_eq!(bare["browser_label"], Value::Null);
    server.call(Method::DELETE, &format!("/integrations/{}", browser.id)).admin().send().await.nothing();
    assert_eq!(change(&server, &browser, json!({ "scope": "both" })).await.ok(200)["status"], "disconnected");
}

async fn refuses_what_it_does_not_know(server: Server) {
    let browser = pair(&server, "Browser").await;
    let body = json!({ "scope": "all", "conflict_policy": 3, "browser_label": "x".repeat(129) });
    let message = change(&server, &browser, body).await.refused(422, ErrorCode::ValidationError);
    assert!(message.contains("scope: Input should be 'personal', 'organization' or 'both'; conflict_policy: "));
    assert!(message.contains("browser_label: ") && !message.contains("xxx"), "{message}");
    let unknown = Browser { id: uuid::Uuid::nil(), token: String::new() };
    change(&server, &unknown, json!({ "scope": "both" })).await.refused(404, ErrorCode::IntegrationNotFound);
    rotate(&server, unknown.id).await.refused(404, ErrorCode::IntegrationNotFound);
    rotate(&server, "no-id").await.refused(422, ErrorCode::ValidationError);
    let waiting = begin(&server, "Waits").await;
    let waiting = waiting["integration_id"].as_str().expect("an id");
    rotate(&server, waiting).await.refused(404, ErrorCode::IntegrationNotFound);
    let pending = Browser { id: waiting.parse().expect("a UUID"), token: String::new() };
    change(&server, &pending, json!({ "scope": "both" })).await.refused(404, ErrorCode::IntegrationNotFound);
    server.call(Method::DELETE, &format!("/integrations/{}", browser.id)).admin().send().await.nothing();
    rotate(&server, browser.id).await.refused(409, ErrorCode::IntegrationDisconnected);
}

async fn a_rotated_token_dies_at_once(server: Server) {
    let browser = pair(&server, "Browser").await;
    server.sql("UPDATE claude_ai_integrations SET last_error = 'something'").await;
    let rotated = rotate(&server, browser.id).await.ok(200);
    assert_eq!(rotated["integration_id"], browser.id.to_string());
    assert!(rotated["rotated_at"].as_str().expect("a time").ends_with('Z'));
    let token = rotated["new_extension_token"].as_str().expect("a token");
    assert_eq!(token.len(), 43);
    let old = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await;
    old.refused(403, ErrorCode::IntegrationDisconnected);
    let new = server.call(Method::GET, "/extension/status").bearer(token).send().await.ok(200);
    assert_eq!((&new["status"], &new["last_error"]), (&json!("active"), &Value::Null));
    let noted = json!({ "action": "rotate", "browser_label": "Browser" });
    assert_eq!(events(&server, "token_revoked").await, [noted]);
    rotate(&server, browser.id).await.ok(200);
    let second = server.call(Method::GET, "/extension/status").bearer(token).send().await;
    second.refused(403, ErrorCode::IntegrationDisconnected);
}

async fn a_waiting_browser_with_a_replaced_token_gets_no_work(server: Server) {
    let browser = pair(&server, "Browser").await;
    let wait = server.call(Method::GET, "/extension/operations?wait=20").bearer(&browser.token).send();
    let replace = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let rotated = rotate(&server, browser.id).await.ok(200);
        keep(&server, "notes", "1").await;
        rotated
    };
    let (waited, rotated) = tokio::join!(wait, replace);
    waited.refused(403, ErrorCode::IntegrationDisconnected);
    let token = rotated["new_extension_token"].as_str().expect("a token").to_owned();
    assert_eq!(lease(&server, &Browser { id: browser.id, token }, "").await.len(), 1);
}

async fn five_rotations_an_hour(server: Server) {
    let browser = pair(&server, "Browser").await;
    let other = pair(&server, "Other").await;
    for _ in 0..5 {
        rotate(&server, browser.id).await.ok(200);
    }
    let limited = rotate(&server, browser.id).await;
    limited.refused(429, ErrorCode::RateLimited);
    let wait: u32 = limited.header("retry-after").expect("a header").parse().expect("seconds");
    assert!((3500..=3600).contains(&wait), "{wait}");
    rotate(&server, other.id).await.ok(200);
    // An hour later.
    let earlier = match &server.url {
        companion_server::store::DatabaseUrl::Sqlite(_) => "created_at - 3601000000",
        companion_server::store::DatabaseUrl::Postgres(_) => "created_at - INTERVAL '3601 seconds'",
    };
    server.sql(&format!("UPDATE claude_ai_audit_log SET created_at = {earlier}")).await;
    rotate(&server, browser.id).await.ok(200);
}

async fn only_people_may(server: Server) {
    let browser = pair(&server, "Browser").await;
    for (method, path) in [(Method::PATCH, ""), (Method::POST, "/rotate-token")] {
        let path = format!("/integrations/{}{path}", browser.id);
        server.call(method.clone(), &path).send().await.refused(401, ErrorCode::LoginRequired);
        let call = server.call(method, &path).bearer(&browser.token).json(json!({}));
        call.send().await.refused(401, ErrorCode::LoginRequired);
    }
}
