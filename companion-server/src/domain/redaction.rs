//! What of an event's detail says nothing about a person.

use serde_json::{Map, Value};

/// Members whose texts are words of ours. Everything else that is text may have been typed by somebody or name them.
const WORDS: [&str; 9] = ["op_kind", "kind", "op_id", "action", "role", "with", "service", "side", "resolution"];

/// The detail without whatever may be personal: numbers, truth values and our own words stay.
pub fn impersonal(detail: &Value) -> Value {
    let stays = |name: &str, value: &Value| match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(_) => WORDS.contains(&name),
        _ => false,
    };
    let members = detail.as_object().into_iter().flatten().filter(|(name, value)| stays(name, value));
    let mut left: Map<String, Value> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    left.insert("personal_data_removed".to_owned(), Value::Bool(true));
    Value::Object(left)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn our_words_stay_and_nobodys_others() {
        let detail = json!({
            "user": "ann", "browser_label": "Ann's", "op_kind": "upload", "attempts": 3, "permanent": true,
            "result": { "claude_ai_skill_id": "s" }, "reason": "my holiday", "error": ["x"], "with": "password"
        });
        let left = json!({ "op_kind": "upload", "attempts": 3, "permanent": true, "with": "password", "personal_data_removed": true });
        assert_eq!(impersonal(&detail), left);
        assert_eq!(impersonal(&left), left, "twice is harmless");
    }

    proptest! {
        #[test]
        fn no_text_of_another_member_stays(name in "[a-z_]{1,12}", secret in "MARK[a-z]{8}") {
            prop_assume!(!WORDS.contains(&name.as_str()));
            let detail = json!({ &name: &secret, "nested": { "op_kind": &secret }, "list": [&secret] });
            prop_assert!(!impersonal(&detail).to_string().contains(&secret));
        }
    }
}
