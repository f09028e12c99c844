//! Finds the uses of skills in a conversation. Of all that is said there only paths, ids and times of tool calls are looked at.

use crate::io::Body;
use crate::json::Json;

/// Where a skill's file lies while claude.ai uses it.
const MOUNT: &str = "/mnt/skills/";

/// Keys are this wide, so that they survive as JSON numbers.
const KEY_BITS: u64 = (1 << 52) - 1;

/// A use of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Tells it from every other use.
    pub key: u64,
    /// When, to the second: `2026-11-21T02:37:53`.
    pub at: String,
    pub skill: String,
    /// The plugin that holds it; none for a skill of its own.
    pub group: Option<String>,
}

/// Whether this is the id of a conversation, as it stands in the address of its page.
pub(crate) fn is_conversation(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// All uses in all branches. Those without a time are left out: nobody could tell whether they were before somebody agreed.
pub(crate) fn uses(body: &Body, conversation: &str) -> Vec<Found> {
    let mut found = Vec::new();
    if let Body::Json(tree) = body {
        walk(tree, None, conversation, &mut found);
    }
    found
}

/// Nothing nests deeper than the shell's parser allows.
fn walk(json: &Json, at: Option<&str>, conversation: &str, found: &mut Vec<Found>) {
    match json {
        Json::List(items) => items.iter().for_each(|item| walk(item, at, conversation, found)),
        Json::Object(members) => {
            let text = |key: &str| json.get(key).and_then(Json::text);
            let at = text("start_timestamp").or(text("created_at")).filter(|at| at.len() >= 19).or(at);
            let path = json.get("input").and_then(|input| input.get("path")).and_then(Json::text);
            if let (Some((group, skill)), Some(at)) = (path.and_then(skill), at.and_then(|at| at.get(..19))) {
                let name = text("uuid").or(text("id"));
                let nameless = || format!("{conversation} {skill} {}", found.len());
                let key = key(&name.map_or_else(nameless, str::to_owned));
                let group = group.map(str::to_owned);
                found.push(Found { key, at: at.to_owned(), skill: skill.to_owned(), group });
            }
            members.values().for_each(|member| walk(member, at, conversation, found));
        }
        _ => {}
    }
}

/// The skill whose file this is, behind the plugin that holds it if there is one; `None` for claude.ai's own.
fn skill(path: &str) -> Option<(Option<&str>, &str)> {
    let rest = path.split_once(MOUNT)?.1;
    let mut parts = rest.splitn(3, '/');
    let (space, name, file) = (parts.next()?, parts.next()?, parts.next()?);
    let (group, name) = match space {
        "user" | "org" => (None, name),
        "plugins" => name.split_once(':').map(|(group, name)| (Some(group), name))?,
        _ => return None,
    };
    (file.starts_with("SKILL.md") && !name.is_empty()).then_some((group, name))
}

/// FNV-1a: short, and good enough to tell a few hundred ids apart.
fn key(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step) & KEY_BITS
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(tree: Value) -> Vec<(String, String)> {
        let body = Body::Json(serde_json::from_value(tree).expect("is JSON"));
        uses(&body, "c").into_iter().map(|one| (one.skill, one.at)).collect()
    }

    #[test]
    fn the_path_names_the_skill() {
        let table = [
            ("/mnt/skills/user/my-skill/SKILL.md", Some((None, "my-skill"))),
            ("/mnt/skills/org/theirs/SKILL.md", Some((None, "theirs"))),
            ("/mnt/skills/plugins/group:my-skill/SKILL.md", Some((Some("group"), "my-skill"))),
            ("/mnt/skills/plugins/my-skill/SKILL.md", None),
            ("cat /mnt/skills/user/a/SKILL.md", Some((None, "a"))),
            ("/mnt/skills/anthropic/pdf/SKILL.md", None),
            ("/mnt/skills/public/pdf/SKILL.md", None),
            ("/mnt/skills/user/a/notes/SKILL.md", None),
            ("/mnt/skills/user//SKILL.md", None),
            ("/home/user/a/SKILL.md", None),
        ];
        for (path, expected) in table {
            assert_eq!(skill(path), expected, "{path}");
        }
    }

    #[test]
    fn uses_are_found_wherever_they_lie_with_the_nearest_time() {
        let block = |id: &str, at: Option<&str>| json!({"type": "tool_use", "id": id, "start_timestamp": at, "input": {"path": "/mnt/skills/user/a/SKILL.md"}});
        let tree = json!({"name": "A title", "created_at": "2026-11-01T00:00:00Z", "chat_messages": [
            {"created_at": "2026-11-02T03:04:05.123456Z", "text": "/mnt/skills/user/b/SKILL.md", "content": [block("1", None), {"deep": [block("2", Some("2026-11-03T00:00:00+00:00"))]}]},
        ]});
        let second = |at: &str| ("a".to_owned(), at.to_owned());
        assert_eq!(found(tree), [second("2026-11-02T03:04:05"), second("2026-11-03T00:00:00")]);
        assert_eq!(found(json!([block("1", None)])), [], "without any time");
    }

    #[test]
    fn keys_differ_by_id_and_stay_the_same() {
        let block = |id: Value| json!({"created_at": "2026-11-02T03:04:05Z", "id": id, "input": {"path": "/mnt/skills/user/a/SKILL.md"}});
        let body = Body::Json(
            serde_json::from_value(json!([
                block(json!("1")),
                block(json!("2")),
                block(json!(null)),
                block(json!(null))
            ]))
            .expect("is JSON"),
        );
        let keys: std::collections::BTreeSet<u64> = uses(&body, "c").iter().map(|one| one.key).collect();
        assert_eq!(keys.len(), 4);
        assert_eq!(uses(&body, "c"), uses(&body, "c"));
        assert!(keys.iter().all(|key| *key <= KEY_BITS));
    }

    #[test]
    fn conversations_are_told_by_their_id() {
        assert!(is_conversation("0b0a1c2d-0000-4000-8000-000000000000"));
        for id in ["", "1234567", "new", "0b0a1c2d/../x", "0b0a1c2d?x=y"] {
            assert!(!is_conversation(id), "{id}");
        }
    }
}
