//! A person's own data on the account page: to be taken along, and to be deleted with the account.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use companion_wire::error::ErrorCode;
use serde::Deserialize;

use super::account;
use super::frame::{Frame, Visit, refusal};
use super::login;
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::people::{Role, folded};
use crate::error::{ApiError, ApiResult};
use crate::routes::account::person;
use crate::routes::personal::removed;
use crate::store::User;

/// What stands on the card.
#[derive(Debug)]
pub struct Leaving {
    /// Whose data it is.
    pub user: String,
    /// Nobody could administer the server any more.
    pub last_admin: bool,
}

impl Leaving {
    /// The card of this person.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn of(app: &App, user: &User) -> ApiResult<Self> {
        let may_administer = |other: &User| other.role == Role::Admin && other.disabled.is_none();
        let others = app.store.users().await?.iter().any(|other| other.id != user.id && may_administer(other));
        Ok(Self { user: user.id.to_string(), last_admin: may_administer(user) && !others })
    }
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Farewell {
    confirm: String,
    /// A mark that is sent only where it is set.
    last_admin: Option<String>,
}

#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage {
    t: Text,
    f: Frame,
}

/// `POST /account/delete`: a page without a session, or the account page that says why not.
pub async fn delete(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Form(form): Form<Farewell>,
) -> ApiResult<Response> {
    let (t, user) = (visit.text, person(&visit.operator)?);
    let known = app.store.user(user).await?.ok_or_else(ApiError::admin_required)?;
    if folded(&form.confirm) != folded(&known.name) {
        return account::shown(&app, visit, None, Some(t.name("account-delete-mismatch", known.name))).await;
    }
    match removed(&app, user, form.last_admin.is_some()).await {
        Ok(()) => {
            let page = pages::page(&GonePage { t, f: Frame::outside(&headers) })?;
            Ok(([(header::SET_COOKIE, login::no_session(&app))], page).into_response())
        }
        Err(error) if error.code == ErrorCode::LastAdmin => {
            account::shown(&app, visit, None, Some(refusal(t, error.code))).await
        }
        Err(error) => Err(error),
    }
}
