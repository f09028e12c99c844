//! Signing in with a provider of [OpenID Connect](https://openid.net/specs/openid-connect-core-1_0.html): the authorisation code flow
//! with PKCE. Here is what speaks to the provider; whom its word lets in is decided in [`crate::domain::sign_in`].
//!
//! Without the feature `oidc` only the settings are left, so that a server that was built without it can say so.

pub mod settings;

#[cfg(feature = "oidc")]
mod discovery;
#[cfg(feature = "oidc")]
mod provider;
#[cfg(feature = "oidc")]
mod transport;

#[cfg(feature = "oidc")]
pub use provider::{Begun, Provider, ProviderError};

/// Where the person's browser begins to sign in.
pub const START: &str = "/login/oidc";
/// Where the provider sends it back to: the redirect URI to register there is the public URL with this path.
pub const CALLBACK: &str = "/login/oidc/callback";
