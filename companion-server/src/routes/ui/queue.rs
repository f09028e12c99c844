//! What waits and what is being done.

use axum::Json;
use axum::extract::{RawQuery, State};
use companion_wire::queue::QueuePage;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::time::Timestamp;

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 200;

/// `GET {PREFIX}/queue`.
#[utoipa::path(get, path = "/queue", tag = "operations",
    params(
        ("integration_id" = Option<uuid::Uuid>, Query, description = "One browser."),
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 by default."),
    ),
    responses(
        (status = 200, description = "What waits and what is being done, oldest first.", body = QueuePage),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, operator: Operator, RawQuery(query): RawQuery) -> ApiResult<Json<QueuePage>> {
    let mut fields = Fields::from_query(query.as_deref());
    let integration = fields.uuid("integration_id");
    let limit = fields.integer_within("limit", 1, MOST).unwrap_or(DEFAULT_LIMIT);
    fields.finish()?;
    Ok(Json(app.store.queue_page(operator.scope(), integration, limit, Timestamp::now()).await?))
}
