//! Handing work out and taking reports.

use std::time::{Duration, Instant};

use axum::http::Method;
use companion_wire::endpoint::{Endpoint, EndpointPolicy, PathChoice};
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::people::{Browser, folder, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    oldest_first_with_all_it_needs,
    limits_are_clamped,
    a_wait_ends_when_work_arrives,
    a_wait_ends_empty,
    a_wait_ends_when_the_server_stops,
    done_and_said_again,
    failed_and_tried_again,
    failed_for_good,
    done_after_all,
    signed_out,
    held_work,
    what_the_operator_decided,
    somebody_elses,
);

async fn oldest_first_with_all_it_needs(server: Server) {
    let first = keep(&server, "first", "1").await;
    let browser = pair(&server, "Laptop").await;
    let second = keep(&server, "second", "1").await;
    let leased = lease(&server, &browser, "").await;
    let skills: Vec<&Value> = leased.iter().map(|operation| &operation["skill_id"]).collect();
    assert_eq!(skills, [&json!(first.skill), &json!(second.skill)]);
    let digest = skill_format::folder_digest(&folder("first", "1")).to_string();
    assert_eq!(leased[0]["payload"], json!({ "version_id": first.version, "name": "first", "digest": digest }));
    assert_eq!((&leased[0]["kind"], &leased[0]["attempts"]), (&json!("upload"), &json!(1)));
    let created = leased[0]["created_at"].as_str().expect("a time");
    assert!(created.len() == 27 && created.ends_with('Z'), "{created}");
    assert_eq!(leased[0].as_object().map(serde_json::Map::len), Some(6));
    assert!(lease(&server, &browser, "").await.is_empty(), "nothing is handed out twice");
    let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!(own["pending_op_count"], 2);
}

async fn limits_are_clamped(server: Server) {
    let browser = pair(&server, "Laptop").await;
    for number in 0..104 {
        keep(&server, &format!("skill-{number}"), "1").await;
    }
    for (query, handed_out) in
        [("?limit=0", 1), ("?limit=-5", 1), ("?limit=2&limit=1", 1), ("?limit=100000", 100), ("?limit=%20100%20", 1)]
    {
        assert_eq!(lease(&server, &browser, query).await.len(), handed_out, "{query}");
    }
    for query in ["?limit=", "?limit=ten", "?limit=1.5", "?limit=99999999999999999999", "?wait=soon", "?limit=%00"] {
        let call = server.call(Method::GET, &format!("/extension/operations{query}")).bearer(&browser.token);
        let message = call.send().await.refused(422, ErrorCode::ValidationError);
        assert!(message.starts_with("query → "), "{message}");
    }
    let both = server.call(Method::GET, "/extension/operations?limit=a&wait=b").bearer(&browser.token).send().await;
    let reason = "Input should be a valid integer";
    let expected = format!("query → limit: {reason}; query → wait: {reason}");
    assert_eq!(both.refused(422, ErrorCode::ValidationError), expected);
}

async fn a_wait_ends_when_work_arrives(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let begin = Instant::now();
    let (leased, _) = tokio::join!(lease(&server, &browser, "?wait=20"), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        keep(&server, "late", "1").await
    });
    assert_eq!(leased[0]["payload"]["name"], "late");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    keep(&server, "there", "1").await;
    let begin = Instant::now();
    assert_eq!(lease(&server, &browser, "?wait=20").await.len(), 1);
    assert!(begin.elapsed() < Duration::from_secs(2), "work that is there is not waited for");
}

async fn a_wait_ends_empty(server: Server) {
    let (browser, other) = (pair(&server, "Laptop").await, pair(&server, "Desktop").await);
    let begin = Instant::now();
    assert!(lease(&server, &browser, "?wait=1").await.is_empty());
    assert!((1..5).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    let begin = Instant::now();
    assert!(lease(&server, &other, "?wait=-3").await.is_empty());
    assert!(begin.elapsed() < Duration::from_millis(900), "no wait was asked for");
}

async fn a_wait_ends_when_the_server_stops(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let begin = Instant::now();
    let (leased, _) = tokio::join!(lease(&server, &browser, "?wait=20"), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stop.send(true).expect("the routes listen");
    });
    assert!(leased.is_empty() && begin.elapsed() < Duration::from_secs(5));
}

/// A paired browser that has taken the one operation there is.
pub async fn with_one_operation(server: &Server) -> (Browser, Value) {
    let browser = pair(server, "Laptop").await;
    keep(server, "notes", "1").await;
    let leased = lease(server, &browser, "").await;
    (browser, leased[0]["id"].clone())
}

async fn done_and_said_again(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let result = json!({ "claude_ai_skill_id": "skill_01", "claude_ai_version": "v1" });
    let done = json!({ "success": true, "result": result, "claude_ai_org_id": "org-1", "unknown": 1 });
    report(&server, &browser, &operation, done.clone()).await.nothing();
    report(&server, &browser, &operation, done).await.nothing();
    let late = report(&server, &browser, &operation, json!({ "success": false })).await;
    late.refused(409, ErrorCode::OperationAlreadyFinal);
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    let counts = ["pending_op_count", "failed_op_count", "linked_skill_count"].map(|name| listed[0][name].as_u64());
    assert_eq!(counts, [Some(0), Some(0), Some(1)]);
    assert_eq!(listed[0]["claude_ai_org_id"], "org-1");
    assert!(listed[0]["last_sync_at"].is_string());
}

async fn failed_and_tried_again(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    report(&server, &browser, &operation, json!({ "success": "no", "error": "no luck" })).await.nothing();
    assert!(lease(&server, &browser, "").await.is_empty(), "a pause comes first");
    let again = lease(&server, &browser, "?wait=10").await;
    assert_eq!((&again[0]["id"], &again[0]["attempts"]), (&operation, &json!(2)));
}

async fn failed_for_good(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let path = format!("/operations/{}/retry", operation.as_str().expect("an id"));
    let retry = || server.call(Method::POST, &path).admin().send();
    retry().await.refused(409, ErrorCode::OperationNotRetryable);
    let permanent = json!({ "success": false, "permanent": 1, "error": "The name is taken." });
    report(&server, &browser, &operation, permanent).await.nothing();
    let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!(own["last_error"], "Sync failed: The name is taken.");
    assert_eq!((&own["failed_op_count"], &own["pending_op_count"]), (&json!(1), &json!(0)));
    retry().await.nothing();
    retry().await.refused(409, ErrorCode::OperationNotRetryable);
    let again = lease(&server, &browser, "").await;
    assert_eq!((again.len(), &again[0]["attempts"]), (1, &json!(1)));
}

async fn done_after_all(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let permanent = json!({ "success": false, "permanent": true, "error": "No answer." });
    report(&server, &browser, &operation, permanent.clone()).await.nothing();
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_01" } });
    let late = report(&server, &browser, &operation, done).await;
    late.refused(409, ErrorCode::OperationAlreadyFinal);
    let next = lease(&server, &browser, "").await;
    assert_eq!((&next[0]["kind"], &next[0]["attempts"]), (&json!("update"), &json!(1)), "another one has to look");
    assert_eq!(next[0]["payload"]["claude_ai_skill_id"], "skill_01");
    assert_ne!(next[0]["id"], operation, "it goes on under a new id");
    report(&server, &browser, &operation, permanent).await.refused(409, ErrorCode::OperationAlreadyFinal);
}

async fn signed_out(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let signed_out = json!({ "success": false, "auth_expired": true, "error": "Signed out." });
    report(&server, &browser, &operation, signed_out).await.nothing();
    let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!((&own["status"], &own["pending_op_count"]), (&json!("cookie_expired"), &json!(1)));
    let again = lease(&server, &browser, "?wait=10").await;
    assert_eq!(again[0]["attempts"], 1, "signing in uses no attempt");
    let result = json!({ "claude_ai_skill_id": "skill_01" });
    report(&server, &browser, &again[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!(own["status"], "active");
}

async fn held_work(server: Server) {
    let (browser, operation) = with_one_operation(&server).await;
    let mut operation = operation;
    for _ in 0..5 {
        let held = json!({ "success": false, "held": true, "permanent": true, "error": "claude.ai differs." });
        report(&server, &browser, &operation, held).await.nothing();
        let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
        let expected = (&json!("active"), &json!(1), &json!("Waiting: claude.ai differs."));
        assert_eq!((&own["status"], &own["pending_op_count"], &own["last_error"]), expected);
        let again = lease(&server, &browser, "").await;
        assert_eq!(again[0]["attempts"], 1, "waiting uses no attempt");
        operation = again[0]["id"].clone();
    }
    let result = json!({ "claude_ai_skill_id": "skill_01" });
    report(&server, &browser, &operation, json!({ "success": true, "result": result })).await.nothing();
    let own = server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
    assert_eq!(own["last_error"], json!(null));
}

async fn what_the_operator_decided(server: Server) {
    let capabilities =
        |server: Server| async move { server.call(Method::GET, "/extension/capabilities").send().await.ok(200) };
    assert!(capabilities(server.started(|_| {})).await.get("policy").is_none());
    let held = server.started(|settings| {
        let paths = vec![PathChoice { endpoint: Endpoint::ListSkills, candidate: 1 }];
        settings.endpoint_policy = EndpointPolicy { read_only: true, paths };
    });
    let expected = json!({ "read_only": true, "paths": [{ "endpoint": "list_skills", "candidate": 1 }] });
    assert_eq!(capabilities(held).await["policy"], expected);
}

async fn somebody_elses(server: Server) {
    let (_, operation) = with_one_operation(&server).await;
    let other = pair(&server, "Desktop").await;
    let done = json!({ "success": true, "result": { "claude_ai_skill_id": "skill_01" } });
    report(&server, &other, &operation, done.clone()).await.refused(404, ErrorCode::OperationNotFound);
    let nowhere = json!("00000000-0000-4000-8000-000000000000");
    report(&server, &other, &nowhere, done).await.refused(404, ErrorCode::OperationNotFound);
    let path = format!("/operations/{}/retry", nowhere.as_str().expect("an id"));
    server.call(Method::POST, &path).admin().send().await.refused(404, ErrorCode::OperationNotFound);
    let badly = server.call(Method::POST, "/operations/1/retry").admin().send().await;
    assert_eq!(badly.refused(422, ErrorCode::ValidationError), "path → op_id: Input should be a valid UUID");
}
