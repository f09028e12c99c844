//! Values that go in and out of the store. No SQL, no HTTP.

use std::net::IpAddr;

use companion_wire::operation::OperationKind;
use skill_format::{Digest, RelativePath};
use uuid::Uuid;

use crate::domain::people::Scope;
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Which limited route an attempt belongs to; each has a bucket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEndpoint {
    /// `POST …/extension/pair`.
    Pair,
    /// `POST …/pair/approve`.
    Approve,
    /// The dashboard's login.
    Login,
}

/// May the request go on?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes.
    Allowed,
    /// No; come back after so many seconds.
    Limited {
        /// Until the oldest attempt leaves the window; at least 1.
        retry_after_secs: u32,
    },
}

/// A pairing to open.
#[derive(Debug, Clone)]
pub struct NewPairing {
    /// What the browser calls itself.
    pub browser_label: Option<String>,
    /// Six glyphs, kept in plain text.
    pub code: String,
    /// Hash of the long token that only the extension holds.
    pub token: TokenHash,
    /// Where it was asked for; kept in the audit row only.
    pub source: Option<IpAddr>,
    /// Now; it ends ten minutes later.
    pub now: Timestamp,
}

/// What became of [`NewPairing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartPairing {
    /// Open.
    Started {
        /// The browser's id.
        integration: Uuid,
        /// When it ends.
        expires: Timestamp,
    },
    /// An open pairing has this code; try another.
    CodeTaken,
}

/// A pairing that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPairing {
    /// The browser's id.
    pub integration: Uuid,
    /// What it calls itself.
    pub browser_label: Option<String>,
    /// The code to compare.
    pub code: String,
    /// Where it was asked for.
    pub source: Option<IpAddr>,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// What became of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Approved, now or before.
    Approved,
    /// No open pairing has this code, or it was redeemed.
    NotFound,
    /// Too late.
    Expired,
    /// Too many wrong codes; come back after so many seconds.
    Limited {
        /// Until the wrong guesses are forgotten; at least 1.
        retry_after_secs: u32,
    },
}

/// What became of a status poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redemption {
    /// Nobody has approved yet.
    NotApproved,
    /// This caller, and no other, gets the token.
    Redeemed {
        /// The browser's id.
        integration: Uuid,
        /// Operations queued for it.
        enqueued: u64,
    },
    /// Never issued, redeemed, or swept.
    Unknown,
    /// Too late.
    Expired,
}

/// Who holds a bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// A paired browser.
    Known {
        /// Its id.
        integration: Uuid,
    },
    /// Issued once, not in force any more.
    Revoked,
    /// Never issued by this database.
    Unknown,
}

/// What became of a disconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnection {
    /// Done, now or before.
    Done,
    /// No such browser.
    NotFound,
}

/// What became of "sync now".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerSync {
    /// So many operations were queued.
    Triggered {
        /// How many.
        enqueued: u64,
    },
    /// No such browser.
    NotFound,
    /// The browser is not paired.
    NotActive,
}

/// What became of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Pending again.
    Queued,
    /// No such operation.
    NotFound,
    /// It has not failed.
    NotRetryable,
}

/// Which operations to show.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter {
    /// One browser, or all.
    pub integration: Option<Uuid>,
    /// Of these browsers alone.
    pub scope: Scope,
    /// Failed ones instead of open ones.
    pub failed: bool,
    /// At most so many.
    pub limit: u32,
}

/// An operation as the dashboard shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// Its id.
    pub id: Uuid,
    /// Which browser does it.
    pub integration: Uuid,
    /// What that calls itself.
    pub browser_label: Option<String>,
    /// What is done.
    pub kind: OperationKind,
    /// `pending`, `in_progress` or `failed`.
    pub status: String,
    /// The skill's name, if it concerns one.
    pub skill_name: Option<String>,
    /// Hand-outs so far.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created: Timestamp,
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where in the skill.
    pub path: RelativePath,
    /// May be run.
    pub executable: bool,
    /// The bytes.
    pub content: Vec<u8>,
}

/// A folder to keep as a skill's newest version.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// Front-matter name after repair: the skill's identity.
    pub name: String,
    /// Front-matter description after repair.
    pub description: String,
    /// The folder below the library root, `/`-separated.
    pub source_path: String,
    /// Canonical digest of the folder as it is on disk.
    pub source_digest: Digest,
    /// The folder as it is on disk.
    pub source_files: Vec<StoredFile>,
    /// Canonical digest of what is uploaded.
    pub bundle_digest: Digest,
    /// Files of the bundle that differ from the source (a repaired `SKILL.md`); none when nothing was repaired.
    pub repaired_files: Vec<StoredFile>,
    /// Now.
    pub now: Timestamp,
}

/// What became of [`NewVersion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// The newest version is the same.
    Unchanged,
    /// Kept.
    Imported {
        /// The skill.
        skill: Uuid,
        /// The version.
        version: Uuid,
        /// Counted from 1.
        number: u32,
        /// Operations queued.
        enqueued: u64,
    },
}

/// How a folder of the library ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Taken as it is.
    Ok,
    /// Taken after mechanical repair.
    Repaired,
    /// Not taken; what the account holds stays as it is.
    Refused,
}

/// What became of one folder in the last scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryEntry {
    /// The folder below the library root.
    pub source_path: String,
    /// The skill's name, where one could be read.
    pub name: Option<String>,
    /// How it ended.
    pub state: EntryState,
    /// A stable code when refused, e.g. `DESCRIPTION_MISSING`.
    pub reason: Option<String>,
    /// Plain sentences: what was changed, or why it was refused and what to do.
    pub notes: Vec<String>,
    /// A plain sentence about what stands between the folder and the newest version.
    pub notice: Option<String>,
    /// When it was looked at.
    pub seen: Timestamp,
}

/// A live skill as the dashboard shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillSummary {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Number of its newest version.
    pub version: u32,
    /// When that was kept.
    pub updated: Timestamp,
    /// Paired browsers that hold the newest version.
    pub browsers_in_sync: u32,
    /// Paired browsers that an open operation is under way for.
    pub browsers_pending: u32,
    /// Paired browsers for which it has failed.
    pub browsers_failed: u32,
}

/// Newest digest of a live skill that lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestDigest {
    /// The skill's name.
    pub name: String,
    /// Its folder.
    pub source_path: String,
    /// Its newest version.
    pub version: Uuid,
    /// Canonical digest of that version's source.
    pub source_digest: Digest,
    /// Canonical digest of the folder when it was last read or written. A newest version that differs waits to be written.
    pub folder_digest: Option<Digest>,
}

/// May this browser have the bundle?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BundleAccess {
    /// Here it is.
    Granted {
        /// The skill's name.
        name: String,
        /// The version's number.
        number: u32,
        /// Canonical digest of the files.
        digest: Digest,
        /// What is uploaded: the source with repaired files in place.
        files: Vec<StoredFile>,
    },
    /// Unknown version, or another skill's.
    VersionNotFound,
    /// Gone, or nothing to do with this browser.
    SkillNotFound,
}

/// What stood on claude.ai before an overwrite or delete.
#[derive(Debug, Clone)]
pub struct NewSnapshot {
    /// Which browser saw it.
    pub integration: Uuid,
    /// The library's skill.
    pub skill: Uuid,
    /// The account's skill.
    pub claude_ai_skill_id: String,
    /// The account's version mark.
    pub claude_ai_version: Option<String>,
    /// Canonical digest of the files.
    pub digest: Digest,
    /// The files.
    pub files: Vec<StoredFile>,
    /// Now.
    pub now: Timestamp,
}

/// An audit event to write.
#[derive(Debug, Clone)]
pub struct NewAuditEvent {
    /// The browser it concerns.
    pub integration: Option<Uuid>,
    /// One of the known names.
    pub event: AuditEventName,
    /// The skill it concerns.
    pub skill: Option<Uuid>,
    /// Its detail. Never a secret.
    pub detail: serde_json::Value,
    /// Where it came from.
    pub source: Option<IpAddr>,
    /// When.
    pub now: Timestamp,
}

/// An audit event as it is shown.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// The browser it concerns.
    pub integration: Option<Uuid>,
    /// Its name.
    pub event: String,
    /// The skill's name, if that still exists.
    pub skill_name: Option<String>,
    /// Its detail.
    pub detail: serde_json::Value,
    /// When.
    pub created: Timestamp,
}

pub use crate::domain::audit::AuditEventName;
