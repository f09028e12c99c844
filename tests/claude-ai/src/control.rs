//! The way in for tests, on a port of its own: faults, inspection, and edits that "somebody else" makes on claude.ai.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{Account, Skill};
use crate::conversations;
use crate::faults::Fault;
use crate::marketplace::Marketplaces;
use crate::rules;
use crate::world::{self, World};

/// All routes of the control.
pub fn router(world: World) -> Router {
    Router::new()
        .route("/control/account", get(account))
        .route("/control/requests", get(requests).delete(forget_requests))
        .route("/control/faults", post(add_fault).delete(clear_faults))
        .route("/control/latency", put(latency))
        .route("/control/let-go", post(let_go))
        .route("/control/skills/{name}", put(put_skill).delete(delete_skill))
        .route("/control/skills/{name}/archive", get(archive))
        .route("/control/conversations/{conversation}", put(put_conversation))
        .route("/control/expire-sessions", post(expire))
        .route("/control/reset", post(reset))
        .layer(axum::extract::DefaultBodyLimit::max(40_000_000))
        .with_state(world)
}

async fn account(State(world): State<World>) -> Json<Value> {
    let state = world.lock();
    Json(json!({
        "skills": shown(&state.account), "elsewhere": shown(&state.elsewhere), "writes": state.account.writes, "signed_in": !state.sessions.is_empty(),
        "running_most": state.running_most, "held": state.held, "refused_hosts": state.refused_hosts,
        "marketplaces": state.marketplaces.all.values().collect::<Vec<_>>(),
        "plugins": state.marketplaces.all.values().flat_map(|one| one.plugins.values()).collect::<Vec<_>>(),
    }))
}

fn shown(account: &Account) -> Vec<Value> {
    let shown = |skill: &Skill| {
        json!({
            "id": skill.id, "name": skill.name, "description": skill.description, "enabled": skill.enabled,
            "updated_at": skill.updated_at(), "files": skill.files,
        })
    };
    account.skills().map(shown).collect()
}

async fn requests(State(world): State<World>) -> Json<Value> {
    Json(json!(world.lock().requests))
}

async fn forget_requests(State(world): State<World>) -> StatusCode {
    world.lock().requests.clear();
    StatusCode::NO_CONTENT
}

async fn add_fault(State(world): State<World>, Json(fault): Json<Fault>) -> StatusCode {
    world.lock().faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(world): State<World>) -> StatusCode {
    world.lock().faults.clear();
    StatusCode::NO_CONTENT
}

async fn let_go(State(world): State<World>) -> StatusCode {
    world.let_go();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Latency {
    ms: u64,
}

async fn latency(State(world): State<World>, Json(latency): Json<Latency>) -> StatusCode {
    world.lock().latency_ms = latency.ms;
    StatusCode::NO_CONTENT
}

/// An edit made on claude.ai by somebody else. It is held to the same rules.
async fn put_skill(State(world): State<World>, Path(name): Path<String>, zip: Bytes) -> Response {
    match rules::check(zip.to_vec()) {
        Ok(archive) if archive.name == name => {
            let mut state = world.lock();
            let writes = state.account.writes.clone();
            state.account.upload(archive, true);
            // The counts are about the product's own writes.
            state.account.writes = writes;
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => (StatusCode::BAD_REQUEST, "the archive has another name").into_response(),
        Err(message) => (StatusCode::BAD_REQUEST, message).into_response(),
    }
}

async fn delete_skill(State(world): State<World>, Path(name): Path<String>) -> StatusCode {
    let mut state = world.lock();
    let writes = state.account.writes.clone();
    let id = state.account.named(&name).map(|skill| skill.id.clone());
    let removed = id.is_some_and(|id| state.account.delete(&id));
    state.account.writes = writes;
    if removed { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn archive(State(world): State<World>, Path(name): Path<String>) -> Response {
    match world.lock().account.named(&name) {
        Some(skill) => ([(header::CONTENT_TYPE, "application/zip")], skill.zip.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What was used in a conversation, and when.
#[derive(Debug, Deserialize)]
struct Uses {
    paths: Vec<Value>,
    at: String,
}

async fn put_conversation(
    State(world): State<World>,
    Path(conversation): Path<String>,
    Json(uses): Json<Uses>,
) -> StatusCode {
    world.lock().conversations.insert(conversation, conversations::tree(&uses.paths, &uses.at));
    StatusCode::NO_CONTENT
}

async fn expire(State(world): State<World>) -> StatusCode {
    world.lock().sessions.clear();
    StatusCode::NO_CONTENT
}

/// As it was at the start, but for the sessions: a signed-in browser stays so.
async fn reset(State(the): State<World>) -> StatusCode {
    let mut state = the.lock();
    state.account = Account::default();
    state.elsewhere = world::elsewhere();
    state.faults.clear();
    state.requests.clear();
    state.running_most = 0;
    state.marketplaces = Marketplaces::default();
    state.refused_hosts.clear();
    state.latency_ms = 0;
    StatusCode::NO_CONTENT
}
