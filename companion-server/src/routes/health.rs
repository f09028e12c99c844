//! Health, for everybody and for operators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::health::{ConnectorHealth, ServerHealth};

use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::store::{StoreError, schema_head};

/// `GET /health`.
#[utoipa::path(get, path = "/health", tag = "monitoring",
    responses(
        (status = 200, description = "How the server is.", body = ServerHealth),
    ),
    security(())
)]
pub async fn server(State(app): State<App>) -> Json<ServerHealth> {
    let (status, db, migration) = match app.store.schema_version().await {
        Ok(version) if version == schema_head() => ("ok", "ok", Some(version)),
        Ok(version) => ("degraded", "ok", Some(version)),
        Err(StoreError::Unavailable(_)) => ("degraded", "unavailable", None),
        Err(StoreError::Full) => ("degraded", "full", None),
        Err(StoreError::Refused(_)) => ("degraded", "error", None),
    };
    Json(ServerHealth { status: status.to_owned(), db: db.to_owned(), migration })
}

/// `GET /health/live`: the program runs. Restart it when this does not answer.
#[utoipa::path(get, path = "/health/live", tag = "monitoring",
    responses(
        (status = 200, description = "The program runs."),
    ),
    security(())
)]
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: requests can be served now. Send none while this is 503. A database that a newer program has
/// migrated already is no reason: migrations only add.
#[utoipa::path(get, path = "/health/ready", tag = "monitoring",
    responses(
        (status = 200, description = "Requests can be served."),
        (status = 503, description = "`STORAGE_UNAVAILABLE`: not now."),
    ),
    security(())
)]
pub async fn ready(State(app): State<App>) -> ApiResult<Json<Value>> {
    if *app.stopping.borrow() {
        let message = "The server is stopping.";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::StorageUnavailable, message));
    }
    app.store.schema_version().await?;
    Ok(live().await)
}

/// `GET {PREFIX}/health`.
#[utoipa::path(get, path = "/health", tag = "monitoring",
    responses(
        (status = 200, description = "The runbook's figures.", body = ConnectorHealth),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn connector(State(app): State<App>, _: Operator) -> ApiResult<Json<ConnectorHealth>> {
    Ok(Json(app.store.connector_health().await?))
}
