//! Clients for the parts of a scenario, which all answer plain HTTP on loopback.

/// Begins a client. The server shares this HTTP library with the scenarios and has it built without a choice of cryptography, so it is
/// made here, although nothing that a scenario asks is encrypted: without it no client can be made.
pub fn client() -> reqwest::ClientBuilder {
    // Fails when it has been chosen before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}
