//! One request and its answer.

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use companion_wire::error::ErrorCode;
use serde_json::Value;

use crate::server::{ADMIN, Server};

/// A request that is being put together.
pub struct Call<'a> {
    server: &'a Server,
    request: Builder,
    body: Body,
}

impl<'a> Call<'a> {
    /// Begins with the `Host` header of a browser on the same machine.
    pub fn new(server: &'a Server, method: Method, uri: &str) -> Self {
        let request = Request::builder().method(method).uri(uri).header(header::HOST, "127.0.0.1:8082");
        Self { server, request, body: Body::empty() }
    }

    /// With one more header.
    pub fn header(self, name: &str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        Self { request: self.request.header(name, value), ..self }
    }

    /// With another `Host`.
    pub fn host(mut self, value: &[u8]) -> Self {
        let headers = self.request.headers_mut().expect("a request that can be sent");
        headers.insert(header::HOST, HeaderValue::from_bytes(value).expect("a header value"));
        self
    }

    /// With something the server's listener would have noted.
    pub fn extension(self, value: impl Clone + Send + Sync + 'static) -> Self {
        Self { request: self.request.extension(value), ..self }
    }

    /// With a bearer.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With the admin token.
    pub fn admin(self) -> Self {
        self.bearer(ADMIN)
    }

    /// With a JSON body.
    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With any body.
    pub fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        let call = self.header("content-type", content_type);
        Self { body: body.into(), ..call }
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let request = self.request.body(self.body).expect("a request that can be sent");
        self.server.answer(request).await
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, which must be JSON and say so.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The body of a success with this status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// 204: no body, no content type.
    #[track_caller]
    pub fn nothing(&self) {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{}", self.text());
        assert!(self.body.is_empty() && self.header("content-type").is_none(), "{self:?}");
    }

    /// The one shape of every refusal. Returns its sentence.
    #[track_caller]
    pub fn refused(&self, status: u16, code: ErrorCode) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let body = self.json();
        let message = body["error"]["message"].as_str().expect("a message").to_owned();
        assert_eq!(body, serde_json::json!({ "error": { "code": code.as_str(), "message": message } }));
        assert!(!message.is_empty());
        message
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
