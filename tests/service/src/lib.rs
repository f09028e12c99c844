//! An internal service as the contract describes one: it issues keys against a shared secret, revokes them, and says how it is. Over
//! TLS, with a certificate of its own. It can be told to fail in each way that a service fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The shared secret that every service of the tests expects.
pub const SECRET: &str = "the-shared-secret-of-the-tests";

/// A way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A status with a body.
    Answer(u16, String),
    /// Longer than anybody waits.
    Silence,
    /// The connection ends in the middle.
    BreakOff,
    /// A redirect to another place, which must not learn the secret.
    Redirect,
}

/// A key that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// For whom.
    pub email: String,
    /// The key.
    pub key: String,
    /// For how many days it was asked.
    pub ttl_days: u64,
    /// It was revoked.
    pub revoked: bool,
}

/// What the service knows.
#[derive(Debug, Default)]
pub struct World {
    /// Keys by their token id.
    pub keys: BTreeMap<String, Issued>,
    /// How the exchange fails.
    pub exchange: Option<Fault>,
    /// How the revocation fails.
    pub revoke: Option<Fault>,
    /// How the question for its health fails.
    pub health: Option<Fault>,
    /// Token id and end are left out.
    pub says_little: bool,
    /// When the keys end.
    pub expires_at: Option<String>,
    /// Requests by path.
    pub asked: BTreeMap<String, u32>,
    /// Whether any question for its health carried proof.
    pub health_had_proof: bool,
}

/// A running service.
#[derive(Debug)]
pub struct Service {
    /// Where it listens, under the name localhost.
    pub address: SocketAddr,
    /// Its certificate, as PEM.
    pub certificate: String,
    world: Arc<Mutex<World>>,
}

impl Service {
    /// Starts one; it ends with the runtime.
    ///
    /// # Errors
    ///
    /// No port, or no certificate.
    pub async fn start() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(cert.der().to_vec())], key)?;
        let world = Arc::new(Mutex::new(World::default()));
        let service = Self { address: listener.local_addr()?, certificate: cert.pem(), world: Arc::clone(&world) };
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), routes(world)));
        Ok(service)
    }

    /// What it knows, to look at and to change.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// Keys that are in force.
    pub fn in_force(&self) -> Vec<Issued> {
        self.world().keys.values().filter(|issued| !issued.revoked).cloned().collect()
    }
}

type Shared = Arc<Mutex<World>>;

fn routes(world: Shared) -> Router {
    Router::new()
        .route("/api/internal/token-exchange", post(exchange))
        .route("/api/internal/token-revoke", post(revoke))
        .route("/health", get(health))
        .route("/elsewhere", post(|| async { "nobody should come here" }))
        .with_state(world)
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, routes: Router) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (acceptor, routes) = (acceptor.clone(), routes.clone());
        tokio::spawn(async move {
            let Ok(tls) = acceptor.accept(stream).await else { return };
            let served = hyper::server::conn::http1::Builder::new();
            // A caller that goes away is nobody's failure.
            let _ = served.serve_connection(TokioIo::new(tls), TowerToHyperService::new(routes)).await;
        });
    }
}

fn locked(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

fn counted(world: &Shared, path: &str) {
    *locked(world).asked.entry(path.to_owned()).or_default() += 1;
}

async fn failed(fault: Fault) -> Response {
    match fault {
        Fault::Answer(status, body) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response()
        }
        Fault::Silence => {
            tokio::time::sleep(Duration::from_secs(120)).await;
            StatusCode::OK.into_response()
        }
        Fault::Redirect => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
        Fault::BreakOff => panic!("the connection ends here"),
    }
}

fn has_proof(headers: &HeaderMap) -> bool {
    headers.get("authorization").and_then(|value| value.to_str().ok()) == Some(&format!("Bearer {SECRET}"))
}

fn unauthorised() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client", "secret_expected": SECRET }))).into_response()
}

async fn exchange(State(world): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    counted(&world, "exchange");
    let fault = locked(&world).exchange.clone();
    if let Some(fault) = fault {
        return failed(fault).await;
    }
    if !has_proof(&headers) {
        return unauthorised();
    }
    let mut world = locked(&world);
    let number = world.keys.len() + 1;
    // With everything that a careless writer of files would stumble over.
    let (id, key) = (format!("token-{number}"), format!("key-{number}-$HOME #'\"\\ é="));
    let email = body["user_email"].as_str().unwrap_or_default().to_owned();
    let ttl_days = body["ttl_days"].as_u64().unwrap_or_default();
    world.keys.insert(id.clone(), Issued { email, key: key.clone(), ttl_days, revoked: false });
    if world.says_little {
        return Json(json!({ "status": "ok", "api_key": key })).into_response();
    }
    let expires_at = world.expires_at.clone().unwrap_or_else(|| "2099-01-01T00:00:00Z".to_owned());
    Json(json!({ "status": "ok", "api_key": key, "token_id": id, "expires_at": expires_at })).into_response()
}

async fn revoke(State(world): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    counted(&world, "revoke");
    let fault = locked(&world).revoke.clone();
    if let Some(fault) = fault {
        return failed(fault).await;
    }
    if !has_proof(&headers) {
        return unauthorised();
    }
    match locked(&world).keys.get_mut(body["token_id"].as_str().unwrap_or_default()) {
        Some(issued) => {
            issued.revoked = true;
            Json(json!({ "status": "ok" })).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn health(State(world): State<Shared>, headers: HeaderMap) -> Response {
    counted(&world, "health");
    if headers.contains_key("authorization") {
        locked(&world).health_had_proof = true;
    }
    let fault = locked(&world).health.clone();
    match fault {
        Some(fault) => failed(fault).await,
        None => Json(json!({ "status": "ok" })).into_response(),
    }
}
