//! What the server remembers, and what every database behind it must guarantee.
//!
//! [`Store`] is the sum of small traits by subject. Each method is one transaction: it happens wholly or not
//! at all, its effects are visible to every later call of any process, and a dropped future rolls back. Time is an
//! argument. Methods that several callers race for name their winner rule. Both implementations are held
//! to this by one suite, [`conformance`].

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use companion_wire::health::ConnectorHealth;
use companion_wire::integration::{ExtensionStatus, Integration};
use companion_wire::operation::Operation;
use uuid::Uuid;

use crate::domain::chain::ChainReport;
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::domain::people::Actor;
use crate::time::Timestamp;
use crate::token::TokenHash;

mod access;
mod activity;
mod admin_tokens;
mod analytics;
mod arrivals;
mod audit;
mod backup;
mod bearers;
mod beside;
mod brought;
mod browser_settings;
mod chain;
#[cfg(test)]
mod chained;
mod changes;
mod collections;
mod column;
mod completion;
mod conflicts;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod connected;
mod connector_health;
#[cfg(test)]
mod convergence;
mod days;
mod diagnostic;
mod examine;
mod figures;
#[cfg(test)]
mod fixture;
mod folder;
mod folder_imports;
mod groups;
mod guesses;
mod health;
mod held_batches;
mod hold;
#[cfg(test)]
mod holding;
mod imports;
mod inbound;
mod integrations;
mod library;
mod machines;
mod migration;
mod models;
mod open;
#[cfg(test)]
mod opening;
mod operations;
mod overview;
#[cfg(test)]
mod overviewed;
mod pairing;
mod pairing_polls;
mod pause;
#[cfg(test)]
mod pausing;
mod person;
#[cfg(test)]
mod personal;
mod poll;
mod prune;
#[cfg(test)]
mod pruned;
mod publication;
mod publish;
#[cfg(test)]
mod published;
mod queue;
mod reconcile;
mod redaction;
mod renaming;
#[cfg(test)]
mod reported;
mod reports;
mod rows;
mod services;
mod sign_in;
mod signal;
#[cfg(test)]
mod signed_in;
mod skill_rows;
mod skill_sync;
mod skills;
mod sql;
mod together;
#[cfg(test)]
mod upgrading;
mod usage;
mod users;
mod visibility;

pub use access::{NewSession, SESSION_LIFETIME, SessionSummary};
pub use activity::{ActivityFilter, ActivityStore, Found};
pub use admin_tokens::{AdminToken, AdminTokenStore};
pub use analytics::AnalyticsStore;
pub use backup::{BackupError, backup, restore};
pub use brought::{Brought, BroughtStore};
pub use browser_settings::{BrowserChange, BrowserSettingsStore, Rotation};
pub use changes::{ChangeStore, Changed, Topic, Topics};
pub use collections::{CollectionFilter, CollectionStore, CreateCollection, RemoveCollection};
pub use conflicts::{ConflictSides, ConflictStore, Resolution, Resolved};
pub use connector_health::ConnectorHealthStore;
pub use diagnostic::DiagnosticStore;
pub use examine::{Examined, examine};
pub use figures::{Asks, DayOfUse, FigureStore, Glance, QueueAges, Uses};
pub use folder::FolderStore;
pub use folder_imports::{FolderImport, FolderImportStore, InLibrary};
pub use groups::{Group, GroupStore, GroupSummary};
pub use guesses::{Approver, GuessStore, LoginAttempt};
pub use held_batches::{Admission, HeldBatchStore, HeldDecision, RemovalDecisions};
pub use imports::{ImportStore, ImportedSkill, NewImport};
pub use machines::{MachineBearer, MachineStore};
pub use migration::head as schema_head;
pub use models::*;
pub use open::{DatabaseUrl, OpenError, open, open_beside, verify_audit};
pub use overview::{OverviewStore, Repair, SkillBrowser, SkillOperation, SkillQuery, SkillRow, SkillState};
pub use pause::{Gate, PauseStore, Receiver};
pub use person::{DeleteUser, PersonStore};
pub use poll::{PollStore, Waiting};
pub use prune::{PruneStore, Pruned, Unwanted, prune};
pub use queue::QueueStore;
pub use services::{Connection, NewConnection, Revocation, ServiceStore};
pub use sign_in::{NewSignIn, SIGN_IN_LIFETIME, SignInStore, SignedIn};
pub use skill_sync::SkillSyncStore;
pub use skills::{NewSkill, SkillChange, SkillFilter, SkillRemoval, SkillStore, SkillWrite};
pub use usage::{SkillUse, UsageStore};
pub use users::{AddUser, ChangeUser, Looks, User, UserStore};
pub use visibility::VisibilityStore;

/// The store behind both databases.
#[derive(Debug)]
struct SqlStore {
    db: sql::Db,
    signal: signal::Signal,
    reports: reports::Reports,
    pairing_polls: pairing_polls::PairingPolls,
    bearers: bearers::Bearers,
    /// Held for as long as the process lives; SQLite only.
    _lock: Option<std::fs::File>,
}

impl SqlStore {
    fn new(db: sql::Db, signal: signal::Signal, lock: Option<std::fs::File>) -> Arc<Self> {
        let reports = reports::begin(db.clone(), signal.clone());
        let pairing_polls = pairing_polls::begin(db.clone());
        let bearers = bearers::begin(db.clone());
        Arc::new(Self { db, signal, reports, pairing_polls, bearers, _lock: lock })
    }
}

/// Everything the server remembers.
pub trait Store:
    PairingStore
    + IntegrationStore
    + OperationStore
    + LibraryStore
    + AccessStore
    + AuditStore
    + DiagnosticStore
    + BrowserSettingsStore
    + SkillSyncStore
    + ActivityStore
    + QueueStore
    + SkillStore
    + CollectionStore
    + ImportStore
    + ConflictStore
    + UsageStore
    + AnalyticsStore
    + GroupStore
    + PruneStore
    + PollStore
    + HeldBatchStore
    + FolderStore
    + FolderImportStore
    + BroughtStore
    + UserStore
    + AdminTokenStore
    + GuessStore
    + VisibilityStore
    + SignInStore
    + ConnectorHealthStore
    + PauseStore
    + ServiceStore
    + MachineStore
    + PersonStore
    + OverviewStore
    + FigureStore
    + ChangeStore
{
}
impl<T> Store for T where
    T: PairingStore
        + IntegrationStore
        + OperationStore
        + LibraryStore
        + AccessStore
        + AuditStore
        + DiagnosticStore
        + BrowserSettingsStore
        + SkillSyncStore
        + ActivityStore
        + QueueStore
        + SkillStore
        + CollectionStore
        + ImportStore
        + ConflictStore
        + UsageStore
        + AnalyticsStore
        + GroupStore
        + PruneStore
        + PollStore
        + HeldBatchStore
        + FolderStore
        + FolderImportStore
        + BroughtStore
        + UserStore
        + AdminTokenStore
        + GuessStore
        + VisibilityStore
        + SignInStore
        + ConnectorHealthStore
        + PauseStore
        + ServiceStore
        + MachineStore
        + PersonStore
        + OverviewStore
        + FigureStore
        + ChangeStore
{
}

/// A store that can be handed round.
pub type SharedStore = Arc<dyn Store>;

/// A transaction that did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Busy beyond the waiting time, or the connection is gone. The same call may succeed later.
    #[error("the database cannot be reached or is busy: {0}")]
    Unavailable(String),
    /// No room left for the data. Nothing was written; the same call may succeed once there is room.
    #[error("the disk that holds the database is full")]
    Full,
    /// Anything else; a defect of ours or of the data.
    #[error("the database refused: {0}")]
    Refused(String),
}

/// Result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;

/// The handshake between a browser and a person (`docs/protocol.md`, "Pairing").
#[async_trait]
pub trait PairingStore: Send + Sync {
    /// Counts an attempt unless `limit` attempts of this address lie in the last 60 seconds already (`limit` 0 = no limit;
    /// no address = no limit). Committed on its own, so that attempts whose request fails later count too.
    async fn record_attempt(
        &self,
        endpoint: AttemptEndpoint,
        source: Option<IpAddr>,
        limit: u32,
        now: Timestamp,
    ) -> StoreResult<Attempt>;
    /// Opens a pairing valid for ten minutes and writes `pair_started`. A code that an open pairing has already is refused.
    async fn start_pairing(&self, new: NewPairing) -> StoreResult<StartPairing>;
    /// Open, unexpired and unapproved pairings, newest first.
    async fn pending_pairings(&self, now: Timestamp) -> StoreResult<Vec<PendingPairing>>;
    /// Approves by code; a second approval is `Approved` again without a second audit row. Writes `pair_approved` and makes the
    /// browser the approver's. A wrong code counts against the approver, and after five of them in ten minutes nothing is looked
    /// up any more (`Limited`), whichever process is asked.
    async fn approve_pairing(&self, code: &str, by: Approver, now: Timestamp) -> StoreResult<Approval>;
    /// Redeems an approved pairing: of any number of simultaneous calls exactly one gets `Redeemed`, all others `Unknown`.
    /// In one transaction: the extension token's hash is stored, the status becomes `active`, the pairing's secrets are
    /// forgotten, `pair_redeemed` is written, and an operation is queued for every skill of the library (`sync_triggered`,
    /// `{"reason": "pair_backfill", "enqueued": n}`, if any).
    async fn redeem_pairing(
        &self,
        pairing: &TokenHash,
        extension: &TokenHash,
        now: Timestamp,
    ) -> StoreResult<Redemption>;
    /// Removes pairings that ended unredeemed an hour before `now` or earlier, writing `pair_expired` for each. They never count as errors.
    /// Attempt rows older than a day go as well. Returns how many pairings ended.
    async fn sweep_pairings(&self, now: Timestamp) -> StoreResult<u64>;
}

/// Paired browsers.
#[async_trait]
pub trait IntegrationStore: Send + Sync {
    /// Who holds this bearer. `Revoked` for every hash this database has ever issued that is not in force now, even
    /// after an operator's raw `UPDATE … SET status = 'disconnected', extension_token_hash = NULL`.
    async fn authenticate(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<Bearer>;
    /// All but pending ones, newest first.
    async fn integrations(&self) -> StoreResult<Vec<Integration>>;
    /// One browser about itself.
    async fn extension_status(&self, id: Uuid) -> StoreResult<Option<ExtensionStatus>>;
    /// Revokes the token, fails all open operations with a fixed reason and no `completed_at`, writes
    /// `integration_disconnected`. Repeats are harmless. Nothing is removed from claude.ai.
    async fn disconnect(&self, id: Uuid, now: Timestamp) -> StoreResult<Disconnection>;
    /// Queues whatever is missing for this browser and writes `sync_triggered` with `{"reason": "user_triggered", "uploads_enqueued": n}`.
    async fn trigger_sync(&self, id: Uuid, now: Timestamp) -> StoreResult<TriggerSync>;
    /// A browser wants to be brought in step: gives its failed operations another three attempts, forgets its error, queues
    /// whatever is missing, and writes `sync_triggered` with `{"reason": "manual_reconcile", "enqueued": n}`. Returns n, which counts
    /// operations that were failed or missing and now wait; `None` when the browser is not paired.
    async fn reconcile(&self, id: Uuid, now: Timestamp) -> StoreResult<Option<u64>>;
    /// Ids of the skills of the account that are known for this browser, ordered.
    async fn known_skill_ids(&self, id: Uuid) -> StoreResult<Vec<String>>;
    /// The figures of `GET …/health`.
    async fn connector_health(&self) -> StoreResult<ConnectorHealth>;
    /// The newest applied migration, proving that the database answers.
    async fn schema_version(&self) -> StoreResult<String>;
}

/// The operation queue (`docs/protocol.md`, "Operations").
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// Leases up to `limit` pending operations whose `not_before` has passed, oldest first: status `in_progress`, `started_at` =
    /// now, attempts + 1. No operation is in two answers, whichever process asks. Never two operations of one skill.
    async fn lease(&self, integration: Uuid, limit: u32, now: Timestamp) -> StoreResult<Vec<Operation>>;
    /// Applies a completion by the rules of [`crate::domain::operations`], then queues what the skill still needs. Reports that arrive
    /// together share a transaction, in the order of their arrival; one that the database refuses does not keep the others out. A
    /// report is applied also when its caller has stopped waiting.
    async fn complete(
        &self,
        integration: Uuid,
        operation: Uuid,
        report: CompletionReport,
        now: Timestamp,
    ) -> StoreResult<CompletionOutcome>;
    /// `failed` → `pending` with attempts 0; writes `op_retried`.
    async fn retry(&self, operation: Uuid, now: Timestamp) -> StoreResult<Retry>;
    /// Ends all leases of this browser, which says that it holds none: an answer that never arrived took them along. By the rules of
    /// [`Self::reap`]. Returns how many.
    async fn recover(&self, integration: Uuid, now: Timestamp) -> StoreResult<u64>;
    /// Gives leases of more than three minutes back (or fails them when the budget is used up). Returns how many.
    async fn reap(&self, now: Timestamp) -> StoreResult<u64>;
    /// Open operations of one browser or all, oldest first, at most `limit`; and recent failed ones for the dashboard.
    async fn queue(&self, filter: QueueFilter) -> StoreResult<Vec<QueueItem>>;
    /// Resolves when something was queued for this browser (or for any, or by another process) since the call began, at
    /// the latest after `wait`. Spurious wake-ups are allowed, lost ones are not.
    async fn work_arrives(&self, integration: Uuid, wait: std::time::Duration);
}

/// The library: skills, their versions as whole folders, and what became of each folder.
#[async_trait]
pub trait LibraryStore: Send + Sync {
    /// Keeps a folder as the skill's newest version and queues it for every paired browser, unless the newest version has
    /// the same source digest already (`Unchanged`, nothing written but `last_seen`). Safe when two processes import the same.
    async fn import_version(&self, new: NewVersion) -> StoreResult<Import>;
    /// The skill is gone from the folder: keeps every version, queues the removal for browsers that hold it.
    async fn remove_skill(&self, name: &str, now: Timestamp) -> StoreResult<bool>;
    /// Remembers what became of each folder of the last scan; entries that are not named are forgotten.
    async fn replace_entries(&self, entries: Vec<LibraryEntry>) -> StoreResult<()>;
    /// What became of each folder of the last scan, by path.
    async fn entries(&self) -> StoreResult<Vec<LibraryEntry>>;
    /// All live skills by name.
    async fn skills(&self) -> StoreResult<Vec<SkillSummary>>;
    /// Source digest of the newest version of each live skill that lies in the folder, for cheap comparison.
    async fn newest_digests(&self) -> StoreResult<Vec<NewestDigest>>;
    /// Bundle files of a version, for a browser that has a link to the skill or an open upload or update of it.
    async fn bundle_for(&self, integration: Uuid, skill: Uuid, version: Uuid) -> StoreResult<BundleAccess>;
    /// A version's source files whatever its age: the way back to anything that was ever kept.
    async fn version_files(&self, version: Uuid) -> StoreResult<Option<Vec<StoredFile>>>;
    /// Keeps what stood on claude.ai as a version that is never the newest; audit `skill_imported` with `{"reason": "remote_snapshot"}`.
    async fn keep_remote_snapshot(&self, snapshot: NewSnapshot) -> StoreResult<Option<Uuid>>;
}

/// Who may use the dashboard.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Remembers a one-time login link that signs this person in; without one, the first admin.
    async fn add_login_link(&self, link: &TokenHash, user: Option<Uuid>, expires: Timestamp) -> StoreResult<()>;
    /// Turns a link into a session: exactly one of any number of calls wins. `None` when unknown, used or expired, or when the
    /// person may not log in. Where there is no admin yet, one is added.
    async fn redeem_login_link(
        &self,
        link: &TokenHash,
        session: NewSession,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>>;
    /// Begins a session for somebody who has proved by their password who they are. False when they may not log in. Writes
    /// `user_signed_in`, as every way in does.
    async fn begin_session(&self, user: Uuid, session: NewSession, now: Timestamp) -> StoreResult<bool>;
    /// Whose session this is, if it is in force; notes its use to the minute.
    async fn session(&self, session: &TokenHash, now: Timestamp) -> StoreResult<Option<Actor>>;
    /// A person's sessions, the one used last first.
    async fn sessions(&self, user: Uuid, now: Timestamp) -> StoreResult<Vec<SessionSummary>>;
    /// Ends a session.
    async fn end_session(&self, session: &TokenHash) -> StoreResult<()>;
    /// Ends one of a person's sessions by its id; false when it is not theirs.
    async fn end_session_of(&self, user: Uuid, id: Uuid) -> StoreResult<bool>;
    /// Ends all of a person's sessions but `keep`. Returns how many.
    async fn end_other_sessions(&self, user: Uuid, keep: Option<TokenHash>) -> StoreResult<u64>;
}

/// The audit log: append only.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Writes one event. (Events that belong to a change are written by the change's own transaction instead.)
    async fn append(&self, event: NewAuditEvent) -> StoreResult<()>;
    /// Looks whether every row of the log is as it was written (see [`crate::domain::chain`]).
    async fn verify_chain(&self) -> StoreResult<ChainReport>;
    /// The newest `limit` events, newest first.
    async fn recent_events(&self, limit: u32) -> StoreResult<Vec<AuditEvent>>;
}
