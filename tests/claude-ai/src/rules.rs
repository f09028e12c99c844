//! claude.ai's upload rules, read independently of the product's own reading.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::account::FileFacts;

const KEYS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// An archive that was taken.
#[derive(Debug)]
pub struct SkillArchive {
    /// Front-matter name.
    pub name: String,
    /// Front-matter description.
    pub description: String,
    /// The bytes as they came.
    pub zip: Vec<u8>,
    /// Files below the top-level folder.
    pub files: BTreeMap<String, FileFacts>,
}

/// Takes or refuses an upload.
///
/// # Errors
///
/// The message that the page would show.
pub fn check(zip: Vec<u8>) -> Result<SkillArchive, String> {
    let contents = unzip(&zip)?;
    let top = top_folder(&contents)?;
    if contents.len() > 200 {
        return Err("Skill contains too many files (maximum 200)".to_owned());
    }
    let mut files = BTreeMap::new();
    let mut skill_mds = Vec::new();
    for (path, (executable, content)) in &contents {
        let below = &path[top.len() + 1..];
        if below.rsplit('/').next() == Some("SKILL.md") {
            skill_mds.push(below);
        }
        if below == ".claude-plugin/plugin.json" {
            return Err("This looks like a plugin. Upload it as a plugin instead.".to_owned());
        }
        let sha256 = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        files.insert(below.to_owned(), FileFacts { sha256, executable: *executable, size: content.len() });
    }
    if skill_mds != ["SKILL.md"] {
        return Err("Zip must contain exactly one SKILL.md file in the top-level folder".to_owned());
    }
    let (name, description) = front_matter(&contents[&format!("{top}/SKILL.md")].1)?;
    if top != name {
        return Err(format!("Folder name '{top}' must match skill name '{name}'"));
    }
    Ok(SkillArchive { name, description, zip, files })
}

type Contents = BTreeMap<String, (bool, Vec<u8>)>;

fn unzip(zip: &[u8]) -> Result<Contents, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).map_err(|_| "Invalid zip file".to_owned())?;
    let (mut contents, mut total) = (Contents::new(), 0_u64);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| "Invalid zip file".to_owned())?;
        if entry.is_dir() {
            continue;
        }
        if entry.is_symlink() {
            return Err("Zip contains a symbolic link".to_owned());
        }
        let name = entry.enclosed_name().and_then(|name| name.to_str().map(str::to_owned));
        let name = name.ok_or_else(|| "Zip contains an unsafe path".to_owned())?;
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let mut content = Vec::new();
        let mut limited = entry.take(30_000_001 - total.min(30_000_000));
        limited.read_to_end(&mut content).map_err(|_| "Invalid zip file".to_owned())?;
        total += content.len() as u64;
        if total > 30_000_000 {
            return Err("Skill is too large (maximum 30 MB uncompressed)".to_owned());
        }
        if contents.insert(name, (executable, content)).is_some() {
            return Err("Zip contains duplicate paths".to_owned());
        }
    }
    Ok(contents)
}

fn top_folder(contents: &Contents) -> Result<String, String> {
    let wrong = || "Zip must contain exactly one top-level folder".to_owned();
    let mut tops = contents.keys().map(|path| path.split_once('/').map(|(top, _)| top));
    let first = tops.next().flatten().ok_or_else(wrong)?;
    if tops.all(|top| top == Some(first)) { Ok(first.to_owned()) } else { Err(wrong()) }
}

fn front_matter(skill_md: &[u8]) -> Result<(String, String), String> {
    let text = std::str::from_utf8(skill_md).map_err(|_| "SKILL.md must be UTF-8".to_owned())?;
    let rest =
        text.strip_prefix("---\n").ok_or_else(|| "SKILL.md must start with YAML frontmatter (---)".to_owned())?;
    let end = rest.find("\n---").ok_or_else(|| "SKILL.md frontmatter is not closed".to_owned())?;
    let yaml = &rest[..end];
    if yaml.contains('\r') {
        return Err("malformed YAML frontmatter in SKILL.md".to_owned());
    }
    let Value::Object(map) = read_yaml(yaml)? else {
        return Err("SKILL.md frontmatter must be a mapping".to_owned());
    };
    for key in map.keys() {
        if !KEYS.contains(&key.as_str()) {
            return Err(format!(
                "unexpected key in SKILL.md frontmatter: properties must be in (allowed-tools, compatibility, description, license, metadata, name): {key}"
            ));
        }
    }
    let text_of = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text_of("name").ok_or_else(|| "SKILL.md frontmatter must have a name".to_owned())?;
    let description =
        text_of("description").ok_or_else(|| "SKILL.md frontmatter must have a description".to_owned())?;
    check_name(&name)?;
    check_description(&description)?;
    Ok((name, description))
}

/// As YAML 1.2 reads it: `yes` is text. The reader has a budget, so that aliases of aliases are refused rather than followed.
fn read_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|_| "malformed YAML frontmatter in SKILL.md".to_owned())
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if name.is_empty() || name.chars().count() > 64 {
        return Err("Skill name must have 1 to 64 characters".to_owned());
    }
    if !allowed || name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return Err("Skill name can only contain lowercase letters, numbers, and hyphens".to_owned());
    }
    if name.contains("claude") || name.contains("anthropic") {
        return Err("Skill name cannot contain reserved words: claude, anthropic".to_owned());
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), String> {
    if description.trim().is_empty() || description.chars().count() > 1024 {
        return Err("field 'description' in SKILL.md must be at most 1024 characters".to_owned());
    }
    let tag = description
        .split('<')
        .skip(1)
        .any(|rest| rest.contains('>') && rest.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic()));
    if tag { Err("SKILL.md description cannot contain XML tags".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).expect("start");
            writer.write_all(content.as_bytes()).expect("write");
        }
        writer.finish().expect("finish").into_inner()
    }

    const GOOD: &str = "---\nname: a-b\ndescription: d\n---\nbody";

    #[test]
    fn a_good_one() {
        let archive = check(zip_of(&[("a-b/SKILL.md", GOOD), ("a-b/x/y.txt", "1")])).expect("taken");
        assert_eq!((archive.name.as_str(), archive.files.len()), ("a-b", 2));
    }

    #[test]
    fn words_that_older_yaml_takes_for_switches_are_text() {
        assert_eq!(front_matter(b"---\nname: a\ndescription: yes\n---\n"), Ok(("a".to_owned(), "yes".to_owned())));
    }

    #[test]
    fn aliases_of_aliases_are_refused() {
        let mut bomb =
            "---\nname: a-b\ndescription: d\nmetadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("  a{level}: &a{level} [{aliases}]\n"));
        }
        bomb.push_str("---\n");
        assert!(front_matter(bomb.as_bytes()).expect_err("refused").contains("malformed"));
    }

    #[test]
    fn refusals() {
        let refused = |files: &[(&str, &str)]| check(zip_of(files)).expect_err("refused");
        assert!(check(b"no".to_vec()).expect_err("refused").contains("Invalid zip"));
        assert!(refused(&[("SKILL.md", GOOD)]).contains("top-level folder"));
        assert!(refused(&[("a-b/SKILL.md", GOOD), ("b/x", "")]).contains("top-level folder"));
        assert!(refused(&[("other/SKILL.md", GOOD)]).contains("must match"));
        assert!(refused(&[("a-b/x.md", GOOD)]).contains("exactly one SKILL.md"));
        assert!(refused(&[("a-b/SKILL.md", GOOD), ("a-b/x/SKILL.md", GOOD)]).contains("exactly one SKILL.md"));
        assert!(refused(&[("a-b/SKILL.md", GOOD), ("a-b/.claude-plugin/plugin.json", "{}")]).contains("plugin"));
        for (skill_md, part) in [
            ("name: a-b", "must start"),
            ("---\nname: a-b\n", "not closed"),
            ("---\nname: a-b\r\ndescription: d\n---\n", "malformed"),
            ("---\nname: a-b\ndescription: d: e\n---\n", "malformed"),
            ("---\nname: a-b\ndescription: d\nversion: 1\n---\n", "unexpected key"),
            ("---\n- name\n---\n", "must be a mapping"),
            ("---\nname: a-b\nname: b\ndescription: d\n---\n", "malformed"),
            ("---\nname: 12\ndescription: d\n---\n", "must have a name"),
            ("---\nname: a-b\n---\n", "must have a description"),
            ("---\nname: a-b\ndescription: <b>x</b>\n---\n", "XML tags"),
        ] {
            let message = refused(&[("a-b/SKILL.md", skill_md)]);
            assert!(message.contains(part), "{skill_md}: {message}");
        }
        let many: Vec<(String, &str)> = (0..201).map(|number| (format!("a-b/{number}"), "")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        assert!(refused(&many).contains("too many files"));
    }
}
