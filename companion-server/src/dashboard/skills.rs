//! The library: a list that stays quick however long it is.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::choices::Choice;
use super::frame::{Frame, Visit};
use super::pages::{self, escaped, searched};
use super::texts::Text;
use crate::app::App;
use crate::error::ApiResult;
use crate::store::{LibraryEntry, SkillQuery, SkillRow, SkillState};

/// Skills on one page.
const ROWS: u32 = 50;
/// Folders that were not taken, where they stand above the skills and where they were asked for.
const REFUSED: (u32, u32) = (10, 500);

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: Option<String>,
    state: Option<String>,
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "skills.html")]
struct SkillsPage {
    t: Text,
    f: Frame,
    q: String,
    choices: Vec<Choice>,
    summary: String,
    library: String,
    /// There is no skill at all.
    empty: bool,
    refused: Vec<RefusedRow>,
    rows: Vec<Shown>,
    pages: Pages,
}

struct RefusedRow {
    folder: String,
    reason: String,
    sentence: String,
    notes: Vec<String>,
}

struct Shown {
    name: String,
    slug: String,
    description: String,
    version: String,
    repaired: bool,
    key: &'static str,
    level: &'static str,
    state: String,
}

/// Ways to the pages beside this one.
struct Pages {
    several: bool,
    here: String,
    before: Option<String>,
    after: Option<String>,
}

/// `GET /skills?q=&state=&page=`.
pub async fn page(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let part = searched(asked.q);
    let state = asked.state.unwrap_or_default();
    let number = asked.page.unwrap_or(1).clamp(1, 100_000);
    let only_refused = state == "refused";
    let (rows, total) = if only_refused {
        (Vec::new(), 0)
    } else {
        let query = SkillQuery {
            scope: operator.scope(),
            part: part.clone(),
            state: SkillState::named(&state),
            skip: (number - 1) * ROWS,
            limit: ROWS,
        };
        app.store.skill_page(query).await?
    };
    let refused = match state.as_str() {
        "refused" => app.store.refused_entries(part.clone(), REFUSED.1).await?,
        "" if number == 1 => app.store.refused_entries(part.clone(), REFUSED.0).await?,
        _ => Vec::new(),
    };
    let summary =
        if only_refused { t.count("skills-refused-count", refused.len()) } else { t.count("skills-count", total) };
    let q = part.unwrap_or_default();
    pages::page(&SkillsPage {
        choices: choices(&state, t),
        summary,
        library: super::overview::library(&app, t),
        empty: total == 0 && refused.is_empty() && q.is_empty() && state.is_empty(),
        refused: refused.into_iter().map(|entry| refused_row(entry, t)).collect(),
        rows: rows.into_iter().map(|row| shown(row, t)).collect(),
        pages: beside(&q, &state, number, total, t),
        q,
        t,
        f,
    })
}

fn choices(chosen: &str, t: Text) -> Vec<Choice> {
    let states = SkillState::ALL.iter().map(|state| state.as_str()).chain(["refused"]);
    states.map(|state| Choice::new(state, t.say(&format!("state-{state}")), chosen)).collect()
}

fn beside(q: &str, state: &str, number: u32, total: u64, t: Text) -> Pages {
    let last = u32::try_from(total.div_ceil(u64::from(ROWS))).unwrap_or(u32::MAX).max(1);
    let to = |page: u32| format!("/skills?q={}&state={}&page={page}", escaped(q), escaped(state));
    Pages {
        several: last > 1 || number > 1,
        here: t.of_all("pages-here", number, last),
        before: (number > 1).then(|| to(number.min(last + 1) - 1)),
        after: (number < last).then(|| to(number + 1)),
    }
}

fn refused_row(entry: LibraryEntry, t: Text) -> RefusedRow {
    let reason = entry.reason.unwrap_or_default();
    let (sentence, notes) = refusal(&reason, entry.notes, t);
    RefusedRow { folder: entry.source_path, sentence, reason, notes }
}

/// What a reason means, and the notes that say more than that.
pub(super) fn refusal(reason: &str, notes: Vec<String>, t: Text) -> (String, Vec<String>) {
    let name = reason.to_ascii_lowercase().replace('_', "-");
    let told = t.has(&format!("reason-{name}")) && notes.len() == 1;
    (t.known("reason", &name), if told { Vec::new() } else { notes })
}

fn shown(row: SkillRow, t: Text) -> Shown {
    let (level, state) = state(row.state, t);
    Shown {
        name: row.name,
        slug: row.slug,
        description: row.description,
        version: t.count("version", row.version),
        repaired: row.repaired,
        key: row.state.as_str(),
        level,
        state,
    }
}

/// Colour and name of a state.
pub(super) fn state(state: SkillState, t: Text) -> (&'static str, String) {
    let level = match state {
        SkillState::InStep => "ok",
        SkillState::Waiting | SkillState::Conflict | SkillState::Held => "working",
        SkillState::Failed => "bad",
        SkillState::Apart | SkillState::Off | SkillState::Alone => "idle",
    };
    (level, t.say(&format!("state-{}", state.as_str())))
}
