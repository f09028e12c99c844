//! What a machine asks the server.

use std::time::Duration;

use companion_wire::error::{ErrorCode, ErrorEnvelope};
use companion_wire::services::{MachinePairing, MachinePairingStatus, PairMachine, Pulled};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::outgoing;
use crate::settings::is_loopback_name;
use crate::token::PlainToken;

const PATIENCE: Duration = Duration::from_secs(30);

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Tokens and keys travel over TLS, or not at all.
    #[error("the server's address must be https://HOST, or http://127.0.0.1:PORT on this machine")]
    Address,
    /// No connection.
    #[error("the server cannot be reached. Check the address, and that it runs")]
    Unreachable,
    /// The token is not in force any more.
    #[error("this machine was revoked, or the server does not know it")]
    Revoked,
    /// Work is held.
    #[error("work is paused on the server; what lies here stays as it is")]
    Paused,
    /// Nobody approved in time.
    #[error("nobody approved within ten minutes")]
    Expired,
    /// The server says why.
    #[error("the server refused: {0}")]
    Refused(String),
    /// Not the answer of a Skillferry server.
    #[error("what answers there is no Skillferry server that knows this call")]
    Stranger,
}

/// A server, as a machine sees it.
#[derive(Debug, Clone)]
pub struct Server {
    client: Client,
    origin: Url,
}

impl Server {
    /// The server at this address.
    ///
    /// # Errors
    ///
    /// [`ClientError::Address`].
    pub fn at(address: &str) -> Result<Self, ClientError> {
        let origin = Url::parse(address).map_err(|_| ClientError::Address)?;
        let safe = match (origin.scheme(), origin.host_str()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) => is_loopback_name(host),
            _ => false,
        };
        if !safe || !origin.username().is_empty() || origin.password().is_some() {
            return Err(ClientError::Address);
        }
        let client = outgoing::client().timeout(PATIENCE).build().map_err(|_| ClientError::Unreachable)?;
        Ok(Self { client, origin })
    }

    /// Where a person approves.
    pub fn page(&self) -> String {
        self.address("/services").to_string()
    }

    /// Begins a pairing.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn pair(&self, label: Option<String>) -> Result<MachinePairing, ClientError> {
        let request = self.request(Method::POST, "/api/machines/pair").json(&PairMachine { label });
        json(sent(request).await?).await
    }

    /// The machine's token, once a person has approved.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn approved(&self, pairing: &MachinePairing) -> Result<Option<PlainToken>, ClientError> {
        let request = self.request(Method::GET, "/api/machines/pair/status");
        let request = request.query(&[("pairing_token", &pairing.pairing_token)]);
        let status: MachinePairingStatus = json(sent(request).await?).await?;
        Ok(status.machine_token.map(|token| PlainToken::presented(&token)))
    }

    /// Everything that is due here.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn pull(&self, token: &PlainToken) -> Result<Pulled, ClientError> {
        json(sent(self.request(Method::GET, "/api/machine/pull").bearer_auth(token.expose())).await?).await
    }

    /// Ends the pairing. One that has ended already is no failure.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn leave(&self, token: &PlainToken) -> Result<(), ClientError> {
        match sent(self.request(Method::DELETE, "/api/machine").bearer_auth(token.expose())).await {
            Ok(_) | Err(ClientError::Revoked) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn address(&self, path: &str) -> Url {
        let mut address = self.origin.clone();
        address.set_path(path);
        address.set_query(None);
        address.set_fragment(None);
        address
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.address(path))
    }
}

async fn sent(request: RequestBuilder) -> Result<Response, ClientError> {
    let answer = request.send().await.map_err(|_| ClientError::Unreachable)?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let Ok(envelope) = answer.json::<ErrorEnvelope>().await else { return Err(ClientError::Stranger) };
    let is = |code: ErrorCode| envelope.error.code == code.as_str();
    Err(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
            if is(ErrorCode::MachineRevoked) || is(ErrorCode::InvalidMachineToken) =>
        {
            ClientError::Revoked
        }
        StatusCode::GONE if is(ErrorCode::PairingExpired) => ClientError::Expired,
        _ if is(ErrorCode::AutonomyPaused) => ClientError::Paused,
        _ => ClientError::Refused(envelope.error.message),
    })
}

async fn json<T: DeserializeOwned>(answer: Response) -> Result<T, ClientError> {
    answer.json().await.map_err(|_| ClientError::Stranger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_travel_over_tls_or_stay_on_this_machine() {
        for (address, safe) in [
            ("https://skills.example", true),
            ("http://127.0.0.1:8082", true),
            ("http://localhost:8082/", true),
            ("http://[::1]:8082", true),
            ("http://skills.example", false),
            ("https://user:password@skills.example", false),
            ("skills.example", false),
            ("", false),
        ] {
            assert_eq!(Server::at(address).is_ok(), safe, "{address}");
        }
        let page = Server::at("https://skills.example/login?x=1#y").expect("an address").page();
        assert_eq!(page, "https://skills.example/services");
    }
}
