//! Whether a Skillferry server answers at an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use companion_wire::health::ServerHealth;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::domain::doctor::Finding;

const PATIENCE: Duration = Duration::from_secs(3);
const MOST: usize = 64 * 1024;
const ID: &str = "server";

/// Asks for the server's health. That nobody listens is a warning only: the server may be meant to be down.
pub async fn check(listen: &str) -> Finding {
    let Ok(address) = listen.parse::<SocketAddr>() else {
        let detail = format!("“{listen}” is no address to listen on.");
        return Finding::fail(ID, detail, "Write an address and a port like 127.0.0.1:8082.");
    };
    let address = reachable(address);
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await else {
        return Finding::warn(
            ID,
            format!("Nobody listens on {address}."),
            "Start the server, or name its --listen address.",
        );
    };
    match tokio::time::timeout(PATIENCE, health(stream, address)).await {
        Ok(Ok(health)) if health.status == "ok" => Finding::pass(ID, format!("It answers on {address}.")),
        Ok(Ok(health)) => {
            let found = health.migration.unwrap_or_else(|| "unknown".to_owned());
            let detail =
                format!("It answers on {address} and is {} (database {}, schema {found}).", health.status, health.db);
            Finding::fail(ID, detail, "See the other checks and the server's log.")
        }
        Ok(Err(_)) => {
            let detail = format!("What answers on {address} is no Skillferry server.");
            Finding::fail(ID, detail, "Stop the other program, or name the server's --listen address.")
        }
        Err(_) => {
            Finding::fail(ID, format!("The server on {address} does not answer."), "Read its log and restart it.")
        }
    }
}

/// The address under which this machine reaches a server that listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if !ip.is_unspecified() => address,
        IpAddr::V4(_) => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(_) => (Ipv6Addr::LOCALHOST, address.port()).into(),
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn health(stream: TcpStream, address: SocketAddr) -> Result<ServerHealth, Failure> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    // A server answers to its loopback names whatever else it is called.
    let host = format!("localhost:{}", address.port());
    let request = Request::get("/health").header(header::HOST, host).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let body = Limited::new(answer.into_body(), MOST).collect().await?.to_bytes();
    Ok(serde_json::from_slice(&body)?)
}
