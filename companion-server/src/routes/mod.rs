//! The one table of routes that are no pages. Handlers are thin: check, call, answer.

pub mod diagnostic;
pub mod extension;
pub mod health;
pub mod metrics;
pub mod ui;

use axum::Router;
use axum::routing::{delete, get, patch, post};

use crate::app::App;

/// Nested under the connector's prefix, but for what monitors ask.
pub fn router() -> Router<App> {
    let connector = Router::new()
        .route("/extension/capabilities", get(extension::capabilities::get))
        .route("/extension/pair", post(extension::pairing::start))
        .route("/extension/pair/status", get(extension::pairing::status))
        .route("/extension/operations", get(extension::operations::lease))
        .route("/extension/operations/{op_id}/complete", post(extension::operations::complete))
        .route("/extension/status", get(extension::status::get))
        .route("/extension/reconcile", post(extension::reconcile::run))
        .route("/extension/known-skill-ids", get(extension::reconcile::known_skill_ids))
        .route("/extension/telemetry", post(extension::telemetry::take))
        .route("/extension/skill-bundle", get(extension::bundle::get))
        .route("/extension/remote-snapshot", post(extension::snapshot::keep))
        .route("/pairings/pending", get(ui::pairing::pending))
        .route("/pair/approve", post(ui::pairing::approve))
        .route("/integrations", get(ui::integrations::list))
        .route("/integrations/{id}", delete(ui::integrations::disconnect).patch(ui::browser_settings::change))
        .route("/integrations/{id}/trigger-sync", post(ui::integrations::trigger_sync))
        .route("/integrations/{id}/rotate-token", post(ui::browser_settings::rotate))
        .route("/skills/{skill}/sync-status", get(ui::skill_sync::status))
        .route("/skills/{skill}/sync", patch(ui::skill_sync::set))
        .route("/admin/cleanup-expired-pairings", post(ui::cleanup::run))
        .route("/operations/{op_id}/retry", post(ui::operations::retry))
        .route("/diagnostic", get(diagnostic::get))
        .route("/queue", get(ui::queue::get))
        .route("/activity", get(ui::activity::list))
        .route("/activity/export.csv", get(ui::export::csv))
        .route("/health", get(health::connector));
    Router::new()
        .nest(companion_wire::PREFIX, connector)
        .route("/health", get(health::server))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::get))
}
