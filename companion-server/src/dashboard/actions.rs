//! What buttons do. Each answers with the page that shows the effect.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::pages::Visitor;
use super::pairing;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::address;
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::routes::ui::held_batches::decide;
use crate::routes::ui::integrations::visible;
use crate::routes::ui::pairing::approve_code;
use crate::store::Approver;
use crate::time::Timestamp;

/// The code that a form sends.
#[derive(Debug, Deserialize)]
pub struct Code {
    code: String,
}

/// `POST /pairings/approve`.
pub async fn approve(
    State(app): State<App>,
    Visitor(operator): Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<Code>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let code: String = form.code.chars().filter(|glyph| !glyph.is_control()).take(16).collect();
    match approve_code(&app, &code, Approver { user: operator.user, source }).await {
        Ok(()) => pairing::approved(&app, &operator, &code).await,
        Err(error) if error.status.is_client_error() => pairing::refused(&app, &operator, &error).await,
        Err(error) => Err(error),
    }
}

/// `POST /browsers/{id}/disconnect`.
pub async fn disconnect(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    app.store.disconnect(visible(&app, &operator, &id).await?, Timestamp::now()).await?;
    home()
}

/// `POST /browsers/{id}/sync`.
pub async fn sync(State(app): State<App>, Visitor(operator): Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.trigger_sync(visible(&app, &operator, &id).await?, Timestamp::now()).await?;
    home()
}

/// `POST /operations/{id}/retry`.
pub async fn retry(State(app): State<App>, Visitor(operator): Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    let id = path_uuid("id", &id)?;
    if app.store.sees_operation(operator.scope(), id).await? {
        app.store.retry(id, Timestamp::now()).await?;
    }
    home()
}

/// `POST /held-batches/{id}/agree`.
pub async fn agree(State(app): State<App>, Visitor(operator): Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decide_shown(&app, &operator, &id, true).await
}

/// `POST /held-batches/{id}/refuse`.
pub async fn refuse(State(app): State<App>, Visitor(operator): Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decide_shown(&app, &operator, &id, false).await
}

/// Somebody else may have been quicker: the page shows how it ended.
async fn decide_shown(app: &App, operator: &Operator, id: &str, agree: bool) -> ApiResult<Response> {
    match decide(app, operator, path_uuid("id", id)?, agree).await {
        Err(error) if !error.status.is_client_error() => Err(error),
        _ => home(),
    }
}

fn home() -> Result<Response, ApiError> {
    Ok(Redirect::to("/").into_response())
}
