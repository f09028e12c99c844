//! Plays a whole flow and reads everything that is left of it: no token is in the log or in the database.

#[path = "http/call.rs"]
#[expect(dead_code, reason = "shared with the HTTP suite, which uses more of it")]
mod call;
#[path = "http/conformity.rs"]
mod conformity;
#[path = "http/people.rs"]
#[expect(dead_code, reason = "shared with the HTTP suite, which uses more of it")]
mod people;
#[cfg(feature = "oidc")]
#[path = "http/provider.rs"]
#[expect(dead_code, reason = "shared with the HTTP suite, which uses more of it")]
mod provider;
#[path = "http/server.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "shared with the HTTP suite, which uses more of it")]
mod server;

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::Method;
use companion_server::store::DatabaseUrl;
use companion_server::time::Timestamp;
use companion_server::token::{PlainToken, TokenKind};
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use crate::people::{approve, begin, folder, keep, lease, poll, report};
use crate::server::{ADMIN, Server};

/// Everything that was logged, at every level, by us and by the libraries.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_left_anywhere() {
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
    subscriber.with_writer(|| Log).init();
    let server = server::sqlite().await;
    let [link, session] = log_in(&server).await;
    let [password, admin] = open_account(&server, &session).await;
    let [extension, pairing] = pair_and_work(&server).await;
    let refused = refused_ones(&server).await;
    let signing_in = sign_in(&server).await;

    let log = LOG.lock().expect("nobody panics with it").clone();
    for seen in ["/v1/integrations/claude-ai/extension/pair/status", "/login", "claude_ai_integrations"] {
        assert!(holds(&log, seen), "the log was not read: it lacks {seen}");
    }
    let database = database(&server);
    for token in [&session, &extension, &admin] {
        let hash = PlainToken::presented(token).hash().hex();
        assert!(holds(&database, &hash), "the database was not read: it lacks a hash that it keeps");
    }
    let others = [link, session, password, admin, extension, pairing, refused, ADMIN.to_owned()];
    for secret in others.into_iter().chain(signing_in) {
        let kind = &secret[..4];
        // Without the mark of its kind as well, and cut short: half a token is half a secret.
        for part in [&secret[4..], &secret[4..24]] {
            assert!(!holds(&log, part), "a token {kind}… is in the log");
            assert!(!holds(&database, part), "a token {kind}… is in the database");
        }
    }
}

/// The login link's token and the session's.
async fn log_in(server: &Server) -> [String; 2] {
    let link = PlainToken::draw(TokenKind::LoginLink).expect("randomness");
    let expires = Timestamp::now().plus(Duration::from_secs(60));
    server.store.add_login_link(&link.hash(), None, expires).await.expect("kept");
    let answer = server.at(Method::POST, "/login").json(json!({ "token": link.expose() })).send().await;
    answer.nothing();
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    let page = server.at(Method::GET, "/").header("cookie", cookie).send().await;
    assert_eq!(page.status.as_u16(), 200);
    let session = cookie.split_once('=').expect("a value").1.to_owned();
    [link.expose().to_owned(), session]
}

/// A password that was set, mistyped and used, and an admin token.
async fn open_account(server: &Server, session: &str) -> [String; 2] {
    let cookie = format!("skillferry_session={session}");
    let drawn = || PlainToken::draw(TokenKind::LoginLink).expect("randomness").expose().to_owned();
    let (password, wrong) = (drawn(), drawn());
    let set = |body: Value| server.at(Method::PUT, "/v1/account/password").header("cookie", &cookie).json(body).send();
    set(json!({ "new_password": password })).await.nothing();
    set(json!({ "new_password": password, "current_password": wrong })).await.refused(403, ErrorCode::WrongPassword);
    // Somebody types the password where the name belongs, too.
    for (name, typed, status) in [("admin", &password, 303), ("admin", &wrong, 401), (&password, &password, 401)] {
        let form = format!("name={name}&password={typed}");
        let call = server.at(Method::POST, "/login/password").body("application/x-www-form-urlencoded", form);
        let answer = call.send().await;
        assert!(answer.status.as_u16() == status && !answer.text().contains(&password), "{}", answer.text());
    }
    let call = server.at(Method::POST, "/v1/admin-tokens").header("cookie", &cookie).json(json!({ "name": "ci" }));
    let token = text(&call.send().await.ok(201)["token"]).to_owned();
    server.at(Method::GET, "/v1/account").bearer(&token).send().await.ok(200);
    [password, token]
}

/// The extension's token and the pairing's.
async fn pair_and_work(server: &Server) -> [String; 2] {
    let begun = begin(server, "Laptop").await;
    poll(server, &begun).await.ok(200);
    approve(server, text(&begun["pairing_code"])).await.nothing();
    let token = text(&poll(server, &begun).await.ok(200)["extension_token"]).to_owned();
    let id = text(&begun["integration_id"]).parse().expect("a UUID");
    let browser = people::Browser { id, token: token.clone() };
    let kept = keep(server, "notes", "1").await;
    let leased = lease(server, &browser, "?wait=1").await;
    let result = json!({ "claude_ai_skill_id": "skill_01" });
    report(server, &browser, &leased[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    for (method, path) in [
        (Method::GET, format!("/extension/skill-bundle?skill_id={}&version_id={}", kept.skill, kept.version)),
        (Method::POST, format!("/extension/remote-snapshot?skill_id={}&claude_ai_skill_id=skill_01", kept.skill)),
    ] {
        let zip = skill_format::archive::write("notes", &folder("notes", "2"));
        let answer = server.call(method, &path).bearer(&token).body("application/zip", zip).send().await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    server.call(Method::DELETE, &format!("/integrations/{id}")).bearer(&token).send().await.nothing();
    server.call(Method::GET, "/extension/status").bearer(&token).send().await;
    [token, text(&begun["pairing_token"]).to_owned()]
}

/// A token that nobody issued, sent to every door: what is refused is not written down either.
async fn refused_ones(server: &Server) -> String {
    let token = PlainToken::draw(TokenKind::Admin).expect("randomness");
    let token = token.expose();
    for path in ["/extension/operations", "/integrations", "/health", "/nothing"] {
        let call =
            server.call(Method::GET, path).bearer(token).header("cookie", &format!("skillferry_session={token}"));
        assert!(call.send().await.status.is_client_error());
    }
    let wrong = server.at(Method::POST, "/login").json(json!({ "token": token, "more": 5 })).send().await;
    assert!(!wrong.text().contains(token));
    for body in [json!({ "pairing_code": token }), json!([token])] {
        let answer = server.call(Method::POST, "/pair/approve").admin().json(body).send().await;
        assert!(answer.status.is_client_error() && !answer.text().contains(token));
    }
    for path in
        ["/extension/pair/status?pairing_token=", "/extension/skill-bundle?skill_id=", "/extension/status?token="]
    {
        let answer = server.call(Method::GET, &format!("{path}{token}")).send().await;
        assert!(answer.status.is_client_error() && !answer.text().contains(token));
    }
    token.to_owned()
}

/// All that a sign-in with a real provider hands round: state, nonce, the browser's secret, the code, the session. Nothing without one.
#[cfg(feature = "oidc")]
async fn sign_in(server: &Server) -> Vec<String> {
    let Some(issuer) = provider::issuer() else { return Vec::new() };
    let server = provider::with_provider(server, issuer, |_| ());
    provider::knows(issuer, "of-no-secrets", json!({ "email": "ada@team.example" })).await;
    let begun = provider::begin(&server).await;
    let back = provider::agree(&begun.address, "of-no-secrets").await;
    let answer = provider::come_back(&server, &back, &begun.cookie).await;
    let value = |cookie: &str| cookie.split_once('=').expect("a value").1.to_owned();
    let query = |address: &reqwest::Url, name: &str| {
        address.query_pairs().find(|(key, _)| key == name).expect("a value").1.into_owned()
    };
    let back = begun.address.join(&back).expect("an address");
    let (state, nonce) = (query(&begun.address, "state"), query(&begun.address, "nonce"));
    vec![state, nonce, value(&begun.cookie), query(&back, "code"), value(&provider::session(&answer))]
}

#[cfg(not(feature = "oidc"))]
async fn sign_in(_: &Server) -> Vec<String> {
    Vec::new()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The database's bytes with all that lies beside it.
fn database(server: &Server) -> Vec<u8> {
    let DatabaseUrl::Sqlite(path) = &server.url else { panic!("a file") };
    let files = std::fs::read_dir(path.parent().unwrap_or(Path::new("."))).expect("its folder");
    let files: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    assert!(files.iter().any(|file| file.to_string_lossy().ends_with("-wal")), "the log of SQLite is read, too");
    files.iter().flat_map(|file| std::fs::read(file).expect("its bytes")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
