//! Why a skill cannot be uploaded: one named reason, a sentence, and what to do.

use std::fmt;

/// A refused skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The one reason.
    pub reason: RefusalReason,
    /// Where or what exactly (a path, a line, a count); may be empty.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its detail.
    pub fn new(reason: RefusalReason, detail: &str) -> Self {
        Self { reason, detail: detail.to_owned() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.sentence())?;
        if !self.detail.is_empty() {
            f.write_str(" (")?;
            f.write_str(&self.detail)?;
            f.write_str(")")?;
        }
        f.write_str(". ")?;
        f.write_str(self.reason.action())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal, $action:literal;)*) => {
        /// Every reason, in the order in which they are looked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RefusalReason { $($(#[$doc])* $name,)* }
        impl RefusalReason {
            /// All reasons.
            pub const ALL: &'static [RefusalReason] = &[$(RefusalReason::$name,)*];
            /// A stable code.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// A plain sentence without its full stop.
            pub const fn sentence(self) -> &'static str { match self { $(Self::$name => $sentence,)* } }
            /// What the person can do.
            pub const fn action(self) -> &'static str { match self { $(Self::$name => $action,)* } }
        }
    };
}

reasons! {
    /// No `SKILL.md` directly in the folder.
    SkillMdMissing = "SKILL_MD_MISSING", "There is no SKILL.md directly in the folder", "Add one.";
    /// Two files that differ in case only.
    SkillMdTwice = "SKILL_MD_TWICE", "There are two SKILL.md files that differ in case only", "Remove one of them.";
    /// Another `SKILL.md` deeper down.
    SkillMdNested = "SKILL_MD_NESTED", "claude.ai takes one SKILL.md a skill, and there is another one deeper down", "Move it out or rename it.";
    /// It is a plugin.
    PluginManifest = "PLUGIN_MANIFEST", "The folder is a plugin, not a skill", "Remove the plugin manifest, or keep the plugin out with .skillignore.";
    /// More than 200 files.
    TooManyFiles = "TOO_MANY_FILES", "claude.ai takes at most 200 files a skill", "Remove files, or leave some out with .skillignore.";
    /// More than 30 MB.
    TooLarge = "TOO_LARGE", "claude.ai takes at most 30 MB a skill", "Remove files, or leave some out with .skillignore.";
    /// Two paths that some systems take for one.
    NamesCollide = "NAMES_COLLIDE", "Two file names are the same on some systems", "Rename one of them.";
    /// `SKILL.md` is not UTF-8.
    NotUtf8 = "NOT_UTF8", "SKILL.md is not UTF-8 text", "Save it as UTF-8.";
    /// The first line that is not blank is not `---`.
    FrontMatterMissing = "FRONT_MATTER_MISSING", "SKILL.md does not begin with a line of three hyphens", "Add front matter with name and description.";
    /// The front matter is not closed.
    FrontMatterUnclosed = "FRONT_MATTER_UNCLOSED", "The front matter of SKILL.md is not closed by a line of three hyphens", "Close it.";
    /// The front matter is no YAML.
    YamlMalformed = "YAML_MALFORMED", "The front matter of SKILL.md is not valid YAML", "Correct the line; quoting the value often helps.";
    /// An anchor or alias.
    YamlAlias = "YAML_ALIAS", "The front matter uses a YAML anchor or alias", "Write the value out.";
    /// A tag.
    YamlTag = "YAML_TAG", "The front matter uses a YAML tag", "Remove the tag.";
    /// A key twice.
    YamlDuplicateKey = "YAML_DUPLICATE_KEY", "A key stands twice in the front matter", "Remove one of them.";
    /// A list or mapping as a key.
    YamlKeyNotText = "YAML_KEY_NOT_TEXT", "A key of the front matter is not text", "Make it text.";
    /// The front matter is a list or text.
    FrontMatterNotAMapping = "FRONT_MATTER_NOT_A_MAPPING", "The front matter is not a list of “key: value” lines", "Write it so.";
    /// No name, and the folder's is not a legal one.
    NameMissing = "NAME_MISSING", "The front matter has no name", "Add one.";
    /// The name is a list or mapping, or without quotes something that YAML takes for a number, a truth value or a date.
    NameNotText = "NAME_NOT_TEXT", "The name is not text", "Write it as text, in quotes.";
    /// More than 64 characters.
    NameTooLong = "NAME_TOO_LONG", "The name has more than 64 characters", "Shorten it.";
    /// Other characters than `a-z 0-9 -`.
    NameCharacters = "NAME_CHARACTERS", "The name may hold lower-case letters, digits and hyphens only", "Rename it.";
    /// A hyphen at an end, or two together.
    NameHyphens = "NAME_HYPHENS", "The name begins or ends with a hyphen or has two together", "Rename it.";
    /// A word that claude.ai or an operating system keeps for itself.
    NameReserved = "NAME_RESERVED", "The name contains a reserved word", "Rename it; “claude” and “anthropic” are not allowed.";
    /// No description.
    DescriptionMissing = "DESCRIPTION_MISSING", "The front matter has no description", "Say in a sentence what the skill does and when to use it.";
    /// The description is a list or mapping, or without quotes something that YAML takes for a number, a truth value or a date.
    DescriptionNotText = "DESCRIPTION_NOT_TEXT", "The description is not text", "Write it as text, in quotes.";
    /// More than 1,024 characters.
    DescriptionTooLong = "DESCRIPTION_TOO_LONG", "The description has more than 1,024 characters", "Shorten it.";
    /// A tag in the description.
    DescriptionTag = "DESCRIPTION_TAG", "claude.ai takes no tags in the description", "Remove the angle brackets.";
    /// `metadata` is text or a list, and keys have to move there.
    MetadataNotAMapping = "METADATA_NOT_A_MAPPING", "The metadata is not a list of “key: value” lines", "Write it so, or remove it.";
}
