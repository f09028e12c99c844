//! What is asked of an internal service: a key, its revocation, and whether it is well. Layout: `docs/protocol.md`, "Internal services".

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::registry::ServiceEntry;
use crate::domain::connector::{Outcome, is_permanent, oauth_error};
use crate::outgoing;
use crate::time::Timestamp;

/// A service that takes longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LARGEST_ANSWER: usize = 64 * 1024;
const LONGEST_KEY: usize = 4096;
const LONGEST_TOKEN_ID: usize = 512;
/// For how long a key is asked for.
const DAYS: u32 = 365;

/// A service's shared secret. It can be sent, never printed.
#[derive(Clone)]
pub struct SharedSecret(String);

impl SharedSecret {
    /// Takes what the environment has; nothing where it is blank.
    pub fn given(text: Option<String>) -> Option<Self> {
        text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(Self)
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret")
    }
}

/// A key that a service has issued.
pub struct Issued {
    /// The key.
    pub api_key: String,
    /// What it is revoked by.
    pub token_id: Option<String>,
    /// Until when it works.
    pub expires: Option<Timestamp>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Why a service did not do what it was asked. The sentences name the step, never what the service said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceFailure {
    /// No connection, or one that broke off.
    #[error("it cannot be reached")]
    Unreachable,
    /// Nothing came in time.
    #[error("it did not answer within 30 seconds")]
    TimedOut,
    /// Another status than the agreed one.
    #[error("it answered with the status {status}")]
    Status {
        /// Which.
        status: u16,
        /// The machine's word for why, where there was one.
        code: Option<String>,
    },
    /// A success without what belongs to it.
    #[error("its answer is not in the agreed form")]
    Malformed,
}

impl ServiceFailure {
    /// What it means for the connector's health.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Status { status, code } if is_permanent(*status) => Outcome::Refused { code: code.clone() },
            _ => Outcome::Transient,
        }
    }
}

/// Asks a service for a key.
///
/// # Errors
///
/// [`ServiceFailure`].
pub async fn issue(
    client: &Client,
    service: &ServiceEntry,
    secret: &SharedSecret,
    email: &str,
) -> Result<Issued, ServiceFailure> {
    let body = json!({ "user_email": email, "ttl_days": DAYS });
    let answer = ask(client.post(&service.token_exchange_url).bearer_auth(&secret.0).json(&body), is_agreed).await?;
    issued(&answer).ok_or(ServiceFailure::Malformed)
}

/// Tells a service that a key is not to work any more. One that it does not know is gone already.
///
/// # Errors
///
/// [`ServiceFailure`].
pub async fn revoke(
    client: &Client,
    service: &ServiceEntry,
    secret: &SharedSecret,
    token_id: &str,
) -> Result<(), ServiceFailure> {
    let body = json!({ "token_id": token_id });
    match ask(client.post(&service.token_revoke_url).bearer_auth(&secret.0).json(&body), is_agreed).await {
        Ok(answer) if is_ok(&answer) => Ok(()),
        Ok(_) => Err(ServiceFailure::Malformed),
        Err(ServiceFailure::Status { status: 410, .. }) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Asks a service how it is. No secret goes along.
///
/// # Errors
///
/// [`ServiceFailure`].
pub async fn probe(client: &Client, url: &str) -> Result<(), ServiceFailure> {
    ask(client.get(url), |status| status.is_success()).await.map(drop)
}

/// A client for all services. `root` is a further certificate authority, as PEM.
///
/// # Errors
///
/// The certificate is none.
pub fn client(root: Option<&[u8]>, patience: Duration) -> Result<Client, reqwest::Error> {
    let mut client = outgoing::client().https_only(true).timeout(patience);
    if let Some(pem) = root {
        client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
    }
    client.build()
}

/// What was agreed on is answered with this and nothing else.
fn is_agreed(status: StatusCode) -> bool {
    status == StatusCode::OK
}

/// The body of a good answer, as text: it may be anything.
async fn ask(request: RequestBuilder, is_good: impl Fn(StatusCode) -> bool) -> Result<String, ServiceFailure> {
    let failed =
        |error: reqwest::Error| if error.is_timeout() { ServiceFailure::TimedOut } else { ServiceFailure::Unreachable };
    let mut answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(ServiceFailure::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    if is_good(status) {
        return Ok(body);
    }
    Err(ServiceFailure::Status { status: status.as_u16(), code: oauth_error(&body) })
}

fn is_ok(body: &str) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|answer| answer["status"] == "ok")
}

fn issued(body: &str) -> Option<Issued> {
    let answer: Value = serde_json::from_str(body).ok().filter(|_| is_ok(body))?;
    let api_key = answer["api_key"].as_str().filter(|key| is_key(key))?.to_owned();
    let token_id = match &answer["token_id"] {
        Value::Null => None,
        Value::String(id) if (1..=LONGEST_TOKEN_ID).contains(&id.len()) && !id.contains('\0') => Some(id.clone()),
        _ => return None,
    };
    let expires = match &answer["expires_at"] {
        Value::Null => None,
        moment => Some(Timestamp::lenient(moment.as_str()?)?),
    };
    Some(Issued { api_key, token_id, expires })
}

/// A key is one line of a file, whatever else it is.
fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && !key.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_in_the_agreed_form_or_not_at_all() {
        let whole = issued(r#"{"status":"ok","api_key":"k","token_id":"t","expires_at":"2027-01-02T03:04:05Z"}"#);
        let whole = whole.expect("issued");
        assert_eq!((whole.api_key.as_str(), whole.token_id.as_deref()), ("k", Some("t")));
        assert!(whole.expires.is_some() && !format!("{whole:?}").contains("\"k\""));
        let short = issued(r#"{"status":"ok","api_key":"k"}"#).expect("issued");
        assert!(short.token_id.is_none() && short.expires.is_none());
        for wrong in [
            "",
            "[]",
            r#"{"status":"error","api_key":"k"}"#,
            r#"{"api_key":"k"}"#,
            r#"{"status":"ok"}"#,
            r#"{"status":"ok","api_key":""}"#,
            r#"{"status":"ok","api_key":"two\nlines"}"#,
            r#"{"status":"ok","api_key":7}"#,
            r#"{"status":"ok","api_key":"k","token_id":7}"#,
            r#"{"status":"ok","api_key":"k","expires_at":"soon"}"#,
        ] {
            assert!(issued(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn only_what_is_permanent_needs_the_person() {
        let status = |status| ServiceFailure::Status { status, code: Some("invalid_grant".to_owned()) }.outcome();
        assert_eq!(status(400), Outcome::refused("invalid_grant"));
        for transient in [
            status(503),
            status(429),
            ServiceFailure::TimedOut.outcome(),
            ServiceFailure::Unreachable.outcome(),
            ServiceFailure::Malformed.outcome(),
        ] {
            assert_eq!(transient, Outcome::Transient);
        }
        assert_eq!(format!("{:?}", SharedSecret::given(Some("x".repeat(30)))), "Some(SharedSecret)");
        assert!(SharedSecret::given(Some("  ".to_owned())).is_none());
    }
}
