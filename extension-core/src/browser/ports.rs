//! The open pages of the extension, each behind a message port. They get the view pushed and never ask for it.

use wasm_bindgen::{JsCast, JsValue};

use super::sys;

/// One open page.
#[derive(Debug, Clone)]
pub struct Port(sys::Port);

impl Port {
    /// Wraps a `runtime.Port`.
    pub fn new(port: JsValue) -> Self {
        Self(port.unchecked_into())
    }

    /// Sends `{[subject]: value}`. A page that has just closed does not get it, which is no failure.
    pub fn post(&self, subject: &str, value: &JsValue) {
        let _ = self.0.post_message(&sys::object([(subject, value)]));
    }
}
