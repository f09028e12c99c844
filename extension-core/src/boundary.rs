//! Conversions between Rust values and JavaScript values. Nothing here looks at what a value means.

use std::collections::BTreeMap;

use js_sys::{Array, JSON, Object};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use skill_engine::json::Json;
use wasm_bindgen::{JsCast, JsValue};

/// JSON that nests deeper is treated as no JSON: nothing we talk to needs it, and recursion has a bounded stack here.
pub const DEEPEST_JSON: usize = 64;

/// As plain objects, arrays and `null`, the shapes that survive the extension's storage and message ports. `None` when it
/// cannot be converted; then it must not count as stored.
///
/// Every type goes by way of [`Json`], so that the conversion is compiled once.
pub fn to_js(value: &impl Serialize) -> Option<JsValue> {
    match Json::encode(value) {
        Json::Null => None,
        json => json_to_js(&json),
    }
}

/// What the storage held: nothing, or what the engine had it keep. What cannot be read counts as nothing.
pub fn stored_from_js<T: DeserializeOwned>(stored: JsValue) -> Option<T> {
    json_from_js(stored)?.decode::<Option<T>>().ok().flatten()
}

/// Parses with the browser's own parser; `None` when the text is no JSON, or nests deeper than [`DEEPEST_JSON`].
pub fn parse_json(text: &str) -> Option<Json> {
    if deepest_nesting(text) > DEEPEST_JSON {
        return None;
    }
    json_from_js(JSON::parse(text).ok()?)
}

/// The text of a JSON value.
pub fn json_text(json: &Json) -> Option<String> {
    JSON::stringify(&json_to_js(json)?).ok().map(String::from)
}

fn json_to_js(json: &Json) -> Option<JsValue> {
    json.serialize(&Serializer::json_compatible()).ok()
}

/// By hand: the error texts of a serde format would bring the formatting of floating point numbers along, 4 kB of the package.
fn json_from_js(value: JsValue) -> Option<Json> {
    if value.is_null() || value.is_undefined() {
        return Some(Json::Null);
    }
    if Array::is_array(&value) {
        return list(&value).map(json_from_js).collect::<Option<_>>().map(Json::List);
    }
    let plain = value.as_bool().map(Json::Bool).or_else(|| value.as_f64().map(Json::Number));
    plain.or_else(|| value.as_string().map(Json::Text)).or_else(|| object_from_js(&value))
}

fn object_from_js(value: &JsValue) -> Option<Json> {
    if !value.is_object() {
        return None;
    }
    let mut members = BTreeMap::new();
    for entry in Object::entries(value.unchecked_ref()) {
        let entry: Array = entry.dyn_into().ok()?;
        members.insert(entry.get(0).as_string()?, json_from_js(entry.get(1))?);
    }
    Some(Json::Object(members))
}

/// The elements of an array; nothing when it is none.
pub fn list(value: &JsValue) -> impl Iterator<Item = JsValue> + use<> {
    let array = if Array::is_array(value) { Array::from(value) } else { Array::new() };
    array.into_iter()
}

/// How deep brackets nest outside of string literals. Meant for well-formed JSON; on other text it only has to end.
fn deepest_nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::deepest_nesting;

    #[test]
    fn brackets_are_counted() {
        assert_eq!(deepest_nesting(""), 0);
        assert_eq!(deepest_nesting(r#"{"a":[1,[2]],"b":{}}"#), 3);
        assert_eq!(deepest_nesting(&"[".repeat(100_000)), 100_000);
    }

    #[test]
    fn brackets_inside_of_text_are_not() {
        assert_eq!(deepest_nesting(r#"["[[[[", "\"[[[", "\\", "{"]"#), 1);
    }

    #[test]
    fn text_that_is_no_json_ends_too() {
        assert_eq!(deepest_nesting("]]]}{"), 1);
        assert_eq!(deepest_nesting("\"\\"), 0);
    }
}
