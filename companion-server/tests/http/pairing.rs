//! The pairing handshake, from both sides.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use companion_server::store::{NewPairing, StartPairing};
use companion_server::time::Timestamp;
use companion_server::token::{CODE_GLYPHS, PlainToken, TokenKind};
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::people::{approve, begin, pair, poll};
use crate::server::{Server, on_both};

on_both!(
    from_start_to_token,
    a_waiting_pairing_is_shown,
    codes_are_compared_leniently,
    what_is_over_is_gone,
    what_was_never_there_is_not_found,
    labels,
    bodies_that_are_none,
    one_of_many_polls_wins,
    approving_twice_is_one_approval,
    behind_a_proxy_the_link_names_the_proxy,
);

async fn from_start_to_token(server: Server) {
    let begun = begin(&server, "Work laptop").await;
    let (code, token) =
        (begun["pairing_code"].as_str().expect("code"), begun["pairing_token"].as_str().expect("token"));
    assert!(code.len() == 6 && code.bytes().all(|glyph| CODE_GLYPHS.contains(&glyph)), "{code}");
    assert!(token.len() == 43 && token.starts_with("sfp_"));
    let url = format!("http://127.0.0.1:8082/settings/integrations/claude-ai/pair?code={code}");
    assert_eq!(begun["redemption_url"], url);

    let waiting = json!({ "approved": false, "extension_token": null });
    assert_eq!(poll(&server, &begun).await.ok(200), waiting);
    assert_eq!(poll(&server, &begun).await.ok(200), waiting, "looking changes nothing");
    approve(&server, code).await.nothing();
    let redeemed = poll(&server, &begun).await.ok(200);
    let extension = redeemed["extension_token"].as_str().expect("token");
    assert!(redeemed["approved"] == true && extension.len() == 43 && extension.starts_with("sfe_"));
    poll(&server, &begun).await.refused(404, ErrorCode::PairingTokenUnknown);
    approve(&server, code).await.refused(404, ErrorCode::PairingNotFound);

    let own = server.call(Method::GET, "/extension/status").bearer(extension).send().await.ok(200);
    assert_eq!((&own["integration_id"], &own["status"]), (&begun["integration_id"], &json!("active")));
}

async fn a_waiting_pairing_is_shown(server: Server) {
    let first = begin(&server, "First").await;
    let second = begin(&server, "Second").await;
    let shown = pending(&server).await;
    let codes: Vec<&Value> = shown.iter().map(|pairing| &pairing["pairing_code"]).collect();
    assert_eq!(codes, [&second["pairing_code"], &first["pairing_code"]], "newest first");
    assert!(shown[0]["created_at"].as_str().is_some_and(|time| time.ends_with("+00:00") && time.len() == 32));
    approve(&server, first["pairing_code"].as_str().expect("code")).await.nothing();
    assert_eq!(pending(&server).await.len(), 1, "an approved one waits for nobody");
    server.call(Method::GET, "/pairings/pending").send().await.refused(401, ErrorCode::LoginRequired);
}

async fn pending(server: &Server) -> Vec<Value> {
    let answer = server.call(Method::GET, "/pairings/pending").admin().send().await.ok(200);
    serde_json::from_value(answer).expect("an array")
}

async fn codes_are_compared_leniently(server: Server) {
    let begun = begin(&server, "Laptop").await;
    let code = begun["pairing_code"].as_str().expect("code");
    approve(&server, &format!("  {}\t", code.to_lowercase())).await.nothing();
    assert_eq!(poll(&server, &begun).await.ok(200)["approved"], true);
}

async fn what_is_over_is_gone(server: Server) {
    let token = PlainToken::draw(TokenKind::Pairing).expect("randomness");
    let eleven_minutes = std::time::Duration::from_secs(11 * 60);
    let now = Timestamp::now().minus(eleven_minutes);
    let new = NewPairing { browser_label: None, code: "ABC234".to_owned(), token: token.hash(), source: None, now };
    let opened = server.store.start_pairing(new).await.expect("start");
    assert!(matches!(opened, StartPairing::Started { .. }));
    let begun = json!({ "pairing_token": token.expose() });
    poll(&server, &begun).await.refused(410, ErrorCode::PairingExpired);
    approve(&server, "ABC234").await.refused(410, ErrorCode::PairingExpired);
    poll(&server, &begun).await.refused(410, ErrorCode::PairingExpired);
    assert!(pending(&server).await.is_empty());
}

async fn what_was_never_there_is_not_found(server: Server) {
    begin(&server, "Somebody else").await;
    for token in ["sfp_never-issued", "", "%FF", &"x".repeat(256)] {
        poll(&server, &json!({ "pairing_token": token })).await.refused(404, ErrorCode::PairingTokenUnknown);
    }
    let unnamed = server.call(Method::GET, "/extension/pair/status").send().await;
    assert_eq!(unnamed.refused(422, ErrorCode::ValidationError), "query → pairing_token: Field required");
    approve(&server, "ZZZZZZ").await.refused(404, ErrorCode::PairingNotFound);
    for (code, complaint) in [("ABC", "at least 4"), ("ABCDEFGHABCDEFGHA", "at most 16")] {
        let message = approve(&server, code).await.refused(422, ErrorCode::ValidationError);
        assert_eq!(message, format!("pairing_code: String should have {complaint} characters"));
    }
}

async fn labels(server: Server) {
    for (sent, kept) in [
        (json!({}), Value::Null),
        (json!({ "browser_label": null }), Value::Null),
        (json!({ "browser_label": "  " }), Value::Null),
        (json!({ "browser_label": " Büro – „Äpfel“ 🦀 ", "unknown": [1] }), json!("Büro – „Äpfel“ 🦀")),
        (json!({ "browser_label": "ü".repeat(128) }), json!("ü".repeat(128))),
    ] {
        server.call(Method::POST, "/extension/pair").json(sent).send().await.ok(201);
        assert_eq!(pending(&server).await[0]["browser_label"], kept);
    }
    let too_long = server.call(Method::POST, "/extension/pair").json(json!({ "browser_label": "x".repeat(129) }));
    let message = too_long.send().await.refused(422, ErrorCode::ValidationError);
    assert_eq!(message, "browser_label: String should have at most 128 characters");
    for (wrong, reason) in
        [(json!(5), "Input should be a valid string"), (json!("a\0b"), "Input should not contain a NUL character")]
    {
        let call = server.call(Method::POST, "/extension/pair").json(json!({ "browser_label": wrong }));
        assert_eq!(call.send().await.refused(422, ErrorCode::ValidationError), format!("browser_label: {reason}"));
    }
}

async fn bodies_that_are_none(server: Server) {
    for (content_type, body, complaint) in [
        ("application/json", "", "Field required"),
        ("application/json", "{\"browser_label\": ", "JSON decode error"),
        ("application/json", "[]", "Input should be a valid JSON object"),
        ("application/json", "null", "Input should be a valid JSON object"),
        ("text/plain", "{}", "Input should be a valid JSON object"),
        ("application/x-www-form-urlencoded", "browser_label=x", "Input should be a valid JSON object"),
        ("multipart/form-data", "--x", "Input should be a valid JSON object"),
    ] {
        let call = server.call(Method::POST, "/extension/pair").body(content_type, body);
        let message = call.send().await.refused(422, ErrorCode::ValidationError);
        assert_eq!(message, format!("body: {complaint}"), "{content_type} {body}");
    }
    let bare = server.call(Method::POST, "/extension/pair").send().await;
    assert_eq!(bare.refused(422, ErrorCode::ValidationError), "body: Field required");
    let large = server.call(Method::POST, "/extension/pair").body("application/json", vec![b' '; 70_000]);
    large.send().await.refused(413, ErrorCode::HttpError);
    assert!(pending(&server).await.is_empty(), "nothing was begun");
}

async fn one_of_many_polls_wins(server: Server) {
    let begun = begin(&server, "Laptop").await;
    approve(&server, begun["pairing_code"].as_str().expect("code")).await.nothing();
    let (server, begun) = (Arc::new(server), Arc::new(begun));
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (server, begun) = (Arc::clone(&server), Arc::clone(&begun));
        polls.spawn(async move { poll(&server, &begun).await });
    }
    let answers = polls.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 19));
    lost.iter().for_each(|answer| drop(answer.refused(404, ErrorCode::PairingTokenUnknown)));
    let token = won[0].json()["extension_token"].as_str().expect("the token").to_owned();
    server.call(Method::GET, "/extension/status").bearer(&token).send().await.ok(200);
}

async fn approving_twice_is_one_approval(server: Server) {
    let begun = begin(&server, "Laptop").await;
    let code = begun["pairing_code"].as_str().expect("code");
    approve(&server, code).await.nothing();
    approve(&server, code).await.nothing();
    let events = server.store.recent_events(50).await.expect("events");
    assert_eq!(events.iter().filter(|event| event.event == "pair_approved").count(), 1);
    let open = server.call(Method::POST, "/pair/approve").json(json!({ "pairing_code": code })).send().await;
    open.refused(401, ErrorCode::LoginRequired);
}

async fn behind_a_proxy_the_link_names_the_proxy(server: Server) {
    let server = server.started(|settings| settings.public_url = Some("https://skills.example/".to_owned()));
    let begun = begin(&server, "Laptop").await;
    let url = begun["redemption_url"].as_str().expect("url");
    assert!(url.starts_with("https://skills.example/settings/integrations/claude-ai/pair?code="), "{url}");
    pair(&server, "Another").await;
}
