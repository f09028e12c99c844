//! Passwords, sessions, admin tokens, and who may see what.

use std::time::Duration;

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::store::AddUser;
use companion_server::time::Timestamp;
use companion_server::token::{PlainToken, TokenKind};
use companion_wire::error::ErrorCode;
use serde_json::json;
use uuid::Uuid;

use crate::call::Answer;
use crate::people::{Browser, begin, keep, lease, pair, poll, report};
use crate::server::{ADMIN, Server, on_both};

on_both!(
    a_member_sees_their_own_browsers_alone,
    admins_alone_administer,
    a_password_lets_in_and_ends_other_sessions,
    wrong_passwords_are_slowed_down,
    five_wrong_codes_close_the_door,
    tokens_do_what_their_owner_may,
    the_last_admin_stays,
    the_account_page_does_all_of_it,
);

/// A person and a token of theirs.
pub async fn person(server: &Server, name: &str, role: Role) -> (Uuid, String) {
    let now = Timestamp::now();
    let AddUser::Added(user) = server.store.add_user(name, role, now).await.expect("added") else { panic!("taken") };
    let token = PlainToken::draw(TokenKind::Admin).expect("randomness");
    server.store.add_admin_token(user.id, "tests", role, &token.hash(), now).await.expect("kept").expect("a person");
    (user.id, token.expose().to_owned())
}

/// A new session of this person, as a cookie.
pub async fn session(server: &Server, user: Uuid) -> String {
    let link = PlainToken::draw(TokenKind::LoginLink).expect("randomness");
    let expires = Timestamp::now().plus(Duration::from_secs(60));
    server.store.add_login_link(&link.hash(), Some(user), expires).await.expect("kept");
    let answer = server.at(Method::POST, "/login").json(json!({ "token": link.expose() })).send().await;
    answer.nothing();
    answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned()
}

async fn log_in(server: &Server, name: &str, password: &str) -> Answer {
    let form = format!("name={name}&password={password}");
    server.at(Method::POST, "/login/password").body("application/x-www-form-urlencoded", form).send().await
}

async fn a_member_sees_their_own_browsers_alone(server: Server) {
    let (_, admin) = person(&server, "anna", Role::Admin).await;
    let (_, owner) = person(&server, "bert", Role::Member).await;
    let (_, other) = person(&server, "cleo", Role::Member).await;
    keep(&server, "notes", "1").await;
    pair(&server, "Nobody's").await;
    let begun = begin(&server, "Bert's").await;
    let code = json!({ "pairing_code": begun["pairing_code"] });
    server.call(Method::POST, "/pair/approve").bearer(&owner).json(code).send().await.nothing();
    let redeemed = poll(&server, &begun).await.ok(200);
    let id: Uuid = begun["integration_id"].as_str().expect("an id").parse().expect("a UUID");
    let bert = Browser { id, token: redeemed["extension_token"].as_str().expect("a token").to_owned() };
    let own = format!("/integrations/{id}");
    for (who, browsers, work) in [(ADMIN, 2, 2), (&admin, 2, 2), (&owner, 1, 1), (&other, 0, 0)] {
        let get = async |path: &str| server.call(Method::GET, path).bearer(who).send().await.ok(200);
        assert_eq!(get("/integrations").await.as_array().map(Vec::len), Some(browsers));
        assert_eq!(get("/queue").await["total"], work);
        assert_eq!(get("/skills/notes/sync-status").await["pending_op_count"], work);
        let events = get("/activity?limit=500").await;
        let approvals = events.as_array().expect("events").iter().filter(|event| event["event"] == "pair_approved");
        assert_eq!(approvals.count(), browsers);
        let csv = server.call(Method::GET, "/activity/export.csv").bearer(who).send().await;
        assert_eq!(csv.text().matches("pair_approved").count(), browsers);
    }
    for (method, path) in [(Method::DELETE, own.clone()), (Method::POST, format!("{own}/rotate-token"))] {
        let answer = server.call(method, &path).bearer(&other).send().await;
        answer.refused(404, ErrorCode::IntegrationNotFound);
    }
    let operation = server.call(Method::GET, "/queue").bearer(&owner).send().await.ok(200)["items"][0]["id"].clone();
    let retry = format!("/operations/{}/retry", operation.as_str().expect("an id"));
    for (method, path, code) in [
        (Method::PATCH, own.clone(), ErrorCode::IntegrationNotFound),
        (Method::POST, format!("{own}/trigger-sync"), ErrorCode::IntegrationNotFound),
        (Method::POST, retry, ErrorCode::OperationNotFound),
    ] {
        let send = |who: &str| server.call(method.clone(), &path).bearer(who).json(json!({})).send();
        send(&other).await.refused(404, code);
        for who in [&owner, &admin] {
            let answer = send(who).await;
            assert_ne!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.text());
        }
        server.call(method.clone(), &path).json(json!({})).send().await.refused(401, ErrorCode::LoginRequired);
    }
    let leased = lease(&server, &bert, "").await;
    let result = json!({ "claude_ai_skill_id": "skill_01" });
    report(&server, &bert, &leased[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    server.sql("UPDATE claude_ai_skill_links SET conflict_state = 'diverged'").await;
    let conflicts = async |who: &str| server.call(Method::GET, "/conflicts").bearer(who).send().await.ok(200);
    assert_eq!((conflicts(&other).await, conflicts(&admin).await.as_array().map(Vec::len)), (json!([]), Some(1)));
    let link = conflicts(&owner).await[0]["link_id"].as_str().expect("an id").to_owned();
    for (method, path) in [(Method::GET, "preview"), (Method::POST, "resolve")] {
        let path = format!("/conflicts/{link}/{path}");
        let send = |who: &str| {
            let call = server.call(method.clone(), &path).bearer(who);
            call.json(json!({ "resolution": "skip" })).send()
        };
        send(&other).await.refused(404, ErrorCode::LinkNotFound);
        assert!(send(&owner).await.status.is_success(), "{method} {path}");
    }
    server.call(Method::DELETE, &own).bearer(&owner).send().await.nothing();
    begin(&server, "Waiting").await;
    let pending = async |who: &str| server.call(Method::GET, "/pairings/pending").bearer(who).send().await.ok(200);
    assert_eq!((pending(&admin).await.as_array().map(Vec::len), pending(&owner).await), (Some(1), json!([])));
    let page = server.at(Method::GET, "/settings/integrations/claude-ai/pair").bearer(&owner).send().await;
    assert!(!page.text().contains("data-approve") && page.text().contains("name=\"code\""), "{}", page.text());
}

async fn admins_alone_administer(server: Server) {
    let (user, member) = person(&server, "bert", Role::Member).await;
    for (method, path) in [
        (Method::GET, "/v1/integrations/claude-ai/diagnostic".to_owned()),
        (Method::POST, "/v1/integrations/claude-ai/admin/cleanup-expired-pairings".to_owned()),
        (Method::GET, "/metrics".to_owned()),
        (Method::GET, "/v1/users".to_owned()),
        (Method::POST, "/v1/users".to_owned()),
        (Method::PATCH, format!("/v1/users/{user}")),
        (Method::POST, format!("/v1/users/{user}/login-link")),
    ] {
        let send = |who: &str| server.at(method.clone(), &path).bearer(who).json(json!({ "name": "dora" })).send();
        send(&member).await.refused(403, ErrorCode::AdminRequired);
        assert!(send(ADMIN).await.status.is_success(), "{method} {path}");
        server.at(method.clone(), &path).send().await.refused(401, ErrorCode::LoginRequired);
    }
    let again = server.at(Method::POST, "/v1/users").admin().json(json!({ "name": " DORA " })).send().await;
    again.refused(409, ErrorCode::UserNameTaken);
    server.at(Method::GET, "/v1/account").admin().send().await.refused(409, ErrorCode::NoUser);
}

async fn a_password_lets_in_and_ends_other_sessions(server: Server) {
    let (user, token) = person(&server, "Änne", Role::Member).await;
    let (first, second) = (session(&server, user).await, session(&server, user).await);
    let set =
        |cookie: &str, body| server.at(Method::PUT, "/v1/account/password").header("cookie", cookie).json(body).send();
    let short = set(&first, json!({ "new_password": "elevenchars" })).await;
    short.refused(422, ErrorCode::ValidationError);
    set(&first, json!({ "new_password": "correct-horse-battery" })).await.nothing();
    let of = |cookie: &str| server.at(Method::GET, "/v1/sessions").header("cookie", cookie).send();
    of(&second).await.refused(401, ErrorCode::LoginRequired);
    set(&first, json!({ "new_password": "another-password" })).await.refused(403, ErrorCode::WrongPassword);
    let by_token = server.at(Method::PUT, "/v1/account/password").bearer(&token);
    by_token.json(json!({ "new_password": "another-password" })).send().await.refused(409, ErrorCode::NoUser);
    let answer = log_in(&server, "%C3%A4NNE", "correct-horse-battery").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/")), "{}", answer.text());
    let third = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie").to_owned();
    let sessions = of(&third).await.ok(200);
    let currents: Vec<_> = sessions.as_array().expect("two").iter().map(|session| session["current"] == true).collect();
    assert_eq!(currents.iter().filter(|current| **current).count(), 1);
    assert_eq!(currents.len(), 2);
    let ended = server.at(Method::DELETE, "/v1/sessions").header("cookie", &third).send().await.ok(200);
    assert_eq!(ended, json!({ "ended": 1 }));
    of(&first).await.refused(401, ErrorCode::LoginRequired);
    let id = of(&third).await.ok(200)[0]["id"].as_str().expect("an id").to_owned();
    let (_, other) = person(&server, "bert", Role::Admin).await;
    let end = format!("/v1/sessions/{id}");
    server.at(Method::DELETE, &end).bearer(&other).send().await.refused(404, ErrorCode::SessionNotFound);
    server.at(Method::DELETE, &end).header("cookie", &third).send().await.nothing();
    of(&third).await.refused(401, ErrorCode::LoginRequired);
}

async fn wrong_passwords_are_slowed_down(server: Server) {
    for name in ["nobody", "nobody", "nobody", "nobody", "nobody"] {
        assert_eq!(log_in(&server, name, "wrong-wrong-wrong").await.status.as_u16(), 401);
    }
    let slowed = log_in(&server, "NOBODY", "wrong-wrong-wrong").await;
    assert_eq!(slowed.status.as_u16(), 429);
    assert!(slowed.header("retry-after").is_some());
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(log_in(&server, name, "wrong-wrong-wrong").await.status.as_u16(), 401);
    }
    assert_eq!(log_in(&server, "f", "wrong-wrong-wrong").await.status.as_u16(), 429, "ten from one address");
}

async fn five_wrong_codes_close_the_door(server: Server) {
    let begun = begin(&server, "Laptop").await;
    let approve = async |code: &str| crate::people::approve(&server, code).await;
    for code in ["222222", "333333", "444444", "555555", "666666"] {
        approve(code).await.refused(404, ErrorCode::PairingNotFound);
    }
    let right = begun["pairing_code"].as_str().expect("a code");
    let refused = approve(right).await;
    refused.refused(429, ErrorCode::RateLimited);
    let seconds: u32 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((590..=601).contains(&seconds), "{seconds}");
    server.sql("DELETE FROM wrong_guesses").await;
    approve(right).await.nothing();
}

async fn tokens_do_what_their_owner_may(server: Server) {
    let (user, member) = person(&server, "bert", Role::Member).await;
    let make = |who: &str, role: &str| {
        server.at(Method::POST, "/v1/admin-tokens").bearer(who).json(json!({ "name": "ci", "role": role })).send()
    };
    make(&member, "admin").await.refused(403, ErrorCode::AdminRequired);
    let issued = make(&member, "member").await.ok(201);
    let token = issued["token"].as_str().expect("a token").to_owned();
    assert!(token.starts_with("sfa_"));
    let account = || server.at(Method::GET, "/v1/account").bearer(&token).send();
    assert_eq!(account().await.ok(200)["name"], "bert");
    let listed = server.at(Method::GET, "/v1/admin-tokens").bearer(&member).send().await;
    assert!(!listed.text().contains(&token) && listed.ok(200).as_array().map(Vec::len) == Some(2));
    let (_, other) = person(&server, "cleo", Role::Member).await;
    let path = format!("/v1/admin-tokens/{}", issued["id"].as_str().expect("an id"));
    server.at(Method::DELETE, &path).bearer(&other).send().await.refused(404, ErrorCode::AdminTokenNotFound);
    let disable = |disabled: bool| {
        let call = server.at(Method::PATCH, &format!("/v1/users/{user}")).admin();
        call.json(json!({ "disabled": disabled })).send()
    };
    disable(true).await.ok(200);
    account().await.refused(401, ErrorCode::LoginRequired);
    disable(false).await.ok(200);
    account().await.ok(200);
    server.at(Method::DELETE, &path).bearer(&member).send().await.nothing();
    account().await.refused(401, ErrorCode::LoginRequired);
}

async fn the_last_admin_stays(server: Server) {
    let (user, admin) = person(&server, "anna", Role::Admin).await;
    let change = |body| server.at(Method::PATCH, &format!("/v1/users/{user}")).bearer(&admin).json(body).send();
    change(json!({ "role": "member" })).await.refused(409, ErrorCode::LastAdmin);
    change(json!({ "disabled": true })).await.refused(409, ErrorCode::LastAdmin);
    person(&server, "bert", Role::Admin).await;
    change(json!({ "role": "member" })).await.ok(200);
    change(json!({ "role": "admin" })).await.refused(403, ErrorCode::AdminRequired);
}

async fn the_account_page_does_all_of_it(server: Server) {
    let (user, _) = person(&server, "anna", Role::Admin).await;
    let (first, second) = (session(&server, user).await, session(&server, user).await);
    let press = |path: &str, body: &str| {
        let call = server.at(Method::POST, path).header("cookie", &first);
        call.body("application/x-www-form-urlencoded", body.to_owned()).send()
    };
    let page = async || server.at(Method::GET, "/account").header("cookie", &first).send().await.text();
    let before = page().await;
    assert!(before.contains("this one") && !before.contains("name=\"current\""), "{before}");
    let short = press("/account/password", "new=short").await;
    assert!(short.text().contains("12 to 256"), "{}", short.text());
    assert!(press("/account/password", "new=correct-horse-battery").await.text().contains("The password is set"));
    let ended = server.at(Method::GET, "/account").header("cookie", &second).send().await;
    assert_eq!((ended.status.as_u16(), ended.header("location")), (303, Some("/login")));
    assert!(
        press("/account/password", "current=wrong&new=correct-horse-two")
            .await
            .text()
            .contains("The current password is not right.")
    );
    let made = press("/account/tokens", "name=%3Cb%3Eci").await.text();
    assert!(made.contains("<code id=\"token\">sfa_") && !made.contains("<b>ci"), "{made}");
    assert!(!page().await.contains("sfa_"), "shown once");
    let tokens = server.at(Method::GET, "/v1/admin-tokens").header("cookie", &first).send().await.ok(200);
    let newest = tokens[0]["id"].as_str().expect("an id");
    assert_eq!(press(&format!("/account/tokens/{newest}/revoke"), "").await.header("location"), Some("/account"));
    assert!(!page().await.contains(newest));
    press("/account/sessions/end-others", "").await;
    server.at(Method::GET, "/account").admin().send().await.refused(409, ErrorCode::NoUser);
}
