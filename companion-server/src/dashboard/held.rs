//! Changes of many skills at once that wait for a person.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use companion_wire::held_batch::{HeldAction, HeldBatch, HeldSide};

use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::texts::Text;
use super::todos::named;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::fields::path_uuid;
use crate::routes::ui::held_batches::decide;
use crate::time::Timestamp;

#[derive(Template)]
#[template(path = "held.html")]
struct HeldPage {
    t: Text,
    f: Frame,
    batches: Vec<Batch>,
}

struct Batch {
    id: String,
    what: String,
    since: String,
    /// Name and slug.
    replaced: Vec<(String, String)>,
    removed: Vec<(String, String)>,
}

/// `GET /held`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let batches = app.store.held_batches(visit.operator.scope()).await?;
    let Visit { text: t, frame: f, .. } = visit;
    let now = Timestamp::now();
    pages::page(&HeldPage { t, f, batches: batches.into_iter().map(|batch| shown(batch, t, now)).collect() })
}

fn shown(batch: HeldBatch, t: Text, now: Timestamp) -> Batch {
    let (count, browser) = (batch.skills.len(), named(batch.integration_label, t));
    let what = match (batch.side, batch.integration_id) {
        (HeldSide::ClaudeAi, _) => t.both("held-account", count, browser),
        (HeldSide::Library, None) => t.count("held-folder", count),
        (HeldSide::Library, Some(_)) => t.both("held-library", count, browser),
    };
    let named = |action| {
        let skills = batch.skills.iter().filter(|skill| skill.action == action);
        skills.map(|skill| (skill.skill_name.clone(), skill.skill_slug.clone())).collect()
    };
    let (replaced, removed) = (named(HeldAction::Replace), named(HeldAction::Delete));
    let since = t.name("held-since", t.age_of(Some(&batch.held_since), now));
    Batch { id: batch.id.to_string(), what, since, replaced, removed }
}

/// `POST /held-batches/{id}/agree`.
pub async fn agree(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decided(&app, &visitor, &id, true).await
}

/// `POST /held-batches/{id}/refuse`.
pub async fn refuse(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    decided(&app, &visitor, &id, false).await
}

async fn decided(app: &App, visitor: &Visitor, id: &str, agree: bool) -> ApiResult<Response> {
    let result = match path_uuid("id", id) {
        Ok(id) => decide(app, &visitor.operator, id, agree).await,
        Err(error) => Err(error),
    };
    visitor.done(result, "/held", if agree { "agreed" } else { "left" })
}
