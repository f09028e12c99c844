//! The form of a skill: folder model, canonical digest, `SKILL.md`, pre-flight, repair and archives.
//!
//! Server and extension compile the same code, so they mean the same by a digest, a path and an archive. Nothing here does I/O.
//! What differs by the feature `unicode`, and only that, is told at [`RelativePath::twin_key`].
//!
//! Reading order: [`SkillFolder`], [`folder_digest`], [`skill_md`], [`preflight`], [`repair`], [`archive`].
#![warn(missing_docs)]

pub mod archive;
mod digest;
mod model;
pub mod preflight;
mod refusal;
pub mod repair;
pub mod skill_md;

pub use digest::{content_digest, folder_digest};
pub use model::{Digest, File, InvalidDigest, InvalidPath, RelativePath, SkillFolder, text};
pub use preflight::{Accepted, Verdict};
pub use refusal::{Refusal, RefusalReason};
pub use repair::{Repair, RepairKind};
