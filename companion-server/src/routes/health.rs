//! Health, for everybody and for operators.

use axum::Json;
use axum::extract::State;
use companion_wire::health::{ConnectorHealth, ServerHealth};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::store::{StoreError, schema_head};

/// `GET /health`.
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

/// `GET {PREFIX}/health`.
pub async fn connector(State(app): State<App>, _: Operator) -> ApiResult<Json<ConnectorHealth>> {
    Ok(Json(app.store.connector_health().await?))
}
