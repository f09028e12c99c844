//! Makes a stranger's sentence fit to be kept: short, on one line, without addresses, ids or tokens.

const LONGEST: usize = 200;

/// The sentence with every suspicious word replaced by `…`, cut to 200 characters.
pub(crate) fn scrubbed(text: &str) -> String {
    let mut result = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(if is_suspicious(word) { "…" } else { word });
    }
    result.chars().take(LONGEST).collect()
}

/// An e-mail address, a web address, or a run that is long enough to be an id or a token.
fn is_suspicious(word: &str) -> bool {
    let longest_run =
        word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).max_by_key(|run| run.len());
    let run = longest_run.unwrap_or_default();
    let like_an_id = run.len() >= 16 && run.bytes().any(|byte| byte.is_ascii_digit());
    word.contains('@') || word.contains("://") || like_an_id || run.len() >= 40
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::scrubbed;

    #[test]
    fn a_plain_sentence_stays() {
        let text = "Skill name 'my-skill' is already in use by a plugin (max 64 characters).";
        assert_eq!(scrubbed(text), text);
    }

    #[test]
    fn what_may_identify_somebody_goes() {
        let text = "user ann@example.org of 0b0a1c2d-0000-4000-8000-000000000000\nsee https://x.y/?t=1 or token sk-ant-0123456789abcdef!";
        assert_eq!(scrubbed(text), "user … of … see … or token …");
    }

    proptest! {
        #[test]
        fn it_is_short_and_on_one_line(text: String) {
            let clean = scrubbed(&text);
            prop_assert!(clean.chars().count() <= 200 && !clean.contains('@'));
            prop_assert!(!clean.chars().any(char::is_control));
        }
    }
}
