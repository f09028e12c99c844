//! The people of this server, for admins.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::people::Role;
use crate::error::{ApiError, ApiResult};
use crate::extract::fields::path_uuid;
use crate::extract::ui::Operator;
use crate::routes::users::{add_named, changed, link_for};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    t: Text,
    f: Frame,
    people: Vec<Person>,
    link: Option<Link>,
}

struct Person {
    id: String,
    name: String,
    role: String,
    admin: bool,
    disabled: bool,
}

/// A login link that is shown once.
struct Link {
    name: String,
    address: String,
}

/// `GET /people`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    if !visit.operator.is_admin() {
        return visit.for_admins();
    }
    shown(&app, visit, None).await
}

fn admin(operator: &Operator) -> ApiResult<()> {
    if operator.is_admin() { Ok(()) } else { Err(ApiError::admin_required()) }
}

async fn shown(app: &App, visit: Visit, link: Option<Link>) -> ApiResult<Response> {
    let Visit { text: t, frame: f, .. } = visit;
    let people = app.store.users().await?.into_iter().map(|user| Person {
        id: user.id.to_string(),
        name: user.name,
        role: role(user.role, t),
        admin: user.role == Role::Admin,
        disabled: user.disabled.is_some(),
    });
    pages::page(&PeoplePage { people: people.collect(), link, t, f })
}

/// What a role is called.
pub(super) fn role(role: Role, t: Text) -> String {
    t.say(if role == Role::Admin { "people-admin" } else { "people-member" })
}

/// Somebody new.
#[derive(Debug, Deserialize)]
pub struct New {
    name: String,
    role: String,
}

/// `POST /people`.
pub async fn add(State(app): State<App>, visitor: Visitor, Form(new): Form<New>) -> ApiResult<Response> {
    admin(&visitor.operator)?;
    let name: String = new.name.chars().filter(|letter| !letter.is_control()).take(64).collect();
    visitor.done(add_named(&app, &name, Role::named(&new.role)).await, "/people", "person-added")
}

/// What changes about somebody.
#[derive(Debug, Deserialize)]
pub struct Change {
    role: Option<String>,
    disabled: Option<bool>,
}

/// `POST /people/{id}/change`.
pub async fn change(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(change): Form<Change>,
) -> ApiResult<Response> {
    admin(&visitor.operator)?;
    let result = match path_uuid("id", &id) {
        Ok(id) => changed(&app, id, change.role.as_deref().map(Role::named), change.disabled).await,
        Err(error) => Err(error),
    };
    visitor.done(result, "/people", "saved")
}

/// `POST /people/{id}/link`: the page that shows the link, once.
pub async fn link(
    State(app): State<App>,
    visitor: Visitor,
    visit: Visit,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    admin(&visit.operator)?;
    let made = async {
        let id = path_uuid("id", &id)?;
        let (path, _) = link_for(&app, id).await?;
        Ok((app.store.user(id).await?.map(|user| user.name).unwrap_or_default(), path))
    };
    match made.await {
        Ok((name, path)) => {
            let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
            let address = format!("{}{path}", app.settings.origin(host));
            shown(&app, visit, Some(Link { name, address })).await
        }
        Err(error) => visitor.done::<()>(Err(error), "/people", ""),
    }
}
