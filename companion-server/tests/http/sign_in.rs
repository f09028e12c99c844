//! Signing in with a real provider of OpenID Connect.

use std::time::{Duration, Instant};

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::oidc::settings::{ClientSecret, ProviderSettings};
use companion_server::store::User;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::Answer;
use crate::provider::{
    agree, begin, changes_its_key, come_back, issuer, knows, session, sign_in, start, with_provider,
};
use crate::server::{ADMIN, Server, on_both};

on_both!(
    somebody_signs_in_and_is_found_again,
    only_those_come_in_whom_the_rules_name,
    roles_follow_the_provider,
    the_way_back_is_one_browsers_and_works_once,
    what_the_provider_says_is_verified,
    a_provider_that_is_down,
    a_provider_that_changes_its_key,
    whoever_is_disabled_stays_out,
    any_process_takes_up_what_another_began,
    a_server_may_do_without_a_secret,
    cookies_are_bound_to_https,
    without_a_provider_there_is_no_button,
);

/// A subject that no other scenario uses, whom the provider knows now.
async fn somebody(issuer: &str, prefix: &str, claims: Value) -> String {
    let subject = format!("{prefix}{}", Uuid::new_v4().simple());
    knows(issuer, &subject, claims).await;
    subject
}

fn ada() -> Value {
    json!({ "email": "ada@team.example", "email_verified": true, "preferred_username": "ada", "groups": ["skills"] })
}

fn ruled(provider: &mut ProviderSettings) {
    provider.rules.domains = Some(vec!["team.example".to_owned()]);
    provider.rules.required = Some("groups=skills".parse().expect("a rule"));
}

/// The login page that says why not, and begins no session.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let page = answer.text();
    assert_eq!(answer.status.as_u16(), status, "{page}");
    assert!(page.contains(&format!("data-code=\"{code}\"")) && page.contains("Sign in with Example"), "{page}");
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(
        cookies,
        ["skillferry_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"],
        "forgotten, and no session"
    );
}

async fn users(server: &Server) -> Vec<User> {
    server.store.users().await.expect("users")
}

async fn events(server: &Server) -> Vec<(String, Value)> {
    let events = server.store.recent_events(50).await.expect("events").into_iter().rev();
    events.map(|event| (event.event, event.detail)).collect()
}

async fn somebody_signs_in_and_is_found_again(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, ruled);
    let ada = somebody(issuer, "", ada()).await;
    let page = server.at(Method::GET, "/login").send().await.text();
    let button = "href=\"http://127.0.0.1:8082/login/oidc\">Sign in with Example &#60;ID&#62;</a>";
    assert!(page.contains(button), "{page}");
    let begun = begin(&server).await;
    let asked = |name: &str| begun.address.query_pairs().find(|(key, _)| key == name).expect("there").1.into_owned();
    assert!(begun.address.as_str().starts_with(&format!("{issuer}/auth?")));
    assert_eq!((asked("response_type"), asked("code_challenge_method")), ("code".to_owned(), "S256".to_owned()));
    assert_eq!(asked("scope"), "openid email profile groups");
    assert!(!begun.address.as_str().contains(&begun.cookie[begun.cookie.len() - 39..]), "the browser's secret stays");

    let answer = come_back(&server, &agree(&begun.address, &ada).await, &begun.cookie).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let page = answer.text();
    assert!(page.contains("<meta http-equiv=\"refresh\" content=\"0; url=/\">"), "a page of ours leads on: {page}");
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|one| one.to_str().expect("text")).collect();
    assert!(cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"), "{cookies:?}");
    assert_eq!(cookies[1], "skillferry_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    let cookie = session(&answer);
    let account = server.at(Method::GET, "/v1/account").header("cookie", &cookie).send().await.ok(200);
    assert_eq!(
        (&account["name"], &account["role"], &account["has_password"]),
        (&json!("ada"), &json!("member"), &json!(false))
    );

    let again = session(&sign_in(&server, &ada).await);
    let second = server.at(Method::GET, "/v1/account").header("cookie", &again).send().await.ok(200);
    assert_eq!(second["id"], account["id"]);
    assert_eq!(users(&server).await.len(), 1);
    let signed_in = ("user_signed_in".to_owned(), json!({ "user": "ada", "role": "member", "with": "provider" }));
    let added = ("user_added".to_owned(), json!({ "user": "ada", "role": "member" }));
    assert_eq!(events(&server).await, [added, signed_in.clone(), signed_in]);
    no_password_for(&server, &cookie).await;

    let left = server.at(Method::POST, "/logout").header("cookie", &cookie).send().await;
    assert_eq!((left.status.as_u16(), left.header("location")), (303, Some("/login")));
    server.at(Method::GET, "/v1/account").header("cookie", &cookie).send().await.refused(401, ErrorCode::LoginRequired);
    server.at(Method::GET, "/v1/account").header("cookie", &again).send().await.ok(200);
}

/// Whoever the provider signs in cannot open a second door beside it.
async fn no_password_for(server: &Server, cookie: &str) {
    let set = server.at(Method::PUT, "/v1/account/password").header("cookie", cookie);
    let set = set.json(json!({ "new_password": "correct horse battery" })).send().await;
    set.refused(409, ErrorCode::PasswordNotAllowed);
    let page = server.at(Method::GET, "/account").header("cookie", cookie).send().await.text();
    assert!(!page.contains("/account/password") && page.contains("sign in with Example"), "{page}");
}

async fn only_those_come_in_whom_the_rules_name(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, ruled);
    for (change, code) in [
        (json!({ "email": "ada@evil.example" }), "domain_not_allowed"),
        (json!({ "email": "ada@team.example.evil.example" }), "domain_not_allowed"),
        (json!({ "email_verified": false }), "email_not_verified"),
        (json!({ "groups": ["others"] }), "claim_missing"),
    ] {
        let mut claims = ada();
        claims.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let subject = somebody(issuer, "", claims).await;
        refused(&sign_in(&server, &subject).await, 403, code);
        assert_eq!(events(&server).await.pop(), Some(("sign_in_refused".to_owned(), json!({ "reason": code }))));
    }
    let answer = sign_in(&server, "nobody-of-this-name").await;
    refused(&answer, 403, "sign_in_denied");
    assert!(!answer.text().contains("The person said no"), "the provider's words are not ours");
    assert!(users(&server).await.is_empty());
}

async fn roles_follow_the_provider(server: Server) {
    let Some(issuer) = issuer() else { return };
    let mapped = with_provider(&server, issuer, |provider| {
        provider.rules.admin = Some("groups=owners".parse().expect("a rule"));
    });
    let subject = somebody(issuer, "", ada()).await;
    let role = async |server: &Server| {
        sign_in(server, &subject).await;
        users(server).await[0].role
    };
    assert_eq!(role(&mapped).await, Role::Member);
    knows(issuer, &subject, json!({ "groups": ["skills", "owners"] })).await;
    assert_eq!(role(&mapped).await, Role::Admin);
    let unmapped = with_provider(&server, issuer, |_| ());
    assert_eq!(role(&unmapped).await, Role::Admin, "then the provider says nothing about roles");
    knows(issuer, &subject, json!({ "groups": "skills" })).await;
    assert_eq!(role(&mapped).await, Role::Member);
}

async fn the_way_back_is_one_browsers_and_works_once(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, |_| ());
    let ada = somebody(issuer, "", ada()).await;
    let (begun, other) = (begin(&server).await, begin(&server).await);
    let back = agree(&begun.address, &ada).await;
    let expired = |answer: Answer| refused(&answer, 400, "sign_in_expired");
    expired(come_back(&server, &back, &other.cookie).await);
    expired(come_back(&server, &back, "x=y").await);
    expired(come_back(&server, &back.replace("state=sfi_", "state=sfi_x"), &begun.cookie).await);
    expired(come_back(&server, "/login/oidc/callback", &begun.cookie).await);
    expired(come_back(&server, "/login/oidc/callback?state=%FF&code=%00", &begun.cookie).await);
    session(&come_back(&server, &back, &begun.cookie).await);
    expired(come_back(&server, &back, &begun.cookie).await);

    let late = begin(&server).await;
    let back = agree(&late.address, &ada).await;
    server.sql("DELETE FROM sign_ins").await;
    expired(come_back(&server, &back, &late.cookie).await);
    assert_eq!(users(&server).await.len(), 1);
}

/// The same address with another value.
fn altered(address: &reqwest::Url, name: &str, value: &str) -> reqwest::Url {
    let mut altered = address.clone();
    let pairs = address.query_pairs().map(|(key, kept)| {
        let kept = if key == name { value.to_owned() } else { kept.into_owned() };
        (key.into_owned(), kept)
    });
    let pairs: Vec<(String, String)> = pairs.collect();
    altered.query_pairs_mut().clear().extend_pairs(pairs);
    altered
}

async fn what_the_provider_says_is_verified(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, |_| ());
    let ada = somebody(issuer, "", ada()).await;
    let unverified = |answer: Answer| refused(&answer, 502, "provider_unverified");
    // An ID token of another sign-in, and a code that another browser began to ask for.
    for (name, value) in [("nonce", "another"), ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")] {
        let begun = begin(&server).await;
        let back = agree(&altered(&begun.address, name, value), &ada).await;
        unverified(come_back(&server, &back, &begun.cookie).await);
    }
    for (from, to) in
        [("code=", "code=x"), ("code=", "cod="), ("iss=http", "iss=https"), ("code=", "error=invalid_scope&x=")]
    {
        let begun = begin(&server).await;
        let back = agree(&begun.address, &ada).await;
        assert!(back.contains(from), "{back}");
        unverified(come_back(&server, &back.replacen(from, to, 1), &begun.cookie).await);
    }
    let slow = somebody(issuer, "slow-", json!({})).await;
    let begun = begin(&server).await;
    let back = agree(&begun.address, &slow).await;
    // Its code lives for a second by the provider's clock, which nobody else can move.
    tokio::time::sleep(Duration::from_secs(3)).await;
    unverified(come_back(&server, &back, &begun.cookie).await);
    let wrong = with_provider(&server, issuer, |provider| provider.client_secret = ClientSecret::new("wrong"));
    unverified(sign_in(&wrong, &ada).await);
    assert!(users(&server).await.is_empty());
}

async fn a_provider_that_is_down(server: Server) {
    if issuer().is_none() {
        return;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let down = format!("http://127.0.0.1:{port}");
    let server = with_provider(&server, &down, |_| ());
    for _ in 0..2 {
        let answer = server.at(Method::GET, "/login/oidc").send().await;
        refused(&answer, 503, "provider_unreachable");
    }
    server.at(Method::GET, "/v1/users").bearer(ADMIN).send().await.ok(200);
    // This one wants the secret in the form instead of the header.
    let (mut child, issuer) = start(&port.to_string(), "client_secret_post").expect("it started before");
    assert_eq!(issuer, down);
    let begins = async || server.at(Method::GET, "/login/oidc").send().await.status.as_u16() == 303;
    let patience = Instant::now() + Duration::from_secs(30);
    while !begins().await {
        assert!(Instant::now() < patience, "the provider is back, and nobody asks it");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let ada = somebody(&issuer, "", ada()).await;
    session(&sign_in(&server, &ada).await);
    // What it said about itself is remembered; the code cannot be redeemed.
    let begun = begin(&server).await;
    let back = agree(&begun.address, &ada).await;
    child.kill().expect("killed");
    child.wait().expect("ended");
    refused(&come_back(&server, &back, &begun.cookie).await, 503, "provider_unreachable");
}

async fn a_provider_that_changes_its_key(server: Server) {
    let Some((mut child, issuer)) = start("0", "client_secret_basic") else { return };
    let server = with_provider(&server, &issuer, |_| {});
    knows(&issuer, "ada", ada()).await;
    session(&sign_in(&server, "ada").await);
    // In the middle of a sign-in, and again: what the server remembers of the provider is minutes old at most.
    for _ in 0..2 {
        let begun = begin(&server).await;
        changes_its_key(&issuer).await;
        let back = agree(&begun.address, "ada").await;
        session(&come_back(&server, &back, &begun.cookie).await);
    }
    assert_eq!(users(&server).await.len(), 1);
    child.kill().expect("ended");
    child.wait().expect("ended");
}

async fn whoever_is_disabled_stays_out(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, |_| ());
    let ada = somebody(issuer, "", ada()).await;
    let cookie = session(&sign_in(&server, &ada).await);
    let path = format!("/v1/users/{}", users(&server).await[0].id);
    server.at(Method::PATCH, &path).admin().json(json!({ "disabled": true })).send().await.ok(200);
    server.at(Method::GET, "/v1/account").header("cookie", &cookie).send().await.refused(401, ErrorCode::LoginRequired);
    refused(&sign_in(&server, &ada).await, 403, "user_disabled");
    let refusal = ("sign_in_refused".to_owned(), json!({ "reason": "user_disabled" }));
    assert_eq!(events(&server).await.pop(), Some(refusal));
}

async fn any_process_takes_up_what_another_began(server: Server) {
    let Some(issuer) = issuer() else { return };
    let (one, two) = (with_provider(&server, issuer, |_| ()), with_provider(&server, issuer, |_| ()));
    let ada = somebody(issuer, "", ada()).await;
    let begun = begin(&one).await;
    let back = agree(&begun.address, &ada).await;
    let cookie = session(&come_back(&two, &back, &begun.cookie).await);
    one.at(Method::GET, "/v1/account").header("cookie", &cookie).send().await.ok(200);
}

async fn a_server_may_do_without_a_secret(server: Server) {
    let Some(issuer) = issuer() else { return };
    let ada = somebody(issuer, "", ada()).await;
    let server = with_provider(&server, issuer, |provider| {
        provider.client_id = "without-secret".to_owned();
        provider.client_secret = None;
    });
    session(&sign_in(&server, &ada).await);
}

async fn cookies_are_bound_to_https(server: Server) {
    let Some(issuer) = issuer() else { return };
    let server = with_provider(&server, issuer, |_| ());
    let server = server.started(|settings| settings.public_url = Some("https://skills.example/".to_owned()));
    let answer = server.at(Method::GET, "/login/oidc").send().await;
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-skillferry_sign_in=sfi_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{cookie}");
    let back = "redirect_uri=https%3A%2F%2Fskills.example%2Flogin%2Foidc%2Fcallback";
    assert!(answer.header("location").expect("an address").contains(back));
}

async fn without_a_provider_there_is_no_button(server: Server) {
    assert!(!server.at(Method::GET, "/login").send().await.text().contains("Sign in with"));
    for path in ["/login/oidc", "/login/oidc/callback?state=x&code=y"] {
        server.at(Method::GET, path).send().await.refused(404, ErrorCode::NotFound);
    }
}
