//! What an import would mean for the library as it is now.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use axum::http::StatusCode;
use companion_wire::error::ErrorCode;
use companion_wire::import::{ImportCandidate, ImportDetail, ImportEffect, ImportFile, ImportPreview, ImportVerdict};
use skill_format::{File, SkillFolder};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::domain::import;
use crate::error::{ApiError, ApiResult};
use crate::library::bundle::folder;
use crate::library::import::{Candidate, Candidates, Folders, Import, candidates};
use crate::store::{EntryState, InLibrary, NewVersion, StoredFile};

/// Looks through an import, and at what the library has of it.
///
/// # Errors
///
/// The folder cannot be read, or the store does not answer.
pub async fn preview(app: &App, import: Arc<Import>) -> ApiResult<ImportPreview> {
    let Candidates { found, incomplete } = look(&import).await?;
    let library = app.store.in_library().await?;
    let mut skills = Vec::new();
    for candidate in found {
        skills.push(shown(app, candidate, &library).await?);
    }
    Ok(ImportPreview {
        id: import.id,
        expires_at: import.expires.rfc3339(),
        source: import.source().map(|path| path.display().to_string()),
        counts: import::counts(&skills),
        skills,
        incomplete,
    })
}

/// One folder with its diffs; `None` when it is not there or is refused.
///
/// # Errors
///
/// As [`preview`].
pub async fn detail(app: &App, import: Arc<Import>, path: String) -> ApiResult<Option<ImportDetail>> {
    // As a whole: whether another folder has the same name is part of the verdict.
    let found = look(&import).await?.found;
    let Some(candidate) = found.into_iter().find(|candidate| candidate.entry.source_path == path) else {
        return Ok(None);
    };
    if candidate.taken.is_none() {
        return Ok(None);
    }
    let folders = folders(&import).await?;
    let read = spawn_blocking(move || folders.take(&path)).await.map_err(|error| ApiError::internal(&error))?;
    let Some(brought) = read else { return Ok(None) };
    let library = app.store.in_library().await?;
    let mut skill = shown(app, candidate, &library).await?;
    let repairs = repairs(&brought);
    let former = match skill.version_id {
        Some(version) => app.store.version_files(version).await?.map(folder).unwrap_or_default(),
        None => SkillFolder::default(),
    };
    skill.files = import::diffs(&former, &folder(brought.source_files));
    Ok(Some(ImportDetail { skill, repairs }))
}

/// 503 or 500: what the disk says is the operator's business, and in the log.
pub fn unreadable(error: &io::Error) -> ApiError {
    tracing::warn!(%error, "an import cannot be read or kept");
    let message = match error.kind() {
        io::ErrorKind::StorageFull => "The server's disk is full. Nothing was changed.",
        _ => "The server cannot read or keep the files of this import. Its log says more.",
    };
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::StorageUnavailable, message)
}

/// The folders of an import, looked through once.
///
/// # Errors
///
/// They cannot be read. A folder that a person has named and that is gone has none.
pub async fn folders(import: &Arc<Import>) -> ApiResult<Arc<Folders>> {
    let source = Arc::clone(import);
    let found = spawn_blocking(move || Folders::find(&source)).await.map_err(|error| ApiError::internal(&error))?;
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Arc::default()),
        found => Ok(Arc::new(found.map_err(|error| unreadable(&error))?)),
    }
}

async fn look(import: &Arc<Import>) -> ApiResult<Candidates> {
    let source = Arc::clone(import);
    let looked = spawn_blocking(move || candidates(&source)).await.map_err(|error| ApiError::internal(&error))?;
    looked.map_err(|error| unreadable(&error))
}

async fn shown(app: &App, candidate: Candidate, library: &BTreeMap<String, InLibrary>) -> ApiResult<ImportCandidate> {
    let Candidate { entry, taken } = candidate;
    let verdict = match entry.state {
        EntryState::Ok => ImportVerdict::Ok,
        EntryState::Repaired => ImportVerdict::Repaired,
        EntryState::Refused => ImportVerdict::Refused,
    };
    let mut shown = ImportCandidate {
        path: entry.source_path,
        name: entry.name,
        description: None,
        verdict,
        reason: entry.reason,
        notes: entry.notes,
        effect: None,
        digest: None,
        slug: None,
        version_id: None,
        version: None,
        library_folder: None,
        files: Vec::new(),
    };
    let Some(taken) = taken else { return Ok(shown) };
    shown.description = Some(taken.description);
    shown.digest = Some(taken.digest.to_string());
    shown.effect = Some(ImportEffect::New);
    if let Some(known) = library.get(&taken.name) {
        let same = known.digest == taken.digest;
        shown.effect = Some(if same { ImportEffect::Same } else { ImportEffect::Change });
        shown.slug = Some(known.slug.clone());
        (shown.version_id, shown.version) = (Some(known.version), Some(known.number));
        shown.library_folder.clone_from(&known.source_path);
        if !same {
            shown.files = import::changes(&app.store.version_marks(known.version).await?, &taken.files);
        }
    }
    Ok(shown)
}

/// From the folder's own files to what would be uploaded of them.
fn repairs(version: &NewVersion) -> Vec<ImportFile> {
    let replaced = |path: &str| version.repaired_files.iter().any(|file| file.path.as_str().eq_ignore_ascii_case(path));
    let before = version.source_files.iter().filter(|file| replaced(file.path.as_str()));
    let file =
        |file: &StoredFile| (file.path.clone(), File { executable: file.executable, content: file.content.clone() });
    let before = SkillFolder { files: before.map(file).collect() };
    let after = SkillFolder { files: version.repaired_files.iter().map(file).collect() };
    import::diffs(&before, &after)
}
