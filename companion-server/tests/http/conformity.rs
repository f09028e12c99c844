//! Holds every answer that a test gets against the server's description of itself.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::Value;

use crate::call::Answer;

/// Refusals of the HTTP layer that any route may give.
const EVERYWHERE: [u16; 6] = [400, 405, 408, 413, 414, 415];

/// The description as it is served.
pub static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(companion_server::routes::openapi::description()).expect("JSON"));

/// Panics when the description does not allow this answer.
#[track_caller]
pub fn conforms(method: &Method, path: &str, answer: &Answer) {
    let Some((template, operation)) = operation(method, path) else { return };
    let status = answer.status.as_u16();
    let Some(response) = operation["responses"].get(status.to_string()) else {
        assert!(
            status == 500 || EVERYWHERE.contains(&status),
            "{method} {template} answers {status}, which its description does not know: {}",
            answer.text()
        );
        return;
    };
    let Some(schema) = response.pointer("/content/application~1json/schema") else { return };
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON, as described");
    static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());
    let key = format!("{method} {template} {status}");
    let mut validators = VALIDATORS.lock().expect("no test panics in here");
    let validator = Arc::clone(validators.entry(key.clone()).or_insert_with(|| {
        let mut schema = schema.clone();
        schema["components"] = DESCRIPTION["components"].clone();
        Arc::new(jsonschema::validator_for(&schema).expect("a schema"))
    }));
    drop(validators);
    let complaints: Vec<String> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(complaints.is_empty(), "{key}: {complaints:?} in {body}");
}

/// The described route of a request; one without variable parts goes before one with.
fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let matches = |template: &str| {
        let (mut left, mut right) = (template.split('/'), path.split('/'));
        let all = left
            .by_ref()
            .zip(right.by_ref())
            .all(|(left, right)| left == right || (left.starts_with('{') && !right.is_empty()));
        all && left.next().is_none() && template.split('/').count() == path.split('/').count()
    };
    let paths = DESCRIPTION["paths"].as_object().expect("paths");
    let mut found: Vec<_> = paths.iter().filter(|(template, _)| matches(template)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    let (template, item) = found.first()?;
    item.get(method.as_str().to_lowercase()).map(|operation| (template.as_str(), operation))
}
