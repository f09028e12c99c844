//! Server-rendered pages for the person who runs the library. No inline script or style; parts refresh themselves.

mod account;
mod actions;
mod api_docs;
mod assets;
mod connectors;
mod login;
mod overview;
mod pages;
mod pairing;
#[cfg(feature = "oidc")]
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::settings::Settings;

/// Pages, their refreshing parts, their forms and their assets.
pub fn router(settings: &Settings) -> Router<App> {
    Router::new()
        .merge(with_provider(settings))
        .route("/", get(overview::page))
        .route("/parts/overview", get(overview::part))
        .route("/settings/integrations/claude-ai", get(overview::page))
        .route("/settings/integrations/claude-ai/pair", get(pairing::page))
        .route("/parts/pairing", get(pairing::part))
        .route("/pairings/approve", post(actions::approve))
        .route("/browsers/{id}/disconnect", post(actions::disconnect))
        .route("/browsers/{id}/sync", post(actions::sync))
        .route("/operations/{id}/retry", post(actions::retry))
        .route("/account", get(account::page))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/tokens", post(account::add_token))
        .route("/account/tokens/{id}/revoke", post(account::revoke_token))
        .route("/services", get(connectors::page))
        .route("/parts/services", get(connectors::part))
        .route("/services/pause", post(connectors::pause))
        .route("/services/{id}/connect", post(connectors::connect))
        .route("/services/{id}/disconnect", post(connectors::disconnect))
        .route("/machines/approve", post(connectors::approve_machine))
        .route("/machines/{id}/revoke", post(connectors::revoke_machine))
        .route("/docs", get(api_docs::page))
        .route("/held-batches/{id}/agree", post(actions::agree))
        .route("/held-batches/{id}/refuse", post(actions::refuse))
        .route("/login", get(login::page).post(login::redeem))
        .route("/login/password", post(login::with_password))
        .route("/logout", post(login::end))
        .route("/assets/{file}", get(assets::get))
}

#[cfg(feature = "oidc")]
fn with_provider(settings: &Settings) -> Router<App> {
    sign_in::router(settings)
}

/// Settings that name a provider were refused before this.
#[cfg(not(feature = "oidc"))]
fn with_provider(_: &Settings) -> Router<App> {
    Router::new()
}
