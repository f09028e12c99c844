//! Every code that a person can meet has a text.

use extension_core::failure::Failure;
use skill_engine::error::ErrorCode;

const TEXTS: &str = include_str!("../../web-ext/_locales/en/messages.json");

#[test]
fn every_code_has_a_text() {
    let failures = Failure::ALL.iter().map(|failure| failure.code());
    let codes = ErrorCode::ALL.iter().map(|code| code.as_str()).chain(failures);
    let silent: Vec<_> = codes.filter(|code| !TEXTS.contains(&format!("\"{code}\": {{ \"message\": "))).collect();
    assert!(silent.is_empty(), "no text in _locales: {silent:?}");
}
