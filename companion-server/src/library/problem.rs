//! Why a folder is not taken although its content may be fine: what the file system says.

use std::fmt;

/// One named reason. The codes stand beside those of `skill_format::RefusalReason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A file or folder cannot be read.
    Unreadable {
        /// Which.
        path: String,
        /// What the system says.
        why: String,
    },
    /// A name is not UTF-8.
    NameNotUtf8,
    /// A name is no safe path.
    UnsafeName {
        /// Which.
        path: String,
        /// Why.
        why: &'static str,
    },
    /// A symbolic link leads out of the skill, to a folder, or nowhere.
    LinkLeavesSkill {
        /// Which.
        path: String,
    },
    /// A pipe, socket or device.
    SpecialFile {
        /// Which.
        path: String,
    },
    /// Another folder has the same skill name and comes first.
    DuplicateName {
        /// The name.
        name: String,
        /// The other folder.
        first: String,
    },
}

impl Problem {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "UNREADABLE",
            Self::NameNotUtf8 => "FILE_NAME_NOT_UTF8",
            Self::UnsafeName { .. } => "UNSAFE_FILE_NAME",
            Self::LinkLeavesSkill { .. } => "LINK_LEAVES_SKILL",
            Self::SpecialFile { .. } => "SPECIAL_FILE",
            Self::DuplicateName { .. } => "DUPLICATE_NAME",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, why } => write!(f, "“{path}” cannot be read ({why}). Check its permissions."),
            Self::NameNotUtf8 => write!(f, "A file name is not valid text. Rename the file."),
            Self::UnsafeName { path, why } => write!(f, "“{path}” {why}. Rename it."),
            Self::LinkLeavesSkill { path } => {
                write!(
                    f,
                    "“{path}” is a link that leads out of the skill, to a folder, or nowhere. Replace it by the file itself."
                )
            }
            Self::SpecialFile { path } => {
                write!(f, "“{path}” is not a regular file. Remove it or leave it out with .skillignore.")
            }
            Self::DuplicateName { name, first } => {
                write!(
                    f,
                    "The folder “{first}” has a skill named “{name}” as well and comes first. Rename one of them."
                )
            }
        }
    }
}
