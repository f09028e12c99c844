//! The one table of routes that are no pages. Handlers are thin: check, call, answer.

pub mod account;
pub mod autonomy;
pub mod connectors;
pub mod diagnostic;
pub mod extension;
mod handshake;
pub mod health;
pub mod machines;
pub mod metrics;
pub mod openapi;
pub mod personal;
pub mod services;
pub mod ui;
pub mod usage;
pub mod users;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// All routes that are no pages.
pub fn router() -> Router<App> {
    described().split_for_parts().0
}

/// All routes with their description. A route cannot be added here without one.
pub fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        .nest(companion_wire::PREFIX, for_extensions().merge(for_people()))
        .merge(library())
        .routes(routes!(health::server))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .merge(for_accounts())
        .merge(for_connectors())
        .routes(routes!(metrics::get))
        .routes(routes!(openapi::get))
        .routes(routes!(usage::take))
        .routes(routes!(usage::summary))
        .routes(routes!(usage::recent_sessions))
}

fn for_extensions() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(extension::capabilities::get))
        .routes(routes!(extension::pairing::start))
        .routes(routes!(extension::pairing::status))
        .routes(routes!(extension::operations::lease))
        .routes(routes!(extension::operations::complete))
        .routes(routes!(extension::status::get))
        .routes(routes!(extension::reconcile::run))
        .routes(routes!(extension::reconcile::known_skill_ids))
        .routes(routes!(extension::telemetry::take))
        .routes(routes!(extension::bundle::get))
        .routes(routes!(extension::groups::list))
        .routes(routes!(extension::groups::bundle))
        .routes(routes!(extension::snapshot::keep))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(extension::imported_skill::take))
                .layer(DefaultBodyLimit::max(extension::imported_skill::LARGEST_FORM)),
        )
}

fn for_people() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ui::pairing::pending))
        .routes(routes!(ui::pairing::approve))
        .routes(routes!(ui::integrations::list))
        .routes(routes!(ui::integrations::disconnect, ui::browser_settings::change))
        .routes(routes!(ui::integrations::trigger_sync))
        .routes(routes!(ui::browser_settings::rotate))
        .routes(routes!(ui::skill_sync::status))
        .routes(routes!(ui::skill_sync::set))
        .routes(routes!(ui::held_batches::list))
        .routes(routes!(ui::held_batches::agree))
        .routes(routes!(ui::held_batches::refuse))
        .routes(routes!(ui::cleanup::run))
        .routes(routes!(ui::operations::retry))
        .routes(routes!(diagnostic::get))
        .routes(routes!(ui::queue::get))
        .routes(routes!(ui::activity::list))
        .routes(routes!(ui::export::csv))
        .routes(routes!(ui::conflicts::list))
        .routes(routes!(ui::conflicts::preview))
        .routes(routes!(ui::conflicts::side))
        .routes(routes!(ui::conflicts::resolve))
        .routes(routes!(ui::analytics::get))
        .routes(routes!(health::connector))
}

fn library() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ui::skills::list, ui::skills::create))
        .routes(routes!(ui::skills::detail, ui::skills::change, ui::skills::remove))
        .routes(routes!(ui::skill_versions::list))
        .routes(routes!(ui::skill_versions::restore))
        .routes(routes!(ui::skill_versions::set_latest))
        .routes(routes!(ui::collections::list, ui::collections::create))
        .routes(routes!(ui::collections::detail, ui::collections::describe, ui::collections::remove))
        .routes(routes!(ui::collections::publish))
        .routes(routes!(ui::library::get))
        .routes(routes!(ui::archives::skill))
        .routes(routes!(ui::archives::library))
        .routes(routes!(ui::imports::get, ui::imports::forget))
        .routes(routes!(ui::imports::skill))
        .routes(routes!(ui::imports::apply))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(ui::imports::begin))
                .layer(DefaultBodyLimit::max(ui::imports::LARGEST_FORM)),
        )
}

fn for_connectors() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(connectors::status))
        .routes(routes!(autonomy::set))
        .routes(routes!(autonomy::state))
        .routes(routes!(personal::export))
        .routes(routes!(personal::delete))
        .routes(routes!(services::list))
        .routes(routes!(services::connect))
        .routes(routes!(services::disconnect))
        .routes(routes!(services::health))
        .routes(routes!(machines::pair))
        .routes(routes!(machines::pairing_status))
        .routes(routes!(machines::approve))
        .routes(routes!(machines::list))
        .routes(routes!(machines::revoke))
        .routes(routes!(machines::pull))
        .routes(routes!(machines::leave))
}

fn for_accounts() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(account::get))
        .routes(routes!(account::set_password))
        .routes(routes!(account::sessions, account::end_others))
        .routes(routes!(account::end_session))
        .routes(routes!(account::tokens, account::add_token))
        .routes(routes!(account::revoke_token))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change))
        .routes(routes!(users::link))
}
