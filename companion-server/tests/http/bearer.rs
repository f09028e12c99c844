//! Who is let in where, and with which words others are refused.

use axum::http::Method;
use companion_server::token::{PlainToken, TokenKind};
use companion_wire::error::ErrorCode;
use serde_json::json;
use uuid::Uuid;

use crate::call::{Answer, Call};
use crate::people::{Browser, pair};
use crate::server::{ADMIN, Server, on_both};

on_both!(
    without_a_bearer,
    with_a_bearer_that_was_never_issued,
    after_a_disconnect,
    after_an_operators_own_statement,
    a_token_is_known_before_a_body_is_read,
    a_browser_ends_its_own_pairing,
    an_operator_ends_any,
    each_kind_of_token_opens_its_own_routes,
);

const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// One call of each route that only a paired browser may make, each with something wrong behind the bearer.
fn extension_routes(server: &Server) -> Vec<Call<'_>> {
    vec![
        server.call(Method::GET, "/extension/operations?limit=x"),
        server.call(Method::POST, "/extension/operations/not-an-id/complete").body("text/plain", "{"),
        server.call(Method::POST, &format!("/extension/operations/{NOWHERE}/complete")).json(json!([])),
        server.call(Method::GET, "/extension/status"),
        server.call(Method::GET, "/extension/skill-bundle"),
        server.call(Method::POST, "/extension/remote-snapshot").body("application/zip", vec![b'x'; 33 << 20]),
    ]
}

async fn without_a_bearer(server: Server) {
    for call in extension_routes(&server) {
        call.send().await.refused(401, ErrorCode::MissingBearerToken);
    }
    for value in ["", "Bearer", "bearer", "Basic dXNlcjpwYXNz", "Token sfe_x", "sfe_x", "Bearer\tsfe_x"] {
        let answer = status(&server).header("authorization", value).send().await;
        answer.refused(401, ErrorCode::MissingBearerToken);
    }
    let browser = pair(&server, "Laptop").await;
    for parameter in ["token", "access_token", "bearer"] {
        let path = format!("/extension/status?{parameter}={}", browser.token);
        server.call(Method::GET, &path).send().await.refused(401, ErrorCode::MissingBearerToken);
    }
}

async fn with_a_bearer_that_was_never_issued(server: Server) {
    let unknown = PlainToken::draw(TokenKind::Extension).expect("randomness");
    for call in extension_routes(&server) {
        call.bearer(unknown.expose()).send().await.refused(401, ErrorCode::InvalidExtensionToken);
    }
    for value in ["Bearer ", "Bearer    ", "BEARER x", "Bearer a b", &format!("Bearer {}", "x".repeat(8000))] {
        let answer = status(&server).header("authorization", value).send().await;
        answer.refused(401, ErrorCode::InvalidExtensionToken);
    }
    let browser = pair(&server, "Laptop").await;
    for value in [format!("bEaReR {}", browser.token), format!("Bearer   {}  ", browser.token)] {
        status(&server).header("authorization", &value).send().await.ok(200);
    }
    let almost = &browser.token[..42];
    status(&server).bearer(almost).send().await.refused(401, ErrorCode::InvalidExtensionToken);
    status(&server).bearer(&browser.token.to_lowercase()).send().await.refused(401, ErrorCode::InvalidExtensionToken);
}

fn status(server: &Server) -> Call<'_> {
    server.call(Method::GET, "/extension/status")
}

async fn after_a_disconnect(server: Server) {
    let (browser, other) = (pair(&server, "Laptop").await, pair(&server, "Desktop").await);
    disconnect(&server, browser.id).admin().send().await.nothing();
    for call in extension_routes(&server) {
        call.bearer(&browser.token).send().await.refused(403, ErrorCode::IntegrationDisconnected);
    }
    status(&server).bearer(&other.token).send().await.ok(200);
}

async fn after_an_operators_own_statement(server: Server) {
    let browser = pair(&server, "Laptop").await;
    server.sql("UPDATE claude_ai_integrations SET status = 'disconnected', extension_token_hash = NULL").await;
    status(&server).bearer(&browser.token).send().await.refused(403, ErrorCode::IntegrationDisconnected);
    let listed = server.call(Method::GET, "/integrations").admin().send().await.ok(200);
    assert_eq!(listed[0]["status"], "disconnected");
    let again = pair(&server, "Laptop").await;
    status(&server).bearer(&again.token).send().await.ok(200);
    status(&server).bearer(&browser.token).send().await.refused(403, ErrorCode::IntegrationDisconnected);
}

async fn a_token_is_known_before_a_body_is_read(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let complaints = [
        (422, "query → limit: Input should be a valid integer"),
        (422, "path → op_id: Input should be a valid UUID"),
        (422, "body: Input should be a valid JSON object"),
        (200, ""),
        (422, "query → skill_id: Field required; query → version_id: Field required"),
        (422, "query → skill_id: Field required; query → claude_ai_skill_id: Field required"),
    ];
    for (call, (status, complaint)) in extension_routes(&server).into_iter().zip(complaints) {
        let answer = call.bearer(&browser.token).send().await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        assert!(status == 200 || answer.refused(422, ErrorCode::ValidationError) == complaint, "{}", answer.text());
    }
}

fn disconnect(server: &Server, browser: Uuid) -> Call<'_> {
    server.call(Method::DELETE, &format!("/integrations/{browser}"))
}

async fn a_browser_ends_its_own_pairing(server: Server) {
    let (own, other) = (pair(&server, "Own").await, pair(&server, "Other").await);
    let by = |bearer: &Browser, of: &Browser| {
        let call = disconnect(&server, of.id).bearer(&bearer.token);
        async move { call.send().await }
    };
    by(&own, &other).await.refused(404, ErrorCode::IntegrationNotFound);
    disconnect(&server, own.id).send().await.refused(401, ErrorCode::LoginRequired);
    disconnect(&server, own.id).bearer("sfe_unknown").send().await.refused(401, ErrorCode::LoginRequired);
    by(&own, &own).await.nothing();
    by(&own, &own).await.refused(403, ErrorCode::IntegrationDisconnected);
    by(&own, &other).await.refused(403, ErrorCode::IntegrationDisconnected);
    status(&server).bearer(&other.token).send().await.ok(200);
    let badly = server.call(Method::DELETE, "/integrations/mine").bearer(&other.token).send().await;
    assert_eq!(badly.refused(422, ErrorCode::ValidationError), "path → id: Input should be a valid UUID");
}

async fn an_operator_ends_any(server: Server) {
    let browser = pair(&server, "Laptop").await;
    disconnect(&server, browser.id).admin().send().await.nothing();
    disconnect(&server, browser.id).admin().send().await.nothing();
    let nobody = NOWHERE.parse().expect("an id");
    disconnect(&server, nobody).admin().send().await.refused(404, ErrorCode::IntegrationNotFound);
}

async fn each_kind_of_token_opens_its_own_routes(server: Server) {
    let browser = pair(&server, "Laptop").await;
    status(&server).admin().send().await.refused(401, ErrorCode::InvalidExtensionToken);
    for (method, path) in [
        (Method::GET, "/integrations".to_owned()),
        (Method::GET, "/pairings/pending".to_owned()),
        (Method::GET, "/health".to_owned()),
        (Method::POST, "/pair/approve".to_owned()),
        (Method::POST, format!("/integrations/{}/trigger-sync", browser.id)),
        (Method::POST, format!("/operations/{NOWHERE}/retry")),
    ] {
        let with = |bearer: Option<&str>| {
            let call = server.call(method.clone(), &path);
            bearer.into_iter().fold(call, Call::bearer)
        };
        for bearer in [None, Some(browser.token.as_str()), Some(&ADMIN[..ADMIN.len() - 1]), Some("")] {
            with(bearer).send().await.refused(401, ErrorCode::LoginRequired);
        }
        let admitted: Answer = with(Some(ADMIN)).send().await;
        assert_ne!(admitted.status.as_u16(), 401, "{path}");
    }
    let without = server.started(|settings| settings.admin_token = None);
    let call = without.call(Method::GET, "/integrations").admin();
    call.send().await.refused(401, ErrorCode::LoginRequired);
}
