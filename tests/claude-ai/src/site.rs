//! `https://claude.ai` as far as skills are concerned: its routes, who may use them, sign-in page and organisations.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

use crate::account::ORGANISATION;
use crate::answer;
use crate::people::Person;
use crate::world::World;
use crate::{conversations, marketplace, skills, weather};

/// The whole site.
pub fn router(world: World) -> Router {
    let organisation = Router::new()
        .route("/skills/list-skills", get(skills::list))
        .route("/skills", get(skills::list))
        .route("/skills/upload-skill", post(skills::upload))
        .route("/skills/delete-skill", post(skills::delete))
        .route("/skills/enable-skill", post(skills::enable))
        .route("/skills/disable-skill", post(skills::disable))
        .route("/skills/download-dot-skill-file", get(skills::download))
        .route("/skills/{skill}/download", get(skills::download_by_path))
        .route("/marketplaces/list-account-marketplaces", get(marketplace::list))
        .route("/marketplaces/create-account-marketplace", post(marketplace::create))
        .route("/marketplaces/{marketplace}/plugins/account-list-plugins", get(marketplace::plugins))
        .route("/marketplaces/{marketplace}/plugins/account-upload", post(marketplace::upload))
        .route("/plugins/{plugin}/enabled", put(marketplace::enable))
        .route("/chat_conversations/{conversation}", get(conversations::read))
        .layer(middleware::from_fn(own_organisation));
    let api = Router::new()
        .route("/organizations", get(organisations))
        .route("/bootstrap", get(bootstrap))
        .nest("/organizations/{organisation}", organisation)
        .fallback(|| async { answer::error(404, "not_found_error", "", "Not found") })
        .layer(middleware::map_response(answer::in_shape))
        .layer(axum::extract::DefaultBodyLimit::max(40_000_000))
        .layer(middleware::from_fn_with_state(world.clone(), signed_in));
    Router::new()
        .route("/", get(home))
        .route("/login", get(|| async { Html(LOGIN) }).post(log_in))
        .route("/logout", post(log_out))
        .route("/chat/{conversation}", get(conversations::page))
        .nest("/api", api)
        .layer(middleware::from_fn_with_state(world.clone(), weather::act))
        .with_state(world)
}

/// How the session's cookie is set.
pub const SESSION_COOKIE: &str = "Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000";

const LOGIN: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in (stand-in)</title>\
<h1>Sign in</h1><p>This program plays claude.ai. It is not claude.ai.</p>\
<form method=\"post\" action=\"/login\"><input name=\"email\" value=\"person@example.org\"><button id=\"sign-in\">Continue</button></form></html>";

const HOME: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signed in (stand-in)</title>\
<h1>Signed in</h1><form method=\"post\" action=\"/logout\"><button id=\"sign-out\">Sign out</button></form></html>";

async fn home(State(world): State<World>, headers: HeaderMap) -> Response {
    if session_of(&headers).is_some_and(|session| world.lock().sessions.contains_key(&session)) {
        Html(HOME).into_response()
    } else {
        Redirect::to("/login").into_response()
    }
}

async fn log_in(State(world): State<World>, form: String) -> Response {
    let address = form.split('&').find_map(|field| field.strip_prefix("email=")).unwrap_or_default();
    let person = Person::by_address(&address.replace("%40", "@"));
    let session = {
        let mut state = world.lock();
        let session = format!("sk-ant-sid01-stand-in-{:08}", state.fresh());
        state.sessions.insert(session.clone(), person);
        session
    };
    let mut response = Redirect::to("/").into_response();
    for cookie in [
        format!("sessionKey={session}; {SESSION_COOKIE}"),
        format!("lastActiveOrg={ORGANISATION}; Path=/; Secure; SameSite=Lax; Max-Age=2592000"),
    ] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("plain ASCII"));
    }
    response
}

async fn log_out(State(world): State<World>, headers: HeaderMap) -> Response {
    if let Some(session) = session_of(&headers) {
        world.lock().sessions.remove(&session);
    }
    let mut response = Redirect::to("/login").into_response();
    let gone = HeaderValue::from_static("sessionKey=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0");
    response.headers_mut().append(header::SET_COOKIE, gone);
    response
}

/// The session that a request carries.
pub fn session_of(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == "sessionKey").map(|(_, value)| value.to_owned())
}

/// Session first, then the header that the web application sends.
async fn signed_in(State(world): State<World>, mut request: Request, next: Next) -> Response {
    let person = session_of(request.headers()).and_then(|session| world.lock().sessions.get(&session).copied());
    let Some(person) = person else {
        return answer::error(401, "authentication_error", "", "Invalid session");
    };
    request.extensions_mut().insert(person);
    if request.headers().get("anthropic-client-platform").is_none_or(|value| value != "web_claude_ai") {
        return answer::error(403, "permission_error", "", "Missing client platform");
    }
    next.run(request).await
}

/// The organisation that a path names.
#[derive(Debug, Clone)]
pub struct Place(pub String);

async fn own_organisation(
    Path(path): Path<Vec<(String, String)>>,
    Extension(person): Extension<Person>,
    mut request: Request,
    next: Next,
) -> Response {
    let organisation = path.into_iter().find(|(name, _)| name == "organisation").map(|(_, value)| value);
    if let Some(organisation) = organisation.filter(|organisation| person.belongs_to(organisation)) {
        request.extensions_mut().insert(Place(organisation));
        return next.run(request).await;
    }
    answer::error(403, "permission_error", "", "Invalid authorization for organization")
}

async fn organisations(Extension(person): Extension<Person>) -> Json<Value> {
    Json(Value::Array(person.organisations()))
}

async fn bootstrap(Extension(person): Extension<Person>) -> Json<Value> {
    let membership = |organisation| json!({ "organization": organisation });
    let memberships: Vec<Value> = person.organisations().into_iter().map(membership).collect();
    Json(
        json!({ "account": { "uuid": person.account(), "email_address": "person@example.org", "memberships": memberships } }),
    )
}
