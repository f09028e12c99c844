//! Requests that nobody sends by accident. Each is refused in the one shape; none is a defect of the server.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::Method;
use companion_wire::PREFIX;
use companion_wire::error::ErrorCode;
use serde_json::json;

use crate::call::Answer;
use crate::people::pair;
use crate::server::{ADMIN, Server, on_both};

on_both!(
    addresses_that_are_none,
    methods_that_are_none,
    absurd_paths,
    absurd_queries,
    absurd_headers,
    absurd_forms,
    forwarded_addresses,
);

async fn addresses_that_are_none(server: Server) {
    for path in ["/v1", "/v1/", PREFIX, "/v1/integrations/claude-ai/", "/health//", "//", "/assets", "/assets/", "/v2"]
    {
        for method in [Method::GET, Method::POST, Method::PUT] {
            server.at(method, path).send().await.refused(404, ErrorCode::NotFound);
        }
    }
    for (path, to) in [
        ("/v1/skills/?include=content", "/v1/skills?include=content"),
        ("/health/", "/health"),
        ("/v1/collections/a%2Fb/", "/v1/collections/a%2Fb"),
        ("/v1/integrations/claude-ai/activity/export.csv/", "/v1/integrations/claude-ai/activity/export.csv"),
    ] {
        let answer = server.at(Method::GET, path).send().await;
        assert_eq!(answer.status.as_u16(), 307, "{path}");
        assert_eq!(answer.header("location"), Some(format!("http://127.0.0.1:8082{to}").as_str()));
    }
    server.at(Method::POST, "/v1/skills/").admin().send().await.refused(404, ErrorCode::NotFound);
    server.at(Method::GET, "//evil.example/").send().await.refused(404, ErrorCode::NotFound);
    for file in ["../Cargo.toml", "..%2fCargo.toml", "%2e%2e%2f%2e%2e%2fCargo.toml", "%2fetc%2fpasswd", "login.js%00"] {
        let answer = server.at(Method::GET, &format!("/assets/{file}")).send().await;
        answer.refused(404, ErrorCode::NotFound);
    }
    let head = server.at(Method::HEAD, "/no/such/page").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
}

async fn methods_that_are_none(server: Server) {
    let brew = Method::from_bytes(b"BREW").expect("a method");
    for (method, path) in [
        (Method::GET, format!("{PREFIX}/extension/pair")),
        (Method::POST, format!("{PREFIX}/extension/operations")),
        (Method::GET, format!("{PREFIX}/integrations/x")),
        (Method::PUT, "/login".to_owned()),
        (Method::GET, "/logout".to_owned()),
        (Method::POST, "/assets/login.js".to_owned()),
        (Method::TRACE, "/health".to_owned()),
        (brew, "/".to_owned()),
    ] {
        let answer = server.at(method, &path).send().await;
        answer.refused(405, ErrorCode::MethodNotAllowed);
        assert!(answer.header("allow").is_some(), "{path}");
    }
}

#[track_caller]
fn is_no_defect(answer: &Answer, of: &str) {
    assert!(answer.status.as_u16() < 500, "{of}: {}", answer.text());
    if answer.status.is_client_error() {
        let body = answer.json();
        assert!(body["error"]["code"].is_string() && body["error"]["message"].is_string(), "{of}: {body}");
    }
}

async fn absurd_paths(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let long = "a".repeat(60_000);
    for id in ["%00", "%FF", "%C3%28", "..", "..%2f..", "%", "%zz", "%2525", ";x=1", "🦀", "'--", &long] {
        for (method, path) in [
            (Method::POST, format!("{PREFIX}/extension/operations/{id}/complete")),
            (Method::DELETE, format!("{PREFIX}/integrations/{id}")),
            (Method::POST, format!("{PREFIX}/integrations/{id}/trigger-sync")),
            (Method::POST, format!("{PREFIX}/operations/{id}/retry")),
            (Method::POST, format!("/live/{id}")),
            (Method::GET, format!("/assets/{id}")),
            (Method::GET, format!("/{id}")),
        ] {
            let bearer = if path.contains("/extension/") { &browser.token } else { ADMIN };
            let call = server.at(method, &path).bearer(bearer).json(json!({ "success": true }));
            let answer = call.send().await;
            is_no_defect(&answer, &path[..path.len().min(80)]);
            assert!(answer.status.is_client_error(), "{path} → {}", answer.status);
        }
    }
}

async fn absurd_queries(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let long = format!("code={}", "a".repeat(60_000));
    for query in ["%00", "a=%FF&a=%00", "&&&=&=", "code=%00%FF", "seen=%00", "limit=%FF", "limit[]=1", "=", "🦀", &long]
    {
        for path in [
            format!("{PREFIX}/extension/operations"),
            format!("{PREFIX}/extension/pair/status"),
            format!("{PREFIX}/extension/skill-bundle"),
            format!("{PREFIX}/integrations"),
            "/".to_owned(),
            "/skills".to_owned(),
            "/activity".to_owned(),
            "/conflicts".to_owned(),
            "/settings/integrations/claude-ai/pair".to_owned(),
            "/health".to_owned(),
        ] {
            let bearer = if path.contains("/extension/") { &browser.token } else { ADMIN };
            let answer = server.at(Method::GET, &format!("{path}?{query}")).bearer(bearer).send().await;
            is_no_defect(&answer, &path);
        }
    }
}

async fn absurd_headers(server: Server) {
    let long = "x".repeat(60_000);
    for value in ["", " ", "ä", "\u{ff}\u{ff}", ";;;,,,===", "\"", &long] {
        for name in [
            "authorization",
            "cookie",
            "content-type",
            "content-length",
            "if-none-match",
            "x-forwarded-for",
            "x-forwarded-host",
            "forwarded",
            "origin",
            "sec-fetch-site",
            "accept",
            "transfer-encoding",
        ] {
            for (method, path) in
                [(Method::POST, "/extension/pair"), (Method::GET, "/extension/operations"), (Method::GET, "/health")]
            {
                let answer = server.call(method, path).header(name, value).send().await;
                is_no_defect(&answer, &format!("{name} on {path}"));
                assert!(answer.status.is_client_error(), "{name} on {path}: {}", answer.text());
            }
        }
    }
}

async fn absurd_forms(server: Server) {
    let form = "application/x-www-form-urlencoded";
    let long = format!("code={}", "ä".repeat(20_000));
    for body in ["", "code", "code=", "code=%00", "code=%FF%FE", "code=a&code=b", "x=1", "\0", "code=<script>", &long] {
        let answer = server.at(Method::POST, "/pairings/approve").admin().body(form, body.to_owned()).send().await;
        is_no_defect(&answer, body.get(..20).unwrap_or(body));
        assert!(!answer.text().contains("<script>"), "what was typed is not markup");
    }
    let plain = server.at(Method::POST, "/pairings/approve").admin().body("text/plain", "code=ABC234").send().await;
    plain.refused(415, ErrorCode::HttpError);
    let huge = server.at(Method::POST, "/pairings/approve").admin().body(form, vec![b'a'; 3 << 20]).send().await;
    huge.refused(413, ErrorCode::HttpError);
    let huge = server.at(Method::POST, "/login").body("application/json", vec![b' '; 5000]).send().await;
    huge.refused(413, ErrorCode::HttpError);
}

async fn forwarded_addresses(server: Server) {
    let server = server.started(|settings| settings.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")]);
    let proxy: SocketAddr = "10.0.0.1:5000".parse().expect("an address");
    for (forwarded, source) in [
        ("198.51.100.9", "198.51.100.9"),
        ("6.6.6.6, 198.51.100.9, 10.9.9.9", "198.51.100.9"),
        ("2001:db8::7", "2001:db8::7"),
        ("garbage", "10.0.0.1"),
        ("198.51.100.9:443", "10.0.0.1"),
        ("[2001:db8::7]:443", "10.0.0.1"),
        ("fe80::1%eth0", "10.0.0.1"),
        (",,,", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("ä", "10.0.0.1"),
    ] {
        let call = server.call(Method::POST, "/extension/pair").json(json!({})).header("x-forwarded-for", forwarded);
        call.extension(ConnectInfo(proxy)).send().await.ok(201);
        let newest = server.store.pending_pairings(companion_server::time::Timestamp::now()).await.expect("pairings");
        assert_eq!(newest[0].source.map(|source| source.to_string()).as_deref(), Some(source), "{forwarded:?}");
    }
    let call = server.call(Method::POST, "/extension/pair").json(json!({})).header("x-forwarded-for", "198.51.100.9");
    call.send().await.ok(201);
    let newest = server.store.pending_pairings(companion_server::time::Timestamp::now()).await.expect("pairings");
    assert_eq!(newest[0].source, Some(crate::server::PEER.ip()), "a stranger's word does not count");
}
