//! A real provider of OpenID Connect, and a person with a browser in front of it.
//!
//! `SKILLFERRY_TEST_OIDC_PROVIDER` names the installed program (`tests/oidc-provider`). Without it, or without Node, the scenarios are
//! skipped with a message, and fail where `CI` is set.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use axum::http::Method;
use companion_server::domain::sign_in::AdmissionRules;
use companion_server::oidc::settings::{ClientSecret, ProviderSettings};
use reqwest::{Url, header, redirect};
use serde_json::Value;

use crate::call::Answer;
use crate::server::Server;

/// Under which the servers of these tests are reached; the provider sends people back there.
pub const PUBLIC: &str = "http://127.0.0.1:8082";

/// The provider that all scenarios share, by its issuer. It ends with this process, which holds the other end of its input.
pub fn issuer() -> Option<&'static str> {
    static ISSUER: OnceLock<Option<String>> = OnceLock::new();
    static RUNNING: Mutex<Option<Child>> = Mutex::new(None);
    let start = || {
        let (child, issuer) = start("0", "client_secret_basic")?;
        *RUNNING.lock().expect("nobody panics with it") = Some(child);
        Some(issuer)
    };
    ISSUER.get_or_init(start).as_deref()
}

/// A provider of one's own, on this port, to which servers prove themselves by this method.
pub fn start(port: &str, method: &str) -> Option<(Child, String)> {
    let Ok(program) = std::env::var("SKILLFERRY_TEST_OIDC_PROVIDER") else {
        assert!(std::env::var_os("CI").is_none(), "SKILLFERRY_TEST_OIDC_PROVIDER must be set in CI");
        eprintln!("SKIPPED with a real OpenID Connect provider: SKILLFERRY_TEST_OIDC_PROVIDER is not set");
        return None;
    };
    let node = std::env::var("SKILLFERRY_TEST_NODE").unwrap_or_else(|_| "node".to_owned());
    let mut command = Command::new(node);
    command.arg(program).arg(format!("{PUBLIC}/login/oidc/callback")).args([port, method]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node runs");
    let mut line = String::new();
    // The pipe stays open: a program that cannot speak ends.
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("its first line");
    let issuer = line.trim().to_owned();
    assert!(issuer.starts_with("http://127.0.0.1:"), "the provider did not start: {issuer:?}");
    Some((child, issuer))
}

/// A server whose people sign in with this provider: by default everybody whom it knows.
pub fn with_provider(server: &Server, issuer: &str, change: impl FnOnce(&mut ProviderSettings)) -> Server {
    let mut provider = ProviderSettings {
        issuer: issuer.to_owned(),
        client_id: "skillferry".to_owned(),
        client_secret: ClientSecret::new("a secret of the tests: +/%&"),
        name: "Example <ID>".to_owned(),
        scopes: ["openid", "email", "profile", "groups"].map(str::to_owned).to_vec(),
        rules: AdmissionRules { domains: None, required: None, admin: None },
    };
    change(&mut provider);
    server.started(|settings| {
        settings.public_url = Some(PUBLIC.to_owned());
        settings.sign_in = Some(provider);
    })
}

/// What the provider says of somebody from now on.
pub async fn knows(issuer: &str, subject: &str, claims: Value) {
    let client = client();
    let put = client.put(format!("{issuer}/people/{subject}")).json(&claims).send().await.expect("an answer");
    assert_eq!(put.status(), 204);
}

/// The provider signs with another key from now on, and nobody finds the old one there any more.
pub async fn changes_its_key(issuer: &str) {
    let put = client().put(format!("{issuer}/keys")).send().await.expect("an answer");
    assert_eq!(put.status(), 204);
}

/// A sign-in that has been begun: the address at the provider, and the cookie that the browser keeps.
pub struct Begun {
    pub address: Url,
    pub cookie: String,
}

/// Presses the button.
pub async fn begin(server: &Server) -> Begun {
    let answer = server.at(Method::GET, "/login/oidc").header("sec-fetch-site", "same-origin").send().await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    let address = answer.header("location").expect("an address").parse().expect("a URL");
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next()).expect("a cookie");
    Begun { address, cookie: cookie.to_owned() }
}

/// Signs in at the provider as `subject`. Returns the path and query under which it sends the browser back.
pub async fn agree(address: &Url, subject: &str) -> String {
    let (client, mut cookies) = (client(), BTreeMap::new());
    let mut address = address.clone();
    address.query_pairs_mut().append_pair("login_hint", subject);
    for _ in 0..6 {
        let sent: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer =
            client.get(address.clone()).header(header::COOKIE, sent.join("; ")).send().await.expect("an answer");
        assert!(answer.status().is_redirection(), "{address}: {} {:?}", answer.status(), answer.text().await);
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a value");
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let next = answer.headers()[header::LOCATION].to_str().expect("text");
        address = address.join(next).expect("an address");
        if let Some(back) = address.as_str().strip_prefix(PUBLIC) {
            return back.to_owned();
        }
    }
    panic!("the provider leads in circles")
}

/// Comes back from the provider, as a browser does: from another site, without strict cookies.
pub async fn come_back(server: &Server, back: &str, cookie: &str) -> Answer {
    let call = server.at(Method::GET, back).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    call.header("cookie", cookie).send().await
}

/// The whole way, as `subject`.
pub async fn sign_in(server: &Server, subject: &str) -> Answer {
    let begun = begin(server).await;
    let back = agree(&begun.address, subject).await;
    come_back(server, &back, &begun.cookie).await
}

/// `name=value` of the session that an answer begins.
#[track_caller]
pub fn session(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let session = cookies.into_iter().find(|cookie| cookie.starts_with("skillferry_session="));
    session.unwrap_or_else(|| panic!("no session: {}", answer.text())).split(';').next().expect("a pair").to_owned()
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().expect("a client")
}
