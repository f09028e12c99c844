//! claude.ai's upload rules, checked before anything travels. Source: `docs/upstream-contract.md`, "The upload rules".

use std::collections::BTreeMap;

use crate::refusal::{Refusal, RefusalReason};
use crate::repair::{self, Repair, RepairKind};
use crate::skill_md::{self, SplitError, Value, YamlError};
use crate::{File, RelativePath, SkillFolder};

/// Most files in one skill.
pub const MAX_FILES: usize = 200;
/// Most bytes of all files together: 30 MB.
pub const MAX_BYTES: u64 = 30_000_000;
/// Most characters of a name.
pub const MAX_NAME: usize = 64;
/// Most characters of a description.
pub const MAX_DESCRIPTION: usize = 1024;
/// The keys that claude.ai takes.
pub const KNOWN_KEYS: [&str; 6] = ["name", "description", "license", "compatibility", "metadata", "allowed-tools"];

/// How a folder ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It can be uploaded, perhaps after repair.
    Accepted(Accepted),
    /// It cannot, for one named reason.
    Refused(Refusal),
}

/// A folder that can be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The front matter's name: the skill's identity on claude.ai and the bundle's top-level folder.
    pub name: String,
    /// The front matter's description.
    pub description: String,
    /// What was repaired, in order; none when the folder is taken as it is.
    pub repairs: Vec<Repair>,
    /// Files of the bundle that differ from the source.
    pub replaced: BTreeMap<RelativePath, File>,
    /// Files of the source that are not in the bundle (`skill.md`, when it became `SKILL.md`).
    pub removed: Vec<RelativePath>,
}

impl Accepted {
    /// What is uploaded: the source with the repairs in place.
    pub fn bundle(&self, source: &SkillFolder) -> SkillFolder {
        let mut folder = source.clone();
        folder.files.retain(|path, _| !self.removed.contains(path));
        folder.files.extend(self.replaced.clone());
        folder
    }
}

/// Checks a folder against the upload rules, in this order: shape of the folder, limits, front matter, name, description.
/// `folder_name` is the name of the folder on disk; when the skill's name differs, the bundle's folder takes the skill's name.
/// The same folder always gets the same verdict.
pub fn check(folder_name: &str, folder: &SkillFolder) -> Verdict {
    match accept(folder_name, folder) {
        Ok(accepted) => Verdict::Accepted(accepted),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

fn accept(folder_name: &str, folder: &SkillFolder) -> Result<Accepted, Refusal> {
    let skill_md = find_skill_md(folder)?;
    check_shape(folder)?;
    let file = &folder.files[&skill_md];
    let mut repairs = Vec::new();
    let split = skill_md::split(&file.content).map_err(refuse_split)?;
    let (entries, quoted) = repair::read_front_matter(split.yaml).map_err(refuse_yaml)?;
    let name = check_name(&entries)?.to_owned();
    let description = check_description(&entries)?.to_owned();
    if split.bom {
        repairs.push(Repair::new(RepairKind::ByteOrderMarkRemoved, String::new()));
    }
    if split.carriage_returns {
        repairs.push(Repair::new(RepairKind::LineEndsNormalised, String::new()));
    }
    repairs.extend(quoted);
    let entries = repair::move_unknown_keys(entries, &mut repairs)?;
    // Up to here the text of SKILL.md changes; what follows concerns names only.
    let rewritten = (!repairs.is_empty()).then(|| repair::render(&entries, split.body));
    let canonical = RelativePath::try_from("SKILL.md").expect("a constant that is a valid path");
    let renamed = skill_md != canonical;
    if renamed {
        repairs.push(Repair::new(RepairKind::FileRenamed, skill_md.as_str().to_owned()));
    }
    if folder_name != name {
        repairs.push(Repair::new(RepairKind::FolderRenamed, name.clone()));
    }
    let mut replaced = BTreeMap::new();
    if renamed || rewritten.is_some() {
        let content = rewritten.map_or_else(|| file.content.clone(), String::into_bytes);
        replaced.insert(canonical, File { executable: file.executable, content });
    }
    let removed = if renamed { vec![skill_md] } else { Vec::new() };
    Ok(Accepted { name, description, repairs, replaced, removed })
}

/// The one `SKILL.md` directly in the folder, in whatever case it is written.
fn find_skill_md(folder: &SkillFolder) -> Result<RelativePath, Refusal> {
    let is_skill_md = |path: &&RelativePath| path.file_name().eq_ignore_ascii_case("skill.md");
    let mut direct = folder.files.keys().filter(is_skill_md).filter(|path| !path.as_str().contains('/'));
    let found = direct.next().ok_or_else(|| Refusal::new(RefusalReason::SkillMdMissing, ""))?;
    if let Some(second) = direct.next() {
        return Err(Refusal::new(RefusalReason::SkillMdTwice, second.as_str()));
    }
    if let Some(nested) = folder.files.keys().find(|path| is_skill_md(path) && path.as_str().contains('/')) {
        return Err(Refusal::new(RefusalReason::SkillMdNested, nested.as_str()));
    }
    Ok(found.clone())
}

fn check_shape(folder: &SkillFolder) -> Result<(), Refusal> {
    let plugin = RelativePath::try_from(".claude-plugin/plugin.json").expect("a constant that is a valid path");
    if folder.files.contains_key(&plugin) {
        return Err(Refusal::new(RefusalReason::PluginManifest, plugin.as_str()));
    }
    if folder.files.len() > MAX_FILES {
        return Err(Refusal::new(RefusalReason::TooManyFiles, &folder.files.len().to_string()));
    }
    let bytes = folder.total_bytes();
    if bytes > MAX_BYTES {
        return Err(Refusal::new(RefusalReason::TooLarge, &bytes.to_string()));
    }
    match folder.twins() {
        Some((first, second)) => {
            Err(Refusal::new(RefusalReason::NamesCollide, &[first.as_str(), " and ", second.as_str()].concat()))
        }
        None => Ok(()),
    }
}

fn refuse_split(error: SplitError) -> Refusal {
    match error {
        SplitError::NotUtf8(at) => Refusal::new(RefusalReason::NotUtf8, &["byte ", &at.to_string()].concat()),
        SplitError::Missing => Refusal::new(RefusalReason::FrontMatterMissing, ""),
        SplitError::Unclosed => Refusal::new(RefusalReason::FrontMatterUnclosed, ""),
    }
}

fn refuse_yaml(error: YamlError) -> Refusal {
    let line_of = |line: usize| ["line ", &line.to_string()].concat();
    match error {
        YamlError::Malformed { line, column, what } => Refusal::new(
            RefusalReason::YamlMalformed,
            &[&line_of(line), ", column ", &column.to_string(), ": ", &what].concat(),
        ),
        YamlError::Alias { line } => Refusal::new(RefusalReason::YamlAlias, &line_of(line)),
        YamlError::Tag { line } => Refusal::new(RefusalReason::YamlTag, &line_of(line)),
        YamlError::DuplicateKey { key, line } => {
            Refusal::new(RefusalReason::YamlDuplicateKey, &[&line_of(line), ": ", &key].concat())
        }
        YamlError::KeyNotText { line } => Refusal::new(RefusalReason::YamlKeyNotText, &line_of(line)),
        YamlError::NotAMapping => Refusal::new(RefusalReason::FrontMatterNotAMapping, ""),
    }
}

fn required<'a>(
    entries: &'a [(String, Value)],
    key: &str,
    missing: RefusalReason,
    not_text: RefusalReason,
) -> Result<&'a str, Refusal> {
    match entries.iter().find(|(known, _)| known == key).map(|(_, value)| value) {
        None => Err(Refusal::new(missing, "")),
        Some(value) if value.is_null() => Err(Refusal::new(missing, "")),
        Some(value) => value.text().ok_or_else(|| Refusal::new(not_text, "")),
    }
}

fn check_name(entries: &[(String, Value)]) -> Result<&str, Refusal> {
    let name = required(entries, "name", RefusalReason::NameMissing, RefusalReason::NameNotText)?;
    let refused = |reason| Err(Refusal::new(reason, name));
    if name.is_empty() {
        return Err(Refusal::new(RefusalReason::NameMissing, ""));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Refusal::new(RefusalReason::NameTooLong, &name.chars().count().to_string()));
    }
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return refused(RefusalReason::NameCharacters);
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return refused(RefusalReason::NameHyphens);
    }
    if name.contains("claude") || name.contains("anthropic") {
        return refused(RefusalReason::NameReserved);
    }
    match RelativePath::try_from(name) {
        Ok(_) => Ok(name),
        Err(_) => refused(RefusalReason::NameReserved),
    }
}

fn check_description(entries: &[(String, Value)]) -> Result<&str, Refusal> {
    let description =
        required(entries, "description", RefusalReason::DescriptionMissing, RefusalReason::DescriptionNotText)?;
    if description.trim().is_empty() {
        return Err(Refusal::new(RefusalReason::DescriptionMissing, ""));
    }
    let characters = description.chars().count();
    if characters > MAX_DESCRIPTION {
        return Err(Refusal::new(RefusalReason::DescriptionTooLong, &characters.to_string()));
    }
    match first_tag(description) {
        Some(tag) => Err(Refusal::new(RefusalReason::DescriptionTag, tag)),
        None => Ok(description),
    }
}

/// The first `<…>` that looks like a tag: `</?[a-zA-Z][^>]*>`.
fn first_tag(text: &str) -> Option<&str> {
    text.match_indices('<').find_map(|(at, _)| {
        let inside = &text[at + 1..];
        let name = inside.strip_prefix('/').unwrap_or(inside);
        let end = inside.find('>')?;
        name.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| &text[at..at + end + 2])
    })
}
