//! Paired browsers and what a person changes about them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use companion_wire::integration::{Integration, IntegrationStatus};
use serde::Deserialize;

use super::choices::Choice;
use super::frame::{Frame, Visit, Visitor};
use super::overview::{browser_figures, browser_state};
use super::pages;
use super::texts::Text;
use super::todos::label;
use crate::app::App;
use crate::domain::people::Scope;
use crate::error::ApiResult;
use crate::routes::ui::browser_settings::rotated;
use crate::routes::ui::integrations::{not_found, trigger, visible};
use crate::store::BrowserChange;
use crate::time::Timestamp;

const POLICIES: [&str; 3] = ["ask", "skillnote_wins", "claude_ai_wins"];

#[derive(Template)]
#[template(path = "browsers.html")]
struct BrowsersPage {
    t: Text,
    f: Frame,
    browsers: Vec<Card>,
    waiting: usize,
    issued: Option<String>,
}

struct Card {
    id: String,
    label: String,
    own_label: String,
    key: &'static str,
    level: &'static str,
    state: String,
    figures: String,
    error: Option<String>,
    remedy: Option<String>,
    policies: Vec<Choice>,
}

/// `GET /browsers`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    shown(&app, visit, None).await
}

async fn shown(app: &App, visit: Visit, issued: Option<String>) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let now = Timestamp::now();
    let mut browsers = app.store.visible_integrations(operator.scope()).await?;
    browsers.retain(|browser| browser.status != IntegrationStatus::Disconnected);
    let waiting = if operator.scope() == Scope::All { app.store.pending_pairings(now).await?.len() } else { 0 };
    let browsers = browsers.into_iter().map(|browser| card(browser, t, now)).collect();
    pages::page(&BrowsersPage { t, f, browsers, waiting, issued })
}

fn card(browser: Integration, t: Text, now: Timestamp) -> Card {
    let (level, state) = browser_state(&browser, t);
    let remedy = (browser.status == IntegrationStatus::CookieExpired).then(|| t.say("browser-signed-out-remedy"));
    let policies = POLICIES
        .iter()
        .map(|policy| Choice::new(*policy, t.known("policy", &policy.replace('_', "-")), &browser.conflict_policy));
    Card {
        id: browser.id.to_string(),
        label: label(&browser, t),
        key: browser.status.as_str(),
        level,
        state,
        figures: browser_figures(&browser, t, now),
        remedy,
        policies: policies.collect(),
        own_label: browser.browser_label.unwrap_or_default(),
        error: browser.last_error,
    }
}

/// What the settings of a browser send.
#[derive(Debug, Deserialize)]
pub struct Settings {
    browser_label: String,
    conflict_policy: String,
}

/// `POST /browsers/{id}/settings`.
pub async fn settings(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(sent): Form<Settings>,
) -> ApiResult<Response> {
    let result = async {
        let id = visible(&app, &visitor.operator, &id).await?;
        let label = pages::cleaned(&sent.browser_label, 128);
        let policy = Some(sent.conflict_policy).filter(|policy| POLICIES.contains(&policy.as_str()));
        let change = BrowserChange { scope: None, conflict_policy: policy, browser_label: Some(label) };
        app.store.change_browser(id, change, Timestamp::now()).await?.ok_or_else(not_found)
    };
    visitor.done(result.await, "/browsers", "saved")
}

/// `POST /browsers/{id}/rotate`: the page that shows the new token, once.
pub async fn rotate(
    State(app): State<App>,
    visitor: Visitor,
    visit: Visit,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    match rotated(&app, &visitor.operator, &id).await {
        Ok(rotated) => shown(&app, visit, Some(rotated.new_extension_token)).await,
        Err(error) => visitor.done::<()>(Err(error), "/browsers", ""),
    }
}

/// `POST /browsers/{id}/disconnect`.
pub async fn disconnect(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    let result = async {
        let id = visible(&app, &visitor.operator, &id).await?;
        Ok(app.store.disconnect(id, Timestamp::now()).await?)
    };
    visitor.done(result.await, "/browsers", "disconnected")
}

/// `POST /browsers/{id}/sync`.
pub async fn sync(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    visitor.done(trigger(&app, &visitor.operator, &id).await, "/browsers", "sync")
}
