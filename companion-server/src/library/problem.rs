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
    /// The folder itself is a symbolic link. Links are not followed: what they lead to is not the library's, and its
    /// changes are not announced.
    LinkedFolder,
    /// Folders within folders, deeper than is looked.
    TooDeep {
        /// Which.
        path: String,
    },
    /// Its `.skillignore` cannot be understood, so that it is not known what is to be left out.
    IgnoreFile {
        /// What is wrong.
        why: String,
    },
    /// A pipe, socket or device, or a folder in place of `SKILL.md`.
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
    /// It is being written at this moment. The watcher looks again by itself and never says so.
    BeingWritten,
    /// We failed.
    Defect,
}

impl Problem {
    /// The code of [`Self::DuplicateName`].
    pub const DUPLICATE_NAME: &'static str = "DUPLICATE_NAME";

    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "UNREADABLE",
            Self::NameNotUtf8 => "FILE_NAME_NOT_UTF8",
            Self::UnsafeName { .. } => "UNSAFE_FILE_NAME",
            Self::LinkLeavesSkill { .. } => "LINK_LEAVES_SKILL",
            Self::LinkedFolder => "LINKED_FOLDER",
            Self::TooDeep { .. } => "FOLDERS_TOO_DEEP",
            Self::IgnoreFile { .. } => "SKILLIGNORE_UNCLEAR",
            Self::SpecialFile { .. } => "SPECIAL_FILE",
            Self::DuplicateName { .. } => Self::DUPLICATE_NAME,
            Self::BeingWritten => "BEING_WRITTEN",
            Self::Defect => "DEFECT",
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
            Self::LinkedFolder => {
                write!(f, "The folder is a link, and links to folders are not followed. Put the folder itself here.")
            }
            Self::TooDeep { path } => {
                write!(f, "“{path}” lies too deep. Move it up, or leave it out with .skillignore.")
            }
            Self::IgnoreFile { why } => {
                write!(f, "The .skillignore of this folder cannot be understood ({why}). Correct it.")
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
            Self::BeingWritten => write!(f, "The folder is being written at this moment. Look again."),
            Self::Defect => {
                write!(f, "Skillferry failed on this folder, which is a defect of Skillferry. Please report it.")
            }
        }
    }
}
