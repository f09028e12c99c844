//! One kept-alive connection to the server.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Step;

/// No answer takes longer unless the server is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection.
#[derive(Debug)]
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

/// A request without its connection.
#[derive(Debug, Clone)]
pub struct Ask {
    method: Method,
    path: String,
    bearer: Option<String>,
    body: Option<Bytes>,
}

impl Ask {
    /// A GET request of a path of the connector.
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: format!("/v1/integrations/claude-ai{path}"), bearer: None, body: None }
    }

    /// A GET request of a page.
    pub fn page(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::get("") }
    }

    /// A POST request with a JSON body.
    pub fn post(path: &str, body: &serde_json::Value) -> Self {
        Self { method: Method::POST, body: Some(body.to_string().into()), ..Self::get(path) }
    }

    /// With a token.
    pub fn bearer(mut self, token: &str) -> Self {
        self.bearer = Some(format!("Bearer {token}"));
        self
    }
}

impl Client {
    /// Connects to `address`.
    pub async fn connect(address: &str) -> Step<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its end is seen by whoever sends next.
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, host: address.to_owned() })
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&mut self, ask: &Ask) -> Step<(u16, Bytes)> {
        let mut request = Request::builder().method(&ask.method).uri(&ask.path).header(header::HOST, &self.host);
        if let Some(bearer) = &ask.bearer {
            request = request.header(header::AUTHORIZATION, bearer);
        }
        if ask.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(ask.body.clone().unwrap_or_default()))?;
        let answered = async {
            self.sender.ready().await?;
            let answer = self.sender.send_request(request).await?;
            let status = answer.status().as_u16();
            Ok::<_, hyper::Error>((status, answer.into_body().collect().await?.to_bytes()))
        };
        Ok(tokio::time::timeout(PATIENCE, answered).await??)
    }

    /// Sends a request that must be answered with `status` and JSON, or with nothing.
    pub async fn expect(&mut self, ask: &Ask, status: u16) -> Step<serde_json::Value> {
        let (found, body) = self.send(ask).await?;
        if found != status {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(format!("{} {} was answered {found}: {body}", ask.method, ask.path).into());
        }
        if body.is_empty() { Ok(serde_json::Value::Null) } else { Ok(serde_json::from_slice(&body)?) }
    }
}
