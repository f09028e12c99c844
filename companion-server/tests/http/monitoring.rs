//! What monitors and worried operators ask.

use axum::http::Method;
use companion_server::store::DatabaseUrl;
use companion_wire::error::ErrorCode;
use serde_json::Value;

use crate::people::{begin, keep, lease, pair};
use crate::server::{Server, on_both};

on_both!(
    every_check_finds_its_trouble,
    drift_of_the_schema_and_many_conflicts_are_found,
    a_silent_database_fails_the_diagnostic_and_readiness,
    live_and_ready_until_it_stops,
    figures_for_prometheus,
);

async fn diagnostic(server: &Server) -> Value {
    server.call(Method::GET, "/diagnostic").admin().send().await.ok(200)
}

fn status(diagnostic: &Value, id: &str) -> String {
    let checks = diagnostic["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id} in {diagnostic}"));
    assert!(!check["label"].as_str().expect("text").is_empty() && !check["detail"].as_str().expect("text").is_empty());
    check["status"].as_str().expect("text").to_owned()
}

async fn every_check_finds_its_trouble(server: Server) {
    server.call(Method::GET, "/diagnostic").send().await.refused(401, ErrorCode::LoginRequired);
    let fresh = diagnostic(&server).await;
    assert_eq!((fresh["overall"].as_str(), status(&fresh, "integrations_paired").as_str()), (Some("warn"), "warn"));
    let browser = pair(&server, "Work laptop").await;
    keep(&server, "notes", "1").await;
    lease(&server, &browser, "").await;
    let idle = diagnostic(&server).await;
    assert_eq!((idle["overall"].as_str(), status(&idle, "sync_recent").as_str()), (Some("warn"), "warn"));
    assert_eq!(status(&idle, "no_stuck_in_progress"), "pass", "a moment is not five minutes");
    server.sql(longer_under_way(&server.url)).await;
    assert_eq!(status(&diagnostic(&server).await, "no_stuck_in_progress"), "warn");
    server.sql("UPDATE claude_ai_integrations SET status = 'cookie_expired', last_sync_at = updated_at").await;
    let signed_out = diagnostic(&server).await;
    assert_eq!(signed_out["overall"], "fail");
    assert_eq!(status(&signed_out, "no_cookie_expired"), "fail");
    assert_eq!(status(&signed_out, "sync_recent"), "pass");
    for number in 0..30 {
        begin(&server, &format!("Browser {number}")).await;
    }
    assert_eq!(status(&diagnostic(&server).await, "pair_attempts_quiet"), "warn");
    server.sql("UPDATE claude_ai_audit_log SET event = 'endpoint_changed' WHERE event = 'pair_redeemed'").await;
    assert_eq!(status(&diagnostic(&server).await, "extension_endpoint_stable"), "fail");
}

async fn drift_of_the_schema_and_many_conflicts_are_found(server: Server) {
    pair(&server, "Work laptop").await;
    assert_eq!(status(&diagnostic(&server).await, "conflicts_low"), "pass");
    let id = if matches!(server.url, DatabaseUrl::Sqlite(_)) { "randomblob(16)" } else { "gen_random_uuid()" };
    for number in 0..20 {
        assert_eq!(status(&diagnostic(&server).await, "conflicts_low"), "pass", "{number}");
        let link = "INSERT INTO claude_ai_skill_links (id, integration_id, claude_ai_skill_id, conflict_state)";
        server.sql(&format!("{link} SELECT {id}, id, 'skill_{number}', 'diverged' FROM claude_ai_integrations")).await;
    }
    assert_eq!(status(&diagnostic(&server).await, "conflicts_low"), "warn");
    assert_eq!(status(&diagnostic(&server).await, "schema_migrated"), "pass");
    for (change, drift) in
        [("UPDATE _sqlx_migrations SET version = version + 9000", "9"), ("DELETE FROM _sqlx_migrations", "00")]
    {
        let newest = "version = (SELECT MAX(m.version) FROM _sqlx_migrations m)";
        server.sql(&format!("{change} WHERE {newest}")).await;
        let found = diagnostic(&server).await;
        assert_eq!(status(&found, "schema_migrated"), "warn");
        assert!(
            found.to_string().contains(&companion_server::store::schema_head()),
            "the expected one is named: {found}"
        );
        let health = server.at(Method::GET, "/health").send().await.ok(200);
        assert_eq!(health["status"], "degraded");
        let connector = server.call(Method::GET, "/health").admin().send().await.ok(200);
        let version = connector["schema_version"].as_str().expect("text");
        assert!(version.starts_with(drift) && version != companion_server::store::schema_head(), "{version}");
        let figures = server.at(Method::GET, "/metrics").admin().send().await.text();
        assert!(figures.contains("skillferry_schema_current 0"), "{figures}");
    }
}

fn longer_under_way(url: &DatabaseUrl) -> &'static str {
    match url {
        DatabaseUrl::Sqlite(_) => "UPDATE claude_ai_sync_operations SET started_at = started_at - 301000000",
        DatabaseUrl::Postgres(_) => {
            "UPDATE claude_ai_sync_operations SET started_at = started_at - interval '301 seconds'"
        }
    }
}

async fn a_silent_database_fails_the_diagnostic_and_readiness(server: Server) {
    server.sql("ALTER TABLE _sqlx_migrations RENAME TO hidden").await;
    let found = diagnostic(&server).await;
    assert_eq!((found["overall"].as_str(), status(&found, "backend_db").as_str()), (Some("fail"), "fail"));
    assert_eq!(server.at(Method::GET, "/health/ready").send().await.status.as_u16() / 100, 5);
    server.at(Method::GET, "/health/live").send().await.ok(200);
}

async fn live_and_ready_until_it_stops(server: Server) {
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(server.at(Method::GET, path).send().await.ok(200)["status"], "ok");
    }
    server.stop.send_replace(true);
    server.at(Method::GET, "/health/live").send().await.ok(200);
    server.at(Method::GET, "/health/ready").send().await.refused(503, ErrorCode::StorageUnavailable);
}

async fn figures_for_prometheus(server: Server) {
    server.at(Method::GET, "/metrics").send().await.refused(401, ErrorCode::LoginRequired);
    pair(&server, "Work laptop").await;
    keep(&server, "notes", "1").await;
    let answer = server.at(Method::GET, "/metrics").admin().send().await;
    let kind = answer.headers["content-type"].to_str().expect("text").to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let text = String::from_utf8(answer.body).expect("text");
    for line in ["skillferry_integrations_active 1", "skillferry_pending_ops 1", "skillferry_schema_current 1", "# EOF"]
    {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}
