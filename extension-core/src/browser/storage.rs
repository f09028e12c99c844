//! The extension's own storage. Three keys: `snapshot` (the engine's), `view` (what pages paint first) and `failure`
//! (why the core cannot go on).

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use super::sys;
use crate::failure::Failure;

const SNAPSHOT: &str = "snapshot";
const VIEW: &str = "view";
const FAILURE: &str = "failure";

/// The last snapshot written; `undefined` when there is none.
///
/// # Errors
///
/// [`Failure::StorageNotRead`].
pub async fn load_snapshot() -> Result<JsValue, Failure> {
    let items = sys::settled(sys::storage_get(SNAPSHOT)).await.map_err(|_| Failure::StorageNotRead)?;
    Reflect::get(&items, &SNAPSHOT.into()).map_err(|_| Failure::StorageNotRead)
}

/// Writes what is given in one step; returns when the browser has it. Clears an earlier failure, for a core that writes works.
///
/// # Errors
///
/// [`Failure::StorageNotWritten`]; then nothing was written.
pub async fn save(snapshot: Option<&JsValue>, view: Option<&JsValue>) -> Result<(), Failure> {
    let items = sys::object([(FAILURE, &JsValue::NULL)]);
    for (key, value) in [(SNAPSHOT, snapshot), (VIEW, view)] {
        if let Some(value) = value {
            Reflect::set(&items, &key.into(), value).map_err(|_| Failure::StorageNotWritten)?;
        }
    }
    sys::settled(sys::storage_set(&items)).await.map(drop).map_err(|_| Failure::StorageNotWritten)
}

/// Leaves a note for the pages; best effort, because the storage itself may be what fails. Does not wait: after a panic
/// nothing of this module runs again.
pub fn note_failure(failure: &JsValue) {
    sys::forget(sys::storage_set(&sys::object([(FAILURE, failure)])));
}
