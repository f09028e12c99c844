//! The door: a CONNECT proxy that answers for `claude.ai:443` itself, over TLS with a certificate of this run, and refuses every
//! other host. So nothing that is tested can leave the machine, and every attempt is listed.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{CertifiedKey, PublicKeyData};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::weather::Broken;
use crate::world::World;

/// The certificate of this run.
pub struct Identity {
    acceptor: TlsAcceptor,
    /// Base64 of the SHA-256 of its public key: what Chromium's `--ignore-certificate-errors-spki-list` takes.
    pub spki_sha256: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("spki_sha256", &self.spki_sha256).finish_non_exhaustive()
    }
}

/// Makes a certificate for `claude.ai` that is valid nowhere else.
///
/// # Errors
///
/// The cryptography does not work.
pub fn identity() -> Result<Identity, Box<dyn std::error::Error + Send + Sync>> {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(vec!["claude.ai".to_owned()])?;
    let spki_sha256 = STANDARD.encode(Sha256::digest(signing_key.subject_public_key_info()));
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(cert.der().to_vec())], key)?;
    Ok(Identity { acceptor: TlsAcceptor::from(Arc::new(config)), spki_sha256 })
}

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, identity: Identity, site: Router, world: World) {
    let identity = Arc::new(identity);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (identity, site, world) = (Arc::clone(&identity), site.clone(), world.clone());
        tokio::spawn(async move {
            // A browser that goes away in the middle is nobody's failure.
            let _ = connection(stream, &identity, site, world).await;
        });
    }
}

async fn connection(stream: TcpStream, identity: &Identity, site: Router, world: World) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request).await?;
    let mut header = String::new();
    while stream.read_line(&mut header).await? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let host = match (words.next(), words.next()) {
        (Some("CONNECT"), Some(host)) => host.to_owned(),
        (_, Some(address)) => address.to_owned(),
        _ => return Ok(()),
    };
    if host != "claude.ai:443" {
        *world.lock().refused_hosts.entry(host).or_default() += 1;
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    }
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let tls = identity.acceptor.accept(stream).await?;
    let service = service_fn(move |request: Request<Incoming>| answer(site.clone(), request.map(Body::new)));
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), service).await;
    served.map_err(io::Error::other)
}

/// In a task of its own: what was sent happens and is listed, even when the browser is gone before the answer.
async fn answer(site: Router, request: Request<Body>) -> io::Result<Response<Body>> {
    let answered = tokio::spawn(site.oneshot(request)).await.map_err(io::Error::other)?;
    let Ok(response) = answered;
    // An error closes the connection without an answer.
    match response.extensions().get::<Broken>() {
        Some(_) => Err(io::Error::other("ordered")),
        None => Ok(response),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{site, world::State};

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_happens_although_the_browser_is_gone() {
        let world = World::new(500);
        let request = Request::get("/api/organizations").body(Body::empty()).expect("request");
        let unheard = tokio::time::timeout(Duration::from_millis(100), answer(site::router(world.clone()), request));
        assert!(unheard.await.is_err(), "the browser leaves before the answer");
        let so_far = |state: &State| (state.running, state.requests.len());
        assert_eq!(so_far(&world.lock()), (1, 0));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let state = world.lock();
        assert_eq!((so_far(&state), state.requests[0].status), ((0, 1), 401));
    }
}
