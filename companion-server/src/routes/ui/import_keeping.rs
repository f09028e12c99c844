//! Imports from one request to the next. They lie in the database, so that whichever process is asked has them, also after a restart;
//! the folder that a process reads is a copy of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::import_preview::unreadable;
use super::imports::{not_found, refused};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::library::import::{Import, LIFETIME, Upload, pack, unpack};
use crate::store::Brought;
use crate::time::Timestamp;

/// Bytes of a part.
const PART: u64 = 1024 * 1024;

/// Keeps what was sent.
///
/// # Errors
///
/// The disk, or the store. 404 when so much else is brought at the same time that this has given way already.
pub async fn keep_upload(app: &App, owner: Option<Uuid>, upload: Upload) -> ApiResult<Arc<Import>> {
    let packing = spawn_blocking(move || pack(&upload).map(|packed| (upload, packed))).await;
    let (upload, packed) = packing.map_err(|error| ApiError::internal(&error))?.map_err(|error| unreadable(&error))?;
    let bytes = packed.metadata().map_err(|error| unreadable(&error))?.len();
    let new = begun(app, owner, Brought { bytes, misnamed: upload.misnamed().to_vec(), ..new(None) }).await?;
    let mut packed = tokio::fs::File::from_std(packed);
    for position in 0.. {
        let mut part = Vec::new();
        (&mut packed).take(PART).read_to_end(&mut part).await.map_err(|error| unreadable(&error))?;
        if part.is_empty() {
            break;
        }
        if !app.store.add_brought_part(new.id, position, part).await? {
            return Err(not_found());
        }
    }
    finished(app, &new).await?;
    Ok(app.imports.add(Import::uploaded(new.id, new.expires, upload, new.misnamed)))
}

/// Keeps the name of a folder on the server.
///
/// # Errors
///
/// As [`keep_upload`].
pub async fn keep_path(app: &App, owner: Option<Uuid>, path: PathBuf) -> ApiResult<Arc<Import>> {
    let new = begun(app, owner, new(Some(path.display().to_string()))).await?;
    finished(app, &new).await?;
    Ok(Arc::new(Import::named(new.id, new.expires, path)))
}

/// The import of that name, if it waits and is this person's.
///
/// # Errors
///
/// The disk, or the store.
pub async fn find(app: &App, operator: &Operator, id: Uuid) -> ApiResult<Option<Arc<Import>>> {
    let Some(brought) = app.store.brought(id, operator.user, Timestamp::now()).await? else { return Ok(None) };
    if let Some(path) = brought.path {
        let path = PathBuf::from(path);
        // This process may have been started with other folders, and its admin may be one no more.
        let allowed = operator.is_admin() && still_open(app, &path).await?;
        return Ok(allowed.then(|| Arc::new(Import::named(id, brought.expires, path))));
    }
    if let Some(import) = app.imports.find(id) {
        return Ok(Some(import));
    }
    let _turn = app.uploads.acquire().await.map_err(|error| ApiError::internal(&error))?;
    // Another request may have fetched it while this one waited for its turn.
    if let Some(import) = app.imports.find(id) {
        return Ok(Some(import));
    }
    let packed = fetched(app, id).await?;
    let unpacked = spawn_blocking(move || unpack(packed)).await;
    let upload = unpacked.map_err(|error| ApiError::internal(&error))?.map_err(refused)?;
    Ok(Some(app.imports.add(Import::uploaded(id, brought.expires, upload, brought.misnamed))))
}

async fn still_open(app: &App, path: &Path) -> ApiResult<bool> {
    let (roots, path) = (app.settings.import_roots.clone(), path.to_owned());
    let below = move |root: &PathBuf| root.canonicalize().is_ok_and(|root| path.starts_with(root));
    spawn_blocking(move || roots.iter().any(below)).await.map_err(|error| ApiError::internal(&error))
}

fn new(path: Option<String>) -> Brought {
    let expires = Timestamp::now().plus(LIFETIME);
    Brought { id: Uuid::new_v4(), path, misnamed: Vec::new(), bytes: 0, expires }
}

async fn begun(app: &App, owner: Option<Uuid>, new: Brought) -> ApiResult<Brought> {
    app.store.begin_brought(new.clone(), owner, Timestamp::now()).await?;
    Ok(new)
}

async fn finished(app: &App, new: &Brought) -> ApiResult<()> {
    if app.store.finish_brought(new.id).await? { Ok(()) } else { Err(not_found()) }
}

async fn fetched(app: &App, id: Uuid) -> ApiResult<std::fs::File> {
    let file = tempfile::tempfile().map_err(|error| unreadable(&error))?;
    let mut file = tokio::fs::File::from_std(file);
    for position in 0.. {
        let Some(part) = app.store.brought_part(id, position).await? else { break };
        file.write_all(&part).await.map_err(|error| unreadable(&error))?;
    }
    file.flush().await.map_err(|error| unreadable(&error))?;
    file.rewind().await.map_err(|error| unreadable(&error))?;
    Ok(file.into_std().await)
}
