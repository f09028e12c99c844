//! Skills: read, written and removed through the API.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use companion_wire::error::ErrorCode;
use companion_wire::skills::{ChangeSkill, CreateSkill, ListedSkill, SkillDetail};
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::authoring::{self, Draft};
use crate::domain::naming;
use crate::error::{ApiError, ApiResult};
use crate::extract::body;
use crate::extract::fields::Fields;
use crate::extract::ui::Operator;
use crate::store::{NewSkill, SkillChange, SkillFilter, SkillRemoval, SkillWrite};
use crate::time::Timestamp;

/// A skill's text and what goes with it.
const LARGEST: usize = 5 * 1024 * 1024;

/// `GET /v1/skills`.
#[utoipa::path(get, path = "/v1/skills", tag = "skills",
    params(
        ("collections" = Option<String>, Query, description = "Those of any of these collections, separated by commas."),
        ("include" = Option<String>, Query, description = "`content` adds the text."),
    ),
    responses((status = 200, description = "All skills by slug.", body = [ListedSkill<Value>])),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn list(
    State(app): State<App>,
    _: Operator,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<Vec<ListedSkill<Value>>>> {
    let mut fields = Fields::from_query(query.as_deref());
    let collections = fields.text("collections", 16_384).unwrap_or_default();
    let include = fields.text("include", 256).unwrap_or_default();
    fields.finish()?;
    let collections =
        collections.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let content = include.split(',').any(|what| what.trim() == "content");
    Ok(Json(app.store.listed_skills(SkillFilter { collections, content }).await?))
}

/// `GET /v1/skills/{slug}`.
#[utoipa::path(get, path = "/v1/skills/{slug}", tag = "skills",
    params(("slug" = String, Path, description = "The skill's name in addresses.")),
    responses(
        (status = 200, description = "The skill as it is now.", body = SkillDetail<Value>),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn detail(
    State(app): State<App>,
    _: Operator,
    Path(slug): Path<String>,
) -> ApiResult<Json<SkillDetail<Value>>> {
    app.store.skill_detail(&storable(slug)?).await?.map(Json).ok_or_else(not_found)
}

/// `POST /v1/skills`.
#[utoipa::path(post, path = "/v1/skills", tag = "skills",
    request_body = CreateSkill<Value>,
    responses(
        (status = 201, description = "Made, and queued for every paired browser.", body = SkillDetail<Value>),
        (status = 409, description = "`SKILL_SLUG_EXISTS`: another skill has the name or slug."),
        (status = 422, description = "`VALIDATION_ERROR`, `COLLECTION_NAME_INVALID`, or `COLLECTION_LIMIT_REACHED` for a collection of fifteen skills."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn create(State(app): State<App>, request: Request) -> ApiResult<(StatusCode, Json<SkillDetail<Value>>)> {
    let (parts, body) = written(&app, request).await?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let name = name(&mut fields).unwrap_or_else(|| required(&mut fields, "name"));
    let slug = fields.required_text("slug", 0, usize::MAX).trim().to_owned();
    fields.check("slug", naming::slug(&slug));
    let description = description(&mut fields).unwrap_or_else(|| required(&mut fields, "description"));
    let content_md = Some(fields.text("content_md", LARGEST).unwrap_or_default());
    let extra_frontmatter = extra(&mut fields);
    let listed = fields.texts("collections");
    match &listed {
        None => drop(required(&mut fields, "collections")),
        Some(names) if names.is_empty() => {
            fields.check("collections", Err("List should have at least 1 item".to_owned()));
        }
        Some(_) => {}
    }
    fields.finish()?;
    let collections = collections(listed.unwrap_or_default())?;
    let draft = Draft { name, description, content_md, extra_frontmatter };
    let write = app.store.create_skill(NewSkill { slug, draft, collections }, Timestamp::now()).await?;
    Ok((StatusCode::CREATED, answer(write)?))
}

/// `PATCH /v1/skills/{slug}`. Every call makes a version. A skill of the watched folder is written there too.
#[utoipa::path(patch, path = "/v1/skills/{slug}", tag = "skills",
    params(("slug" = String, Path, description = "The skill's name in addresses.")),
    request_body = ChangeSkill<Value>,
    responses(
        (status = 200, description = "The skill as it is now.", body = SkillDetail<Value>),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
        (status = 409, description = "`SKILL_SLUG_EXISTS`, or `SKILL_IN_LIBRARY_FOLDER` for another name of a skill that lies there."),
        (status = 422, description = "`VALIDATION_ERROR`, `COLLECTION_NAME_INVALID` or `COLLECTION_LIMIT_REACHED`."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn change(State(app): State<App>, request: Request) -> ApiResult<Json<SkillDetail<Value>>> {
    let (mut parts, body) = written(&app, request).await?;
    let Path(slug) = Path::<String>::from_request_parts(&mut parts, &app).await.map_err(|_| not_found())?;
    let mut fields = Fields::from_body(&parts.headers, &body)?;
    let name = name(&mut fields).map(|name| {
        let slug = naming::slug_of(&name);
        fields.check("name", naming::slug(&slug));
        (name, slug)
    });
    let change = SkillChange {
        name,
        description: description(&mut fields),
        content_md: fields.text("content_md", LARGEST),
        extra_frontmatter: extra(&mut fields),
        collections: None,
    };
    let listed = fields.texts("collections");
    fields.finish()?;
    let change = SkillChange { collections: listed.map(collections).transpose()?, ..change };
    answer(app.store.change_skill(&storable(slug)?, change, Timestamp::now()).await?)
}

/// `DELETE /v1/skills/{slug}`. Its versions are kept.
#[utoipa::path(delete, path = "/v1/skills/{slug}", tag = "skills",
    params(("slug" = String, Path, description = "The skill's name in addresses.")),
    responses(
        (status = 204, description = "Removed, and its removal is queued for every paired browser."),
        (status = 404, description = "`SKILL_NOT_FOUND`."),
        (status = 409, description = "`SKILL_IN_LIBRARY_FOLDER`: remove it there."),
    ),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn remove(State(app): State<App>, _: Operator, Path(slug): Path<String>) -> ApiResult<StatusCode> {
    match app.store.delete_skill(&storable(slug)?, Timestamp::now()).await? {
        SkillRemoval::Removed => Ok(StatusCode::NO_CONTENT),
        SkillRemoval::NotFound => Err(not_found()),
        SkillRemoval::InLibraryFolder(path) => Err(in_folder(&path)),
    }
}

/// What became of writing a skill, as an answer.
///
/// # Errors
///
/// Whatever was not kept.
pub fn answer(write: SkillWrite) -> ApiResult<Json<SkillDetail<Value>>> {
    let unprocessable = |code, message: String| Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message));
    match write {
        SkillWrite::Kept(detail) => Ok(Json(*detail)),
        SkillWrite::NotFound => Err(not_found()),
        SkillWrite::VersionNotFound => {
            Err(ApiError::not_found(ErrorCode::VersionNotFound, "The skill has no such version."))
        }
        SkillWrite::SlugExists => {
            Err(ApiError::conflict(ErrorCode::SkillSlugExists, "Another skill has this name or slug."))
        }
        SkillWrite::InLibraryFolder(path) => Err(in_folder(&path)),
        SkillWrite::CollectionFull(name) => unprocessable(
            ErrorCode::CollectionLimitReached,
            format!("The collection “{name}” holds fifteen skills already, and claude.ai takes no more in a group."),
        ),
        SkillWrite::Refused(refusal) => unprocessable(ErrorCode::ValidationError, refusal.to_string()),
    }
}

/// 404: no such skill.
pub fn not_found() -> ApiError {
    ApiError::not_found(ErrorCode::SkillNotFound, "There is no such skill.")
}

/// No name has a NUL in it, and PostgreSQL takes none in a question.
///
/// # Errors
///
/// 404.
pub fn storable(slug: String) -> ApiResult<String> {
    if slug.contains('\0') { Err(not_found()) } else { Ok(slug) }
}

fn in_folder(path: &str) -> ApiError {
    let message = format!("The skill lies in the folder “{path}” of the library. Rename or remove it there.");
    ApiError::new(StatusCode::CONFLICT, ErrorCode::SkillInLibraryFolder, message)
}

/// Proof first, then the body.
async fn written(app: &App, request: Request) -> ApiResult<(Parts, Bytes)> {
    let (mut parts, body) = request.into_parts();
    Operator::from_request_parts(&mut parts, app).await?;
    let body = body::whole(body, LARGEST, ErrorCode::BundleTooLarge).await?;
    Ok((parts, body))
}

fn required(fields: &mut Fields, name: &str) -> String {
    fields.check(name, Err("Field required".to_owned()));
    String::new()
}

fn name(fields: &mut Fields) -> Option<String> {
    let name = fields.text("name", usize::MAX)?.trim().to_owned();
    fields.check("name", naming::skill_name(&name));
    Some(name)
}

fn description(fields: &mut Fields) -> Option<String> {
    let description = fields.text("description", usize::MAX)?.trim().to_owned();
    fields.check("description", naming::skill_description(&description));
    Some(description)
}

fn extra(fields: &mut Fields) -> Option<Map<String, Value>> {
    let Value::Object(extra) = fields.object("extra_frontmatter") else { return None };
    if extra.keys().any(|key| matches!(key.as_str(), "name" | "description") || key.is_empty()) {
        fields.check("extra_frontmatter", Err("Name and description have fields of their own".to_owned()));
    }
    if !extra.values().all(authoring::can_hold) {
        let reason = "Values should be texts, numbers, truth values, or lists or mappings of these";
        fields.check("extra_frontmatter", Err(reason.to_owned()));
    }
    Some(extra)
}

/// Names of collections, trimmed; named twice counts once.
fn collections(names: Vec<String>) -> ApiResult<Vec<String>> {
    let mut legal: Vec<String> = Vec::new();
    for name in names {
        let name = name.trim().to_owned();
        naming::collection_name(&name).map_err(|reason| super::collections::name_invalid(&reason))?;
        if !legal.contains(&name) {
            legal.push(name);
        }
    }
    Ok(legal)
}
