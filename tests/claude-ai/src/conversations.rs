//! Conversations: a page for each, and the tree that the application reads.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::error;
use crate::world::World;

/// Query of a reading. Without `render_all_tools` the blocks of tools are missing.
#[derive(Debug, Deserialize)]
pub struct Reading {
    #[serde(default)]
    render_all_tools: bool,
}

/// `GET …/chat_conversations/{conversation}`.
pub async fn read(
    State(world): State<World>,
    Path((_, conversation)): Path<(String, String)>,
    Query(reading): Query<Reading>,
) -> Response {
    match world.lock().conversations.get(&conversation) {
        Some(tree) if reading.render_all_tools => Json(tree.clone()).into_response(),
        Some(tree) => Json(json!({ "name": tree["name"], "chat_messages": [] })).into_response(),
        None => error(404, "not_found_error", "", "Conversation not found"),
    }
}

/// The page of a conversation.
pub async fn page() -> Html<&'static str> {
    Html(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>A conversation (stand-in)</title><h1 id=\"conversation\">A conversation</h1></html>",
    )
}

/// A conversation in which these skills were used, at that time.
pub fn tree(uses: &[Value], at: &str) -> Value {
    let block = |(n, path): (usize, &Value)| json!({ "type": "tool_use", "id": format!("toolu_{n}"), "name": "view", "input": { "path": path } });
    let content: Vec<Value> = uses.iter().enumerate().map(block).collect();
    json!({ "uuid": "c", "name": "A private title", "chat_messages": [
        { "uuid": "m1", "sender": "human", "created_at": at, "content": [{ "type": "text", "text": "Something private" }] },
        { "uuid": "m2", "sender": "assistant", "created_at": at, "content": content },
    ] })
}
