//! Published collections, as the plugins that a browser brings to claude.ai.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::ErrorCode;
use companion_wire::group::{PluginGroup, PluginGroups};
use skill_format::content_digest;

use super::bundle::{is_known, tag_value};
use crate::app::App;
use crate::domain::groups;
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::ServedBrowser;
use crate::extract::fields::Fields;

/// `GET {PREFIX}/extension/plugin-groups`.
#[utoipa::path(get, path = "/extension/plugin-groups", tag = "extension",
    responses(
        (status = 200, description = "Published collections that have a skill to bring, by name.", body = PluginGroups),
        (status = 503, description = "`AUTONOMY_PAUSED`: work is held."),
    ),
    security(("extension_token" = []))
)]
pub async fn list(State(app): State<App>, _: ServedBrowser) -> ApiResult<Json<PluginGroups>> {
    let group = |group: crate::store::GroupSummary| PluginGroup {
        name: group.name,
        display_name: groups::display_name(&group.collection),
        skill_count: group.skill_count,
    };
    let groups = app.store.groups().await?.into_iter().map(group).collect();
    Ok(Json(PluginGroups { marketplace_name: groups::MARKETPLACE.to_owned(), groups }))
}

/// `GET {PREFIX}/extension/plugin-bundle?group=`.
#[utoipa::path(get, path = "/extension/plugin-bundle", tag = "extension",
    params(
        ("group" = String, Query, description = "The plugin's name."),
        ("If-None-Match" = Option<String>, Header, description = "A tag of an earlier answer."),
    ),
    responses(
        (status = 200, description = "The plugin as a deterministic zip, with `ETag`, `X-Skill-Count` and `Content-Disposition`.", body = Vec<u8>, content_type = "application/zip"),
        (status = 304, description = "The same as before."),
        (status = 404, description = "`GROUP_NOT_FOUND`."),
        (status = 503, description = "`AUTONOMY_PAUSED`: work is held."),
    ),
    security(("extension_token" = []))
)]
pub async fn bundle(
    State(app): State<App>,
    _: ServedBrowser,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let mut fields = Fields::from_query(query.as_deref());
    let name = fields.required_text("group", 1, 256);
    fields.finish()?;
    let unknown = || ApiError::not_found(ErrorCode::GroupNotFound, "No published collection makes such a group.");
    let group = app.store.group(&name).await?.ok_or_else(unknown)?;
    let count = group.skills.len();
    let zipped = tokio::task::spawn_blocking({
        let name = name.clone();
        move || {
            let bytes = groups::plugin(&name, &group.collection, &group.description, group.skills);
            let etag = format!("\"{}\"", &content_digest(&bytes).to_string()[..32]);
            (bytes, etag)
        }
    });
    let (bytes, etag) = zipped.await.map_err(|error| ApiError::internal(&error))?;
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag_value(&etag))]).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, tag_value(&format!("attachment; filename=\"{name}-plugin.zip\""))),
        (header::ETAG, tag_value(&etag)),
        (HeaderName::from_static("x-skill-count"), HeaderValue::from(count)),
    ];
    Ok((headers, bytes).into_response())
}
