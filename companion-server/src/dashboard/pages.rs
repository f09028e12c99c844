//! What all pages share: rendering, and what stands in many of them.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::frame::Frame;
use super::texts::Text;
use crate::error::{ApiError, ApiResult};

/// Instead of a page that is not there, or not for whoever asks.
#[derive(Template)]
#[template(path = "missing.html")]
pub struct Missing {
    /// Words.
    pub t: Text,
    /// What surrounds it.
    pub f: Frame,
    /// What is the matter.
    pub title: String,
    /// The same at length.
    pub sentence: String,
}

/// A whole page.
///
/// # Errors
///
/// A template that does not render.
pub fn page(template: &impl Template) -> ApiResult<Response> {
    Ok(Html(template.render().map_err(|error| ApiError::internal(&error))?).into_response())
}

/// What a person types into a short field, without what surrounds it and what no text holds.
pub fn cleaned(text: &str, longest: usize) -> String {
    text.trim().chars().filter(|letter| !letter.is_control()).take(longest).collect()
}

/// What a person types into a search: short, and without what no text holds. None when nothing is left.
pub fn searched(text: Option<String>) -> Option<String> {
    let text: String = text?.chars().filter(|letter| !letter.is_control()).take(200).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A value in the query of an address.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_cleaned_and_values_escaped() {
        assert_eq!(searched(Some(" a\u{0}b ".to_owned())).as_deref(), Some("ab"));
        assert_eq!(searched(Some("  ".to_owned())), None);
        assert_eq!(escaped("a b&ü"), "a%20b%26%C3%BC");
    }
}
