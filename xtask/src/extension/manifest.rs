//! One manifest out of a base and its overlays.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::Flavour;
use crate::failure::{Context, Outcome};
use crate::workspace::{VERSION, Workspace};

/// The manifest of `flavour`; the version is the workspace's.
pub fn merged(workspace: &Workspace, flavour: Flavour) -> Outcome<Value> {
    let mut manifest = Value::Object(Map::new());
    for name in flavour.overlays() {
        merge(&mut manifest, read(&workspace.path("manifest").join(name))?);
    }
    merge(&mut manifest, serde_json::json!({ "version": VERSION }));
    Ok(manifest)
}

/// Lays `over` on `under`: objects member by member, lists by adding what is new, `null` takes a member away,
/// anything else replaces.
pub fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            over.into_iter().for_each(|(key, value)| merge_member(under, key, value))
        }
        (Value::Array(under), Value::Array(over)) => over.into_iter().for_each(|value| {
            if !under.contains(&value) {
                under.push(value);
            }
        }),
        (under, over) => *under = over,
    }
}

fn merge_member(under: &mut Map<String, Value>, key: String, value: Value) {
    if value.is_null() {
        under.remove(&key);
    } else {
        // Starting from null drops nulls inside a new object as well.
        merge(
            under.entry(key).or_insert_with(|| if value.is_object() { Value::Object(Map::new()) } else { Value::Null }),
            value,
        );
    }
}

fn read(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).cannot(|| format!("read {}", path.display()))?;
    json5::from_str(&text).cannot(|| format!("understand {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn over(mut under: Value, over: Value) -> Value {
        merge(&mut under, over);
        under
    }

    #[test]
    fn objects_merge_deeply() {
        let merged =
            over(json!({"background": {"type": "module"}, "name": "a"}), json!({"background": {"scripts": ["b.js"]}}));
        assert_eq!(merged, json!({"background": {"type": "module", "scripts": ["b.js"]}, "name": "a"}));
    }

    #[test]
    fn lists_gain_what_is_new() {
        assert_eq!(
            over(json!({"permissions": ["storage"]}), json!({"permissions": ["storage", "alarms"]})),
            json!({"permissions": ["storage", "alarms"]})
        );
    }

    #[test]
    fn null_takes_away() {
        assert_eq!(over(json!({"key": "x", "name": "a"}), json!({"key": null})), json!({"name": "a"}));
        assert_eq!(over(json!({}), json!({"a": {"b": null, "c": 1}})), json!({"a": {"c": 1}}));
    }

    #[test]
    fn texts_and_numbers_replace() {
        assert_eq!(over(json!({"name": "a"}), json!({"name": "b"})), json!({"name": "b"}));
    }

    #[test]
    fn the_version_is_the_workspaces() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("manifest")).expect("a folder");
        fs::write(folder.path().join("manifest/base.json5"), "{ name: 'a', // why\n }").expect("a file");
        fs::write(folder.path().join("manifest/chrome.json5"), "{}").expect("a file");
        let manifest = merged(&Workspace::at(folder.path()), Flavour::Chrome).expect("a manifest");
        assert_eq!(manifest, json!({"name": "a", "version": VERSION}));
    }
}
