//! Sends one request of the engine to one of its two targets and reads the answer as it asked.
//!
//! `https://claude.ai` gets the session that the browser holds (`credentials: include`; its value is never seen here);
//! the person's server gets the bearer and no cookie. A redirect by the server is refused, so that the bearer cannot
//! travel on; one by claude.ai is followed and noted.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gloo_net::http::RequestBuilder;
use gloo_timers::callback::Timeout;
use skill_engine::io::{
    Answer, Body, Expect, Method, Request, Response, SEEN_HEADERS, Target, Through, TransportFailure,
};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, AbortSignal, Headers, RequestCache, RequestCredentials, RequestRedirect};

use super::{body, tab};
use crate::boundary;

const CLAUDE_AI: &str = "https://claude.ai";

thread_local! {
    /// Those of the requests that are under way.
    static CONTROLLERS: RefCell<Vec<AbortController>> = RefCell::default();
}

/// Performs the request. Every outcome is an answer.
pub async fn perform(request: Request) -> Answer {
    if request.through == Through::Tab && request.target == Target::ClaudeAi {
        return tab::perform(request).await;
    }
    let Ok(deadline) = Deadline::start(request.timeout_ms) else {
        return Answer::Failed(TransportFailure::Unreachable);
    };
    match exchange(request, &deadline.signal()).await {
        Ok(response) => Answer::Response(response),
        Err(_) if deadline.has_passed() => Answer::Failed(TransportFailure::Timeout),
        Err(failure) => Answer::Failed(failure),
    }
}

/// Breaks off all requests that are under way. The server would else hand out work to a poll that nobody waits for any more.
pub fn abort_all() {
    CONTROLLERS.take().iter().for_each(AbortController::abort);
}

async fn exchange(request: Request, signal: &AbortSignal) -> Result<Response, TransportFailure> {
    let expect = request.expect;
    // An exception while building means that a header or the address is none: as good as unreachable.
    let ready = prepare(request, signal).map_err(|_| TransportFailure::Unreachable)?;
    let answer = ready.send().await.map_err(|_| TransportFailure::Unreachable)?;
    Ok(Response {
        status: answer.status(),
        headers: seen_headers(&answer),
        redirected: answer.redirected(),
        body: read(&answer, expect).await.map_err(|_| TransportFailure::Interrupted)?,
    })
}

fn prepare(request: Request, signal: &AbortSignal) -> Result<gloo_net::http::Request, JsValue> {
    let (origin, credentials, redirect) = policy(&request.target);
    let builder = RequestBuilder::new(&format!("{origin}{}", request.path))
        .method(verb(request.method))
        .credentials(credentials)
        .redirect(redirect)
        .cache(RequestCache::NoStore)
        .abort_signal(Some(signal))
        .headers(gloo_net::http::Headers::from_raw(headers(&request)?));
    match body::to_js(request.body)? {
        Some(body) => builder.body(body),
        None => builder.build(),
    }
    .map_err(|_| JsValue::UNDEFINED)
}

fn policy(target: &Target) -> (&str, RequestCredentials, RequestRedirect) {
    match target {
        Target::Server { origin, .. } => (origin, RequestCredentials::Omit, RequestRedirect::Error),
        Target::ClaudeAi => (CLAUDE_AI, RequestCredentials::Include, RequestRedirect::Follow),
    }
}

const fn verb(method: Method) -> gloo_net::http::Method {
    match method {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
        Method::Put => gloo_net::http::Method::PUT,
        Method::Delete => gloo_net::http::Method::DELETE,
    }
}

fn headers(request: &Request) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", accepted(request.expect))?;
    if let Some(content_type) = body::content_type(&request.body) {
        headers.set("content-type", content_type)?;
    }
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    if let Target::Server { bearer: Some(bearer), .. } = &request.target {
        headers.set("authorization", &format!("Bearer {}", bearer.expose()))?;
    }
    Ok(headers)
}

/// What the answer may be.
pub const fn accepted(expect: Expect) -> &'static str {
    match expect {
        Expect::Json => "application/json",
        Expect::Bytes => "application/zip, application/json",
    }
}

fn seen_headers(answer: &gloo_net::http::Response) -> BTreeMap<String, String> {
    let headers = answer.headers();
    let mut seen = BTreeMap::new();
    // One at a time: collecting into a map brings a sort along, 3 kB of the package.
    for name in SEEN_HEADERS {
        if let Some(value) = headers.get(name) {
            seen.insert(name.to_owned(), value);
        }
    }
    seen
}

async fn read(answer: &gloo_net::http::Response, expect: Expect) -> Result<Body, gloo_net::Error> {
    if expect == Expect::Bytes && answer.ok() {
        return answer.binary().await.map(Body::Bytes);
    }
    Ok(text_body(&answer.text().await?))
}

/// A body that came as text.
pub fn text_body(text: &str) -> Body {
    if text.is_empty() {
        return Body::Empty;
    }
    boundary::parse_json(text).map_or(Body::NotJson, Body::Json)
}

/// Aborts the request when its time is over; dropped, it does nothing.
struct Deadline {
    controller: AbortController,
    _timer: Timeout,
}

impl Deadline {
    fn start(timeout_ms: u32) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        CONTROLLERS.with_borrow_mut(|controllers| controllers.push(controller.clone()));
        let abort = controller.clone();
        Ok(Self { controller, _timer: Timeout::new(timeout_ms, move || abort.abort()) })
    }

    fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    fn has_passed(&self) -> bool {
        self.signal().aborted()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        CONTROLLERS.with_borrow_mut(|controllers| controllers.retain(|other| *other != self.controller));
    }
}
