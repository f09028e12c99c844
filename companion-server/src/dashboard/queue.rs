//! What waits, what is being done, and what has failed.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::frame::{Frame, Visit, Visitor};
use super::pages;
use super::skill::kind;
use super::texts::Text;
use super::todos::named;
use crate::app::App;
use crate::error::ApiResult;
use crate::routes::ui::operations::retried;
use crate::store::QueueFilter;
use crate::time::Timestamp;

const SHOWN: u32 = 100;
/// Failed operations that one press of the button tries again.
const AT_ONCE: u32 = 1000;

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    t: Text,
    f: Frame,
    summary: String,
    failed: Vec<Item>,
    items: Vec<Item>,
}

struct Item {
    id: String,
    what: String,
    browser: String,
    age: String,
    level: &'static str,
    state: String,
    error: Option<String>,
}

/// `GET /queue`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let (now, scope) = (Timestamp::now(), operator.scope());
    let open = app.store.queue_page(scope, None, SHOWN, now).await?;
    let failed = QueueFilter { scope, failed: true, limit: SHOWN, ..QueueFilter::default() };
    let failed = app.store.queue(failed).await?.into_iter().map(|item| Item {
        id: item.id.to_string(),
        what: what(kind(item.kind, t), item.skill_name),
        browser: named(item.browser_label, t),
        age: t.age(item.created, now),
        level: "bad",
        state: t.say("state-failed"),
        error: item.last_error,
    });
    let items = open.items.into_iter().map(|item| {
        let taken = item.status == "in_progress";
        Item {
            id: item.id.to_string(),
            what: what(kind(item.kind, t), item.skill_name),
            browser: named(item.integration_label, t),
            age: t.age_of(Some(&item.created_at), now),
            level: if taken { "ok" } else { "working" },
            state: t.say(if taken { "queue-taken" } else { "queue-waits" }),
            error: item.last_error,
        }
    });
    let (failed, items) = (failed.collect(), items.collect());
    let summary = format!(
        "{} {}",
        t.count("queue-pending", open.pending_count),
        t.count("queue-progress", open.in_progress_count)
    );
    pages::page(&QueuePage { t, f, summary, failed, items })
}

fn what(kind: String, skill: Option<String>) -> String {
    skill.map_or_else(|| kind.clone(), |skill| format!("{kind}: {skill}"))
}

/// `POST /operations/{id}/retry`.
pub async fn retry(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> ApiResult<Response> {
    visitor.done(retried(&app, &visitor.operator, &id).await, "/queue", "retried")
}

/// `POST /queue/retry`: all that have failed.
pub async fn retry_all(State(app): State<App>, visitor: Visitor) -> ApiResult<Response> {
    let scope = visitor.operator.scope();
    let failed = QueueFilter { scope, failed: true, limit: AT_ONCE, ..QueueFilter::default() };
    for item in app.store.queue(failed).await? {
        app.store.retry(item.id, Timestamp::now()).await?;
    }
    Ok(visitor.said("/queue", "retried"))
}
