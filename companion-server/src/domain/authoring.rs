//! Skills that are written through the API: between their fields and the `SKILL.md` that holds them.

use serde_json::{Map, Value as Json};
use skill_format::skill_md::{self, Value};
use skill_format::{Accepted, File, Refusal, RefusalReason, RelativePath, SkillFolder, Verdict, preflight, repair};

/// What a `SKILL.md` says besides name and description.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// The body. The blank line that usually stands behind the front matter is left out.
    pub content_md: String,
    /// The other keys of the front matter; none when there are none.
    pub extra_frontmatter: Option<Map<String, Json>>,
}

/// What a new version says.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The skill's name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The body; none leaves it as it is.
    pub content_md: Option<String>,
    /// The other keys; none leaves them as they are.
    pub extra_frontmatter: Option<Map<String, Json>>,
}

/// A folder whose `SKILL.md` says what the draft says.
#[derive(Debug, Clone)]
pub struct Authored {
    /// The folder as it is kept.
    pub source: SkillFolder,
    /// What pre-flight makes of it.
    pub accepted: Accepted,
}

/// Reads a `SKILL.md` that pre-flight has accepted. One that cannot be read is all body.
pub fn read(skill_md: &[u8]) -> Text {
    let Ok(split) = skill_md::split(skill_md) else {
        return Text { content_md: String::from_utf8_lossy(skill_md).into_owned(), extra_frontmatter: None };
    };
    let body = split.body.strip_prefix("\r\n").or_else(|| split.body.strip_prefix('\n')).unwrap_or(split.body);
    let entries = repair::read_front_matter(&split).map(|(entries, _)| entries).unwrap_or_default();
    let others = entries.into_iter().filter(|(key, value)| !is_own(key) && !value.is_null());
    let extra: Map<String, Json> = others.map(|(key, value)| (key, json(&value))).collect();
    Text { content_md: body.to_owned(), extra_frontmatter: (!extra.is_empty()).then_some(extra) }
}

/// Writes a draft into a folder: the former one with `skill_md`, its accepted `SKILL.md`; or none for a new skill.
///
/// # Errors
///
/// What pre-flight refuses.
pub fn write(former: Option<(&SkillFolder, &[u8])>, draft: &Draft) -> Result<Authored, Refusal> {
    let mut source = former.map_or_else(SkillFolder::default, |(folder, _)| folder.clone());
    let executable = source.files.iter().find(|(path, _)| is_skill_md(path)).is_some_and(|(_, file)| file.executable);
    source.files.retain(|path, _| !is_skill_md(path));
    let content = text(former.map(|(_, skill_md)| skill_md), draft).into_bytes();
    let path = RelativePath::try_from("SKILL.md").map_err(|_| Refusal::new(RefusalReason::SkillMdMissing, ""))?;
    source.files.insert(path, File { executable, content });
    match preflight::check(&draft.name, &source) {
        Verdict::Accepted(accepted) => Ok(Authored { source, accepted }),
        Verdict::Refused(refusal) => Err(refusal),
    }
}

/// Whether the front matter can hold this value: a text, a number, a truth value, a list or a mapping of these.
pub fn can_hold(value: &Json) -> bool {
    let scalar = |value: &Json| matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_));
    match value {
        Json::Null => true,
        Json::Array(items) => items.iter().all(scalar),
        Json::Object(members) => members.values().all(scalar),
        other => scalar(other),
    }
}

fn text(former: Option<&[u8]>, draft: &Draft) -> String {
    let split = former.and_then(|bytes| skill_md::split(bytes).ok());
    let former = split.as_ref().and_then(|split| repair::read_front_matter(split).ok());
    let kept = former.map(|(entries, _)| entries).unwrap_or_default().into_iter().filter(|(key, _)| !is_own(key));
    let quoted = |text: &str| Value::Text { text: text.to_owned(), plain: false };
    let mut entries =
        vec![("name".to_owned(), quoted(&draft.name)), ("description".to_owned(), quoted(&draft.description))];
    match &draft.extra_frontmatter {
        Some(extra) => entries.extend(extra.iter().map(|(key, value)| (key.clone(), yaml(value)))),
        None => entries.extend(kept),
    }
    let body = match (&draft.content_md, &split) {
        (Some(content), _) => format!("\n{content}"),
        (None, Some(split)) => split.body.to_owned(),
        (None, None) => "\n".to_owned(),
    };
    repair::render(&entries, &body)
}

fn is_own(key: &str) -> bool {
    matches!(key, "name" | "description")
}

fn is_skill_md(path: &RelativePath) -> bool {
    path.as_str().eq_ignore_ascii_case("skill.md")
}

fn json(value: &Value) -> Json {
    match value {
        _ if value.is_null() => Json::Null,
        Value::Text { text, .. } => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(entries) => Json::Object(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
    }
}

fn yaml(value: &Json) -> Value {
    match value {
        Json::Null => Value::Text { text: String::new(), plain: true },
        Json::String(text) => Value::Text { text: text.clone(), plain: false },
        Json::Array(items) => Value::List(items.iter().map(yaml).collect()),
        Json::Object(members) => Value::Map(members.iter().map(|(key, value)| (key.clone(), yaml(value))).collect()),
        other => Value::Text { text: other.to_string(), plain: false },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn draft(content_md: Option<&str>, extra: Option<Json>) -> Draft {
        Draft {
            name: "notes".to_owned(),
            description: "Takes notes: all of them".to_owned(),
            content_md: content_md.map(str::to_owned),
            extra_frontmatter: extra.and_then(|extra| extra.as_object().cloned()),
        }
    }

    fn skill_md(folder: &SkillFolder) -> &[u8] {
        &folder.files[&RelativePath::try_from("SKILL.md").expect("a path")].content
    }

    #[test]
    fn what_is_not_named_stays_byte_for_byte() {
        let extra = json!({ "license": "MIT", "metadata": { "a": "1" }, "allowed-tools": ["Bash", "Read"] });
        let first = write(None, &draft(Some("# Hi\n"), Some(extra.clone()))).expect("accepted");
        let mut folder = first.source.clone();
        let script = RelativePath::try_from("run.sh").expect("a path");
        folder.files.insert(script.clone(), File { executable: true, content: b"x".to_vec() });
        let again = write(Some((&folder, skill_md(&folder))), &draft(None, None)).expect("accepted");
        assert_eq!(again.source, folder);
        let read = read(skill_md(&again.source));
        assert_eq!(read, Text { content_md: "# Hi\n".to_owned(), extra_frontmatter: extra.as_object().cloned() });
    }

    #[test]
    fn a_folder_without_the_blank_line_keeps_its_body() {
        let path = RelativePath::try_from("skill.md").expect("a path");
        let content = b"---\nname: notes\ndescription: d\n---\nBody\n".to_vec();
        let folder = SkillFolder { files: [(path, File { executable: false, content: content.clone() })].into() };
        let written = write(Some((&folder, &content)), &draft(None, None)).expect("accepted");
        assert!(String::from_utf8_lossy(skill_md(&written.source)).ends_with("\n---\nBody\n"));
        assert_eq!(written.source.files.len(), 1, "not beside the misspelt one");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            body in "\\PC{0,40}(\n\\PC{0,20}){0,3}",
            description in "[^<>\\x00-\\x1f\u{7f}-\u{9f}\u{feff}]{1,40}",
            license in "\\PC{0,20}",
            list in proptest::collection::vec("\\PC{1,8}", 1..4),
        ) {
            prop_assume!(!description.trim().is_empty());
            let extra = json!({ "license": license, "metadata": { "list": list.join(",") } });
            let draft = Draft { description: description.clone(), ..draft(Some(&body), Some(extra)) };
            if let Ok(authored) = write(None, &draft) {
                let text = read(skill_md(&authored.source));
                prop_assert_eq!(text.content_md, body);
                let extra = text.extra_frontmatter.unwrap_or_default();
                prop_assert_eq!(extra.get("license").and_then(Json::as_str).unwrap_or_default(), license);
                prop_assert_eq!(authored.accepted.description, description);
            }
        }

        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            read(&bytes);
            read(&[b"---\n", &bytes[..], b"\n---\nx"].concat());
        }
    }
}
