//! What a browser or a store would complain about later, said now.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use super::{Flavour, permissions};
use crate::failure::{Context, Failure, Outcome};
use crate::workspace::Workspace;

/// Every file that the manifest names exists, every text key is translated, every permission has a written reason.
pub fn check(workspace: &Workspace, flavour: Flavour, folder: &Path, manifest: &Value) -> Outcome<()> {
    let mut complaints = missing_files(folder, manifest);
    complaints.extend(missing_texts(folder, manifest)?);
    complaints.extend(permissions::unexplained(&permissions::of(workspace, flavour)?, manifest));
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("the extension for {} is not consistent:\n  {}", flavour.name(), complaints.join("\n  "))))
}

fn missing_files(folder: &Path, manifest: &Value) -> Vec<String> {
    let named = texts(manifest).into_iter().filter(|text| looks_like_file(text));
    named
        .filter(|name| !folder.join(name).is_file())
        .map(|name| format!("the manifest names {name}, which does not exist"))
        .collect()
}

fn looks_like_file(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|extension| extension.to_str());
    !text.contains(['*', ' ', ':'])
        && extension.is_some_and(|extension| ["js", "html", "css", "png", "svg", "wasm"].contains(&extension))
}

/// Keys are looked for in the manifest (`__MSG_key__`) and in pages (`data-i18n…="key"`).
fn missing_texts(folder: &Path, manifest: &Value) -> Outcome<Vec<String>> {
    let Some(locale) = manifest["default_locale"].as_str() else { return Ok(Vec::new()) };
    let path = folder.join("_locales").join(locale).join("messages.json");
    let text = fs::read_to_string(&path).cannot(|| format!("read {}", path.display()))?;
    let messages: Value = serde_json::from_str(&text).cannot(|| format!("understand {}", path.display()))?;
    let mut keys: BTreeSet<String> = texts(manifest).into_iter().filter_map(message_key).collect();
    for entry in
        WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.path().extension().is_some_and(|e| e == "html"))
    {
        let page = fs::read_to_string(entry.path()).cannot(|| format!("read {}", entry.path().display()))?;
        keys.extend(page_keys(&page));
    }
    let missing = keys.into_iter().filter(|key| messages.get(key).is_none());
    Ok(missing.map(|key| format!("the text {key} is not in _locales/{locale}")).collect())
}

fn message_key(text: &str) -> Option<String> {
    text.strip_prefix("__MSG_")?.strip_suffix("__").map(str::to_owned)
}

fn page_keys(page: &str) -> Vec<String> {
    let attributes = page.split("data-i18n").skip(1);
    attributes.filter_map(|rest| rest.split_once("=\"")?.1.split_once('"').map(|(key, _)| key.to_owned())).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_named_file_must_exist() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let manifest = json!({"background": {"service_worker": "background.js"}, "host_permissions": ["https://claude.ai/*"], "version": "0.1.0"});
        assert_eq!(missing_files(folder.path(), &manifest), ["the manifest names background.js, which does not exist"]);
    }

    #[test]
    fn keys_of_pages_are_found() {
        assert_eq!(page_keys(r#"<p data-i18n="a"></p><input data-i18n-placeholder="b">"#), ["a", "b"]);
        assert_eq!(message_key("__MSG_name__").as_deref(), Some("name"));
    }
}
