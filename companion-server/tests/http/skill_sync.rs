//! The switch that a person has for each skill, and clean-up at a person's wish.

use axum::http::Method;
use companion_server::time::Timestamp;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::people::{Browser, begin, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    off_takes_waiting_work_back_and_on_plans_it_again,
    off_lets_running_work_end_and_pushes_nothing_more,
    off_leaves_the_account_alone_when_the_skill_goes,
    what_failed_is_given_up_when_switched_off,
    the_status_names_every_account,
    unknown_skills_and_strangers_are_refused,
    clean_up_counts_what_it_did,
);

async fn switch(server: &Server, skill: impl std::fmt::Display, enabled: Value) -> Answer {
    let call = server.call(Method::PATCH, &format!("/skills/{skill}/sync")).admin();
    call.json(json!({ "enabled": enabled })).send().await
}

async fn status(server: &Server, slug: &str) -> Answer {
    server.call(Method::GET, &format!("/skills/{slug}/sync-status")).admin().send().await
}

async fn push(server: &Server, browser: &Browser, account_id: &str) {
    let leased = lease(server, browser, "").await;
    let result = json!({ "claude_ai_skill_id": account_id, "claude_ai_version": "1" });
    report(server, browser, &leased[0]["id"], json!({ "success": true, "result": result })).await.nothing();
}

async fn off_takes_waiting_work_back_and_on_plans_it_again(server: Server) {
    let browser = pair(&server, "Browser").await;
    let kept = keep(&server, "notes", "1").await;
    assert_eq!(status(&server, "notes").await.ok(200)["pending_op_count"], 1);
    switch(&server, kept.skill, json!(false)).await.nothing();
    let off = status(&server, "notes").await.ok(200);
    assert_eq!((&off["claude_ai_sync_enabled"], &off["pending_op_count"]), (&json!(false), &json!(0)));
    keep(&server, "notes", "2").await;
    server.call(Method::POST, &format!("/integrations/{}/trigger-sync", browser.id)).admin().send().await.nothing();
    assert!(lease(&server, &browser, "").await.is_empty());
    switch(&server, "notes", json!("off")).await.nothing();
    switch(&server, "notes", json!(true)).await.nothing();
    let leased = lease(&server, &browser, "").await;
    assert_eq!((leased.len(), &leased[0]["kind"]), (1, &json!("upload")));
}

async fn off_lets_running_work_end_and_pushes_nothing_more(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    let leased = lease(&server, &browser, "").await;
    keep(&server, "notes", "2").await;
    switch(&server, "notes", json!(false)).await.nothing();
    let result = json!({ "claude_ai_skill_id": "sk_1", "claude_ai_version": "1" });
    report(&server, &browser, &leased[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    assert!(lease(&server, &browser, "").await.is_empty());
    assert_eq!(status(&server, "notes").await.ok(200)["links"][0]["claude_ai_skill_id"], "sk_1");
    switch(&server, "notes", json!(true)).await.nothing();
    let leased = lease(&server, &browser, "").await;
    assert_eq!((&leased[0]["kind"], &leased[0]["payload"]["claude_ai_skill_id"]), (&json!("update"), &json!("sk_1")));
}

async fn off_leaves_the_account_alone_when_the_skill_goes(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    push(&server, &browser, "sk_1").await;
    switch(&server, "notes", json!(false)).await.nothing();
    assert!(server.store.remove_skill("notes", Timestamp::now()).await.expect("removal"));
    assert!(lease(&server, &browser, "").await.is_empty());
    status(&server, "notes").await.refused(404, ErrorCode::SkillNotFound);
}

async fn what_failed_is_given_up_when_switched_off(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    let leased = lease(&server, &browser, "").await;
    let failure = json!({ "success": false, "error": "refused", "permanent": true });
    report(&server, &browser, &leased[0]["id"], failure).await.nothing();
    switch(&server, "notes", json!(false)).await.nothing();
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    assert_eq!(listed[0]["failed_op_count"], 0);
    let id = leased[0]["id"].as_str().expect("an id");
    let retried = server.call(Method::POST, &format!("/operations/{id}/retry")).admin().send().await;
    retried.refused(404, ErrorCode::OperationNotFound);
    switch(&server, "notes", json!(true)).await.nothing();
    assert_eq!(lease(&server, &browser, "").await.len(), 1);
}

async fn the_status_names_every_account(server: Server) {
    let (first, second) = (pair(&server, "First").await, pair(&server, "Second").await);
    let kept = keep(&server, "notes", "1").await;
    push(&server, &first, "sk_1").await;
    push(&server, &second, "sk_2").await;
    let answer = status(&server, "notes").await.ok(200);
    assert_eq!((&answer["skill_id"], &answer["skill_slug"]), (&json!(kept.skill), &json!("notes")));
    let links = answer["links"].as_array().expect("links");
    let labels: Vec<&Value> = links.iter().map(|link| &link["integration_label"]).collect();
    assert_eq!(labels, ["Second", "First"], "latest seen first");
    let members: Vec<&str> = links[0].as_object().expect("a link").keys().map(String::as_str).collect();
    let mut expected = [
        "integration_id",
        "integration_label",
        "integration_status",
        "claude_ai_skill_id",
        "claude_ai_version",
        "conflict_state",
        "last_seen_at",
        "direction",
    ];
    expected.sort_unstable();
    assert_eq!(std::collections::BTreeSet::from_iter(members), expected.into());
    assert_eq!((&links[1]["integration_status"], &links[1]["conflict_state"]), (&json!("active"), &json!("none")));
}

async fn unknown_skills_and_strangers_are_refused(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    for skill in ["nothing", "00000000-0000-0000-0000-000000000000", "a%00b"] {
        switch(&server, skill, json!(true)).await.refused(404, ErrorCode::SkillNotFound);
        status(&server, skill).await.refused(404, ErrorCode::SkillNotFound);
    }
    let missing = server.call(Method::PATCH, "/skills/notes/sync").admin().json(json!({})).send().await;
    assert_eq!(missing.refused(422, ErrorCode::ValidationError), "enabled: Field required");
    for (method, path) in [
        (Method::PATCH, "/skills/notes/sync"),
        (Method::GET, "/skills/notes/sync-status"),
        (Method::POST, "/admin/cleanup-expired-pairings"),
    ] {
        server.call(method.clone(), path).send().await.refused(401, ErrorCode::LoginRequired);
        server.call(method, path).bearer(&browser.token).send().await.refused(401, ErrorCode::LoginRequired);
    }
}

async fn clean_up_counts_what_it_did(server: Server) {
    let browser = pair(&server, "Browser").await;
    begin(&server, "Nobody").await;
    keep(&server, "notes", "1").await;
    lease(&server, &browser, "").await;
    let clean = async || server.call(Method::POST, "/admin/cleanup-expired-pairings").admin().send().await.ok(200);
    assert_eq!(clean().await, json!({ "expired": 0, "reclaimed": 0 }));
    let (hours, minutes) = match &server.url {
        companion_server::store::DatabaseUrl::Sqlite(_) => (" - 7200000000", " - 240000000"),
        companion_server::store::DatabaseUrl::Postgres(_) => (" - INTERVAL '2 hours'", " - INTERVAL '4 minutes'"),
    };
    server.sql(&format!("UPDATE claude_ai_integrations SET pairing_expires_at = pairing_expires_at{hours}")).await;
    server.sql(&format!("UPDATE claude_ai_sync_operations SET started_at = started_at{minutes}")).await;
    assert_eq!(clean().await, json!({ "expired": 1, "reclaimed": 1 }));
    assert_eq!(clean().await, json!({ "expired": 0, "reclaimed": 0 }));
}
