//! What a person changes about a paired browser.

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use companion_wire::error::ErrorCode;
use companion_wire::integration::Integration;
use companion_wire::rotation::TokenRotated;

use super::integrations::{not_found, visible};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::{Fields, path_uuid};
use crate::extract::ui::Operator;
use crate::store::{BrowserChange, Rotation};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// Rotations an hour and browser.
const ROTATIONS: u32 = 5;

/// `PATCH {PREFIX}/integrations/{id}`.
#[utoipa::path(patch, path = "/integrations/{id}", tag = "browsers",
    params(("id" = uuid::Uuid, Path, description = "The browser.")),
    request_body = companion_wire::integration::ChangeIntegration,
    responses(
        (status = 200, description = "As it is now.", body = Integration),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn change(State(app): State<App>, request: Request) -> ApiResult<Json<Integration>> {
    let (mut parts, body) = request.into_parts();
    let operator = Operator::from_request_parts(&mut parts, &app).await?;
    let Path(id) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| not_found())?;
    let id = path_uuid("id", &id)?;
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let change = BrowserChange {
        scope: fields.choice("scope", &["personal", "organization", "both"]),
        conflict_policy: fields.choice("conflict_policy", &["ask", "skillnote_wins", "claude_ai_wins"]),
        browser_label: fields.text("browser_label", 128).map(|label| label.trim().to_owned()),
    };
    fields.finish()?;
    if !app.store.sees_browser(operator.scope(), id).await? {
        return Err(not_found());
    }
    app.store.change_browser(id, change, Timestamp::now()).await?.map(Json).ok_or_else(not_found)
}

/// `POST {PREFIX}/integrations/{id}/rotate-token`.
#[utoipa::path(post, path = "/integrations/{id}/rotate-token", tag = "browsers",
    params(("id" = uuid::Uuid, Path, description = "The browser.")),
    responses(
        (status = 200, description = "The only answer that shows the new token.", body = TokenRotated),
        (status = 404, description = "`INTEGRATION_NOT_FOUND`."),
        (status = 409, description = "`INTEGRATION_DISCONNECTED`."),
        (status = 429, description = "`RATE_LIMITED`: five rotations an hour."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn rotate(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
) -> ApiResult<Json<TokenRotated>> {
    rotated(&app, &operator, &id).await.map(Json)
}

/// Gives a browser a new token; the former one is revoked.
///
/// # Errors
///
/// As the route says.
pub async fn rotated(app: &App, operator: &Operator, id: &str) -> ApiResult<TokenRotated> {
    let integration_id = visible(app, operator, id).await?;
    let token = PlainToken::draw(TokenKind::Extension).map_err(|error| ApiError::internal(&error))?;
    let now = Timestamp::now();
    match app.store.rotate_token(integration_id, &token.hash(), ROTATIONS, now).await? {
        Rotation::Rotated => {
            let new_extension_token = token.expose().to_owned();
            Ok(TokenRotated { integration_id, new_extension_token, rotated_at: now.rfc3339() })
        }
        Rotation::Limited { retry_after_secs } => Err(ApiError::rate_limited(retry_after_secs)),
        Rotation::NotFound => Err(not_found()),
        Rotation::Disconnected => Err(ApiError::conflict(
            ErrorCode::IntegrationDisconnected,
            "This browser was disconnected. Pair it again to give it a token.",
        )),
    }
}
