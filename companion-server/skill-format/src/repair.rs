//! Mechanical repairs of `SKILL.md`: those that change the form and never the meaning. A repaired file passes the check again
//! without repairs, and everything behind the front matter stays byte for byte.

use std::fmt;

use crate::preflight::KNOWN_KEYS;
use crate::refusal::{Refusal, RefusalReason};
use crate::skill_md::{Split, Value, YamlError, parse_yaml};

/// One thing that was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What kind.
    pub kind: RepairKind,
    /// What exactly (a key, keys, a file); may be empty.
    pub detail: String,
}

/// The kinds of repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairKind {
    /// The byte-order mark before the first line, or one in the front matter, is gone.
    ByteOrderMarkRemoved,
    /// Blank lines before the front matter, or blanks behind its hyphens, are gone.
    FencesTidied,
    /// CR LF and CR became LF in the front matter.
    LineEndsNormalised,
    /// A value with an unquoted colon was quoted.
    ValueQuoted,
    /// There was no name, and the folder's is a legal one.
    NameFromFolder,
    /// Keys that claude.ai does not take stand under `metadata`, as text.
    KeysMoved,
    /// `skill.md` became `SKILL.md`.
    FileRenamed,
    /// The folder in the bundle has the skill's name.
    FolderRenamed,
}

impl Repair {
    /// A repair with its detail.
    pub const fn new(kind: RepairKind, detail: String) -> Self {
        Self { kind, detail }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = match self.kind {
            RepairKind::ByteOrderMarkRemoved => ("A byte-order mark in SKILL.md was removed", "."),
            RepairKind::FencesTidied => ("Blanks around the three hyphens of the front matter were removed", "."),
            RepairKind::LineEndsNormalised => ("Windows line ends in the front matter became plain ones", "."),
            RepairKind::ValueQuoted => ("The value of “", "” holds a colon and was quoted."),
            RepairKind::NameFromFolder => ("There was no name; the folder's was taken: “", "”."),
            RepairKind::KeysMoved => ("Keys that claude.ai does not take were moved under metadata: ", "."),
            RepairKind::FileRenamed => ("“", "” became SKILL.md."),
            RepairKind::FolderRenamed => ("The uploaded folder is named “", "”, like the skill."),
        };
        f.write_str(before)?;
        f.write_str(&self.detail)?;
        f.write_str(after)
    }
}

/// Front matter in the order of the source.
pub type Entries = Vec<(String, Value)>;

/// The repairs that rendering the front matter anew brings with it.
pub fn of_the_form(split: &Split<'_>) -> Vec<Repair> {
    let found = [
        (split.bom, RepairKind::ByteOrderMarkRemoved),
        (split.untidy_fences, RepairKind::FencesTidied),
        (split.carriage_returns, RepairKind::LineEndsNormalised),
    ];
    found.into_iter().filter(|(present, _)| *present).map(|(_, kind)| Repair::new(kind, String::new())).collect()
}

/// Reads the front matter; where it is malformed because values hold unquoted colons, reads it with these quoted.
///
/// # Errors
///
/// The error of the text as it stands, when quoting does not help.
pub fn read_front_matter(split: &Split<'_>) -> Result<(Entries, Vec<Repair>), YamlError> {
    let yaml = split.yaml.replace('\u{feff}', "").replace("\r\n", "\n").replace('\r', "\n");
    match parse_yaml(&yaml, split.lines_before) {
        Err(error @ YamlError::Malformed { .. }) => {
            let (quoted, repairs) = quote_colons(&yaml);
            match parse_yaml(&quoted, split.lines_before) {
                Ok(entries) if !repairs.is_empty() => Ok((entries, repairs)),
                _ => Err(error),
            }
        }
        other => other.map(|entries| (entries, Vec::new())),
    }
}

/// Gives the folder's name to a skill that has none. The caller has seen that it is a legal one.
pub fn name_after_folder(entries: &mut Entries, folder_name: &str) -> Repair {
    entries.retain(|(key, _)| key != "name");
    entries.insert(0, ("name".to_owned(), Value::Text { text: folder_name.to_owned(), plain: false }));
    Repair::new(RepairKind::NameFromFolder, folder_name.to_owned())
}

/// Quotes every plain top-level value that holds a colon YAML would trip over, with its indented continuation lines.
fn quote_colons(yaml: &str) -> (String, Vec<Repair>) {
    let mut repairs = Vec::new();
    let mut quoted = String::with_capacity(yaml.len() + 16);
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((key, value)) = plain_entry(line) else {
            quoted.push_str(line);
            quoted.push('\n');
            continue;
        };
        let mut whole = value.trim().to_owned();
        while let Some(next) = lines.next_if(|next| next.starts_with([' ', '\t']) && !next.trim().is_empty()) {
            whole.push(' ');
            whole.push_str(next.trim());
        }
        quoted.push_str(key);
        quoted.push_str(": ");
        push_quoted(&mut quoted, &whole);
        quoted.push('\n');
        repairs.push(Repair::new(RepairKind::ValueQuoted, key.to_owned()));
    }
    (quoted, repairs)
}

/// `key: value` where the value is neither quoted, block nor flow and holds `: ` or ends in a colon.
fn plain_entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(": ")?;
    let value = value.trim();
    let simple_key =
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let plain = !value.starts_with(['"', '\'', '|', '>', '[', '{', '&', '*', '!', '#']);
    (simple_key && plain && (value.contains(": ") || value.ends_with(':'))).then_some((key, value))
}

/// Moves keys that claude.ai does not take under `metadata`, as text, and names them in `repairs`.
///
/// # Errors
///
/// [`RefusalReason::MetadataNotAMapping`] when there is a `metadata` that nothing can be put under.
pub fn move_unknown_keys(entries: Entries, repairs: &mut Vec<Repair>) -> Result<Entries, Refusal> {
    let (mut known, unknown): (Entries, Entries) =
        entries.into_iter().partition(|(key, _)| KNOWN_KEYS.contains(&key.as_str()));
    if unknown.is_empty() {
        return Ok(known);
    }
    let names: Vec<&str> = unknown.iter().map(|(key, _)| key.as_str()).collect();
    repairs.push(Repair::new(RepairKind::KeysMoved, names.join(", ")));
    let at = known.iter().position(|(key, _)| key == "metadata").unwrap_or_else(|| {
        known.push(("metadata".to_owned(), Value::Map(Vec::new())));
        known.len() - 1
    });
    if known[at].1.is_null() {
        known[at].1 = Value::Map(Vec::new());
    }
    let Value::Map(metadata) = &mut known[at].1 else {
        return Err(Refusal::new(RefusalReason::MetadataNotAMapping, ""));
    };
    for (key, value) in unknown {
        let key = free_key(metadata, key);
        metadata.push((key, Value::Text { text: value.flattened(), plain: false }));
    }
    Ok(known)
}

fn free_key(metadata: &Entries, key: String) -> String {
    let taken = |key: &str| metadata.iter().any(|(known, _)| known == key);
    if !taken(&key) {
        return key;
    }
    (2..).map(|number: u32| [key.as_str(), "-", &number.to_string()].concat()).find(|key| !taken(key)).unwrap_or(key)
}

/// Writes front matter in the plainest form that every reader takes, values on one line each and in quotes, then the body as
/// it was. Comments and empty keys of the front matter do not survive.
pub fn render(entries: &Entries, body: &str) -> String {
    let mut text = String::with_capacity(body.len() + 256);
    text.push_str("---\n");
    for (key, value) in entries {
        render_entry(&mut text, key, value);
    }
    text.push_str("---\n");
    text.push_str(body);
    text
}

fn render_entry(text: &mut String, key: &str, value: &Value) {
    match value {
        _ if value.is_null() => {}
        Value::Text { text: value, .. } => {
            text.push_str(key);
            text.push_str(": ");
            // A name that passed the check needs quotes only where some reader would take it for a number or the like.
            if key == "name" && !(Value::Text { text: value.clone(), plain: true }).is_ambiguous() {
                text.push_str(value);
            } else {
                push_quoted(text, value);
            }
            text.push('\n');
        }
        Value::List(items) => render_block(text, key, items.iter().map(|item| (None, item))),
        Value::Map(entries) => render_block(text, key, entries.iter().map(|(key, value)| (Some(key), value))),
    }
}

fn render_block<'a>(text: &mut String, key: &str, items: impl Iterator<Item = (Option<&'a String>, &'a Value)>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    text.push_str(key);
    text.push_str(":\n");
    for (key, value) in items {
        text.push_str("  ");
        match key {
            Some(key) if is_plain_key(key) => text.push_str(key),
            Some(key) => push_quoted(text, key),
            None => text.push('-'),
        }
        text.push_str(if key.is_some() { ": " } else { " " });
        push_quoted(text, &value.flattened());
        text.push('\n');
    }
}

fn is_plain_key(key: &str) -> bool {
    let simple = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    simple
        && key.starts_with(|c: char| c.is_ascii_alphabetic())
        && !matches!(key, "null" | "Null" | "NULL" | "true" | "false")
}

/// A double-quoted scalar on one line.
fn push_quoted(text: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // YAML takes these for line ends or refuses them in the open.
            _ if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                text.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    text.push(char::from(HEX[(c as usize >> shift) & 15]));
                }
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}
