//! The raw declarations of the extension APIs. No other file declares externs, so this is the whole surface that
//! the core uses of the browser beyond `web-sys`. `chrome.*` returns promises in Chromium and in Firefox.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = get, catch)]
    pub fn storage_get(keys: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = set, catch)]
    pub fn storage_set(items: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "alarms"], js_name = create, catch)]
    pub fn alarm_create(name: &str, schedule: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "alarms"], js_name = clear, catch)]
    pub fn alarm_clear(name: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = query, catch)]
    pub fn tabs_query(wanted: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = sendMessage, catch)]
    pub fn tab_message(tab: &JsValue, message: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "scripting"], js_name = executeScript, catch)]
    pub fn execute_script(injection: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = getPlatformInfo, catch)]
    pub fn platform_info() -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    pub fn random_values(bytes: &Uint8Array) -> Result<JsValue, JsValue>;

    /// `runtime.Port`.
    #[derive(Debug, Clone)]
    pub type Port;

    #[wasm_bindgen(method, js_name = postMessage, catch)]
    pub fn post_message(this: &Port, message: &JsValue) -> Result<(), JsValue>;
}

/// Waits for a call of the browser, which gave a promise or an exception at once.
pub async fn settled(pending: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(pending?).await
}

/// Lets a call run whose outcome nobody needs. `allSettled` takes its refusal, which the browser would else report as unhandled.
pub fn forget(pending: Result<Promise, JsValue>) {
    if let Ok(promise) = pending {
        let _ = Promise::all_settled(&Array::of1(&promise));
    }
}

/// A plain object with these members.
pub fn object<const N: usize>(members: [(&str, &JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in members {
        // `false` or an exception comes from frozen objects and proxies only; this one is fresh.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}
