//! What is answered when the database does not do its part: no false words about tokens, and nothing of its own.

use axum::http::Method;
use companion_server::store::DatabaseUrl;
use companion_wire::error::ErrorCode;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::operations::with_one_operation;
use crate::people::pair;
use crate::server::{ADMIN, Server, on_both};

on_both!(a_broken_database_is_nobodys_fault, health_says_what_is_wrong, a_busy_database_is_asked_again);

async fn a_broken_database_is_nobodys_fault(server: Server) {
    let browser = pair(&server, "Laptop").await;
    server.sql("ALTER TABLE claude_ai_integrations RENAME TO away").await;
    for (method, path, bearer) in [
        (Method::GET, "/extension/operations", browser.token.as_str()),
        (Method::GET, "/extension/status", &browser.token),
        (Method::GET, "/extension/pair/status?pairing_token=x", ""),
        (Method::POST, "/extension/pair", ""),
        (Method::GET, "/integrations", ADMIN),
        (Method::GET, "/pairings/pending", ADMIN),
        (Method::GET, "/health", ADMIN),
    ] {
        let answer = server.call(method, path).bearer(bearer).json(json!({})).send().await;
        let message = answer.refused(500, ErrorCode::InternalError);
        assert_eq!(message, "The server met a defect of its own. Its log says more.", "never 401: {path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let page = server.at(Method::GET, "/").admin().send().await;
    page.refused(500, ErrorCode::InternalError);
    server.sql("ALTER TABLE away RENAME TO claude_ai_integrations").await;
    server.call(Method::GET, "/extension/status").bearer(&browser.token).send().await.ok(200);
}

async fn health_says_what_is_wrong(server: Server) {
    let health = || async { server.at(Method::GET, "/health").send().await.ok(200) };
    let head = companion_server::store::schema_head();
    assert_eq!(health().await, json!({ "status": "ok", "db": "ok", "migration": head }));
    server.sql("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await;
    let newer = health().await;
    assert_eq!((&newer["status"], &newer["db"]), (&json!("degraded"), &json!("ok")));
    assert!(newer["migration"].as_str().is_some_and(|migration| migration.starts_with("9999_")), "{newer}");
    server.sql("ALTER TABLE _sqlx_migrations RENAME TO away").await;
    assert_eq!(health().await, json!({ "status": "degraded", "db": "error", "migration": null }));
}

/// What it takes for nobody else to write.
const OCCUPY_SQLITE: &str = "BEGIN IMMEDIATE";
const OCCUPY_POSTGRES: &str = "BEGIN; LOCK TABLE claude_ai_integrations IN EXCLUSIVE MODE";

async fn a_busy_database_is_asked_again(server: Server) {
    let (browser, _) = with_one_operation(&server).await;
    match &server.url {
        DatabaseUrl::Sqlite(path) => {
            let address = format!("sqlite:{}", path.display());
            let mut other = SqliteConnection::connect(&address).await.expect("the same file");
            other.execute(OCCUPY_SQLITE).await.expect("the lock");
            is_put_off(&server, &browser.token).await;
        }
        DatabaseUrl::Postgres(address) => {
            let mut other = PgConnection::connect(address).await.expect("the same database");
            other.execute(OCCUPY_POSTGRES).await.expect("the lock");
            is_put_off(&server, &browser.token).await;
        }
    }
    server.call(Method::POST, "/extension/pair").json(json!({})).send().await.ok(201);
}

async fn is_put_off(server: &Server, token: &str) {
    server.call(Method::GET, "/extension/status").bearer(token).send().await.ok(200);
    let answer = server.call(Method::POST, "/extension/pair").json(json!({})).send().await;
    let message = answer.refused(503, ErrorCode::StorageUnavailable);
    assert_eq!(message, "The server's database does not answer at the moment. Nothing was changed.");
    assert_eq!(answer.header("retry-after"), Some("5"));
}
