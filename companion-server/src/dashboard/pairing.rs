//! The page on which a person compares a code and approves.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::pages::{self, Visitor, age};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::time::Timestamp;

/// Query of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Shown {
    #[serde(default)]
    code: String,
    seen: Option<String>,
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
struct PairingPage<'a> {
    part: PairingPart,
    approved: Option<&'a str>,
    refused: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "pairing_part.html")]
struct PairingPart {
    code: String,
    waiting: Vec<Waiting>,
    types_code: bool,
}

/// `GET /settings/integrations/claude-ai/pair?code=`.
pub async fn page(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Query(shown): Query<Shown>,
) -> ApiResult<Response> {
    pages::page(&PairingPage { part: waiting(&app, &operator, shown.code).await?, approved: None, refused: None })
}

/// `GET /parts/pairing?code=&seen=`.
pub async fn part(
    State(app): State<App>,
    Visitor(operator): Visitor,
    Query(shown): Query<Shown>,
) -> ApiResult<Response> {
    pages::part(&waiting(&app, &operator, shown.code).await?, shown.seen.as_deref())
}

/// The page after an approval.
///
/// # Errors
///
/// The store does not answer.
pub async fn approved(app: &App, operator: &Operator, code: &str) -> ApiResult<Response> {
    pages::page(&PairingPage {
        part: waiting(app, operator, String::new()).await?,
        approved: Some(code),
        refused: None,
    })
}

/// The page after an approval that did not work.
///
/// # Errors
///
/// The store does not answer.
pub async fn refused(app: &App, operator: &Operator, error: &ApiError) -> ApiResult<Response> {
    let part = waiting(app, operator, String::new()).await?;
    pages::page(&PairingPage { part, approved: None, refused: Some(&error.message) })
}

/// Who sees their own browsers only is shown no code: typing the one that the browser shows is what proves that it is theirs.
async fn waiting(app: &App, operator: &Operator, code: String) -> ApiResult<PairingPart> {
    let now = Timestamp::now();
    let types_code = !operator.is_admin();
    let pending = if types_code { Vec::new() } else { app.store.pending_pairings(now).await? };
    let waiting = pending.into_iter().map(|pairing| Waiting {
        meant: pairing.code.eq_ignore_ascii_case(code.trim()),
        label: pairing.browser_label.unwrap_or_else(|| "A browser without a name".to_owned()),
        source: pairing.source.map_or_else(|| "unknown".to_owned(), |source| source.to_string()),
        age: age(pairing.created, now),
        code: pairing.code,
    });
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    Ok(PairingPart { waiting: waiting.collect(), types_code, code })
}
