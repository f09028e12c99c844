//! `https://claude.ai` as far as skills are concerned: sign-in page, organisations, skills, marketplaces.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Multipart, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{DECOY, ORGANISATION, Skill, Upload};
use crate::faults::Action;
use crate::marketplace;
use crate::rules;
use crate::world::{Seen, World};

/// Marks an answer whose connection is to break instead.
#[derive(Debug, Clone, Copy)]
pub struct Broken;

/// The whole site.
pub fn router(world: World) -> Router {
    let organisation = Router::new()
        .route("/skills/list-skills", get(list))
        .route("/skills/upload-skill", post(upload))
        .route("/skills/delete-skill", post(delete))
        .route("/skills/enable-skill", post(enable))
        .route("/skills/disable-skill", post(disable))
        .route("/skills/download-dot-skill-file", get(download))
        .route("/marketplaces/list-account-marketplaces", get(marketplace::list))
        .route("/marketplaces/create-account-marketplace", post(marketplace::create))
        .route("/marketplaces/{marketplace}/plugins/account-list-plugins", get(marketplace::plugins))
        .route("/marketplaces/{marketplace}/plugins/account-upload", post(marketplace::upload))
        .route("/plugins/{plugin}/enabled", put(marketplace::enable))
        .layer(middleware::from_fn(own_organisation));
    let api = Router::new()
        .route("/organizations", get(organisations))
        .route("/bootstrap", get(bootstrap))
        .nest("/organizations/{organisation}", organisation)
        .fallback(|| async { answer_error(404, "not_found_error", "", "Not found") })
        .layer(axum::extract::DefaultBodyLimit::max(40_000_000))
        .layer(middleware::from_fn_with_state(world.clone(), signed_in));
    Router::new()
        .route("/", get(home))
        .route("/login", get(|| async { Html(LOGIN) }).post(log_in))
        .route("/logout", post(log_out))
        .nest("/api", api)
        .layer(middleware::from_fn_with_state(world.clone(), weather))
        .with_state(world)
}

/// The error body of the application.
pub fn answer_error(status: u16, kind: &str, code: &str, message: &str) -> Response {
    let details = if code.is_empty() { json!({}) } else { json!({ "error_code": code }) };
    let body = json!({ "type": "error", "error": { "type": kind, "message": message, "details": details } });
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(body)).into_response()
}

/// The one field `file` of an upload.
pub async fn file_of(mut form: Multipart) -> Option<Vec<u8>> {
    let mut file = None;
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") || file.is_some() {
            return None;
        }
        file = Some(field.bytes().await.ok()?.to_vec());
    }
    file
}

const LOGIN: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in (stand-in)</title>\
<h1>Sign in</h1><p>This program plays claude.ai. It is not claude.ai.</p>\
<form method=\"post\" action=\"/login\"><input name=\"email\" value=\"person@example.org\"><button id=\"sign-in\">Continue</button></form></html>";

const HOME: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signed in (stand-in)</title>\
<h1>Signed in</h1><form method=\"post\" action=\"/logout\"><button id=\"sign-out\">Sign out</button></form></html>";

const CHALLENGE: &str = "<!doctype html><title>Just a moment...</title><p>Checking your browser.";

async fn home(State(world): State<World>, headers: HeaderMap) -> Response {
    if session_of(&headers).is_some_and(|session| world.lock().sessions.contains(&session)) {
        Html(HOME).into_response()
    } else {
        Redirect::to("/login").into_response()
    }
}

async fn log_in(State(world): State<World>) -> Response {
    let session = {
        let mut state = world.lock();
        let session = format!("sk-ant-sid01-stand-in-{:08}", state.fresh());
        state.sessions.insert(session.clone());
        session
    };
    let mut response = Redirect::to("/").into_response();
    for cookie in [
        format!("sessionKey={session}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=2592000"),
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

fn session_of(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == "sessionKey").map(|(_, value)| value.to_owned())
}

/// Session first, then the header that the web application sends.
async fn signed_in(State(world): State<World>, request: Request, next: Next) -> Response {
    let valid = session_of(request.headers()).is_some_and(|session| world.lock().sessions.contains(&session));
    if !valid {
        return answer_error(401, "authentication_error", "", "Invalid session");
    }
    if request.headers().get("anthropic-client-platform").is_none_or(|value| value != "web_claude_ai") {
        return answer_error(403, "permission_error", "", "Missing client platform");
    }
    next.run(request).await
}

async fn own_organisation(Path(path): Path<Vec<(String, String)>>, request: Request, next: Next) -> Response {
    let organisation = path.iter().find(|(name, _)| name == "organisation").map(|(_, value)| value.as_str());
    if organisation == Some(ORGANISATION) {
        return next.run(request).await;
    }
    answer_error(403, "permission_error", "", "Invalid authorization for organization")
}

/// Latency, ordered faults, and the list of what came.
async fn weather(State(world): State<World>, request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let api = path.starts_with("/api/");
    let (at_ms, latency, actions) = {
        let mut state = world.lock();
        if api {
            state.running += 1;
            state.running_most = state.running_most.max(state.running);
        }
        (state.now_ms(), state.latency_ms, state.faults.take(&method, &path))
    };
    if api && latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let response = act(&world, actions, request, next).await;
    let broken = response.extensions().get::<Broken>().is_some();
    let mut state = world.lock();
    state.running -= u32::from(api);
    let status = if broken { 0 } else { response.status().as_u16() };
    state.requests.push(Seen { at_ms, method, path, status });
    drop(state);
    response
}

async fn act(world: &World, actions: Vec<Action>, request: Request, next: Next) -> Response {
    let mut afterwards = Vec::new();
    for action in actions {
        match action {
            Action::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            Action::Status { status } => return answer_error(status, "api_error", "", "Internal server error"),
            Action::Html => return Html("<!doctype html><title>Something else</title>").into_response(),
            Action::RenamePath => return answer_error(404, "not_found_error", "", "Not found"),
            Action::ExpireSession => {
                world.lock().sessions.clear();
                return answer_error(401, "authentication_error", "", "Invalid session");
            }
            Action::RateLimit { retry_after } => {
                let mut response = answer_error(429, "rate_limit_error", "", "Too many requests");
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
                return response;
            }
            Action::Challenge => {
                let mut response = (StatusCode::FORBIDDEN, Html(CHALLENGE)).into_response();
                response.headers_mut().insert("cf-mitigated", HeaderValue::from_static("challenge"));
                return response;
            }
            Action::Drop => return broken(),
            Action::RenameKey { .. } | Action::DropAnswer => afterwards.push(action),
        }
    }
    let mut response = next.run(request).await;
    for action in afterwards {
        response = match action {
            Action::RenameKey { from, to } => rename_key(response, &from, &to).await,
            _ => broken(),
        };
    }
    response
}

fn broken() -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(Broken);
    response
}

async fn rename_key(response: Response, from: &str, to: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    rename(&mut value, from, to);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(map) => {
            if let Some(inner) = map.remove(from) {
                map.insert(to.to_owned(), inner);
            }
            map.values_mut().for_each(|inner| rename(inner, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rename(inner, from, to)),
        _ => {}
    }
}

async fn organisations() -> Json<Value> {
    Json(json!([
        { "uuid": DECOY, "name": "API console", "capabilities": ["api", "api_individual"] },
        { "uuid": ORGANISATION, "name": "Personal", "capabilities": ["chat", "claude_max"] },
    ]))
}

async fn bootstrap() -> Json<Value> {
    Json(json!({ "account": { "memberships": [
        { "organization": { "uuid": DECOY, "capabilities": ["api"] } },
        { "organization": { "uuid": ORGANISATION, "capabilities": ["chat", "claude_max"] } },
    ] } }))
}

fn shown(skill: &Skill) -> Value {
    json!({
        "id": skill.id, "name": skill.name, "description": skill.description, "creator_type": "user",
        "enabled": skill.enabled, "updated_at": skill.updated_at(), "partition_by": "user", "is_shared": false,
    })
}

async fn list(State(world): State<World>) -> Json<Value> {
    let state = world.lock();
    let built_in = |name: &str| {
        json!({
            "id": format!("skill_builtin_{name}"), "name": name, "description": "Built in", "creator_type": "anthropic",
            "enabled": true, "updated_at": "2026-01-01T00:00:00.000000Z", "partition_by": "organization", "is_shared": false,
        })
    };
    let built_ins = ["docx", "pdf", "pptx", "xlsx"].map(built_in).into_iter();
    Json(json!({ "skills": built_ins.chain(state.account.skills().map(shown)).collect::<Vec<_>>() }))
}

#[derive(Debug, Deserialize)]
struct UploadQuery {
    #[serde(default)]
    overwrite: bool,
}

async fn upload(State(world): State<World>, Query(query): Query<UploadQuery>, form: Multipart) -> Response {
    let Some(zip) = file_of(form).await else {
        return answer_error(400, "invalid_request_error", "", "Field 'file' is required");
    };
    let archive = match rules::check(zip) {
        Ok(archive) => archive,
        Err(message) => return answer_error(400, "invalid_request_error", "skill_validation_failed", &message),
    };
    match world.lock().account.upload(archive, query.overwrite) {
        Upload::Done(skill) => Json(json!({ "validation_errors": [], "skill": shown(&skill) })).into_response(),
        Upload::Exists => {
            let message = "A skill with this name already exists";
            answer_error(400, "invalid_request_error", "upload_skill_already_exists", message)
        }
    }
}

#[derive(Debug, Deserialize)]
struct SkillId {
    skill_id: String,
}

async fn delete(State(world): State<World>, Json(body): Json<SkillId>) -> Response {
    done(world.lock().account.delete(&body.skill_id))
}

async fn enable(State(world): State<World>, Json(body): Json<SkillId>) -> Response {
    done(world.lock().account.enable(&body.skill_id, true))
}

async fn disable(State(world): State<World>, Json(body): Json<SkillId>) -> Response {
    done(world.lock().account.enable(&body.skill_id, false))
}

fn done(known: bool) -> Response {
    if known { Json(json!({})).into_response() } else { answer_error(404, "not_found_error", "", "Skill not found") }
}

async fn download(State(world): State<World>, Query(query): Query<SkillId>) -> Response {
    let state = world.lock();
    let Some(skill) = state.account.get(&query.skill_id) else {
        return answer_error(404, "not_found_error", "", "Skill not found");
    };
    let disposition = format!("attachment; filename*=UTF-8''{}.skill", skill.name);
    (
        [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        skill.zip.clone(),
    )
        .into_response()
}
