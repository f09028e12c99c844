//! What happens to a request on its way: latency, ordered faults, and the list of what came.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::answer::error;
use crate::faults::Action;
use crate::site::{SESSION_COOKIE, session_of};
use crate::world::{Seen, World};

/// Marks an answer whose connection is to break instead.
#[derive(Debug, Clone, Copy)]
pub struct Broken;

const CHALLENGE: &str = "<!doctype html><title>Just a moment...</title><p>Checking your browser.";

/// Lets a request through as the orders say, and lists it.
pub async fn act(State(world): State<World>, request: Request, next: Next) -> Response {
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
    let response = through(&world, actions, request, next).await;
    let broken = response.extensions().get::<Broken>().is_some();
    let mut state = world.lock();
    state.running -= u32::from(api);
    let status = if broken { 0 } else { response.status().as_u16() };
    state.requests.push(Seen { at_ms, method, path, status });
    drop(state);
    response
}

async fn through(world: &World, actions: Vec<Action>, request: Request, next: Next) -> Response {
    let mut afterwards = Vec::new();
    for action in actions {
        match action {
            Action::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            Action::Status { status } => return error(status, "api_error", "", "Internal server error"),
            Action::Html => return Html("<!doctype html><title>Something else</title>").into_response(),
            Action::RenamePath => return error(404, "not_found_error", "", "Not found"),
            Action::ExpireSession => {
                world.lock().sessions.clear();
                return error(401, "authentication_error", "", "Invalid session");
            }
            Action::SwitchedOff => {
                return error(403, "permission_error", "", "Skills are disabled by your organization");
            }
            Action::Scanning => return error(409, "conflict_error", "skill_scan_pending", "Scanning"),
            Action::WithholdCookies if request.headers().contains_key(header::REFERER) => {}
            Action::WithholdCookies => return error(401, "authentication_error", "", "Invalid session"),
            Action::RenewSession => afterwards.push(Action::RenewSession),
            Action::RateLimit { retry_after } => {
                let mut response = error(429, "rate_limit_error", "", "Too many requests");
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
                return response;
            }
            Action::Challenge => {
                let mut response = (StatusCode::FORBIDDEN, Html(CHALLENGE)).into_response();
                response.headers_mut().insert("cf-mitigated", HeaderValue::from_static("challenge"));
                return response;
            }
            Action::Drop => return broken(),
            Action::Hold { carried_out: false } => {
                world.hold().await;
                return broken();
            }
            Action::Hold { carried_out: true } => afterwards.push(action),
            Action::RenameKey { .. } | Action::DropKey { .. } | Action::RetypeKey { .. } | Action::DropAnswer => {
                afterwards.push(action)
            }
        }
    }
    let session = session_of(request.headers());
    let mut response = next.run(request).await;
    for action in afterwards {
        response = match action {
            Action::RenameKey { from, to } => reshaped(response, &|map| rename(map, &from, &to)).await,
            Action::DropKey { key } => reshaped(response, &|map| drop(map.remove(&key))).await,
            Action::RetypeKey { key } => reshaped(response, &|map| retype(map, &key)).await,
            Action::RenewSession => renewed(response, session.as_deref()),
            Action::Hold { .. } => {
                world.hold().await;
                broken()
            }
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

fn renewed(mut response: Response, session: Option<&str>) -> Response {
    let cookie = format!("sessionKey={}; {SESSION_COOKIE}", session.unwrap_or_default());
    let cookie = HeaderValue::from_str(&cookie).ok().filter(|_| session.is_some());
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// The answer with each of its objects changed.
async fn reshaped(response: Response, change: &(dyn Fn(&mut Map<String, Value>) + Sync)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    everywhere(&mut value, change);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

fn everywhere(value: &mut Value, change: &(dyn Fn(&mut Map<String, Value>) + Sync)) {
    match value {
        Value::Object(map) => {
            change(map);
            map.values_mut().for_each(|inner| everywhere(inner, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| everywhere(inner, change)),
        _ => {}
    }
}

fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(inner) = map.remove(from) {
        map.insert(to.to_owned(), inner);
    }
}

fn retype(map: &mut Map<String, Value>, key: &str) {
    if let Some(inner) = map.get_mut(key) {
        *inner = json!([inner.take()]);
    }
}
