//! Answers as the shell would hand them in.

use std::collections::BTreeMap;

use serde_json::Value;
use skill_engine::io::{Answer, Body, Request, RequestBody, Response};

use crate::world::Interposed;

pub fn json(status: u16, body: Value) -> Answer {
    with(status, &[("content-type", "application/json")], Body::Json(serde_json::from_value(body).expect("is JSON")))
}

pub fn empty(status: u16) -> Answer {
    with(status, &[], Body::Empty)
}

pub fn zip(bytes: Vec<u8>) -> Answer {
    with(200, &[("content-type", "application/zip")], Body::Bytes(bytes))
}

pub fn page(status: u16) -> Answer {
    with(status, &[("content-type", "text/html")], Body::NotJson)
}

pub fn with(status: u16, headers: &[(&str, &str)], body: Body) -> Answer {
    let headers: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer::Response(Response { status, headers, redirected: false, body })
}

/// The JSON that a request carries.
pub fn sent(request: &Request) -> Value {
    let RequestBody::Json(body) = &request.body else { panic!("a request without a body") };
    serde_json::to_value(body).expect("is JSON")
}

/// The server's error envelope.
pub fn refused(status: u16, code: &str) -> Answer {
    json(status, serde_json::json!({"error": {"code": code, "message": "…"}}))
}

/// In place of the real answer, for the `nth` request alone whose path holds `part`; nothing happens there then.
pub fn to_nth(nth: u32, part: &'static str, answer: Answer) -> Option<Interposed> {
    let mut seen = 0;
    Some(Box::new(move |request| {
        let counts = request.path.contains(part);
        seen += u32::from(counts);
        (counts && seen == nth).then(|| answer.clone())
    }))
}
