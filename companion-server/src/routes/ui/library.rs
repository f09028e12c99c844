//! The library as a whole.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use companion_wire::library::{LibraryFollowing, LibraryStanding, RefusedFolder, SkillStanding, SkillState};

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::library::{LibraryState, LibraryStatus};
use crate::store::{EntryState, LibraryEntry, SkillSummary};

/// `GET /v1/library`.
#[utoipa::path(get, path = "/v1/library", tag = "skills",
    responses((status = 200, description = "How the folder is followed, and where each skill stands.", body = LibraryStanding)),
    security(("session" = []), ("admin_token" = []))
)]
pub async fn get(State(app): State<App>, operator: Operator) -> ApiResult<Json<LibraryStanding>> {
    let entries = app.store.entries().await?;
    let named: BTreeMap<&str, &LibraryEntry> =
        entries.iter().filter_map(|entry| Some((entry.name.as_deref()?, entry))).collect();
    let skills = app.store.visible_skills(operator.scope()).await?;
    let status = app.library.as_ref().map(|library| library.status());
    Ok(Json(LibraryStanding {
        following: following(status.as_ref()),
        root: status.as_ref().map(|status| status.root.clone()),
        problem: status.and_then(|status| status.problem),
        skills: skills.into_iter().map(|skill| standing(skill, &named)).collect(),
        refused: entries.iter().filter(|entry| entry.state == EntryState::Refused).map(refused).collect(),
    }))
}

fn following(status: Option<&LibraryStatus>) -> LibraryFollowing {
    match status.map(|status| &status.state) {
        None => LibraryFollowing::None,
        Some(LibraryState::Starting) => LibraryFollowing::Starting,
        Some(LibraryState::Watching) => LibraryFollowing::Watching,
        Some(LibraryState::RootMissing) => LibraryFollowing::RootMissing,
        Some(LibraryState::Held { .. }) => LibraryFollowing::Held,
    }
}

fn standing(skill: SkillSummary, entries: &BTreeMap<&str, &LibraryEntry>) -> SkillStanding {
    let entry = entries.get(skill.name.as_str()).filter(|entry| entry.state != EntryState::Refused);
    let repaired = entry.filter(|entry| entry.state == EntryState::Repaired);
    SkillStanding {
        state: state(&skill),
        id: skill.id,
        description: skill.description,
        version: skill.version,
        updated_at: skill.updated.rfc3339(),
        browsers_in_step: skill.browsers_in_sync,
        operations_pending: skill.browsers_pending,
        operations_failed: skill.browsers_failed,
        repairs: repaired.map(|entry| entry.notes.clone()).unwrap_or_default(),
        notice: entry.and_then(|entry| entry.notice.clone()),
        name: skill.name,
    }
}

fn state(skill: &SkillSummary) -> SkillState {
    match (skill.browsers_failed, skill.browsers_pending, skill.browsers_in_sync) {
        (0, 0, 0) => SkillState::Idle,
        (0, 0, _) => SkillState::InStep,
        (0, ..) => SkillState::Waiting,
        _ => SkillState::Failed,
    }
}

fn refused(entry: &LibraryEntry) -> RefusedFolder {
    let reason = entry.reason.clone().unwrap_or_default();
    RefusedFolder { path: entry.source_path.clone(), reason, notes: entry.notes.clone() }
}
