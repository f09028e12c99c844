//! How this program asks others over HTTP: under its own name, with TLS by ring, and never on to another address than the one it was
//! given. What is sent may be a secret, and is for that address alone.

use reqwest::{Client, ClientBuilder};

/// A client that is still to be told how patient it is.
pub fn client() -> ClientBuilder {
    // Somebody may have chosen before us: the same, or one that the program prefers.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("skillferry/", env!("CARGO_PKG_VERSION")))
}
