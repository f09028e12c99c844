//! A skill as the zip that is uploaded.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::bearer::ServedBrowser;
use crate::extract::fields::Fields;
use crate::library::bundle;
use crate::store::BundleAccess;

/// `GET {PREFIX}/extension/skill-bundle?skill_id=&version_id=`.
#[utoipa::path(get, path = "/extension/skill-bundle", tag = "extension",
    params(
        ("skill_id" = uuid::Uuid, Query, description = "The skill."),
        ("version_id" = uuid::Uuid, Query, description = "The version."),
        ("If-None-Match" = Option<String>, Header, description = "A tag of an earlier answer."),
    ),
    responses(
        (status = 200, description = "The skill as a deterministic zip, with `ETag` and `Content-Disposition`.", body = Vec<u8>, content_type = "application/zip"),
        (status = 304, description = "The same as before."),
        (status = 404, description = "`SKILL_NOT_FOUND` or `VERSION_NOT_FOUND`."),
        (status = 503, description = "`AUTONOMY_PAUSED`: work is held."),
    ),
    security(("extension_token" = []))
)]
pub async fn get(
    State(app): State<App>,
    ServedBrowser(browser): ServedBrowser,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let mut fields = Fields::from_query(query.as_deref());
    let (skill, version) = (fields.required_uuid("skill_id"), fields.required_uuid("version_id"));
    fields.finish()?;
    match app.store.bundle_for(browser.integration, skill, version).await? {
        BundleAccess::VersionNotFound => {
            Err(ApiError::not_found(ErrorCode::VersionNotFound, "The skill has no such version."))
        }
        BundleAccess::SkillNotFound => Err(ApiError::not_found(
            ErrorCode::SkillNotFound,
            "The skill is gone, switched off, or not this browser's to fetch.",
        )),
        BundleAccess::Granted { name, number, digest, files } => {
            // The bytes follow from the digest and the name, so the digest is as strong a tag as a hash of them.
            let etag = format!("\"{}\"", &digest.to_string()[..32]);
            if is_known(&headers, &etag) {
                return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag_value(&etag))]).into_response());
            }
            let disposition = format!("attachment; filename=\"{name}-v{number}.zip\"");
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
                (header::CONTENT_DISPOSITION, tag_value(&disposition)),
                (header::ETAG, tag_value(&etag)),
            ];
            Ok((headers, bundle::zip(&name, files)).into_response())
        }
    }
}

/// Whether the caller says that it has this already.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| is_same(tag.trim(), etag))
}

/// Compares as RFC 9110 13.1.2 asks: proxies that compress turn a strong tag into a weak one.
fn is_same(known: &str, etag: &str) -> bool {
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag
}

pub(super) fn tag_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("attachment"))
}
