//! The one-time login link and the session that it opens.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use companion_server::time::Timestamp;
use companion_server::token::{PlainToken, TokenKind};
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::people::{begin, pair};
use crate::server::{Server, on_both};

on_both!(
    a_link_works_once,
    of_many_at_once_one_gets_in,
    links_end,
    links_that_are_none,
    cookies_are_bound_to_https,
    sessions_end,
    pages_are_for_those_who_are_logged_in,
    buttons_do_what_they_say,
);

/// A new link's token.
async fn link(server: &Server, lifetime: Duration) -> String {
    let link = PlainToken::draw(TokenKind::LoginLink).expect("randomness");
    server.store.add_login_link(&link.hash(), None, Timestamp::now().plus(lifetime)).await.expect("kept");
    link.expose().to_owned()
}

async fn log_in(server: &Server, token: Value) -> Answer {
    server.at(Method::POST, "/login").json(json!({ "token": token })).send().await
}

/// `name=value` of the cookie that logging in gives.
async fn session(server: &Server) -> String {
    let token = link(server, Duration::from_secs(60)).await;
    let answer = log_in(server, json!(token)).await;
    answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned()
}

async fn a_link_works_once(server: Server) {
    let token = link(&server, Duration::from_secs(60)).await;
    let answer = log_in(&server, json!(format!(" {token} "))).await;
    answer.nothing();
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000");
    let value = pair.strip_prefix("skillferry_session=").expect("its name");
    assert!(value.len() == 43 && value.starts_with("sfs_") && value != token, "{value}");
    let again = log_in(&server, json!(token)).await;
    again.refused(401, ErrorCode::LoginRequired);
    assert!(again.header("set-cookie").is_none());
    server.call(Method::GET, "/integrations").header("cookie", pair).send().await.ok(200);
    let both = server.call(Method::GET, "/integrations").header("cookie", pair).bearer("sfa_wrong").send().await;
    both.ok(200);
}

async fn of_many_at_once_one_gets_in(server: Server) {
    let token = link(&server, Duration::from_secs(60)).await;
    let server = Arc::new(server);
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (server, token) = (Arc::clone(&server), json!(token));
        attempts.spawn(async move { log_in(&server, token).await.status });
    }
    let statuses = attempts.join_all().await;
    let admitted = statuses.iter().filter(|status| **status == StatusCode::NO_CONTENT).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert_eq!((admitted, refused), (1, 19));
}

async fn links_end(server: Server) {
    let token = link(&server, Duration::ZERO).await;
    log_in(&server, json!(token)).await.refused(401, ErrorCode::LoginRequired);
}

async fn links_that_are_none(server: Server) {
    for token in ["sfl_unknown", "%00", "x", " "] {
        log_in(&server, json!(token)).await.refused(401, ErrorCode::LoginRequired);
    }
    for (token, complaint) in [
        (Value::Null, "Field required"),
        (json!(5), "Input should be a valid string"),
        (json!(""), "String should have at least 1 characters"),
        (json!("x".repeat(129)), "String should have at most 128 characters"),
    ] {
        let message = log_in(&server, token).await.refused(422, ErrorCode::ValidationError);
        assert_eq!(message, format!("token: {complaint}"));
    }
    let browser = pair(&server, "Laptop").await;
    log_in(&server, json!(browser.token)).await.refused(401, ErrorCode::LoginRequired);
    let form = server.at(Method::POST, "/login").body("application/x-www-form-urlencoded", "token=x").send().await;
    form.refused(422, ErrorCode::ValidationError);
}

async fn cookies_are_bound_to_https(server: Server) {
    let plain = session(&server).await;
    let server = server.started(|settings| settings.public_url = Some("https://skills.example".to_owned()));
    let token = link(&server, Duration::from_secs(60)).await;
    let cookie = log_in(&server, json!(token)).await.header("set-cookie").expect("a cookie").to_owned();
    assert!(cookie.starts_with("__Host-skillferry_session=sfs_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000; Secure"), "{cookie}");
    let planted = server.call(Method::GET, "/integrations").header("cookie", &plain).send().await;
    planted.refused(401, ErrorCode::LoginRequired);
}

async fn sessions_end(server: Server) {
    let (first, second) = (session(&server).await, session(&server).await);
    let answer = server.at(Method::POST, "/logout").header("cookie", &first).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")));
    let forgotten = "skillferry_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    assert_eq!(answer.header("set-cookie"), Some(forgotten));
    let with = |cookie: &str| server.call(Method::GET, "/integrations").header("cookie", cookie).send();
    with(&first).await.refused(401, ErrorCode::LoginRequired);
    with(&second).await.ok(200);
    server.sql("UPDATE dashboard_sessions SET expires_at = created_at").await;
    with(&second).await.refused(401, ErrorCode::LoginRequired);
    for cookie in ["skillferry_session=", "skillferry_session", "skillferry_session=sfs_x", "=;=;", "x=y"] {
        with(cookie).await.refused(401, ErrorCode::LoginRequired);
    }
}

const PAGES: [&str; 3] = ["/", "/settings/integrations/claude-ai", "/settings/integrations/claude-ai/pair?code=ABC234"];

async fn pages_are_for_those_who_are_logged_in(server: Server) {
    let cookie = session(&server).await;
    for path in PAGES {
        let answer = server.at(Method::GET, path).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")), "{path}");
        assert!(answer.body.is_empty());
        let page = server.at(Method::GET, path).header("cookie", &cookie).send().await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(!page.text().contains("<style") && !page.text().contains("onclick"), "nothing inline: {path}");
        assert_eq!(server.at(Method::GET, path).admin().send().await.status.as_u16(), 200, "{path}");
    }
    for path in ["/", "/skills"] {
        let answer = server.at(Method::GET, path).header("hx-request", "true").send().await;
        answer.refused(401, ErrorCode::LoginRequired);
        assert_eq!(answer.header("hx-redirect"), Some("/login"), "the whole page goes there, not the part");
    }
    assert_eq!(server.at(Method::GET, "/login").send().await.status.as_u16(), 200);
    let answer = server.at(Method::POST, "/pairings/approve").send().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")));
    server.at(Method::POST, "/logout").send().await.refused(401, ErrorCode::LoginRequired);
}

async fn buttons_do_what_they_say(server: Server) {
    let cookie = session(&server).await;
    let begun = begin(&server, "<b>Laptop</b>").await;
    let code = begun["pairing_code"].as_str().expect("a code");
    let page = server.at(Method::GET, "/settings/integrations/claude-ai/pair").header("cookie", &cookie).send().await;
    assert!(page.text().contains(&format!("data-approve=\"{code}\"")) && !page.text().contains("<b>Laptop"));
    let form = "application/x-www-form-urlencoded";
    let press = |path: String, body: String| {
        let call = server.at(Method::POST, &path).header("cookie", &cookie).body(form, body);
        async move { call.send().await }
    };
    let approved = press("/pairings/approve".to_owned(), format!("code={code}")).await;
    assert!(approved.text().contains("id=\"approved\""), "{}", approved.text());
    let redeemed = crate::people::poll(&server, &begun).await.ok(200);
    assert_eq!(redeemed["approved"], true);
    let refused = press("/pairings/approve".to_owned(), format!("code={code}")).await;
    assert!(refused.text().contains("No browser is waiting with this code."));
    let browser = begun["integration_id"].as_str().expect("an id");
    for act in ["sync", "disconnect"] {
        let answer = press(format!("/browsers/{browser}/{act}"), String::new()).await;
        let page = answer.header("location").expect("a page");
        assert!(answer.status.as_u16() == 303 && page.starts_with("/browsers?said="), "{page}");
    }
    let token = redeemed["extension_token"].as_str().expect("a token");
    let ended = server.call(Method::GET, "/extension/status").bearer(token).send().await;
    ended.refused(403, ErrorCode::IntegrationDisconnected);
}
