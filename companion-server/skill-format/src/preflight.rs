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

/// Checks a folder against the upload rules, in the order of [`RefusalReason`]: shape of the folder, limits, front matter,
/// name, description. `folder_name` is the name of the folder on disk; the bundle's folder takes the skill's name, and a
/// skill without a name takes the folder's if that is a legal one.
///
/// The same folder always gets the same verdict, with one exception: builds without the feature `unicode` do not see names
/// that are the same only after Unicode normalisation. Decide about uploads in a build that has it.
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
    let Text { name, description, mut repairs, rewritten } = check_text(folder_name, &file.content)?;
    // Up to here the text of SKILL.md changes; what follows concerns names only.
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

/// What `SKILL.md` says, and its text when that had to change.
struct Text {
    name: String,
    description: String,
    repairs: Vec<Repair>,
    rewritten: Option<String>,
}

fn check_text(folder_name: &str, content: &[u8]) -> Result<Text, Refusal> {
    let split = skill_md::split(content).map_err(refuse_split)?;
    let (mut entries, quoted) = repair::read_front_matter(&split).map_err(refuse_yaml)?;
    let mut repairs = repair::of_the_form(&split);
    repairs.extend(quoted);
    if is_missing(&entries, "name") && check_name(folder_name).is_ok() {
        repairs.push(repair::name_after_folder(&mut entries, folder_name));
    }
    let name = required(&entries, "name", RefusalReason::NameMissing, RefusalReason::NameNotText)?.to_owned();
    check_name(&name)?;
    let description =
        required(&entries, "description", RefusalReason::DescriptionMissing, RefusalReason::DescriptionNotText)?;
    check_description(description)?;
    let description = description.to_owned();
    let entries = repair::move_unknown_keys(entries, &mut repairs)?;
    let rewritten = (!repairs.is_empty()).then(|| repair::render(&entries, split.body));
    Ok(Text { name, description, repairs, rewritten })
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

fn value_of<'a>(entries: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    entries.iter().find(|(known, _)| known == key).map(|(_, value)| value)
}

fn is_missing(entries: &[(String, Value)], key: &str) -> bool {
    match value_of(entries, key) {
        None => true,
        Some(value) => value.is_null() || value.text().is_some_and(|text| text.trim().is_empty()),
    }
}

fn required<'a>(
    entries: &'a [(String, Value)],
    key: &str,
    missing: RefusalReason,
    not_text: RefusalReason,
) -> Result<&'a str, Refusal> {
    if is_missing(entries, key) {
        return Err(Refusal::new(missing, ""));
    }
    match value_of(entries, key) {
        Some(value) if value.is_ambiguous() => Err(Refusal::new(not_text, &value.flattened())),
        Some(value) => value.text().ok_or_else(|| Refusal::new(not_text, "")),
        None => Err(Refusal::new(missing, "")),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let refused = |reason| Err(Refusal::new(reason, name));
    let characters = name.chars().count();
    if characters > MAX_NAME {
        return Err(Refusal::new(RefusalReason::NameTooLong, &characters.to_string()));
    }
    if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return refused(RefusalReason::NameCharacters);
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return refused(RefusalReason::NameHyphens);
    }
    let ours_to_take = !name.contains("claude") && !name.contains("anthropic") && RelativePath::try_from(name).is_ok();
    if ours_to_take { Ok(()) } else { refused(RefusalReason::NameReserved) }
}

fn check_description(description: &str) -> Result<(), Refusal> {
    let characters = description.chars().count();
    if characters > MAX_DESCRIPTION {
        return Err(Refusal::new(RefusalReason::DescriptionTooLong, &characters.to_string()));
    }
    match first_tag(description) {
        Some(tag) => Err(Refusal::new(RefusalReason::DescriptionTag, tag)),
        None => Ok(()),
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
