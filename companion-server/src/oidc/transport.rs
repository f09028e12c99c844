//! How the provider is asked: over TLS, in a bounded time, for answers of a bounded size, and without following it elsewhere.

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};

use crate::outgoing;
use crate::settings::is_loopback_name;

/// A provider that takes longer is not there, for the person who waits.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(4);
/// Discovery documents and key sets have some kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Asks one provider.
#[derive(Debug)]
pub struct Transport {
    /// The provider is on this machine, where plain http is fine.
    plain: bool,
    client: OnceLock<reqwest::Client>,
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Secrets travel over TLS only.
    #[error("the provider names an address that is not https")]
    NotHttps,
    /// It did not answer, or not in time.
    #[error("{0}")]
    Failed(#[from] reqwest::Error),
    /// More than a provider has to say.
    #[error("the answer is larger than a megabyte")]
    TooLarge,
    /// Not HTTP.
    #[error("{0}")]
    Malformed(#[from] http::Error),
}

impl Transport {
    /// `plain` allows http to this machine.
    pub fn new(plain: bool) -> Self {
        Self { plain, client: OnceLock::new() }
    }

    /// Whether something may be sent there.
    pub fn permits(&self, scheme: &str, host: &str) -> bool {
        scheme == "https" || (self.plain && scheme == "http" && is_loopback_name(host))
    }

    fn client(&self) -> Result<&reqwest::Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = outgoing::client().connect_timeout(PATIENCE_TO_CONNECT).timeout(PATIENCE).build()?;
        Ok(self.client.get_or_init(|| client))
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let uri = request.uri();
        if !self.permits(uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default()) {
            return Err(TransportError::NotHttps);
        }
        // The address may hold what is none of the log's business.
        let quiet = reqwest::Error::without_url;
        let request = reqwest::Request::try_from(request).map_err(quiet)?;
        let mut answer = self.client().map_err(quiet)?.execute(request).await.map_err(quiet)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(quiet)? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::builder().status(answer.status());
        if let Some(headers) = whole.headers_mut() {
            headers.extend(std::mem::take(answer.headers_mut()));
        }
        Ok(whole.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Transport {
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + 'c>>;
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (plain, scheme, host, permitted) in [
            (false, "https", "id.example", true),
            (false, "http", "127.0.0.1", false),
            (true, "http", "127.0.0.1", true),
            (true, "http", "[::1]", true),
            (true, "http", "id.example", false),
            (true, "https", "id.example", true),
            (true, "file", "", false),
        ] {
            assert_eq!(Transport::new(plain).permits(scheme, host), permitted, "{plain} {scheme} {host}");
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_in_the_clear() {
        let request = http::Request::get("http://id.example/").body(Vec::new()).expect("a request");
        assert!(matches!(Transport::new(true).answer(request).await, Err(TransportError::NotHttps)));
    }
}
