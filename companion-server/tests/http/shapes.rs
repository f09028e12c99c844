//! The shape of every JSON answer, kept as files: a member that is renamed or forgotten is a visible difference.

use axum::http::Method;
use serde_json::json;

use crate::operations::with_one_operation;
use crate::people::{approve, begin, folder, keep, lease, pair, poll, report};
use crate::server::{Server, on_both};

on_both!(of_pairing, of_work, of_browsers, of_health, of_refusals);

async fn of_pairing(server: Server) {
    let capabilities = server.call(Method::GET, "/extension/capabilities").send().await.ok(200);
    assert_shape!("capabilities", capabilities, { ".version" => "[version]" });
    let begun = begin(&server, "Work laptop").await;
    assert_shape!("pairing_started", begun, {
        ".integration_id" => "[id]", ".pairing_code" => "[code]", ".pairing_token" => "[token]",
        ".redemption_url" => "[url]", ".expires_at" => "[time]",
    });
    let pending = server.call(Method::GET, "/pairings/pending").admin().send().await.ok(200);
    assert_shape!("pairings_pending", pending, {
        "[].integration_id" => "[id]", "[].pairing_code" => "[code]", "[].created_at" => "[time]",
        "[].expires_at" => "[time]",
    });
    let answer = poll(&server, &begun).await.ok(200);
    assert_shape!("pairing_waiting", answer);
    approve(&server, begun["pairing_code"].as_str().expect("a code")).await.nothing();
    let redeemed = poll(&server, &begun).await.ok(200);
    assert_shape!("pairing_redeemed", redeemed, { ".extension_token" => "[token]" });
}

async fn of_work(server: Server) {
    let browser = pair(&server, "Work laptop").await;
    let kept = keep(&server, "notes", "1").await;
    let uploads = lease(&server, &browser, "").await;
    let snapshot = |name: &str, operations: &[serde_json::Value]| {
        assert_shape!(name, operations, {
            "[].id" => "[id]", "[].skill_id" => "[id]", "[].payload.version_id" => "[id]",
            "[].payload.skillnote_skill_id" => "[id]", "[].created_at" => "[time]",
        });
    };
    snapshot("operation_upload", &uploads);
    let result = json!({ "claude_ai_skill_id": "skill_01", "claude_ai_version": "7" });
    let done = json!({ "success": true, "result": result, "claude_ai_org_id": "org-1" });
    report(&server, &browser, &uploads[0]["id"], done).await.nothing();
    keep(&server, "notes", "2").await;
    let updates = lease(&server, &browser, "").await;
    snapshot("operation_update", &updates);
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_01", "claude_ai_version": "8" } });
    report(&server, &browser, &updates[0]["id"], done).await.nothing();
    let query = format!("?skill_id={}&claude_ai_skill_id=skill_01", kept.skill);
    let zip = skill_format::archive::write("notes", &folder("notes", "theirs"));
    let call = server.call(Method::POST, &format!("/extension/remote-snapshot{query}")).bearer(&browser.token);
    let kept = call.body("application/zip", zip).send().await.ok(201);
    assert_shape!("remote_snapshot", kept, { ".version_id" => "[id]" });
    server.store.remove_skill("notes", companion_server::time::Timestamp::now()).await.expect("removed");
    snapshot("operation_delete", &lease(&server, &browser, "").await);
}

async fn of_browsers(server: Server) {
    let fresh = pair(&server, "Fresh").await;
    let call = server.call(Method::GET, "/extension/status").bearer(&fresh.token);
    let answer = call.send().await.ok(200);
    assert_shape!("extension_status_fresh", answer, { ".integration_id" => "[id]" });
    let (browser, operation) = with_one_operation(&server).await;
    let failed = json!({ "success": false, "permanent": true, "error": "The name is taken." });
    report(&server, &browser, &operation, failed).await.nothing();
    keep(&server, "other", "1").await;
    let other = lease(&server, &browser, "").await;
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "s" }, "claude_ai_org_id": "org-1" });
    report(&server, &browser, &other[0]["id"], done).await.nothing();
    let call = server.call(Method::GET, "/extension/status").bearer(&browser.token);
    let own = call.send().await.ok(200);
    assert_shape!("extension_status", own, { ".integration_id" => "[id]", ".last_sync_at" => "[time]" });
    server.call(Method::DELETE, &format!("/integrations/{}", fresh.id)).admin().send().await.nothing();
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    assert_shape!("integrations", listed, { "[].id" => "[id]", "[0].last_sync_at" => "[time]" });
}

async fn of_health(server: Server) {
    let open = server.at(Method::GET, "/health").send().await.ok(200);
    assert_shape!("server_health", open, { ".migration" => "[migration]" });
    let call = || server.call(Method::GET, "/health").admin().send();
    let redacted = |name: &str, health: serde_json::Value| {
        assert_shape!(name, health, { ".last_audit_at" => insta::dynamic_redaction(|value, _| {
            if value.is_nil() { "null" } else { "[time]" }
        }), ".schema_version" => "[migration]" });
    };
    redacted("connector_health_empty", call().await.ok(200));
    with_one_operation(&server).await;
    redacted("connector_health", call().await.ok(200));
}

async fn of_refusals(server: Server) {
    let refusals = [
        server.at(Method::GET, "/nothing").send().await,
        server.at(Method::PUT, "/health").send().await,
        server.at(Method::GET, "/health").host(b"evil.example").send().await,
        server.call(Method::GET, "/integrations").send().await,
        server.call(Method::GET, "/integrations").header("origin", "https://evil.example").send().await,
        server.call(Method::GET, "/extension/status").send().await,
        server.call(Method::GET, "/extension/status").bearer("sfe_x").send().await,
        server.call(Method::POST, "/extension/pair").body("application/json", "{\"browser_label\": 5}").send().await,
        server.call(Method::POST, "/extension/pair").body("application/json", vec![b' '; 70_000]).send().await,
        server.call(Method::GET, "/extension/pair/status?pairing_token=x").send().await,
        approve(&server, "ZZZZZZ").await,
    ];
    let shown: Vec<_> = refusals.iter().map(|answer| (answer.status.as_u16(), answer.json())).collect();
    assert_shape!("refusals", shown);
}
