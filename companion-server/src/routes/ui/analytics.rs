//! Looking back at what was brought and used.

use axum::Json;
use axum::extract::State;
use companion_wire::analytics::SyncAnalytics;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// `GET {PREFIX}/analytics`.
#[utoipa::path(get, path = "/analytics", tag = "operations",
    responses((status = 200, description = "How much was brought to claude.ai and used there.", body = SyncAnalytics)),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, _: Operator) -> ApiResult<Json<SyncAnalytics>> {
    Ok(Json(app.store.sync_analytics(Timestamp::now()).await?))
}
