//! Clean-up at a person's wish; the server does the same by itself every half minute.

use axum::Json;
use axum::extract::State;
use companion_wire::skill_sync::CleanedUp;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Admin;
use crate::time::Timestamp;

/// `POST {PREFIX}/admin/cleanup-expired-pairings`.
#[utoipa::path(post, path = "/admin/cleanup-expired-pairings", tag = "operations",
    responses(
        (status = 200, description = "What was cleaned up.", body = CleanedUp),
        (status = 403, description = "`ADMIN_REQUIRED`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn run(State(app): State<App>, _: Admin) -> ApiResult<Json<CleanedUp>> {
    let now = Timestamp::now();
    let expired = app.store.sweep_pairings(now).await?;
    let reclaimed = app.store.reap(now).await?;
    Ok(Json(CleanedUp { expired, reclaimed }))
}
