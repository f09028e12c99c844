//! Groups: what they are called, and the plugin that one is on claude.ai.

use std::collections::BTreeSet;

use serde::Serialize;
use skill_format::{File, RelativePath, SkillFolder, archive, content_digest};

/// What the marketplace on claude.ai is called; the peer's extension expects this very name.
pub const MARKETPLACE: &str = "SkillNote";
const WITHOUT_DESCRIPTION: &str = "Skills that are published together.";

/// A skill of a group with all files of its bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSkill {
    /// Its name in addresses.
    pub slug: String,
    /// Its files.
    pub folder: SkillFolder,
}

/// What people see of a group.
pub fn display_name(collection: &str) -> String {
    format!("{MARKETPLACE}: {collection}")
}

/// One plugin name for each collection, in the same order: lower case, each run of other characters a hyphen. Of several collections
/// that would share a name it is the one's that is called so exactly, else the first one's in the order of their letters; the others
/// get a suffix that follows from what they are called.
pub fn plugin_names(collections: &[String]) -> Vec<String> {
    distinct(collections, |letter| letter.is_ascii_lowercase() || letter.is_ascii_digit(), "collection")
}

/// One folder name for each skill, in the same order: the slug, where it is safe as the name of a folder everywhere.
fn folder_names(slugs: &[String]) -> Vec<String> {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_' || letter == '-';
    distinct(slugs, plain, "skill")
}

fn distinct(texts: &[String], keep: impl Fn(char) -> bool, nameless: &str) -> Vec<String> {
    let bases: Vec<String> = texts.iter().map(|text| hyphenated(text, &keep, nameless)).collect();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by(|&one, &other| {
        let exact = |index: usize| bases[index] != texts[index];
        (exact(one), &texts[one], one).cmp(&(exact(other), &texts[other], other))
    });
    let mut taken = BTreeSet::new();
    let mut names = vec![String::new(); texts.len()];
    for index in order {
        let (base, text) = (&bases[index], &texts[index]);
        let suffixed = (0..).map(|try_number: u32| {
            let mark = content_digest(format!("{try_number} {text}").as_bytes()).to_string();
            format!("{}-{}", base.get(..100).unwrap_or(base), &mark[..8])
        });
        let mut candidates = std::iter::once(base.clone()).filter(|base| is_safe(base)).chain(suffixed);
        let name = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(name.clone());
        names[index] = name;
    }
    names
}

/// The text in lower case, each run of what is not kept a hyphen, none at the ends.
fn hyphenated(text: &str, keep: &impl Fn(char) -> bool, nameless: &str) -> String {
    let mut base = String::new();
    for letter in text.to_lowercase().chars() {
        match letter {
            kept if keep(kept) => base.push(kept),
            _ if base.ends_with('-') => {}
            _ => base.push('-'),
        }
    }
    let base = base.trim_matches('-');
    if base.is_empty() { nameless.to_owned() } else { base.to_owned() }
}

fn is_safe(name: &str) -> bool {
    name.len() <= 128 && RelativePath::try_from(name).is_ok()
}

#[derive(Serialize)]
struct PluginJson<'a> {
    name: &'a str,
    #[serde(rename = "displayName")]
    display_name: String,
    description: &'a str,
    author: Author,
}

#[derive(Serialize)]
struct Author {
    name: &'static str,
}

/// The plugin as a zip: the same group gives the same bytes. Files whose place in it would be no safe path are left out; those of a
/// skill that was checked never are.
pub fn plugin(name: &str, collection: &str, description: &str, skills: Vec<GroupSkill>) -> Vec<u8> {
    let slugs: Vec<String> = skills.iter().map(|skill| skill.slug.clone()).collect();
    let mut tree = SkillFolder { files: [(manifest_path(), manifest(name, collection, description))].into() };
    for (skill, folder) in skills.into_iter().zip(folder_names(&slugs)) {
        for (path, file) in skill.folder.files {
            if let Ok(path) = RelativePath::try_from(format!("skills/{folder}/{path}")) {
                tree.files.insert(path, file);
            }
        }
    }
    archive::write_tree(&tree)
}

fn manifest_path() -> RelativePath {
    RelativePath::try_from(".claude-plugin/plugin.json").expect("a safe path")
}

fn manifest(name: &str, collection: &str, description: &str) -> File {
    let description = if description.trim().is_empty() { WITHOUT_DESCRIPTION } else { description };
    let author = Author { name: MARKETPLACE };
    let plugin = PluginJson { name, display_name: display_name(collection), description, author };
    let content = serde_json::to_vec_pretty(&plugin).expect("text is always JSON");
    File { executable: false, content }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skill_format::archive::Limits;

    use super::*;

    fn names(collections: &[&str]) -> Vec<String> {
        plugin_names(&collections.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    fn skill(slug: &str, body: &str) -> GroupSkill {
        let file = |content: &str| File { executable: false, content: content.as_bytes().to_vec() };
        let path = |text: &str| RelativePath::try_from(text).expect("path");
        let run = File { executable: true, ..file("echo") };
        let files = [(path("SKILL.md"), file(body)), (path("scripts/run.sh"), run)].into();
        GroupSkill { slug: slug.to_owned(), folder: SkillFolder { files } }
    }

    #[test]
    fn names_are_plain_and_never_shared() {
        assert_eq!(names(&["team_tools", "x"]), ["team-tools", "x"]);
        assert_eq!(names(&["__", "Über uns"]), ["collection", "ber-uns"]);
        let both = names(&["a_b", "a-b"]);
        assert_eq!(both[1], "a-b");
        assert!(both[0].starts_with("a-b-") && both[0].len() == "a-b-".len() + 8, "{both:?}");
        assert_eq!(names(&["a-b", "a_b"]), [both[1].clone(), both[0].clone()], "whatever the order");
        assert!(names(&["con"])[0].starts_with("con-"));
    }

    #[test]
    fn the_layout() {
        let bytes = plugin("a-b", "a_b", "Für alle", vec![skill("notes", "one"), skill("mail", "two")]);
        let archive = archive::read(&bytes, &Limits::default()).expect("a zip");
        let paths: Vec<&str> = archive.folder.files.keys().map(RelativePath::as_str).collect();
        assert_eq!(
            paths,
            [
                ".claude-plugin/plugin.json",
                "skills/mail/SKILL.md",
                "skills/mail/scripts/run.sh",
                "skills/notes/SKILL.md",
                "skills/notes/scripts/run.sh"
            ]
        );
        let manifest = &archive.folder.files[&manifest_path()];
        let text = String::from_utf8(manifest.content.clone()).expect("UTF-8");
        let expected = "{\n  \"name\": \"a-b\",\n  \"displayName\": \"SkillNote: a_b\",\n  \"description\": \"Für alle\",\n  \"author\": {\n    \"name\": \"SkillNote\"\n  }\n}";
        assert_eq!(text, expected);
        let run = RelativePath::try_from("skills/notes/scripts/run.sh").expect("path");
        assert!(archive.folder.files[&run].executable);
    }

    proptest! {
        #[test]
        fn names_are_unique_and_stay_when_asked_again(texts in proptest::collection::btree_set("[a-bA-B_ .:/-]{0,4}|con|a-b-[0-9a-f]{8}|\\PC{0,6}", 0..12)) {
            let texts: Vec<String> = texts.into_iter().collect();
            let named = plugin_names(&texts);
            let unique: BTreeSet<&String> = named.iter().collect();
            prop_assert_eq!(unique.len(), texts.len());
            for name in &named {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                prop_assert!(!name.is_empty() && name.bytes().all(plain), "{}", name);
            }
            let reversed: Vec<String> = texts.iter().rev().cloned().collect();
            let mut again = plugin_names(&reversed);
            again.reverse();
            prop_assert_eq!(named, again);
        }

        #[test]
        fn every_entry_is_safe_whatever_the_slug(slugs in proptest::collection::vec("(\\.\\./){0,2}[a-c/\\\\:. -]{0,5}|con|nul|\\PC{0,8}", 1..8)) {
            let skills: Vec<GroupSkill> = slugs.iter().map(|slug| skill(slug, "text")).collect();
            let bytes = plugin("p", "c", "", skills.clone());
            prop_assert_eq!(&bytes, &plugin("p", "c", "", skills));
            let archive = archive::read(&bytes, &Limits::default()).expect("a zip that a careful reader takes");
            prop_assert_eq!(archive.folder.files.len(), 1 + 2 * slugs.len());
            for path in archive.folder.files.keys().filter(|path| **path != manifest_path()) {
                prop_assert!(path.as_str().starts_with("skills/"), "{}", path.as_str());
            }
        }
    }
}
