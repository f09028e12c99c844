//! Sends a request of the engine through an open tab of claude.ai, for browsers that attach the session nowhere else.
//!
//! The script that makes the request there (`web-ext/tab-transport.js`) keeps a list of its own of what may be asked for.
//! Only tabs of the browser's own cookie store are used: a tab of a container is somebody else.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Object, Promise, Reflect};
use skill_engine::io::{Answer, Body, Expect, Method, Request, RequestBody, Response, TransportFailure};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{body, fetch, sys};
use crate::boundary;

const SCRIPT: &str = "tab-transport.js";
const TABS: &str = "https://claude.ai/*";
const CHAT: &str = "https://claude.ai/chat/";
const CHATS: &str = "https://claude.ai/chat/*";
const OWN_STORE: &str = "firefox-default";

/// A tab that says nothing (a sleeping one, say) is given up this much later than its request.
const GRACE: u32 = 500;

/// Performs the request. Every outcome is an answer.
pub async fn perform(request: Request) -> Answer {
    match exchange(request).await {
        Ok(response) => Answer::Response(response),
        Err(failure) => Answer::Failed(failure),
    }
}

/// Ids of the conversations that stand open in tabs of the person's own claude.ai.
pub async fn conversations() -> Vec<String> {
    let tabs = open_tabs(&sys::object([("url", &CHATS.into())])).await;
    let address = |tab: JsValue| member(&tab, "url").as_string();
    let id = |address: String| {
        let rest = address.strip_prefix(CHAT)?;
        Some(rest.split(['/', '?', '#']).next()?.to_ascii_lowercase())
    };
    tabs.into_iter().filter_map(address).filter_map(id).collect()
}

async fn exchange(request: Request) -> Result<Response, TransportFailure> {
    let tab = ready_tab().await.ok_or(TransportFailure::NoTab)?;
    let timeout = request.timeout_ms;
    let message = message(request).ok_or(TransportFailure::Unreachable)?;
    let sent = sys::tab_message(&tab, &message).map_err(|_| TransportFailure::Unreachable)?;
    let late = future_to_promise(async move {
        TimeoutFuture::new(timeout.saturating_add(GRACE)).await;
        Ok(sys::object([("failed", &"timeout".into())]).into())
    });
    // A tab that is closed meanwhile rejects.
    let answer = JsFuture::from(Promise::race(&Array::of2(&sent, &late))).await;
    read(&answer.map_err(|_| TransportFailure::Interrupted)?)
}

/// A tab of the person's own claude.ai, with the script in it.
async fn ready_tab() -> Option<JsValue> {
    let wanted = sys::object([("url", &TABS.into()), ("status", &"complete".into()), ("discarded", &JsValue::FALSE)]);
    for tab in open_tabs(&wanted).await {
        let id = member(&tab, "id");
        let target = sys::object([("tabId", &id)]);
        let injection = sys::object([("target", &target), ("files", &Array::of1(&SCRIPT.into()))]);
        if sys::settled(sys::execute_script(&injection)).await.is_ok() {
            return Some(id);
        }
    }
    None
}

/// Tabs like these, of the browser's own store.
async fn open_tabs(wanted: &Object) -> Vec<JsValue> {
    let tabs = sys::settled(sys::tabs_query(wanted)).await.unwrap_or_default();
    boundary::list(&tabs).filter(is_own).collect()
}

/// Chromium names no store here, because private windows are the only other one.
fn is_own(tab: &JsValue) -> bool {
    let store = member(tab, "cookieStoreId").as_string();
    member(tab, "incognito").is_falsy() && store.is_none_or(|store| store == OWN_STORE)
}

/// `{method, path, headers: [[name, value]], json?, zip?: {field, name, bytes}, bytes, timeout}`; all bytes as base64.
fn message(request: Request) -> Option<Object> {
    let message = sys::object([
        ("method", &verb(request.method).into()),
        ("path", &request.path.as_str().into()),
        ("headers", &headers(&request)),
        ("bytes", &(request.expect == Expect::Bytes).into()),
        ("timeout", &request.timeout_ms.into()),
    ]);
    let (name, body) = match request.body {
        RequestBody::None => return Some(message),
        RequestBody::Json(json) => ("json", boundary::json_text(&json)?.into()),
        // The texts beside a zip are for the person's own server; claude.ai's uploads have none.
        RequestBody::MultipartZip { texts, field, file_name, bytes } if texts.is_empty() => {
            let encoded = STANDARD.encode(bytes);
            (
                "zip",
                sys::object([("field", &field.into()), ("name", &file_name.into()), ("bytes", &encoded.into())]).into(),
            )
        }
        // Goes to the person's own server only.
        RequestBody::MultipartZip { .. } | RequestBody::Zip(_) => return None,
    };
    Reflect::set(&message, &name.into(), &body).ok()?.then_some(message)
}

fn headers(request: &Request) -> JsValue {
    let pair = |name: &str, value: &str| Array::of2(&name.into(), &value.into());
    let headers = Array::of1(&pair("accept", fetch::accepted(request.expect)));
    if let Some(kind) = body::content_type(&request.body) {
        headers.push(&pair("content-type", kind));
    }
    for (name, value) in &request.headers {
        headers.push(&pair(name, value));
    }
    headers.into()
}

fn read(answer: &JsValue) -> Result<Response, TransportFailure> {
    match member(answer, "failed").as_string().as_deref() {
        None => {}
        Some("timeout") => return Err(TransportFailure::Timeout),
        Some(_) => return Err(TransportFailure::Unreachable),
    }
    let status = member(answer, "status").as_f64().and_then(whole).ok_or(TransportFailure::Interrupted)?;
    let mut headers = BTreeMap::new();
    for pair in boundary::list(&member(answer, "headers")) {
        let mut pair = boundary::list(&pair).filter_map(|text| text.as_string());
        headers.extend(pair.next().zip(pair.next()));
    }
    let redirected = member(answer, "redirected").is_truthy();
    Ok(Response { status, headers, redirected, body: content(answer).ok_or(TransportFailure::Interrupted)? })
}

fn content(answer: &JsValue) -> Option<Body> {
    match member(answer, "bytes").as_string() {
        Some(encoded) => STANDARD.decode(encoded).ok().map(Body::Bytes),
        None => Some(fetch::text_body(&member(answer, "text").as_string()?)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range that was just checked")]
fn whole(status: f64) -> Option<u16> {
    (100.0..=599.0).contains(&status).then_some(status as u16)
}

const fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    }
}

fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}
