//! The application: what every route shares, and the layers round all of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::error::ErrorCode;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::ApiError;
use crate::host;
use crate::library::LibraryHandle;
use crate::library::import::{self, Imports};
use crate::services::{Services, probing};
use crate::settings::Settings;
use crate::store::{SharedStore, StoreResult, Unwanted};
use crate::time::Timestamp;
use crate::{dashboard, routes};

/// What every route shares.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub store: SharedStore,
    /// How the server was started.
    pub settings: Arc<Settings>,
    /// The watched folder, unless there is none.
    pub library: Option<LibraryHandle>,
    /// Internal services.
    pub services: Arc<Services>,
    /// Skills that were brought and lie at hand; which of them wait the store says.
    pub imports: Arc<Imports>,
    /// Turns in which uploads are received: each needs room in memory and on the disk.
    pub uploads: Arc<Semaphore>,
    /// Becomes true when the server stops: long polls end at once.
    pub stopping: watch::Receiver<bool>,
}

/// How many uploads are received at the same time.
const UPLOADS_AT_ONCE: usize = 2;

impl App {
    /// An application without imports.
    pub fn new(
        store: SharedStore,
        settings: Arc<Settings>,
        library: Option<LibraryHandle>,
        services: Arc<Services>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let uploads = Arc::new(Semaphore::new(UPLOADS_AT_ONCE));
        Self { store, settings, library, services, imports: Arc::default(), uploads, stopping }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// All routes with their layers. The outermost is the check of the `Host` header: it stands before everything.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(routes::router())
        .merge(dashboard::router(&app.settings))
        .fallback(nothing_here)
        .method_not_allowed_fallback(|| async {
            let message = "This address does not take that method.";
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, message)
        })
        .with_state(app.clone())
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn(answer_shape))
        .layer(middleware::from_fn(log))
        .layer(middleware::from_fn_with_state(app, guard))
}

/// An address that only a trailing slash makes unknown leads to the one without it, as clients of the reference backend expect.
async fn nothing_here(State(app): State<App>, request: Request) -> Response {
    let slashless = request.uri().path().trim_end_matches('/');
    let leads_on = matches!(*request.method(), Method::GET | Method::HEAD)
        && slashless.len() + 1 == request.uri().path().len()
        && routes::openapi::answers_get(slashless);
    if !leads_on {
        return ApiError::not_found(ErrorCode::NotFound, "There is nothing at this address.").into_response();
    }
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::temporary(&format!("{}{slashless}{query}", app.settings.origin(host))).into_response()
}

/// Host first, then where the request comes from.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    match host::check(&app.settings, request.method(), request.uri(), request.headers()) {
        Ok(()) => with_security_headers(next.run(request).await),
        Err(refusal) => with_security_headers(refusal.into_response()),
    }
}

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not “no-referrer”: with it browsers send forms with `Origin: null`, which nobody can tell from a foreign page.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

fn with_security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// One line a request: method, route, status, time. No query, no header, no body: any of them may hold a secret.
async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begin = std::time::Instant::now();
    let response = next.run(request).await;
    let milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%method, path, status = response.status().as_u16(), milliseconds, "request");
    response
}

/// Refusals of the HTTP layer itself (413, 415, 400 …) take the shape of all others.
async fn answer_shape(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || json || page {
        return response;
    }
    let message = status.canonical_reason().unwrap_or("The request was refused.");
    ApiError::new(status, ErrorCode::HttpError, message).into_response()
}

fn answer_panic(_: Box<dyn Any + Send + 'static>) -> axum::http::Response<Body> {
    // The panic hook has logged where; what it said may quote data.
    ApiError::internal(&"a panic in a route").into_response()
}

/// Resolves when the server stops.
pub async fn stopped(mut stopping: watch::Receiver<bool>) {
    // A dropped sender means that the server is gone already.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Clean-up that runs beside the requests: ended pairings, lapsed leases, imports whose time is over, and what is beyond its
/// retention. Ends when the server stops.
pub async fn housekeeping(app: App) {
    const EVERY: Duration = Duration::from_secs(30);
    let App { store, settings, imports, stopping, .. } = app;
    clear_left_behind().await;
    loop {
        let now = Timestamp::now();
        for (what, done) in [
            ("ended pairings", store.sweep_pairings(now).await.map(drop)),
            ("lapsed leases", store.reap(now).await.map(drop)),
            ("what is beyond its retention", forget(&store, &settings, now).await),
            ("the operator's pause", hold(&store, &settings).await),
            ("sessions and links whose time is over", store.forget_expired(now).await),
            ("ended pairings of machines", store.sweep_machines(now).await),
            ("keys that have run out", probing::tell_of_expired(&store, now).await),
            ("imports whose time is over", store.sweep_brought(now).await.map(|waiting| imports.keep_only(&waiting))),
        ] {
            if let Err(error) = done {
                tracing::warn!(%error, what, "clean-up is put off");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stopped(stopping.clone()) => return,
        }
    }
}

/// Files of imports that a server which was killed could not remove.
async fn clear_left_behind() {
    match tokio::task::spawn_blocking(import::clear_left_behind).await {
        Ok(Ok(0)) => {}
        Ok(Ok(folders)) => tracing::info!(folders, "files of imports that a killed server left behind were removed"),
        Ok(Err(error)) => tracing::warn!(%error, "files of imports may have been left behind"),
        Err(error) => tracing::warn!(%error, "files of imports may have been left behind"),
    }
}

/// Another process that was started without the lever has let go of what is still to be held.
async fn hold(store: &SharedStore, settings: &Settings) -> StoreResult<()> {
    if settings.pause.paused { store.set_operator_pause(settings.pause.clone()).await } else { Ok(()) }
}

async fn forget(store: &SharedStore, settings: &Settings, now: Timestamp) -> StoreResult<()> {
    let before = |retention: Option<Duration>| retention.map(|retention| now.minus(retention));
    let (audit_before, uses_before) = (before(settings.audit_retention), before(settings.usage_retention));
    if audit_before.is_none() && uses_before.is_none() {
        return Ok(());
    }
    let gone = store.prune(Unwanted { audit_before, uses_before, ..Unwanted::default() }, now).await?;
    if gone.audit_rows + gone.uses > 0 {
        tracing::info!(audit_rows = gone.audit_rows, uses = gone.uses, "what is beyond its retention was removed");
    }
    Ok(())
}
