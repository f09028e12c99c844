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
use crate::routes::ui::held_batches::decide;
use crate::routes::ui::pairing::approve_code;
use crate::time::Timestamp;

/// The code that a form sends.
#[derive(Debug, Deserialize)]
pub struct Code {
    code: String,
}

/// `POST /pairings/approve`.
pub async fn approve(
    State(app): State<App>,
    _: Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(form): Form<Code>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let code: String = form.code.chars().filter(|glyph| !glyph.is_control()).take(16).collect();
    match approve_code(&app, &code, source).await {
        Ok(()) => pairing::approved(&app, &code).await,
        Err(error) if error.status.is_client_error() => pairing::refused(&app, &error).await,
        Err(error) => Err(error),
    }
}

/// `POST /browsers/{id}/disconnect`.
pub async fn disconnect(State(app): State<App>, _: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.disconnect(path_uuid("id", &id)?, Timestamp::now()).await?;
    home()
}

/// `POST /browsers/{id}/sync`.
pub async fn sync(State(app): State<App>, _: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.trigger_sync(path_uuid("id", &id)?, Timestamp::now()).await?;
    home()
}

/// `POST /operations/{id}/retry`.
pub async fn retry(State(app): State<App>, _: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    app.store.retry(path_uuid("id", &id)?, Timestamp::now()).await?;
    home()
}

/// `POST /held-batches/{id}/agree`.
pub async fn agree(State(app): State<App>, _: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decide_shown(&app, &id, true).await
}

/// `POST /held-batches/{id}/refuse`.
pub async fn refuse(State(app): State<App>, _: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decide_shown(&app, &id, false).await
}

/// Somebody else may have been quicker: the page shows how it ended.
async fn decide_shown(app: &App, id: &str, agree: bool) -> ApiResult<Response> {
    match decide(app, path_uuid("id", id)?, agree).await {
        Err(error) if !error.status.is_client_error() => Err(error),
        _ => home(),
    }
}

fn home() -> Result<Response, ApiError> {
    Ok(Redirect::to("/").into_response())
}
