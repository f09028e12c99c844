//! Requests that web pages smuggle in: foreign hosts, foreign origins.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::json;

use crate::call::Call;
use crate::people::{approve, begin, pair};
use crate::server::{ADMIN, Server, on_both};

on_both!(
    only_known_hosts_are_answered,
    configured_hosts_are_answered,
    foreign_pages_cannot_act,
    links_from_elsewhere_open_pages,
    extensions_may_come_from_anywhere,
    extensions_report_uses_and_end_their_pairing,
    each_answer_is_protected,
    nothing_is_shared_across_origins,
);

/// One address of each kind, with what it is answered from this machine.
const ADDRESSES: [(Method, &str, u16); 14] = [
    (Method::GET, "/health", 200),
    (Method::GET, "/v1/integrations/claude-ai/extension/capabilities", 200),
    (Method::POST, "/v1/integrations/claude-ai/extension/pair", 422),
    (Method::GET, "/v1/integrations/claude-ai/extension/pair/status", 422),
    (Method::GET, "/v1/integrations/claude-ai/extension/operations", 401),
    (Method::GET, "/v1/integrations/claude-ai/integrations", 401),
    (Method::POST, "/v1/integrations/claude-ai/pair/approve", 401),
    (Method::GET, "/", 303),
    (Method::GET, "/login", 200),
    (Method::POST, "/logout", 401),
    (Method::GET, "/assets/dashboard.css", 200),
    (Method::GET, "/assets/no-such-file", 404),
    (Method::GET, "/no/such/page", 404),
    (Method::DELETE, "/health", 405),
];

async fn only_known_hosts_are_answered(server: Server) {
    for (method, path, status) in ADDRESSES {
        let at = || server.at(method.clone(), path);
        for host in ["127.0.0.1:8082", "127.0.0.1", "localhost:8082", "LocalHost", "[::1]:8082", "[::1]"] {
            let answer = at().host(host.as_bytes()).send().await;
            assert_eq!(answer.status.as_u16(), status, "{path} at {host}: {}", answer.text());
        }
        for host in [
            b"evil.example".as_slice(),
            b"evil.example:8082",
            b"127.0.0.1.evil.example",
            b"localhost.evil.example",
            b"127.0.0.1@evil.example",
            b"localhost:8082@evil.example",
            b"localhost:8082/.evil.example",
            b"0.0.0.0:8082",
            b"[::]:8082",
            b"::1",
            b"",
            b" ",
            b"\xff\xfe",
            b"caf\xc3\xa9.example",
        ] {
            let answer = at().host(host).send().await;
            answer.refused(403, ErrorCode::HostNotAllowed);
        }
    }
}

async fn configured_hosts_are_answered(server: Server) {
    let server = server.started(|settings| {
        settings.allowed_hosts = vec!["skills.lan".to_owned()];
        settings.public_url = Some("https://skills.example:8443".to_owned());
    });
    for host in ["skills.lan", "SKILLS.LAN:80", "skills.example", "skills.example:8443", "localhost"] {
        server.at(Method::GET, "/health").host(host.as_bytes()).send().await.ok(200);
    }
    let answer = server.at(Method::GET, "/health").host(b"lan").send().await;
    answer.refused(403, ErrorCode::HostNotAllowed);
}

/// Acts of the person, each with what it is answered when it comes from the server's own page.
fn acts(server: &Server) -> Vec<(Call<'_>, u16)> {
    let form = "application/x-www-form-urlencoded";
    let somebody = "00000000-0000-4000-8000-000000000000";
    vec![
        (server.call(Method::GET, "/integrations"), 200),
        (server.call(Method::GET, "/pairings/pending"), 200),
        (server.call(Method::POST, "/pair/approve").json(json!({ "pairing_code": "ZZZZZZ" })), 404),
        (server.call(Method::DELETE, &format!("/integrations/{somebody}")), 404),
        (server.call(Method::POST, &format!("/operations/{somebody}/retry")), 404),
        (server.at(Method::POST, "/pairings/approve").body(form, "code=ZZZZZZ"), 200),
        (server.at(Method::POST, &format!("/browsers/{somebody}/disconnect")), 303),
        (server.at(Method::POST, &format!("/browsers/{somebody}/sync")), 303),
        (server.at(Method::POST, &format!("/operations/{somebody}/retry")), 303),
        (server.at(Method::POST, &format!("/held-batches/{somebody}/agree")), 303),
        (server.at(Method::POST, &format!("/held-batches/{somebody}/refuse")), 303),
        (server.call(Method::POST, &format!("/held-batches/{somebody}/agree")), 404),
        (server.at(Method::POST, "/login").json(json!({ "token": "x" })), 401),
        (server.at(Method::POST, "/logout"), 303),
    ]
}

async fn foreign_pages_cannot_act(server: Server) {
    let foreign = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:9999"),
        ("origin", "http://127.0.0.1:8082.evil.example"),
        ("origin", "chrome-extension://abcdefghijklmnop"),
        ("origin", "ä"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "ä"),
    ];
    for (name, value) in foreign {
        for (call, _) in acts(&server) {
            call.admin().header(name, value).send().await.refused(403, ErrorCode::OriginNotAllowed);
        }
    }
    for (call, status) in acts(&server) {
        let call = call.admin().header("origin", "http://127.0.0.1:8082").header("sec-fetch-site", "same-origin");
        let answer = call.send().await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    }
}

async fn links_from_elsewhere_open_pages(server: Server) {
    for (path, status) in [("/", 303), ("/login", 200), ("/settings/integrations/claude-ai/pair?code=ABC234", 303)] {
        let call = server.at(Method::GET, path).header("sec-fetch-site", "cross-site");
        assert_eq!(call.send().await.status.as_u16(), status, "{path}");
    }
    let read = server.call(Method::GET, "/health").admin().header("sec-fetch-site", "cross-site").send().await;
    read.refused(403, ErrorCode::OriginNotAllowed);
}

async fn extensions_may_come_from_anywhere(server: Server) {
    let browser = pair(&server, "Laptop").await;
    for origin in ["chrome-extension://abcdefghijklmnop", "moz-extension://1b2c3d", "null"] {
        let call = server.call(Method::GET, "/extension/operations").bearer(&browser.token).header("origin", origin);
        call.header("sec-fetch-site", "cross-site").send().await.ok(200);
    }
    let begun = begin(&server, "Other").await;
    approve(&server, begun["pairing_code"].as_str().expect("a code")).await.nothing();
}

/// They call two routes of people as well. A cookie beside the token makes a call one of a page again.
async fn extensions_report_uses_and_end_their_pairing(server: Server) {
    let browser = pair(&server, "Laptop").await;
    for origin in ["chrome-extension://abcdefghijklmnop", "moz-extension://1b2c3d"] {
        let used = json!({ "skill_slug": "tidy", "agent_name": "claude-ai" });
        let report = || server.at(Method::POST, "/v1/hooks/skill-used").json(used.clone()).header("origin", origin);
        report().bearer(&browser.token).send().await.ok(202);
        let with_cookie = report().bearer(&browser.token).header("cookie", "a=b");
        with_cookie.send().await.refused(403, ErrorCode::OriginNotAllowed);
        report().admin().send().await.refused(403, ErrorCode::OriginNotAllowed);
    }
    let path = format!("/integrations/{}", browser.id);
    let end = server.call(Method::DELETE, &path).bearer(&browser.token);
    end.header("origin", "chrome-extension://abcdefghijklmnop").send().await.nothing();
}

const PROTECTIONS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
];

async fn each_answer_is_protected(server: Server) {
    for (method, path, _) in ADDRESSES {
        for host in ["127.0.0.1", "evil.example"] {
            let answer = server.at(method.clone(), path).host(host.as_bytes()).send().await;
            for (name, value) in PROTECTIONS {
                let is_asset = name == "cache-control" && path == "/assets/dashboard.css" && host == "127.0.0.1";
                let value = if is_asset { "no-cache" } else { value };
                assert_eq!(answer.header(name), Some(value), "{name} of {path}");
            }
        }
    }
}

async fn nothing_is_shared_across_origins(server: Server) {
    for (method, path, _) in ADDRESSES {
        for method in [method, Method::OPTIONS] {
            let call = server.at(method, path).header("origin", "https://evil.example");
            let call = call.header("access-control-request-method", "POST").bearer(ADMIN);
            let answer = call.header("access-control-request-headers", "authorization").send().await;
            let shared = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
            assert!(shared.is_none(), "{path} answers with {shared:?}");
        }
    }
}
