//! Zip archives: written the same way every time, read as if made by an enemy.
//!
//! Structure is `rawzip`'s, inflating `miniz_oxide`'s; what is refused, and the limits, are ours (`docs/security.md`).

mod read;
mod write;

use std::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};

use crate::preflight::{MAX_BYTES, MAX_FILES};
use crate::{InvalidPath, SkillFolder};

pub use read::read;
pub use write::{Writer, write, write_tree};

/// The checksum of zip. One table of 1 KB, because this runs in the extension too.
const CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What an archive may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: usize,
    /// Bytes of all files together, counted while inflating.
    pub bytes: u64,
    /// Inflated bytes for each compressed one.
    pub ratio: u64,
}

impl Default for Limits {
    /// claude.ai's limits, and 100:1.
    fn default() -> Self {
        Self { files: MAX_FILES, bytes: MAX_BYTES, ratio: 100 }
    }
}

/// What an archive held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The one top-level folder, which is not part of the paths; none when there are several or files beside it.
    pub top_folder: Option<String>,
    /// The files.
    pub folder: SkillFolder,
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveError {
    /// No zip, or a broken one.
    NotAZip,
    /// Bytes before, between or behind the entries, the directory or a compressed stream: two readers could see two archives.
    StrayBytes,
    /// The directory and an entry's own header disagree, or an extra field gives the entry a second name.
    HeaderMismatch,
    /// A name that is not UTF-8.
    NameNotUtf8,
    /// A name that is no safe path.
    UnsafeName(InvalidPath),
    /// Two names that some systems take for one.
    NamesCollide,
    /// A symbolic link or a device.
    NotAFile,
    /// An encrypted entry.
    Encrypted,
    /// A compression other than stored and deflated.
    UnknownCompression,
    /// The content does not match its size or checksum.
    ContentMismatch,
    /// More files than allowed.
    TooManyFiles,
    /// More bytes than allowed.
    TooLarge,
    /// Inflates beyond the allowed ratio.
    Bomb,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAZip => "the archive is not a zip or is broken",
            Self::StrayBytes => "the archive has bytes that belong to no entry",
            Self::HeaderMismatch => "the archive's directory and its entries disagree",
            Self::NameNotUtf8 => "a name in the archive is not UTF-8",
            Self::UnsafeName(why) => return write!(f, "a name in the archive {}", why.sentence()),
            Self::NamesCollide => "two names in the archive are the same on some systems",
            Self::NotAFile => "the archive holds a link or a device",
            Self::Encrypted => "the archive is encrypted",
            Self::UnknownCompression => "the archive uses an unknown compression",
            Self::ContentMismatch => "a file in the archive is damaged",
            Self::TooManyFiles => "the archive holds too many files",
            Self::TooLarge => "the archive is too large",
            Self::Bomb => "the archive inflates suspiciously much",
        })
    }
}

impl std::error::Error for ArchiveError {}
