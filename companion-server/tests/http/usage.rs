//! Which skills are used, and what was brought.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::people::{keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    every_way_to_name_a_skill,
    what_is_too_long_or_no_object,
    who_may_report_and_read,
    figures_of_use,
    sessions,
    figures_of_sync,
    nothing_yet,
    pages_draw_what_was_used,
);

async fn used(server: &Server, body: Value) -> Answer {
    server.at(Method::POST, "/v1/hooks/skill-used").admin().json(body).send().await
}

async fn get(server: &Server, path: &str) -> Answer {
    server.at(Method::GET, path).admin().send().await
}

async fn every_way_to_name_a_skill(server: Server) {
    let accepted = json!({ "status": "accepted" });
    for (body, slug) in [
        (json!({ "skill_slug": "skillnote-a", "toolName": "x" }), "a"),
        (json!({ "toolInput": { "name": "b" } }), "b"),
        (json!({ "tool_input": { "skill": "c" }, "tool_name": "Skill" }), "c"),
        (json!({ "toolName": "d", "hookEventName": "PostToolUse" }), "d"),
        (json!({ "tool_name": "e", "hook_event_name": "PostToolUse", "agentName": "x", "unknown": [1] }), "e"),
    ] {
        server.sql("DELETE FROM skill_call_events").await;
        assert_eq!(used(&server, body.clone()).await.ok(202), accepted, "{body}");
        assert_eq!(get(&server, "/v1/analytics/summary").await.ok(200)["most_called_skill"], slug, "{body}");
    }
    let ignored = json!({ "status": "ignored", "reason": "The report names no skill." });
    for body in [json!({}), json!({ "skillSlug": "a" }), json!({ "toolName": "d" }), json!({ "skill_slug": " " })] {
        assert_eq!(used(&server, body.clone()).await.ok(202), ignored, "{body}");
    }
    assert_eq!(get(&server, "/v1/analytics/summary").await.ok(200)["total_calls"], 1, "what is ignored is not counted");
}

async fn pages_draw_what_was_used(server: Server) {
    keep(&server, "alpha", "one").await;
    assert!(!get(&server, "/").await.text().contains("id=\"chart-uses\""), "only where somebody reports");
    for slug in ["alpha", "alpha", "<b>other"] {
        used(&server, json!({ "skill_slug": slug })).await.ok(202);
    }
    let overview = get(&server, "/").await.text();
    assert!(overview.contains("id=\"chart-uses\"") && overview.contains("id=\"chart-used\""), "{overview}");
    assert!(overview.contains("<th scope=\"row\">alpha</th><td>2</td>"), "also as a table: {overview}");
    assert!(overview.contains("<th scope=\"row\">&#60;b&#62;other</th>") && !overview.contains("<b>other"));
    assert!(get(&server, "/skills/alpha").await.text().contains("id=\"chart-uses\""));
    let (_, member) = crate::accounts::person(&server, "bert", companion_server::domain::people::Role::Member).await;
    let page = server.at(Method::GET, "/").bearer(&member).send().await.text();
    assert!(!page.contains("id=\"chart-used\""), "figures of all are for admins");
}

async fn what_is_too_long_or_no_object(server: Server) {
    let long = |length: usize| "x".repeat(length);
    let refused =
        used(&server, json!({ "skill_slug": long(129), "agentName": long(129), "session_id": long(257) })).await;
    assert_eq!(
        refused.refused(422, ErrorCode::ValidationError),
        "agentName: String should have at most 128 characters; session_id: String should have at most 256 characters; skill_slug: String should have at most 128 characters"
    );
    used(&server, json!({ "toolInput": { "name": long(129) } })).await.refused(422, ErrorCode::ValidationError);
    used(&server, json!({ "skill_slug": "a", "toolInput": "b" })).await.refused(422, ErrorCode::ValidationError);
    used(&server, json!({ "skill_slug": "a\0" })).await.refused(422, ErrorCode::ValidationError);
    used(&server, json!({ "skill_slug": long(128), "sessionName": long(256) })).await.ok(202);
    for path in ["summary?days=0", "summary?days=x", "recent-sessions?limit=0", "recent-sessions?limit=51"] {
        get(&server, &format!("/v1/analytics/{path}")).await.refused(422, ErrorCode::ValidationError);
    }
}

async fn who_may_report_and_read(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let report = || server.at(Method::POST, "/v1/hooks/skill-used").json(json!({ "skill_slug": "a" }));
    report().send().await.refused(401, ErrorCode::LoginRequired);
    report().bearer("unknown").send().await.refused(401, ErrorCode::LoginRequired);
    report().bearer(&browser.token).send().await.ok(202);
    let summary = || server.at(Method::GET, "/v1/analytics/summary?agent=claude-code");
    assert_eq!(summary().bearer(&browser.token).send().await.ok(200)["total_calls"], 1);
    summary().send().await.refused(401, ErrorCode::LoginRequired);
    for path in ["/v1/analytics/recent-sessions".to_owned(), format!("{}/analytics", companion_wire::PREFIX)] {
        server.at(Method::GET, &path).send().await.refused(401, ErrorCode::LoginRequired);
        server.at(Method::GET, &path).bearer(&browser.token).send().await.refused(401, ErrorCode::LoginRequired);
    }
    server.call(Method::DELETE, &format!("/integrations/{}", browser.id)).admin().send().await.nothing();
    report().bearer(&browser.token).send().await.refused(403, ErrorCode::IntegrationDisconnected);
}

async fn figures_of_use(server: Server) {
    for (slug, agent) in [("b", "claude-ai"), ("a", "claude-ai"), ("a", "claude-ai"), ("c", "other")] {
        used(&server, json!({ "skill_slug": slug, "agent_name": agent })).await.ok(202);
    }
    let one = get(&server, "/v1/analytics/summary?agent=claude-ai&days=7").await.ok(200);
    assert_shape!("usage_summary", one);
    let all = get(&server, "/v1/analytics/summary").await.ok(200);
    assert_eq!((&all["total_calls"], &all["unique_agents"], &all["unique_skills"]), (&json!(4), &json!(2), &json!(3)));
    let figures = server.call(Method::GET, "/analytics").admin().send().await.ok(200);
    assert_eq!((&figures["invocations_24h"], &figures["invocations_7d"]), (&json!(3), &json!(3)));
    let top = json!([{ "skill_slug": "a", "invocations": 2 }, { "skill_slug": "b", "invocations": 1 }]);
    assert_eq!(figures["top_used_skills_7d"], top);
}

async fn sessions(server: Server) {
    for (slug, session, name) in
        [("a", "s1", Some("Old")), ("b", "s1", Some("New")), ("b", "s1", None), ("a", "s2", None)]
    {
        let body = json!({ "skill_slug": slug, "sessionId": session, "sessionName": name, "agentName": "claude-ai" });
        used(&server, body).await.ok(202);
    }
    used(&server, json!({ "skill_slug": "a" })).await.ok(202);
    let listed = get(&server, "/v1/analytics/recent-sessions?agent=claude-ai").await.ok(200);
    assert!(listed[0]["last_used"].as_str().expect("a time").ends_with("+00:00"));
    assert_shape!("recent_sessions", listed, { "[].last_used" => "[time]" });
    assert_eq!(get(&server, "/v1/analytics/recent-sessions?limit=1").await.ok(200).as_array().map(Vec::len), Some(1));
    assert_eq!(get(&server, "/v1/analytics/recent-sessions?agent=x").await.ok(200), json!([]));
}

async fn figures_of_sync(server: Server) {
    let browser = pair(&server, "Laptop").await;
    for name in ["a", "b", "c"] {
        keep(&server, name, "1").await;
    }
    for (index, operation) in lease(&server, &browser, "").await.iter().enumerate() {
        let body = match index {
            2 => json!({ "success": false, "permanent": true, "error": "no" }),
            _ => json!({ "success": true, "result": { "claude_ai_skill_id": format!("sk_{index}") } }),
        };
        report(&server, &browser, &operation["id"], body).await.nothing();
    }
    let figures = server.call(Method::GET, "/analytics").admin().send().await.ok(200);
    let time = figures["per_integration"][0]["last_sync_at"].as_str().expect("a time").to_owned();
    assert!(time.ends_with('Z'));
    let days = figures["sparkline_7d"].as_array().expect("days");
    assert_eq!((days.len(), days[6]["date"].as_str()), (7, Some(&time[..10])));
    assert_shape!("sync_analytics", figures, {
        ".top_skills_7d[].skill_id" => "[id]", ".per_integration[].integration_id" => "[id]",
        ".per_integration[].last_sync_at" => "[time]", ".sparkline_7d[].date" => "[date]",
    });
}

async fn nothing_yet(server: Server) {
    let figures = server.call(Method::GET, "/analytics").admin().send().await.ok(200);
    assert_eq!((&figures["sync_success_rate_7d"], &figures["avg_attempts_per_sync_7d"]), (&json!(1.0), &json!(0.0)));
    let summary = get(&server, "/v1/analytics/summary").await.ok(200);
    assert_eq!((&summary["total_calls"], &summary["most_called_skill"]), (&json!(0), &json!(null)));
}
