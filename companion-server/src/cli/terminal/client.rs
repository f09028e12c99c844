//! Asks a server, and says in a sentence why it did not answer.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use companion_wire::error::{ErrorCode, ErrorEnvelope};
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::place::Address;
use super::token::Token;
use crate::outgoing;

const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(5);
/// Looking through many thousand skills takes its time.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody said which token to use.
    #[error(
        "There is no token. Make one where the server's database is: `skillferry admin-token create terminal --user NAME --save`; or set SKILLFERRY_TOKEN or --token-file."
    )]
    NoToken,
    /// The file with it is of no use.
    #[error("The token's file {0} cannot be read: {1}.")]
    TokenFile(PathBuf, String),
    /// Others can read it.
    #[error("The token's file {0} can be read by others. Make it yours alone: chmod 600 {0}")]
    OpenTokenFile(PathBuf),
    /// Nobody listens, or the way there is closed.
    #[error("No server answers at {0}. Start it with `skillferry serve`, or name another with --url.")]
    Unreachable(String),
    /// It took too long.
    #[error("The server at {0} does not answer in time.")]
    TimedOut(String),
    /// The certificate is not to be trusted.
    #[error(
        "The certificate of {0} is not trusted: {1}. Ask who runs the server, or name its authority's file in SSL_CERT_FILE."
    )]
    Tls(String, String),
    /// The token is unknown, revoked, or its owner may not log in.
    #[error("{0} does not take the token. Make another with `skillferry admin-token create`.")]
    TokenRefused(String),
    /// Something else answers there.
    #[error("What answers at {0} is no Skillferry server, or one of another version.")]
    NotSkillferry(String),
    /// The server says why not.
    #[error("{message} ({code})")]
    Refused {
        /// Its code.
        code: String,
        /// Its sentence.
        message: String,
    },
    /// The program cannot ask at all.
    #[error("The program cannot ask: {0}.")]
    Broken(String),
}

impl ClientError {
    /// What the program ends with.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) | Self::Tls(..) => 4,
            Self::NoToken | Self::TokenFile(..) | Self::OpenTokenFile(_) | Self::TokenRefused(_) => 5,
            Self::NotSkillferry(_) | Self::Refused { .. } | Self::Broken(_) => 1,
        }
    }

    /// The server may answer when it is asked again.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_))
    }
}

/// Asks one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: Address,
    token: Token,
}

impl Client {
    /// A client of this server.
    ///
    /// # Errors
    ///
    /// The system gives no TLS.
    pub fn new(address: Address, token: Token) -> Result<Self, ClientError> {
        let mut http = outgoing::client().connect_timeout(PATIENCE_TO_CONNECT).timeout(PATIENCE);
        if address.is_here() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| ClientError::Broken(error.to_string()))?;
        Ok(Self { http, address, token })
    }

    /// An answer of a GET.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, ClientError> {
        self.read(self.request(Method::GET, path).query(query)).await
    }

    /// The answer of a POST with a JSON body.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, ClientError> {
        self.read(self.request(Method::POST, path).json(body)).await
    }

    /// A POST that is answered by nothing.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        self.send(self.request(Method::POST, path).json(body)).await.map(drop)
    }

    /// The answer of a POST with a form.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn send_form<T: DeserializeOwned>(&self, path: &str, form: Form) -> Result<T, ClientError> {
        self.read(self.request(Method::POST, path).multipart(form)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.address.of(path)).bearer_auth(self.token.expose())
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let answer = self.send(request).await?;
        answer.json().await.map_err(|error| self.no_answer(&error))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let answer = request.send().await.map_err(|error| self.no_answer(&error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let Ok(ErrorEnvelope { error }) = answer.json().await else {
            return Err(ClientError::NotSkillferry(self.address.to_string()));
        };
        if status == StatusCode::UNAUTHORIZED && error.code == ErrorCode::LoginRequired.as_str() {
            return Err(ClientError::TokenRefused(self.address.to_string()));
        }
        Err(ClientError::Refused { code: error.code, message: error.message })
    }

    fn no_answer(&self, error: &reqwest::Error) -> ClientError {
        let address = self.address.to_string();
        if let Some(why) = untrusted(error) {
            return ClientError::Tls(address, why);
        }
        match error {
            error if error.is_decode() => ClientError::NotSkillferry(address),
            error if error.is_timeout() && !error.is_connect() => ClientError::TimedOut(address),
            error if error.is_builder() => ClientError::Broken(error.to_string()),
            _ => ClientError::Unreachable(address),
        }
    }
}

/// What TLS says, if that is what is wrong. It may lie in an error of the system, and that in another.
fn untrusted(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls.to_string());
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match inner {
        Some(inner) => untrusted(inner),
        None => untrusted(error.source()?),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_certificate_that_is_not_trusted_is_found_wherever_it_lies() {
        let tls = || rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls()));
        assert!(untrusted(&nested).is_some_and(|why| why.contains("certificate")));
        assert!(untrusted(&io::Error::from(io::ErrorKind::ConnectionRefused)).is_none());
    }
}
