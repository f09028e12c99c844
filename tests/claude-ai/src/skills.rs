//! The skills of the account.

use axum::extract::{Multipart, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{Skill, Upload};
use crate::answer::error;
use crate::rules;
use crate::site::Place;
use crate::world::World;

/// `GET …/skills/list-skills`: the built-in ones and the account's own.
pub async fn list(State(world): State<World>, Extension(place): Extension<Place>) -> Json<Value> {
    let mut state = world.lock();
    let built_in = |name: &str| {
        json!({
            "id": format!("skill_builtin_{name}"), "name": name, "description": "Built in", "creator_type": "anthropic",
            "enabled": true, "updated_at": "2026-01-01T00:00:00.000000Z", "partition_by": "organization", "is_shared": false,
        })
    };
    let built_ins = ["docx", "pdf", "pptx", "xlsx"].map(built_in).into_iter();
    Json(json!({ "skills": built_ins.chain(state.account_in(&place.0).skills().map(shown)).collect::<Vec<_>>() }))
}

/// Query of an upload.
#[derive(Debug, Deserialize)]
pub struct UploadQuery {
    #[serde(default)]
    overwrite: bool,
}

/// `POST …/skills/upload-skill?overwrite=`.
pub async fn upload(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Query(query): Query<UploadQuery>,
    form: Multipart,
) -> Response {
    let Some(zip) = file_of(form).await else {
        return error(400, "invalid_request_error", "", "Field 'file' is required");
    };
    let archive = match rules::check(zip) {
        Ok(archive) => archive,
        Err(message) => return error(400, "invalid_request_error", "skill_validation_failed", &message),
    };
    match world.lock().account_in(&place.0).upload(archive, query.overwrite) {
        Upload::Done(skill) => Json(json!({ "validation_errors": [], "skill": shown(&skill) })).into_response(),
        Upload::Exists => {
            let message = "A skill with this name already exists";
            error(400, "invalid_request_error", "upload_skill_already_exists", message)
        }
    }
}

/// Which skill is meant.
#[derive(Debug, Deserialize)]
pub struct SkillId {
    skill_id: String,
}

/// `POST …/skills/delete-skill`.
pub async fn delete(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Json(body): Json<SkillId>,
) -> Response {
    done(world.lock().account_in(&place.0).delete(&body.skill_id))
}

/// `POST …/skills/enable-skill`.
pub async fn enable(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Json(body): Json<SkillId>,
) -> Response {
    done(world.lock().account_in(&place.0).enable(&body.skill_id, true))
}

/// `POST …/skills/disable-skill`.
pub async fn disable(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Json(body): Json<SkillId>,
) -> Response {
    done(world.lock().account_in(&place.0).enable(&body.skill_id, false))
}

/// `GET …/skills/download-dot-skill-file?skill_id=`.
pub async fn download(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Query(query): Query<SkillId>,
) -> Response {
    archive(&world, &place, &query.skill_id)
}

/// `GET …/skills/{id}/download`.
pub async fn download_by_path(
    State(world): State<World>,
    Extension(place): Extension<Place>,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    archive(&world, &place, &id)
}

fn archive(world: &World, place: &Place, id: &str) -> Response {
    let mut state = world.lock();
    let Some(skill) = state.account_in(&place.0).get(id) else {
        return error(404, "not_found_error", "", "Skill not found");
    };
    let disposition = format!("attachment; filename*=UTF-8''{}.skill", skill.name);
    (
        [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        skill.zip.clone(),
    )
        .into_response()
}

/// The one field `file` of an upload.
pub async fn file_of(mut form: Multipart) -> Option<Vec<u8>> {
    let mut file = None;
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") || file.is_some() {
            return None;
        }
        file = Some(field.bytes().await.ok()?.to_vec());
    }
    file
}

fn shown(skill: &Skill) -> Value {
    json!({
        "id": skill.id, "name": skill.name, "description": skill.description, "creator_type": "user",
        "enabled": skill.enabled, "updated_at": skill.updated_at(), "partition_by": "user", "is_shared": false,
    })
}

fn done(known: bool) -> Response {
    if known { Json(json!({})).into_response() } else { error(404, "not_found_error", "", "Skill not found") }
}
