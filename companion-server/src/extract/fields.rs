//! Reads fields out of JSON bodies and queries and names every failure at once, in the layout of `docs/protocol.md`.

use axum::http::HeaderMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::ApiError;
use crate::time::Timestamp;

/// Collects failures while fields are read.
#[derive(Debug)]
pub struct Fields {
    values: Map<String, Value>,
    place: &'static str,
    failures: Vec<String>,
}

const REQUIRED: &str = "Field required";
/// PostgreSQL keeps it in no text and no JSON.
const NUL: &str = "Input should not contain a NUL character";

impl Fields {
    /// Reads a JSON object. A body of another type, no JSON, or no object is a failure by itself.
    ///
    /// # Errors
    ///
    /// 422.
    pub fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        let json = headers.get("content-type").and_then(|value| value.to_str().ok()).is_some_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == "application/json" || essence.ends_with("+json")
        });
        match serde_json::from_slice(body) {
            Ok(Value::Object(values)) if json => Ok(Self { values, place: "", failures: Vec::new() }),
            Err(_) if json && !body.is_empty() => Err(ApiError::validation("body: JSON decode error")),
            _ if body.is_empty() => Err(ApiError::validation(format!("body: {REQUIRED}"))),
            _ => Err(ApiError::validation("body: Input should be a valid JSON object")),
        }
    }

    /// Reads a query string; the last value of a repeated name counts.
    pub fn from_query(query: Option<&str>) -> Self {
        let pairs: Vec<(String, String)> =
            axum::extract::Query::try_from_uri(&format!("/?{}", query.unwrap_or_default()).parse().unwrap_or_default())
                .map(|axum::extract::Query(pairs)| pairs)
                .unwrap_or_default();
        let values = pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Self { values, place: "query → ", failures: Vec::new() }
    }

    /// Values that were read in another way, as from a form.
    pub fn of(values: Map<String, Value>) -> Self {
        Self { values, place: "", failures: Vec::new() }
    }

    /// A text of at most `max` characters; absent and null are `None`.
    pub fn text(&mut self, name: &str, max: usize) -> Option<String> {
        match self.values.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.contains('\0') => self.fail(name, NUL),
            Some(Value::String(text)) if text.chars().count() <= max => Some(text),
            Some(Value::String(_)) => self.fail(name, &format!("String should have at most {max} characters")),
            Some(_) => self.fail(name, "Input should be a valid string"),
        }
    }

    /// A text that must be there, of `min` to `max` characters.
    pub fn required_text(&mut self, name: &str, min: usize, max: usize) -> String {
        let before = self.failures.len();
        match self.text(name, max) {
            Some(text) if text.chars().count() >= min => text,
            Some(_) => self.fail(name, &format!("String should have at least {min} characters")).unwrap_or_default(),
            None if self.failures.len() > before => String::new(),
            None => self.fail(name, REQUIRED).unwrap_or_default(),
        }
    }

    /// A word of letters, digits and underscores that must be there.
    pub fn required_word(&mut self, name: &str, max: usize) -> String {
        let before = self.failures.len();
        let word = self.required_text(name, 0, max);
        let fits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits && self.failures.len() == before {
            self.fail::<()>(name, "String should match pattern '^[a-zA-Z0-9_]+$'");
        }
        word
    }

    /// One of these texts; absent and null are `None`.
    pub fn choice(&mut self, name: &str, allowed: &[&str]) -> Option<String> {
        let text = self.text(name, usize::MAX)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        let quoted: Vec<String> = allowed.iter().map(|text| format!("'{text}'")).collect();
        let listed = match quoted.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => quoted.concat(),
        };
        self.fail(name, &format!("Input should be {listed}"))
    }

    /// A truth value in any of the forms that people write; absent and null are `None`.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.values.remove(name)? {
            Value::Null => None,
            Value::Bool(value) => Some(value),
            Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
            Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
                _ => self.fail(name, "Input should be a valid boolean"),
            },
            _ => self.fail(name, "Input should be a valid boolean"),
        }
    }

    /// A truth value that must be there.
    pub fn required_boolean(&mut self, name: &str) -> bool {
        let before = self.failures.len();
        match self.boolean(name) {
            Some(value) => value,
            None if self.failures.len() > before => false,
            None => self.fail(name, REQUIRED).unwrap_or_default(),
        }
    }

    /// An object; absent and null are null.
    pub fn object(&mut self, name: &str) -> Value {
        match self.values.remove(name) {
            None | Some(Value::Null) => Value::Null,
            Some(object @ Value::Object(_)) if holds_nul(&object) => self.fail(name, NUL).unwrap_or_default(),
            Some(object @ Value::Object(_)) => object,
            Some(_) => self.fail(name, "Input should be a valid dictionary").unwrap_or_default(),
        }
    }

    /// A list of texts; absent and null are `None`.
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.values.remove(name)? {
            Value::Null => None,
            Value::Array(items) => {
                let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                match texts {
                    Some(texts) if texts.iter().any(|text| text.contains('\0')) => self.fail(name, NUL),
                    Some(texts) => Some(texts),
                    None => self.fail(name, "Input should be a list of valid strings"),
                }
            }
            _ => self.fail(name, "Input should be a valid list"),
        }
    }

    /// A rule of the field's own: its reason against the value counts as a failure, unless there was one already.
    pub fn check(&mut self, name: &str, verdict: Result<(), String>) {
        let place = format!("{}{name}: ", self.place);
        if let Err(reason) = verdict
            && !self.failures.iter().any(|failure| failure.starts_with(&place))
        {
            self.failures.push(place + &reason);
        }
    }

    /// A whole number.
    pub fn integer(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name, 64)?;
        let parsed = text.trim().parse();
        parsed.ok().or_else(|| self.fail(name, "Input should be a valid integer"))
    }

    /// A whole number from `least` to `most`; absent is `None`.
    pub fn integer_within(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let number = self.integer(name)?;
        if number < i64::from(least) {
            return self.fail(name, &format!("Input should be greater than or equal to {least}"));
        }
        let small = u32::try_from(number).ok().filter(|number| *number <= most);
        small.or_else(|| self.fail(name, &format!("Input should be less than or equal to {most}")))
    }

    /// A moment: RFC 3339, date-time or date without a zone (UTC), or Unix seconds or milliseconds; absent is `None`.
    pub fn timestamp(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name, 64)?;
        Timestamp::lenient(&text).or_else(|| self.fail(name, "Input should be a valid datetime"))
    }

    /// An id; absent is `None`.
    pub fn uuid(&mut self, name: &str) -> Option<Uuid> {
        let text = self.text(name, 64)?;
        Uuid::try_parse(&text).ok().or_else(|| self.fail(name, "Input should be a valid UUID"))
    }

    /// An id that must be there.
    pub fn required_uuid(&mut self, name: &str) -> Uuid {
        let before = self.failures.len();
        let text = self.required_text(name, 1, 64);
        if self.failures.len() > before {
            return Uuid::nil();
        }
        Uuid::try_parse(&text).ok().or_else(|| self.fail(name, "Input should be a valid UUID")).unwrap_or_default()
    }

    /// All failures at once.
    ///
    /// # Errors
    ///
    /// 422 when there are any.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.failures.is_empty() { Ok(()) } else { Err(ApiError::validation(self.failures.join("; "))) }
    }

    fn fail<T>(&mut self, name: &str, reason: &str) -> Option<T> {
        self.failures.push(format!("{}{name}: {reason}", self.place));
        None
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// An id in the path.
///
/// # Errors
///
/// 422 that names the parameter.
pub fn path_uuid(name: &str, text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| ApiError::validation(format!("path → {name}: Input should be a valid UUID")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Fields {
        let headers =
            HeaderMap::from_iter([("content-type".parse().expect("name"), "application/json".parse().expect("value"))]);
        Fields::from_body(&headers, text.as_bytes()).expect("object")
    }

    #[test]
    fn all_failures_are_named_at_once() {
        let mut fields = body(r#"{"label": 5, "code": "ab", "ok": "maybe", "extra": 1}"#);
        fields.text("label", 10);
        fields.required_text("code", 4, 16);
        fields.required_text("missing", 1, 5);
        fields.required_boolean("ok");
        let message = fields.finish().expect_err("failures").message;
        assert_eq!(
            message,
            "label: Input should be a valid string; code: String should have at least 4 characters; missing: Field required; ok: Input should be a valid boolean"
        );
    }

    #[test]
    fn lenient_booleans_and_queries() {
        for (text, value) in [("\"yes\"", true), ("\"off\"", false), ("1", true), ("0", false), ("true", true)] {
            assert_eq!(body(&format!("{{\"a\": {text}}}")).boolean("a"), Some(value), "{text}");
        }
        let mut query = Fields::from_query(Some("limit=abc&id=nope&a=%20x"));
        assert_eq!(query.text("a", 5).as_deref(), Some(" x"));
        query.integer("limit");
        query.required_uuid("id");
        let message = query.finish().expect_err("failures").message;
        assert_eq!(message, "query → limit: Input should be a valid integer; query → id: Input should be a valid UUID");
    }

    #[test]
    fn bodies_that_are_none() {
        let refused = |content_type: &str, text: &str| {
            let headers =
                HeaderMap::from_iter([("content-type".parse().expect("name"), content_type.parse().expect("value"))]);
            Fields::from_body(&headers, text.as_bytes()).expect_err("refused").message
        };
        assert_eq!(refused("application/json", ""), "body: Field required");
        assert_eq!(refused("application/json", "{"), "body: JSON decode error");
        assert_eq!(refused("application/json", "[]"), "body: Input should be a valid JSON object");
        assert_eq!(refused("text/plain", "{}"), "body: Input should be a valid JSON object");
    }
}
