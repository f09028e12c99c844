//! Routes that the reference's own extension calls besides work and pairing.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::people::{Browser, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    reconcile_revives_what_failed_and_never_piles_up,
    reconcile_queues_what_is_missing,
    known_ids_are_those_of_the_browser,
    telemetry_is_checked,
    a_changed_endpoint_becomes_an_event,
    all_of_them_need_the_browsers_bearer,
);

async fn reconcile(server: &Server, browser: &Browser) -> u64 {
    let call = server.call(Method::POST, "/extension/reconcile").bearer(&browser.token);
    call.send().await.ok(202)["enqueued"].as_u64().expect("a number")
}

async fn own_status(server: &Server, browser: &Browser) -> Value {
    server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200)
}

async fn reconcile_revives_what_failed_and_never_piles_up(server: Server) {
    let browser = pair(&server, "Work laptop").await;
    keep(&server, "notes", "1").await;
    let work = lease(&server, &browser, "").await;
    let failed = json!({ "success": false, "permanent": true, "error": "refused" });
    report(&server, &browser, &work[0]["id"], failed).await.nothing();
    let status = own_status(&server, &browser).await;
    assert_eq!((status["failed_op_count"].as_u64(), status["last_error"].is_null()), (Some(1), false));
    assert_eq!(reconcile(&server, &browser).await, 1);
    assert_eq!(reconcile(&server, &browser).await, 0);
    let status = own_status(&server, &browser).await;
    assert_eq!((status["failed_op_count"].as_u64(), status["last_error"].is_null()), (Some(0), true));
    let again = lease(&server, &browser, "").await;
    assert_eq!(
        (again.len(), again[0]["id"].clone(), again[0]["attempts"].as_u64()),
        (1, work[0]["id"].clone(), Some(1))
    );
}

async fn reconcile_queues_what_is_missing(server: Server) {
    let browser = pair(&server, "Work laptop").await;
    keep(&server, "notes", "1").await;
    server.sql("DELETE FROM claude_ai_sync_operations").await;
    assert_eq!(reconcile(&server, &browser).await, 1);
    assert_eq!(lease(&server, &browser, "").await[0]["kind"], "upload");
}

async fn known_ids_are_those_of_the_browser(server: Server) {
    let (browser, other) = (pair(&server, "One").await, pair(&server, "Two").await);
    keep(&server, "notes", "1").await;
    let work = lease(&server, &browser, "").await;
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_01" } });
    report(&server, &browser, &work[0]["id"], done).await.nothing();
    for (browser, ids) in [(&browser, json!(["skill_01"])), (&other, json!([]))] {
        let known = server.call(Method::GET, "/extension/known-skill-ids").bearer(&browser.token).send().await.ok(200);
        assert_eq!(known, json!({ "claude_ai_skill_ids": ids }));
    }
}

async fn telemetry_is_checked(server: Server) {
    let browser = pair(&server, "Work laptop").await;
    let send = |body: Value| server.call(Method::POST, "/extension/telemetry").bearer(&browser.token).json(body).send();
    send(json!({ "category": "sync_ended", "ext_version": "1.0", "ts": null, "detail": { "a": [1] } })).await.nothing();
    let message = send(json!({ "category": "no spaces", "detail": 5 })).await.refused(422, ErrorCode::ValidationError);
    assert_eq!(
        message,
        "category: String should match pattern '^[a-zA-Z0-9_]+$'; ext_version: Field required; detail: Input should be a valid dictionary"
    );
    let long = json!({ "category": "x".repeat(65), "ext_version": "1" });
    let message = send(long).await.refused(422, ErrorCode::ValidationError);
    assert_eq!(message, "category: String should have at most 64 characters");
    send(json!({ "category": "", "ext_version": "1" })).await.refused(422, ErrorCode::ValidationError);
}

async fn a_changed_endpoint_becomes_an_event(server: Server) {
    let browser = pair(&server, "Work laptop").await;
    let send = |detail: Value| {
        let body = json!({ "category": "endpoint_changed", "ext_version": "1.2", "detail": detail });
        server.call(Method::POST, "/extension/telemetry").bearer(&browser.token).json(body).send()
    };
    send(json!({ "message": "A field is missing.", "endpoint": "skills.list" })).await.nothing();
    send(json!({ "noise": "x".repeat(20_000) })).await.nothing();
    send(Value::Null).await.nothing();
    let events = server.store.recent_events(3).await.expect("events");
    let details: Vec<&Value> = events.iter().map(|event| &event.detail).collect();
    assert!(events.iter().all(|event| event.event == "endpoint_changed" && event.integration.is_some()));
    let known = "claude.ai answers differently than the extension expects.";
    assert!(details.contains(&&json!({ "message": known, "ext_version": "1.2" })), "{details:?}");
    assert!(details.contains(&&json!({ "message": known, "ext_version": "1.2", "truncated": true })), "{details:?}");
    let whole = json!({ "message": "A field is missing.", "endpoint": "skills.list", "ext_version": "1.2" });
    assert!(details.contains(&&whole), "{details:?}");
}

async fn all_of_them_need_the_browsers_bearer(server: Server) {
    for (method, path) in [
        (Method::POST, "/extension/reconcile"),
        (Method::GET, "/extension/known-skill-ids"),
        (Method::POST, "/extension/telemetry"),
    ] {
        server.call(method.clone(), path).send().await.refused(401, ErrorCode::MissingBearerToken);
        server.call(method, path).admin().send().await.refused(401, ErrorCode::InvalidExtensionToken);
    }
}
