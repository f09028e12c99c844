//! Collections of skills, and their way to claude.ai as groups.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::collections::ListedCollection;
use serde::Deserialize;

use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::error::ApiResult;
use crate::routes::ui::collections::{made, not_found, removed, storable};
use crate::store::{CollectionFilter, SkillFilter};
use crate::time::Timestamp;

#[derive(Template)]
#[template(path = "collections.html")]
struct CollectionsPage {
    t: Text,
    f: Frame,
    collections: Vec<Row>,
}

struct Row {
    name: String,
    count: String,
    description: String,
    published: bool,
}

/// `GET /collections`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { text: t, frame: f, .. } = visit;
    let (listed, _) = app.store.collections(CollectionFilter { part: None, published: None, limit: 0 }).await?;
    let row = |collection: ListedCollection| Row {
        count: t.count("skills-count", collection.count),
        name: collection.name,
        description: collection.description,
        published: collection.published_to_claude_ai,
    };
    pages::page(&CollectionsPage { t, f, collections: listed.into_iter().map(row).collect() })
}

#[derive(Template)]
#[template(path = "collection.html")]
struct CollectionPage {
    t: Text,
    f: Frame,
    name: String,
    description: String,
    published: bool,
    count: String,
    /// Slug and name.
    skills: Vec<(String, String)>,
}

/// `GET /collections/{name}`.
pub async fn detail(State(app): State<App>, visit: Visit, Path(name): Path<String>) -> ApiResult<Response> {
    let Ok(name) = storable(name) else { return visit.missing() };
    let Some(collection) = app.store.collection(&name).await? else { return visit.missing() };
    let Visit { text: t, frame: f, .. } = visit;
    let filter = SkillFilter { collections: vec![collection.name.clone()], content: false };
    let skills = app.store.listed_skills(filter).await?;
    pages::page(&CollectionPage {
        count: t.count("skills-count", skills.len()),
        skills: skills.into_iter().map(|skill| (skill.slug, skill.name)).collect(),
        name: collection.name,
        description: collection.description,
        published: collection.published_to_claude_ai,
        t,
        f,
    })
}

/// What makes a collection.
#[derive(Debug, Deserialize)]
pub struct New {
    name: String,
    #[serde(default)]
    description: String,
}

/// `POST /collections`.
pub async fn create(State(app): State<App>, visitor: Visitor, Form(new): Form<New>) -> ApiResult<Response> {
    let name = new.name.trim().to_owned();
    match made(&app, &name, new.description.trim()).await {
        Ok(collection) => Ok(Redirect::to(&format!("/collections/{}?said=saved", collection.name)).into_response()),
        Err(error) => visitor.done::<()>(Err(error), "/collections", ""),
    }
}

/// Whether it is published.
#[derive(Debug, Deserialize)]
pub struct Publishing {
    published: bool,
}

/// `POST /collections/{name}/publish`.
pub async fn publish(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    Form(sent): Form<Publishing>,
) -> ApiResult<Response> {
    let result = async {
        let name = storable(name.clone())?;
        app.store.publish_collection(&name, sent.published, Timestamp::now()).await?.ok_or_else(not_found)
    };
    visitor.done(result.await, "/collections", if sent.published { "published" } else { "unpublished" })
}

/// What it is for.
#[derive(Debug, Deserialize)]
pub struct Description {
    description: String,
}

/// `POST /collections/{name}/describe`.
pub async fn describe(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    Form(sent): Form<Description>,
) -> ApiResult<Response> {
    let result = async {
        let name = storable(name.clone())?;
        crate::domain::naming::collection_description(sent.description.trim())
            .map_err(|reason| crate::error::ApiError::validation(format!("description: {reason}")))?;
        let described = app.store.describe_collection(&name, sent.description.trim(), Timestamp::now()).await?;
        described.ok_or_else(not_found)
    };
    visitor.done(result.await, "/collections", "saved")
}

/// `POST /collections/{name}/remove`.
pub async fn remove(State(app): State<App>, visitor: Visitor, Path(name): Path<String>) -> ApiResult<Response> {
    match removed(&app, name).await {
        Ok(_) => Ok(Redirect::to("/collections?said=removed").into_response()),
        Err(error) => visitor.done::<()>(Err(error), "/collections", ""),
    }
}
