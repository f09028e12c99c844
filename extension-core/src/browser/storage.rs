//! The extension's own storage. Four keys: `snapshot` and `ledger` (the engine's), `view` (what pages paint first) and `failure`
//! (why the core cannot go on).

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;

use super::sys;
use crate::failure::Failure;

const SNAPSHOT: &str = "snapshot";
const LEDGER: &str = "ledger";
const VIEW: &str = "view";
const FAILURE: &str = "failure";

/// The last snapshot and the last ledger written; `undefined` for what there is not.
///
/// # Errors
///
/// [`Failure::StorageNotRead`].
pub async fn load() -> Result<(JsValue, JsValue), Failure> {
    let keys = Array::of2(&SNAPSHOT.into(), &LEDGER.into());
    let items = sys::settled(sys::storage_get(&keys)).await.map_err(|_| Failure::StorageNotRead)?;
    let stored = |key: &str| Reflect::get(&items, &key.into()).map_err(|_| Failure::StorageNotRead);
    Ok((stored(SNAPSHOT)?, stored(LEDGER)?))
}

/// Writes what is given in one step; returns when the browser has it. Clears an earlier failure, for a core that writes works.
///
/// # Errors
///
/// [`Failure::StorageNotWritten`]; then nothing was written.
pub async fn save(snapshot: Option<&JsValue>, ledger: Option<&JsValue>, view: Option<&JsValue>) -> Result<(), Failure> {
    let items = sys::object([(FAILURE, &JsValue::NULL)]);
    for (key, value) in [(SNAPSHOT, snapshot), (LEDGER, ledger), (VIEW, view)] {
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
