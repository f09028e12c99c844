//! Reports that cannot be read, and those that are only just right.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::operations::with_one_operation;
use crate::people::{keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(wrong_members_are_all_named, bodies_that_are_none, sizes_at_the_edge, syncing_on_demand);

async fn wrong_members_are_all_named(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    for (body, message) in [
        (json!({}), "success: Field required"),
        (json!({ "success": null }), "success: Field required"),
        (json!({ "success": "perhaps" }), "success: Input should be a valid boolean"),
        (json!({ "success": 2 }), "success: Input should be a valid boolean"),
        (json!({ "success": true, "result": [] }), "result: Input should be a valid dictionary"),
        (json!({ "success": true, "result": "done" }), "result: Input should be a valid dictionary"),
        (json!({ "success": true, "error": 5 }), "error: Input should be a valid string"),
        (json!({ "success": false, "error": "a\0b" }), "error: Input should not contain a NUL character"),
        (json!({ "success": true, "result": { "a": ["\0"] } }), "result: Input should not contain a NUL character"),
        (
            json!({ "error": "x".repeat(2001), "claude_ai_org_id": "y".repeat(129), "permanent": {} }),
            "success: Field required; error: String should have at most 2000 characters; \
             claude_ai_org_id: String should have at most 128 characters; permanent: Input should be a valid boolean",
        ),
    ] {
        let answer = report(&server, &browser, &operation, body).await;
        assert_eq!(answer.refused(422, ErrorCode::ValidationError), message);
    }
    let still = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!(still["pending_op_count"], 1, "nothing was settled");
}

async fn bodies_that_are_none(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let path = format!("/extension/operations/{}/complete", operation.as_str().expect("an id"));
    for (content_type, body, message) in [
        ("application/json", "", "body: Field required"),
        ("application/json", "{", "body: JSON decode error"),
        ("application/json", "{\"success\": true, \"error\": \"\\ud800\"}", "body: JSON decode error"),
        ("text/plain", "{\"success\": true}", "body: Input should be a valid JSON object"),
    ] {
        let answer = server.call(Method::POST, &path).bearer(&browser.token).body(content_type, body).send().await;
        assert_eq!(answer.refused(422, ErrorCode::ValidationError), message);
    }
    let nested = format!("{{\"success\": true, \"result\": {}{}}}", "{\"a\":".repeat(500), "}".repeat(500));
    let answer = server.call(Method::POST, &path).bearer(&browser.token).body("application/json", nested).send().await;
    answer.refused(422, ErrorCode::ValidationError);
    let large = format!("{{\"success\": true, \"result\": {{\"a\": \"{}\"}}}}", "x".repeat(3 << 20));
    let answer = server.call(Method::POST, &path).bearer(&browser.token).body("application/json", large).send().await;
    answer.refused(413, ErrorCode::HttpError);
}

async fn sizes_at_the_edge(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let long = json!({
        "success": "yes",
        "error": "ü".repeat(2000),
        "claude_ai_org_id": "o".repeat(128),
        "auth_expired": null,
        "result": { "claude_ai_skill_id": "skill_01", "more": { "numbers": [1, -2.5, 1e300], "text": "„🦀“" } },
    });
    report(&server, &browser, &operation, long).await.nothing();
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    assert_eq!(listed[0]["claude_ai_org_id"], "o".repeat(128));
}

async fn syncing_on_demand(server: Server) {
    keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    lease(&server, &browser, "").await;
    let trigger = |id: Value| {
        let path = format!("/integrations/{}/trigger-sync", id.as_str().expect("an id"));
        let call = server.call(Method::POST, &path).admin();
        async move { call.send().await }
    };
    trigger(json!(browser.id)).await.nothing();
    assert!(lease(&server, &browser, "").await.is_empty(), "what is under way is not queued again");
    trigger(json!("00000000-0000-4000-8000-000000000000")).await.refused(404, ErrorCode::IntegrationNotFound);
    let badly = trigger(json!("x")).await.refused(422, ErrorCode::ValidationError);
    assert_eq!(badly, "path → id: Input should be a valid UUID");
    let path = format!("/integrations/{}", browser.id);
    server.call(Method::DELETE, &path).admin().send().await.nothing();
    trigger(json!(browser.id)).await.refused(409, ErrorCode::IntegrationNotActive);
}
