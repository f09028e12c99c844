//! How often somebody may try to pair, to approve and to log in.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::people::{begin, poll};
use crate::server::{Server, on_both};

on_both!(too_many_attempts, without_a_limit);

async fn too_many_attempts(server: Server) {
    let server = server.started(|settings| settings.pair_rate_limit = 3);
    let begun = begin(&server, "Laptop").await;
    let attempt = |path: &str, body: Value| {
        let call = server.at(Method::POST, path).admin().json(body);
        async move { call.send().await }
    };
    for (path, body, before) in [
        ("/v1/integrations/claude-ai/extension/pair", json!({ "browser_label": 5 }), 2),
        ("/v1/integrations/claude-ai/pair/approve", json!({ "pairing_code": "ZZZZZZ" }), 3),
        ("/login", json!({ "token": "sfl_guess" }), 3),
    ] {
        for _ in 0..before {
            assert_ne!(attempt(path, body.clone()).await.status.as_u16(), 429, "attempts that fail count, too");
        }
        let limited = attempt(path, body).await;
        limited.refused(429, ErrorCode::RateLimited);
        let seconds: u32 = limited.header("retry-after").expect("Retry-After").parse().expect("seconds");
        assert!((1..=61).contains(&seconds), "{seconds}");
    }
    let elsewhere: std::net::SocketAddr = "198.51.100.9:1".parse().expect("an address");
    let call = server.call(Method::POST, "/extension/pair").json(json!({}));
    call.extension(axum::extract::ConnectInfo(elsewhere)).send().await.ok(201);
    poll(&server, &begun).await.ok(200);
}

async fn without_a_limit(server: Server) {
    let server = server.started(|settings| settings.pair_rate_limit = 0);
    for _ in 0..70 {
        begin(&server, "Laptop").await;
    }
}
