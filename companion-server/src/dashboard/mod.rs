//! Server-rendered pages for the person who runs the library, in three languages. No inline script or style; parts that show what has
//! changed refresh themselves.

mod account;
mod activity;
mod api_docs;
mod assets;
mod banners;
mod browsers;
mod chart;
mod choices;
mod collections;
mod conflicts;
mod connectors;
mod diagnostic;
mod diff;
mod drift;
mod frame;
mod held;
mod import;
mod leaving;
mod live;
mod login;
mod overview;
mod pages;
mod pairing;
mod pausing;
mod people;
mod queue;
mod service_words;
mod settings;
#[cfg(feature = "oidc")]
mod sign_in;
mod skill;
mod skills;
mod texts;
mod todos;
mod typed_code;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::settings::Settings;

/// Pages, their forms, their assets, and the stream that says what has changed.
pub fn router(settings: &Settings) -> Router<App> {
    Router::new()
        .merge(with_provider(settings))
        .merge(pages_of_work())
        .merge(pages_of_people())
        .route("/docs", get(api_docs::page))
        .route("/assets/{file}", get(assets::get))
        .route("/live", get(live::get))
}

fn pages_of_work() -> Router<App> {
    Router::new()
        .route("/", get(overview::page))
        .route("/notifications", get(overview::notifications))
        .route("/skills", get(skills::page))
        .route("/skills/{slug}", get(skill::page))
        .route("/skills/{slug}/sync", post(skill::sync))
        .route("/skills/{slug}/versions/{version}/restore", post(skill::restore))
        .merge(import::router())
        .route("/collections", get(collections::page).post(collections::create))
        .route("/collections/{name}", get(collections::detail))
        .route("/collections/{name}/publish", post(collections::publish))
        .route("/collections/{name}/describe", post(collections::describe))
        .route("/collections/{name}/remove", post(collections::remove))
        .route("/browsers", get(browsers::page))
        .route("/browsers/{id}/disconnect", post(browsers::disconnect))
        .route("/browsers/{id}/sync", post(browsers::sync))
        .route("/browsers/{id}/settings", post(browsers::settings))
        .route("/browsers/{id}/rotate", post(browsers::rotate))
        .route("/settings/integrations/claude-ai", get(pairing::page))
        .route("/settings/integrations/claude-ai/pair", get(pairing::page))
        .route("/pairings/approve", post(pairing::approve))
        .route("/conflicts", get(conflicts::page))
        .route("/conflicts/{link}", get(conflicts::detail))
        .route("/conflicts/{link}/resolve", post(conflicts::resolve))
        .route("/held", get(held::page))
        .route("/held-batches/{id}/agree", post(held::agree))
        .route("/held-batches/{id}/refuse", post(held::refuse))
        .route("/activity", get(activity::page))
        .route("/queue", get(queue::page))
        .route("/queue/retry", post(queue::retry_all))
        .route("/operations/{id}/retry", post(queue::retry))
        .route("/diagnostic", get(diagnostic::page))
        .route("/drift", get(drift::page))
}

fn pages_of_people() -> Router<App> {
    Router::new()
        .route("/settings", get(settings::page))
        .route("/settings/appearance", post(settings::appearance))
        .route("/account", get(account::page))
        .route("/account/delete", post(leaving::delete))
        .route("/account/password", post(account::password))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/account/tokens", post(account::add_token))
        .route("/account/tokens/{id}/revoke", post(account::revoke_token))
        .route("/services", get(connectors::page))
        .route("/services/pause", post(pausing::set))
        .route("/services/{id}/connect", post(connectors::connect))
        .route("/services/{id}/disconnect", post(connectors::disconnect))
        .route("/machines/approve", post(connectors::approve_machine))
        .route("/machines/{id}/revoke", post(connectors::revoke_machine))
        .route("/people", get(people::page).post(people::add))
        .route("/people/{id}/change", post(people::change))
        .route("/people/{id}/link", post(people::link))
        .route("/login", get(login::page).post(login::redeem))
        .route("/login/password", post(login::with_password))
        .route("/logout", post(login::end))
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
