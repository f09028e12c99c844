//! Looking back: `GET …/activity`.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::Value;

use crate::people::{keep, pair};
use crate::server::{Server, on_both};

on_both!(
    elements_have_their_shape,
    filters_hold_together,
    pages_lose_nothing,
    what_is_wrong_is_named,
    the_export_is_whole
);

async fn activity(server: &Server, query: &str) -> Vec<Value> {
    let answer = server.call(Method::GET, &format!("/activity{query}")).admin().send().await.ok(200);
    answer.as_array().expect("an array").clone()
}

async fn elements_have_their_shape(server: Server) {
    pair(&server, "Work laptop").await;
    keep(&server, "notes", "1").await;
    let events = activity(&server, "").await;
    assert_shape!("activity", events, {
        "[].id" => "[id]", "[].integration_id" => insta::dynamic_redaction(|value, _| {
            if value.is_nil() { value } else { "[id]".into() }
        }),
        "[].skill_id" => insta::dynamic_redaction(|value, _| if value.is_nil() { value } else { "[id]".into() }),
        "[].created_at" => "[time]",
    });
}

async fn filters_hold_together(server: Server) {
    let (first, second) = (pair(&server, "one").await, pair(&server, "two").await);
    let kept = keep(&server, "notes", "1").await;
    let own = activity(&server, &format!("?integration_id={}&event=pair_approved", first.id)).await;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["integration_id"], first.id.to_string());
    let of_skill = activity(&server, &format!("?skill_id={}", kept.skill)).await;
    assert_eq!(of_skill[0]["skill_slug"], "notes");
    let neither = format!("?skill_id={}&integration_id={}", kept.skill, second.id);
    assert!(activity(&server, &neither).await.is_empty());
    let moment = own[0]["created_at"].as_str().expect("time");
    assert_eq!(activity(&server, &format!("?since={moment}&until={moment}")).await, own, "both bounds are inclusive");
    assert!(activity(&server, "?until=1970-01-02").await.is_empty());
    server.sql("DELETE FROM claude_ai_integrations").await;
    assert_eq!(activity(&server, &format!("?integration_id={}&event=pair_approved", first.id)).await, own);
}

async fn pages_lose_nothing(server: Server) {
    for label in ["one", "two", "three"] {
        pair(&server, label).await;
    }
    let all = activity(&server, "?limit=500").await;
    let (mut paged, mut before) = (Vec::new(), "2100-01-01".to_owned());
    while let [event] = activity(&server, &format!("?limit=1&before={before}")).await.as_slice() {
        before = event["created_at"].as_str().expect("time").to_owned();
        assert!(before.ends_with('Z'), "{before}");
        paged.push(event.clone());
    }
    assert_eq!(paged, all);
}

async fn what_is_wrong_is_named(server: Server) {
    let refused = async |query: &str, code| {
        server.call(Method::GET, &format!("/activity{query}")).admin().send().await.refused(422, code)
    };
    let names = refused("?event=nonsense", ErrorCode::InvalidEvent).await;
    assert!(names.contains("conflict_detected, conflict_resolved, cookie_expired"), "{names}");
    refused("?since=2026-02-01&until=2026-01-01T00:00:00Z", ErrorCode::InvalidDateRange).await;
    let all = refused("?limit=501&since=soon&skill_id=x", ErrorCode::ValidationError).await;
    for name in ["query → limit: ", "query → since: ", "query → skill_id: "] {
        assert!(all.contains(name), "{all}");
    }
    refused("?limit=0", ErrorCode::ValidationError).await;
    server.call(Method::GET, "/activity").send().await.refused(401, ErrorCode::LoginRequired);
}

async fn the_export_is_whole(server: Server) {
    pair(&server, "Work, \"laptop\"").await;
    for number in 0..600 {
        keep(&server, "notes", &number.to_string()).await;
    }
    let export = async |query: &str| {
        let call = server.call(Method::GET, &format!("/activity/export.csv{query}")).admin();
        let answer = call.send().await;
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let file = answer.header("content-disposition").map(str::to_owned);
        assert_eq!(file.as_deref(), Some("attachment; filename=\"claude-ai-activity.csv\""));
        answer.text()
    };
    let whole = export("").await;
    assert!(whole.starts_with("created_at,event,integration_id,skill_id,detail\r\n"));
    assert!(whole.lines().count() > 600, "{}", whole.lines().count());
    assert!(whole.contains(r#"""browser_label"":""Work, \""laptop\"""#), "{whole}");
    assert_eq!(export("?event=pair_started").await.lines().count(), 2);
    assert_eq!(export("?limit=5").await.lines().count(), 6);
    let wrong = server.call(Method::GET, "/activity/export.csv?limit=50001&event=x").admin().send().await;
    wrong.refused(422, ErrorCode::ValidationError);
    server.call(Method::GET, "/activity/export.csv").send().await.refused(401, ErrorCode::LoginRequired);
}
