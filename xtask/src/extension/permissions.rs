//! What the manifests ask the browser for, and why: each entry of a list with the comment above it.

use std::fs;

use serde_json::Value;

use super::Flavour;
use crate::failure::{Context, Outcome};
use crate::workspace::Workspace;

/// The lists that hold permissions, each with when the browser grants what is in it.
pub const LISTS: [(&str, &str); 6] = [
    ("permissions", "at installation"),
    ("host_permissions", "at installation"),
    ("optional_permissions", "when asked"),
    ("optional_host_permissions", "when asked, for one host"),
    // Firefox's own statement of what leaves the browser; no permission, but as much in need of a reason.
    ("required", "at installation, stated"),
    ("optional", "when asked, stated"),
];

/// One entry with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The list in the manifest.
    pub list: String,
    /// The permission.
    pub permission: String,
    /// The comment, in one line; empty when there is none.
    pub why: String,
}

/// All entries of all files under `manifest` that make up `flavour`.
pub fn of(workspace: &Workspace, flavour: Flavour) -> Outcome<Vec<Reason>> {
    let mut reasons = Vec::new();
    for name in flavour.overlays() {
        let path = workspace.path("manifest").join(name);
        let source = fs::read_to_string(&path).cannot(|| format!("read {}", path.display()))?;
        reasons.extend(read(&source));
    }
    Ok(reasons)
}

/// A sentence for each permission of the merged `manifest` that has no reason among `reasons`.
pub fn unexplained(reasons: &[Reason], manifest: &Value) -> Vec<String> {
    let explained = |list: &str, permission: &str| {
        reasons.iter().any(|it| it.list == list && it.permission == permission && !it.why.is_empty())
    };
    let asked = LISTS.iter().flat_map(|(list, _)| entries(manifest, list).into_iter().map(move |entry| (*list, entry)));
    asked
        .filter(|(list, permission)| !explained(list, permission))
        .map(|(_, permission)| format!("the permission {permission} has no comment above it that gives its reason"))
        .collect()
}

fn entries<'m>(manifest: &'m Value, list: &str) -> Vec<&'m str> {
    let stated = &manifest["browser_specific_settings"]["gecko"]["data_collection_permissions"];
    let place = if matches!(list, "required" | "optional") { &stated[list] } else { &manifest[list] };
    place.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// From the text, because a JSON value has lost its comments. One entry a line, its comment on the lines above.
fn read(source: &str) -> Vec<Reason> {
    let (mut reasons, mut list, mut comment) = (Vec::new(), None, Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("//") {
            comment.push(words.trim());
            continue;
        }
        let entry = line.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        if let (Some(list), Some((permission, _))) = (list, entry) {
            reasons.push(Reason {
                list: String::from(list),
                permission: permission.to_owned(),
                why: comment.join(" "),
            });
        }
        comment.clear();
        list = line.strip_suffix(": [").filter(|name| LISTS.iter().any(|(list, _)| list == name)).or(list);
        if line.starts_with(']') {
            list = None;
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SOURCE: &str = "{\n  icons: [\n    // not asked for\n    \"x\",\n  ],\n  permissions: [\n    // To keep the snapshot,\n    \
        // also over night.\n    \"storage\",\n    \"tabs\",\n  ],\n}";

    #[test]
    fn a_reason_stands_above_its_permission() {
        let reason = |permission: &str, why: &str| Reason {
            list: "permissions".into(),
            permission: permission.into(),
            why: why.into(),
        };
        assert_eq!(read(SOURCE), [reason("storage", "To keep the snapshot, also over night."), reason("tabs", "")]);
    }

    #[test]
    fn what_has_no_reason_is_named() {
        let manifest = json!({ "permissions": ["storage", "tabs"], "optional_permissions": ["storage"],
            "browser_specific_settings": { "gecko": { "data_collection_permissions": { "required": ["none"] } } } });
        let named = unexplained(&read(SOURCE), &manifest);
        assert_eq!(named.len(), 3, "{named:?}");
        for (sentence, permission) in named.iter().zip(["tabs", "storage", "none"]) {
            assert!(sentence.contains(&format!("permission {permission} ")), "{sentence}");
        }
    }
}
