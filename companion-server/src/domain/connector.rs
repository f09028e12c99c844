//! What an outcome means for the health of a connector, and how a refusal's code is found in what a service answered.

use std::fmt;

use uuid::Uuid;

use super::operations::CompletionReport;

/// The longest code that is kept: a machine's word, not a sentence.
const LONGEST_CODE: usize = 64;
/// The code of a browser that is not signed in to claude.ai.
pub const COOKIE_EXPIRED: &str = "cookie_expired";
/// The code of a browser that holds writing because claude.ai answers differently.
pub const ENDPOINT_CHANGED: &str = "endpoint_changed";

/// What a connector belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Connector {
    /// A paired browser.
    Browser(Uuid),
    /// A service of the registry.
    Service(String),
}

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser(integration) => write!(f, "claude-ai:{integration}"),
            Self::Service(id) => write!(f, "service:{id}"),
        }
    }
}

/// How something went at a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Success,
    /// It was refused for good: the person has to do something.
    Refused {
        /// The machine's word for why, if it gave one.
        code: Option<String>,
    },
    /// It did not work this time; nothing is known to be wrong.
    Transient,
    /// It was switched off on purpose.
    SwitchedOff,
}

impl Outcome {
    /// What a browser's report says about the browser; nothing where it only waits.
    pub fn reported(report: &CompletionReport) -> Option<Self> {
        match report {
            CompletionReport { success: true, .. } => Some(Self::Success),
            CompletionReport { auth_expired: true, .. } => Some(Self::refused(COOKIE_EXPIRED)),
            CompletionReport { held: true, .. } => None,
            _ => Some(Self::Transient),
        }
    }

    /// A refusal with this code.
    pub fn refused(code: &str) -> Self {
        Self::Refused { code: Some(code.to_owned()) }
    }
}

/// Whether a status of HTTP says that asking again as it is cannot help. A rate limit, a time-out and anything of the server's own
/// making may be over soon.
pub fn is_permanent(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 408 | 425 | 429)
}

/// The text of the `error` member of an OAuth-style JSON body, wherever it stands in a text. What is no machine's word is nothing:
/// an answer may say anything, and what is kept is shown.
pub fn oauth_error(text: &str) -> Option<String> {
    const MEMBER: &str = "\"error\"";
    text.match_indices(MEMBER).find_map(|(start, _)| {
        let value = text[start + MEMBER.len()..].trim_start_matches(is_json_space).strip_prefix(':')?;
        let value = value.trim_start_matches(is_json_space).strip_prefix('"')?;
        let (word, _) = value.split_once('"')?;
        is_code(word).then(|| word.to_owned())
    })
}

const fn is_json_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

fn is_code(word: &str) -> bool {
    (1..=LONGEST_CODE).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_found_where_they_stand() {
        for (text, code) in [
            (
                r#"{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}"#,
                Some("invalid_grant"),
            ),
            ("400 Bad Request: {\n  \"error\"\t:\r\n\"unauthorized_client\"}", Some("unauthorized_client")),
            (r#"{"error": {"message": "no", "error": "nested"}}"#, Some("nested")),
            (r#"{"error_description": "no", "errors": "no"}"#, None),
            (r#"{"message": "\"error\": \"said\""}"#, None),
            (r#"{"error": ""}"#, None),
            (r#"{"error": "a sentence with spaces"}"#, None),
            (r#"{"error": "unfinished"#, None),
            (r#"{"error": 7}"#, None),
            ("", None),
        ] {
            assert_eq!(oauth_error(text).as_deref(), code, "{text}");
        }
        assert_eq!(oauth_error(&format!("{{\"error\": \"{}\"}}", "x".repeat(65))), None);
    }

    #[test]
    fn reports_say_what_they_can() {
        let report = CompletionReport::default;
        assert_eq!(Outcome::reported(&CompletionReport { success: true, ..report() }), Some(Outcome::Success));
        let signed_out = Outcome::reported(&CompletionReport { auth_expired: true, ..report() });
        assert_eq!(signed_out, Some(Outcome::refused("cookie_expired")));
        assert_eq!(Outcome::reported(&CompletionReport { held: true, ..report() }), None);
        assert_eq!(Outcome::reported(&CompletionReport { permanent: true, ..report() }), Some(Outcome::Transient));
    }

    #[test]
    fn what_may_be_over_soon_is_not_permanent() {
        for (status, permanent) in [
            (400, true),
            (401, true),
            (403, true),
            (404, true),
            (408, false),
            (429, false),
            (500, false),
            (503, false),
            (302, false),
        ] {
            assert_eq!(is_permanent(status), permanent, "{status}");
        }
    }

    proptest! {
        #[test]
        fn any_text_may_stand_around(before in "[^\"]*", space in "[ \t\r\n]{0,4}", code in "[a-zA-Z0-9_.:-]{1,64}", after in ".*") {
            let text = format!("{before}{{\"error\"{space}:{space}\"{code}\"{after}");
            prop_assert_eq!(oauth_error(&text), Some(code));
        }

        #[test]
        fn nothing_panics_and_only_words_are_found(text in ".*") {
            if let Some(code) = oauth_error(&text) {
                prop_assert!(is_code(&code));
            }
        }

        #[test]
        fn every_member_of_a_json_object_is_judged_alike(members in proptest::collection::btree_map("[a-z]{1,8}", "[a-z_ ]{0,12}", 0..6)) {
            let expected = members.get("error").filter(|word| is_code(word)).cloned();
            let text = serde_json::to_string_pretty(&members).expect("JSON");
            prop_assert_eq!(oauth_error(&text), expected);
        }
    }
}
