//! Looking back at what was brought and used.

use axum::Json;
use axum::extract::State;
use companion_wire::analytics::SyncAnalytics;

use crate::app::App;
use crate::domain::people::Scope;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// `GET {PREFIX}/analytics`.
#[utoipa::path(get, path = "/analytics", tag = "operations",
    responses((status = 200, description = "How much was brought to claude.ai and used there.", body = SyncAnalytics)),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, operator: Operator) -> ApiResult<Json<SyncAnalytics>> {
    let mut analytics = app.store.sync_analytics(Timestamp::now()).await?;
    if let Scope::Of(_) = operator.scope() {
        let own = app.store.visible_integrations(operator.scope()).await?;
        analytics.per_integration.retain(|browser| own.iter().any(|own| own.id == browser.integration_id));
    }
    Ok(Json(analytics))
}
