//! One call that says what does not work and what to do.

use axum::Json;
use axum::extract::State;
use companion_wire::diagnostic::Diagnostic;

use crate::app::App;
use crate::domain::diagnostic::{Facts, judge, service_registry};
use crate::extract::ui::Admin;
use crate::store::schema_head;
use crate::time::Timestamp;

/// `GET {PREFIX}/diagnostic`: 200 whatever it finds.
#[utoipa::path(get, path = "/diagnostic", tag = "operations",
    responses(
        (status = 200, description = "What works and what does not, with remedies.", body = Diagnostic),
        (status = 403, description = "`ADMIN_REQUIRED`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, _: Admin) -> Json<Diagnostic> {
    Json(examined(&app).await.1)
}

/// What is known, and how it is judged.
pub async fn examined(app: &App) -> (Option<Facts>, Diagnostic) {
    let now = Timestamp::now();
    let facts = app.store.diagnostic_facts(now).await;
    if let Err(error) = &facts {
        tracing::warn!(cause = %error, "the diagnostic finds the database silent");
    }
    let facts = facts.ok();
    let mut diagnostic = judge(facts.as_ref(), &schema_head(), now);
    if app.settings.services.registry.is_some() {
        let check = service_registry(app.services.problem().as_deref());
        diagnostic.overall = diagnostic.overall.max(check.status);
        diagnostic.checks.push(check);
    }
    (facts, diagnostic)
}
