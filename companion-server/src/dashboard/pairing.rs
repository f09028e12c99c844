//! Connecting a browser: how to begin, and the code to compare and approve.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;

use super::frame::{Frame, Visit, shown};
use super::pages;
use super::texts::Text;
use super::todos::named;
use super::typed_code::TypedCode;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::address;
use crate::extract::ui::Operator;
use crate::routes::ui::pairing::approve_code;
use crate::store::{Approver, PendingPairing};
use crate::time::Timestamp;

/// Query of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    code: String,
}

struct Waiting {
    code: String,
    label: String,
    source: String,
    age: String,
    /// The page was opened for this one.
    meant: bool,
}

#[derive(Template)]
#[template(path = "pairing.html")]
struct PairingPage {
    t: Text,
    f: Frame,
    code: String,
    waiting: Vec<Waiting>,
    types_code: bool,
    approved: Option<String>,
    refused: Option<String>,
    progress: String,
    origin: String,
    chromium: bool,
    firefox: bool,
}

/// `GET /settings/integrations/claude-ai/pair?code=`.
pub async fn page(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let page = gathered(&app, visit, &headers, &asked.code).await?;
    pages::page(&page)
}

/// `POST /pairings/approve`: the page, with what became of it.
pub async fn approve(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    extensions: Extensions,
    Form(typed): Form<TypedCode>,
) -> ApiResult<Response> {
    let source = address::client(&extensions, &headers, &app.settings.trusted_proxies);
    let code = typed.cleaned();
    let by = Approver { user: visit.operator.user, source };
    let outcome = shown(visit.text, approve_code(&app, &code, by).await)?;
    let mut page = gathered(&app, visit, &headers, "").await?;
    match outcome {
        Ok(()) => page.approved = Some(code),
        Err(sentence) => page.refused = Some(sentence),
    }
    pages::page(&page)
}

async fn gathered(app: &App, visit: Visit, headers: &HeaderMap, code: &str) -> ApiResult<PairingPage> {
    let Visit { operator, text: t, frame: f } = visit;
    let now = Timestamp::now();
    let (types_code, pending) = pending(app, &operator, now).await?;
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let firefox = browser(headers).contains("Firefox");
    let glance = app.store.glance(operator.scope()).await?;
    Ok(PairingPage {
        code: code.chars().filter(char::is_ascii_alphanumeric).take(16).collect(),
        waiting: pending.into_iter().map(|pairing| waiting(pairing, code, t, now)).collect(),
        types_code,
        approved: None,
        refused: None,
        progress: t.count("pair-progress", glance.skills),
        origin: app.settings.origin(host),
        chromium: !firefox,
        firefox,
        t,
        f,
    })
}

/// Who sees their own browsers only is shown no code: typing the one that the browser shows is what proves that it is theirs.
async fn pending(app: &App, operator: &Operator, now: Timestamp) -> ApiResult<(bool, Vec<PendingPairing>)> {
    let types_code = !operator.is_admin();
    Ok((types_code, if types_code { Vec::new() } else { app.store.pending_pairings(now).await? }))
}

fn waiting(pairing: PendingPairing, code: &str, t: Text, now: Timestamp) -> Waiting {
    Waiting {
        meant: pairing.code.eq_ignore_ascii_case(code.trim()),
        label: named(pairing.browser_label, t),
        source: pairing.source.map_or_else(|| t.say("unknown"), |source| source.to_string()),
        age: t.age(pairing.created, now),
        code: pairing.code,
    }
}

fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
