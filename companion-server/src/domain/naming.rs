//! What skills, collections and descriptions may be called. Each rule gives every reason against a text, joined by `; `.

/// Most characters of a skill's name.
const LONGEST_NAME: usize = 64;
/// Most characters of a description.
const LONGEST_DESCRIPTION: usize = 1024;
/// Most characters of a collection's name.
const LONGEST_COLLECTION: usize = 128;
/// Words that a skill's name must not contain: claude.ai keeps them for itself.
const RESERVED: [&str; 2] = ["anthropic", "claude"];

/// A skill's name.
///
/// # Errors
///
/// Every reason against it.
pub fn skill_name(name: &str) -> Result<(), String> {
    let parts: Vec<&str> = name.split(':').collect();
    let in_form = parts.len() <= 2 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_name_byte));
    reasons([
        (name.is_empty(), "String should have at least 1 character".to_owned()),
        (name.chars().count() > LONGEST_NAME, format!("String should have at most {LONGEST_NAME} characters")),
        (
            !name.is_empty() && !in_form,
            "Only lower-case letters, digits, underscores and hyphens are allowed".to_owned(),
        ),
        (RESERVED.iter().any(|word| name.contains(word)), "The words “anthropic” and “claude” are reserved".to_owned()),
        (is_device(name), "This name is reserved by Windows".to_owned()),
    ])
}

/// A slug: what stands in addresses and in file names.
///
/// # Errors
///
/// Every reason against it.
pub fn slug(slug: &str) -> Result<(), String> {
    reasons([
        (slug.is_empty(), "String should have at least 1 character".to_owned()),
        (slug.chars().count() > LONGEST_NAME, format!("String should have at most {LONGEST_NAME} characters")),
        (
            !slug.bytes().all(is_name_byte),
            "Only lower-case letters, digits, underscores and hyphens are allowed".to_owned(),
        ),
        (is_device(slug), "This name is reserved by Windows".to_owned()),
    ])
}

/// A description of a skill.
///
/// # Errors
///
/// Every reason against it.
pub fn skill_description(text: &str) -> Result<(), String> {
    reasons([
        (text.is_empty(), "String should have at least 1 character".to_owned()),
        (
            text.chars().count() > LONGEST_DESCRIPTION,
            format!("String should have at most {LONGEST_DESCRIPTION} characters"),
        ),
        (holds_tag(text), "XML-like tags are not allowed".to_owned()),
    ])
}

/// A description of a collection.
///
/// # Errors
///
/// Every reason against it.
pub fn collection_description(text: &str) -> Result<(), String> {
    reasons([
        (
            text.chars().count() > LONGEST_DESCRIPTION,
            format!("String should have at most {LONGEST_DESCRIPTION} characters"),
        ),
        (holds_tag(text), "XML-like tags are not allowed".to_owned()),
    ])
}

/// A collection's name.
///
/// # Errors
///
/// Every reason against it.
pub fn collection_name(name: &str) -> Result<(), String> {
    reasons([
        (name.is_empty(), "String should have at least 1 character".to_owned()),
        (
            name.chars().count() > LONGEST_COLLECTION,
            format!("String should have at most {LONGEST_COLLECTION} characters"),
        ),
        (
            !name.bytes().all(is_name_byte),
            "Only lower-case letters, digits, underscores and hyphens are allowed".to_owned(),
        ),
        (RESERVED.iter().any(|word| name.contains(word)), "The words “anthropic” and “claude” are reserved".to_owned()),
    ])
}

/// The slug that follows from a name: lower case; only `a-z 0-9`, blanks, `_` and `-` stay; runs of blanks and underscores become one
/// hyphen; hyphens are neither doubled nor at an end. Empty when nothing is left.
pub fn slug_of(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let kept = lower.chars().filter(|letter| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter.is_whitespace() || matches!(letter, '_' | '-')
    });
    let hyphened: String = kept.map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    hyphened.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn reasons<const N: usize>(found: [(bool, String); N]) -> Result<(), String> {
    let reasons: Vec<String> = found.into_iter().filter(|(against, _)| *against).map(|(_, reason)| reason).collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons.join("; ")) }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
}

/// Names that Windows keeps for devices.
fn is_device(name: &str) -> bool {
    let numbered = |prefix| name.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']));
    matches!(name, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// `</?[a-zA-Z][^>]*>`.
fn holds_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) && rest.contains('>')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        for good in ["a", "notes", "my_notes-2", "ns:sub", "-", "com0", "lpt10", &"a".repeat(64)] {
            assert_eq!(skill_name(good), Ok(()), "{good}");
        }
        for bad in
            ["", "A", "a b", "a:b:c", ":a", "ä", "my-claude", "anthropic", "con", "lpt1", "../evil", &"a".repeat(65)]
        {
            assert!(skill_name(bad).is_err(), "{bad}");
        }
        assert!(slug("../../evil").is_err() && slug("a:b").is_err() && slug("a_b-1").is_ok());
        assert_eq!(skill_name(&"CLAUDE claude".repeat(6)).expect_err("three").split("; ").count(), 3);
    }

    #[test]
    fn tags() {
        for tag in ["<b>", "</b>", "x <a href='y'> z", "<a\n>"] {
            assert!(skill_description(tag).is_err(), "{tag}");
        }
        for none in ["a < b > c", "<3", "<1>", "</>", "<b"] {
            assert_eq!(skill_description(none), Ok(()), "{none}");
        }
    }

    #[test]
    fn slugs_from_names() {
        for (name, slug) in [
            ("My  Great_Skill", "my-great-skill"),
            ("ns:sub_name", "nssub-name"),
            ("--a--b--", "a-b"),
            (" Ünïcode!? ", "ncode"),
            ("!!!", ""),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_from_a_name_is_legal_and_stays(name in "\\PC{0,80}") {
            let made = slug_of(&name);
            prop_assert!(made.bytes().all(is_name_byte));
            prop_assert_eq!(slug_of(&made), made.clone());
        }
    }
}
