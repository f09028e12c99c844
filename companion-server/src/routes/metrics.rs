//! The runbook's figures for Prometheus.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use companion_wire::health::ConnectorHealth;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Admin;
use crate::store::schema_head;

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`, with the admin token as bearer (Prometheus: `authorization.credentials_file`).
#[utoipa::path(get, path = "/metrics", tag = "monitoring",
    responses(
        (status = 200, description = "The same figures for Prometheus.", body = String, content_type = "application/openmetrics-text"),
        (status = 403, description = "`ADMIN_REQUIRED`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, _: Admin) -> ApiResult<impl IntoResponse> {
    let health = app.store.connector_health().await?;
    let mut text = String::new();
    encode(&mut text, &registry(&health)).map_err(|error| ApiError::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], text))
}

fn registry(health: &ConnectorHealth) -> Registry {
    let mut registry = Registry::with_prefix("skillferry");
    let gauges = [
        ("integrations_active", "Browsers that are paired and working", health.integrations_active),
        ("integrations_with_errors", "Browsers that need a person", health.integrations_with_errors),
        ("pending_ops", "Operations that wait or are being done", health.pending_ops_total),
        ("failed_ops", "Operations that have failed for good", health.failed_ops_total),
        ("diverged_links", "Skills that changed on both sides", health.diverged_links_total),
        (
            "schema_current",
            "1 when the database has the schema of this program",
            u64::from(health.schema_version == schema_head()),
        ),
    ];
    for (name, help, value) in gauges {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }
    registry.register("build", "What runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    registry
}
