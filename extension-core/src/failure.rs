//! What is shown when the core itself cannot go on. Failures of the work (server, session, claude.ai) are the engine's.

use std::sync::atomic::{AtomicBool, Ordering};

use wasm_bindgen::JsValue;

use crate::browser::{storage, sys};

/// Why the core cannot go on. The codes are keys of `_locales`, where the sentence and the action stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A page or the shim sent something that this version does not know.
    #[error("This version of the extension does not know that request.")]
    EventNotUnderstood,
    /// The browser did not hand out the extension's storage.
    #[error("The browser did not hand out the extension's storage.")]
    StorageNotRead,
    /// The browser did not take a write, so nothing that depends on it was started.
    #[error("The browser did not store the extension's state.")]
    StorageNotWritten,
    /// A defect of ours.
    #[error("The extension met a defect of its own and stopped.")]
    CorePanicked,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::EventNotUnderstood, Self::StorageNotRead, Self::StorageNotWritten, Self::CorePanicked];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EventNotUnderstood => "EVENT_NOT_UNDERSTOOD",
            Self::StorageNotRead => "STORAGE_NOT_READ",
            Self::StorageNotWritten => "STORAGE_NOT_WRITTEN",
            Self::CorePanicked => "CORE_PANICKED",
        }
    }

    /// `{code, message}`, as promises reject with and pages receive.
    pub fn to_js(self) -> JsValue {
        describe(self.code(), &self.to_string())
    }

    /// Makes it visible: a note in the storage, from which pages and icon show it.
    pub fn show(self) {
        self.show_with(&self.to_string());
    }

    fn show_with(self, message: &str) {
        storage::note_failure(&describe(self.code(), message));
    }
}

/// From now on the first panic is visible to the person; later ones only follow from it. The note names the place in
/// our source and nothing of the data: a panic message may quote a value.
pub fn report_panics() {
    let noted = AtomicBool::new(false);
    std::panic::set_hook(Box::new(move |panic| {
        if noted.swap(true, Ordering::Relaxed) {
            return;
        }
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
        Failure::CorePanicked.show_with(&place.unwrap_or_default());
    }));
}

fn describe(code: &str, message: &str) -> JsValue {
    sys::object([("code", &code.into()), ("message", &message.into())]).into()
}
