//! Handing work out and taking reports.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use companion_wire::error::ErrorCode;
use companion_wire::operation::Operation;

use crate::app::{App, stopped};
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::{Browser, Told};
use crate::extract::fields::{Fields, path_uuid};
use crate::store::Waiting;
use crate::time::Timestamp;

/// No answer is held back longer: browsers end a background whose request takes 30 seconds.
const LONGEST_WAIT: i64 = 25;

/// `GET {PREFIX}/extension/operations?limit=&wait=&recover=`.
#[utoipa::path(get, path = "/extension/operations", tag = "extension",
    params(
        ("limit" = Option<i64>, Query, description = "At most so many, brought into 1 to 100; 20 by default."),
        ("wait" = Option<i64>, Query, description = "Seconds to wait for work where there is none, up to 25; 0 by default."),
        ("recover" = Option<bool>, Query, description = "This browser holds no work: whatever was leased to it before was lost on the way, and is handed out again."),
    ),
    responses(
        (status = 200, description = "Operations that are this browser's for three minutes, oldest first. With the header `skillferry-paused` (`operator` or `person`) while work is held.", body = Vec<Operation>),
    ),
    security(("extension_token" = []))
)]
pub async fn lease(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> ApiResult<(Told, Json<Vec<Operation>>)> {
    let browser = Browser::proved(&headers, &app).await?;
    let mut fields = Fields::from_query(query.as_deref());
    let limit = fields.integer("limit").unwrap_or(20).clamp(1, 100);
    let wait = fields.integer("wait").unwrap_or(0).clamp(0, LONGEST_WAIT);
    let recover = fields.boolean("recover").unwrap_or(false);
    fields.finish()?;
    let limit = u32::try_from(limit).unwrap_or(20);
    let recovered = recover && app.store.recover(browser.integration, Timestamp::now()).await? > 0;
    let leased = if recovered || browser.waiting == Waiting::Work {
        app.store.lease(browser.integration, limit, Timestamp::now()).await?
    } else {
        Vec::new()
    };
    if !leased.is_empty() || wait == 0 {
        return Ok((browser.told(&app).await?, Json(leased)));
    }
    let wait = Duration::from_secs(wait.unsigned_abs());
    tokio::select! {
        () = app.store.work_arrives(browser.integration, wait) => {}
        () = stopped(app.stopping.clone()) => return Ok((browser.told(&app).await?, Json(Vec::new()))),
    }
    // The wait was long enough for the token to have been revoked or replaced.
    let browser = Browser::proved(&headers, &app).await?;
    let leased = app.store.lease(browser.integration, limit, Timestamp::now()).await?;
    Ok((browser.told(&app).await?, Json(leased)))
}

/// `POST {PREFIX}/extension/operations/{op_id}/complete`.
#[utoipa::path(post, path = "/extension/operations/{op_id}/complete", tag = "extension",
    params(("op_id" = uuid::Uuid, Path, description = "The operation.")),
    request_body = companion_wire::operation::CompleteOperation,
    responses(
        (status = 204, description = "Noted; also when the same success was reported before. With the header `skillferry-paused` (`operator` or `person`) while work is held."),
        (status = 404, description = "`OPERATION_NOT_FOUND`: no such operation of this browser."),
        (status = 409, description = "`OPERATION_ALREADY_FINAL`: it has ended."),
    ),
    security(("extension_token" = []))
)]
pub async fn complete(
    State(app): State<App>,
    browser: Browser,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult<(StatusCode, Told, ())> {
    let operation = path_uuid("op_id", &operation)?;
    let report = report(&headers, &body)?;
    match app.store.complete(browser.integration, operation, report, Timestamp::now()).await? {
        CompletionOutcome::Applied | CompletionOutcome::Replayed => {
            Ok((StatusCode::NO_CONTENT, browser.told(&app).await?, ()))
        }
        CompletionOutcome::AlreadyFinal => {
            Err(ApiError::conflict(ErrorCode::OperationAlreadyFinal, "This operation has already ended."))
        }
        CompletionOutcome::NotFound => {
            Err(ApiError::not_found(ErrorCode::OperationNotFound, "There is no such operation for this browser."))
        }
    }
}

fn report(headers: &HeaderMap, body: &Bytes) -> ApiResult<CompletionReport> {
    let mut fields = Fields::from_body(headers, body)?;
    let report = CompletionReport {
        success: fields.required_boolean("success"),
        result: fields.object("result"),
        error: fields.text("error", 2000),
        claude_ai_org_id: fields.text("claude_ai_org_id", 128),
        auth_expired: fields.boolean("auth_expired").unwrap_or(false),
        held: fields.boolean("held").unwrap_or(false),
        permanent: fields.boolean("permanent").unwrap_or(false),
    };
    fields.finish()?;
    Ok(report)
}
