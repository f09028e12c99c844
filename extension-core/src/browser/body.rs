//! Request bodies, from the engine's description to what `fetch` takes.

use js_sys::{Array, Uint8Array};
use skill_engine::io::RequestBody;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, FormData};

use crate::boundary;

const JSON: &str = "application/json";
const ZIP: &str = "application/zip";

/// The header that goes with it. For a form there is none: the browser writes it, with the boundary that it chose.
pub const fn content_type(body: &RequestBody) -> Option<&'static str> {
    match body {
        RequestBody::None | RequestBody::MultipartZip { .. } => None,
        RequestBody::Json(_) => Some(JSON),
        RequestBody::Zip(_) => Some(ZIP),
    }
}

/// What `fetch` takes. The bytes are copied once, to the browser's side, and freed here before they are sent.
///
/// # Errors
///
/// The browser refused to make a blob, or a number in the JSON is beyond what JavaScript holds.
pub fn to_js(body: RequestBody) -> Result<Option<JsValue>, JsValue> {
    match body {
        RequestBody::None => Ok(None),
        RequestBody::Json(json) => boundary::json_text(&json).map(|text| Some(text.into())).ok_or(JsValue::UNDEFINED),
        RequestBody::Zip(bytes) => Ok(Some(Uint8Array::from(bytes.as_slice()).into())),
        RequestBody::MultipartZip { texts, field, file_name, bytes } => {
            form(&texts, field, file_name, &bytes).map(Some)
        }
    }
}

fn form(texts: &[(&str, String)], field: &str, file_name: &str, bytes: &[u8]) -> Result<JsValue, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(ZIP);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &kind)?;
    let form = FormData::new()?;
    for (name, text) in texts {
        form.append_with_str(name, text)?;
    }
    form.append_with_blob_and_filename(field, &blob, file_name)?;
    Ok(form.into())
}
