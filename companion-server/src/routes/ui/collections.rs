//! Collections of skills.

use axum::Json;
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::{HeaderName, StatusCode};
use companion_wire::collections::{
    CollectionDetail, CreateCollection as Create, DescribeCollection, ListedCollection, PublishCollection,
};
use companion_wire::error::ErrorCode;

use crate::app::App;
use crate::domain::naming;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::{CollectionFilter, CreateCollection, RemoveCollection};
use crate::time::Timestamp;

const MOST: u32 = 500;
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// `GET /v1/collections`. The header `X-Total-Count` says how many there are before the limit.
#[utoipa::path(get, path = "/v1/collections", tag = "skills",
    params(
        ("q" = Option<String>, Query, description = "A literal part of the name, in any letter case."),
        ("published" = Option<bool>, Query, description = "Published ones only, or the others only."),
        ("limit" = Option<u32>, Query, description = "0 to 500; 0 = all, as without it."),
    ),
    responses((status = 200, description = "Collections by name.", body = [ListedCollection])),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(
    State(app): State<App>,
    _: Operator,
    RawQuery(query): RawQuery,
) -> ApiResult<([(HeaderName, String); 1], Json<Vec<ListedCollection>>)> {
    let mut fields = Fields::from_query(query.as_deref());
    let filter = CollectionFilter {
        part: fields.text("q", 1024).filter(|part| !part.is_empty()),
        published: fields.boolean("published"),
        limit: fields.integer_within("limit", 0, MOST).unwrap_or(0),
    };
    fields.finish()?;
    let (listed, total) = app.store.collections(filter).await?;
    Ok(([(TOTAL, total.to_string())], Json(listed)))
}

/// `GET /v1/collections/{name}`.
#[utoipa::path(get, path = "/v1/collections/{name}", tag = "skills",
    params(("name" = String, Path, description = "In any letter case.")),
    responses(
        (status = 200, description = "The collection.", body = CollectionDetail),
        (status = 404, description = "`COLLECTION_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn detail(
    State(app): State<App>,
    _: Operator,
    Path(name): Path<String>,
) -> ApiResult<Json<CollectionDetail>> {
    app.store.collection(&storable(name)?).await?.map(Json).ok_or_else(not_found)
}

/// `POST /v1/collections`.
#[utoipa::path(post, path = "/v1/collections", tag = "skills",
    request_body = Create,
    responses(
        (status = 201, description = "Made, empty and not published.", body = CollectionDetail),
        (status = 409, description = "`COLLECTION_EXISTS`."),
        (status = 422, description = "`VALIDATION_ERROR` or `COLLECTION_NAME_INVALID`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn create(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<CollectionDetail>)> {
    let (_, mut fields) = written(&app, request).await?;
    let name = fields.required_text("name", 0, usize::MAX).trim().to_owned();
    let description = described(&mut fields);
    fields.finish()?;
    let detail = made(&app, &name, &description.unwrap_or_default()).await?;
    Ok((StatusCode::CREATED, Json(detail)))
}

/// Makes a collection.
///
/// # Errors
///
/// 409 `COLLECTION_EXISTS`, 422 `COLLECTION_NAME_INVALID` or `VALIDATION_ERROR`.
pub async fn made(app: &App, name: &str, description: &str) -> ApiResult<CollectionDetail> {
    naming::collection_name(name).map_err(|reason| name_invalid(&reason))?;
    naming::collection_description(description)
        .map_err(|reason| ApiError::validation(format!("description: {reason}")))?;
    match app.store.create_collection(name, description, Timestamp::now()).await? {
        CreateCollection::Created(detail) => Ok(detail),
        CreateCollection::Exists => {
            Err(ApiError::conflict(ErrorCode::CollectionExists, "There is a collection of this name already."))
        }
    }
}

/// `PUT /v1/collections/{name}`.
#[utoipa::path(put, path = "/v1/collections/{name}", tag = "skills",
    params(("name" = String, Path, description = "In any letter case.")),
    request_body = DescribeCollection,
    responses(
        (status = 200, description = "The collection as it is now.", body = CollectionDetail),
        (status = 404, description = "`COLLECTION_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn describe(State(app): State<App>, request: Request) -> ApiResult<Json<CollectionDetail>> {
    let (name, mut fields) = written(&app, request).await?;
    let description = described(&mut fields);
    if description.is_none() {
        fields.check("description", Err("Field required".to_owned()));
    }
    fields.finish()?;
    let description = description.unwrap_or_default();
    app.store.describe_collection(&name, &description, Timestamp::now()).await?.map(Json).ok_or_else(not_found)
}

/// `PUT /v1/collections/{name}/claude-ai`.
#[utoipa::path(put, path = "/v1/collections/{name}/claude-ai", tag = "skills",
    params(("name" = String, Path, description = "In any letter case.")),
    request_body = PublishCollection,
    responses(
        (status = 200, description = "The collection as it is now. What follows is queued for every paired browser.", body = CollectionDetail),
        (status = 404, description = "`COLLECTION_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn publish(State(app): State<App>, request: Request) -> ApiResult<Json<CollectionDetail>> {
    let (name, mut fields) = written(&app, request).await?;
    let published = fields.required_boolean("published");
    fields.finish()?;
    app.store.publish_collection(&name, published, Timestamp::now()).await?.map(Json).ok_or_else(not_found)
}

/// `DELETE /v1/collections/{name}`.
#[utoipa::path(delete, path = "/v1/collections/{name}", tag = "skills",
    params(("name" = String, Path, description = "In any letter case.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 404, description = "`COLLECTION_NOT_FOUND`."),
        (status = 409, description = "`COLLECTION_IN_USE`: skills are in it."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn remove(State(app): State<App>, _: Operator, Path(name): Path<String>) -> ApiResult<StatusCode> {
    removed(&app, name).await
}

/// Removes a collection that nothing is in.
///
/// # Errors
///
/// 404, 409 `COLLECTION_IN_USE`.
pub async fn removed(app: &App, name: String) -> ApiResult<StatusCode> {
    match app.store.remove_collection(&storable(name)?).await? {
        RemoveCollection::Removed => Ok(StatusCode::NO_CONTENT),
        RemoveCollection::NotFound => Err(not_found()),
        RemoveCollection::InUse => Err(ApiError::conflict(
            ErrorCode::CollectionInUse,
            "Skills are in this collection. Take them out of it first.",
        )),
    }
}

/// 422: a collection cannot be called this.
pub(super) fn name_invalid(reason: &str) -> ApiError {
    let message = format!("A collection cannot have this name: {reason}.");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::CollectionNameInvalid, message)
}

/// 404: no such collection.
pub fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::CollectionNotFound, "There is no such collection.")
}

/// No name has a NUL in it, and PostgreSQL takes none in a question.
///
/// # Errors
///
/// 404.
pub fn storable(name: String) -> ApiResult<String> {
    if name.contains('\0') { Err(not_found()) } else { Ok(name) }
}

/// Proof, then the name in the path (empty where there is none), then the body's fields.
async fn written(app: &App, request: Request) -> ApiResult<(String, Fields)> {
    let (mut parts, body) = request.into_parts();
    Operator::from_request_parts(&mut parts, app).await?;
    let name = Path::<String>::from_request_parts(&mut parts, app).await.map(|Path(name)| name).unwrap_or_default();
    let body = body::whole(body, 64 * 1024, ErrorCode::HttpError).await?;
    Ok((storable(name)?, Fields::from_body(&parts.headers, &body)?))
}

fn described(fields: &mut Fields) -> Option<String> {
    let description = fields.text("description", usize::MAX)?.trim().to_owned();
    fields.check("description", naming::collection_description(&description));
    Some(description)
}
