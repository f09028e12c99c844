//! The library as a person looks through it: page by page, with what became of each skill in each account.

use async_trait::async_trait;
use companion_wire::integration::IntegrationStatus;
use companion_wire::operation::OperationKind;
use sqlx::types::Json;
use uuid::Uuid;

use super::figures::{in_step_in, paired};
use super::integrations::status_named;
use super::library::state_named;
use super::reconcile::kind_named;
use super::sql::args;
use super::{LibraryEntry, SqlStore, StoreResult};
use crate::domain::people::Scope;
use crate::time::Timestamp;

/// Where a skill stands as a whole. What asks for a person comes before what goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkillState {
    /// A person has taken it out.
    Off,
    /// Both sides changed in an account.
    Conflict,
    /// An operation has failed for good.
    Failed,
    /// An operation waits for a person to agree to a change of many skills.
    Held,
    /// An operation is under way.
    Waiting,
    /// Every paired browser's account holds the newest version.
    InStep,
    /// Some account does not hold it and nothing is under way.
    Apart,
    /// No browser is paired.
    Alone,
}

impl SkillState {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::InStep, Self::Waiting, Self::Held, Self::Conflict, Self::Failed, Self::Apart, Self::Off, Self::Alone];

    /// Its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::InStep => "in-step",
            Self::Apart => "apart",
            Self::Alone => "alone",
        }
    }

    /// The state of this name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Which skills to show.
#[derive(Debug, Clone, Default)]
pub struct SkillQuery {
    /// With the figures of these browsers alone.
    pub scope: Scope,
    /// Those whose name or description has this in it, in any letter case.
    pub part: Option<String>,
    /// Those that stand so.
    pub state: Option<SkillState>,
    /// So many of them are left out.
    pub skip: u32,
    /// At most so many.
    pub limit: u32,
}

/// A skill in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillRow {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Number of its newest version.
    pub version: u32,
    /// When that was kept.
    pub updated: Timestamp,
    /// Where it stands.
    pub state: SkillState,
    /// Paired browsers whose account holds the newest version.
    pub in_step: u32,
    /// What is uploaded was repaired.
    pub repaired: bool,
}

/// A browser and one skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillBrowser {
    /// The browser.
    pub integration: Uuid,
    /// What it calls itself.
    pub label: Option<String>,
    /// Where it stands itself.
    pub status: IntegrationStatus,
    /// Where the skill stands there.
    pub state: SkillState,
    /// The link, where the account holds it.
    pub link: Option<Uuid>,
    /// When a browser saw it in the account last.
    pub last_seen: Option<Timestamp>,
    /// The open or failed operation.
    pub operation: Option<SkillOperation>,
}

/// What is under way for a skill in a browser, or has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillOperation {
    /// Its id.
    pub id: Uuid,
    /// What is done.
    pub kind: OperationKind,
    /// A browser has it.
    pub in_progress: bool,
    /// Hand-outs so far.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// A file before and after repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Where in the skill.
    pub path: String,
    /// As it lies in the library; none for a file that only the upload has.
    pub before: Option<Vec<u8>>,
    /// As it is uploaded.
    pub after: Vec<u8>,
}

/// Looking through the library.
#[async_trait]
pub trait OverviewStore: Send + Sync {
    /// One page of the live skills by name, and how many match in all.
    async fn skill_page(&self, query: SkillQuery) -> StoreResult<(Vec<SkillRow>, u64)>;
    /// A live skill in each paired browser, by their labels; empty when there is no such skill.
    async fn skill_browsers(&self, slug: &str, scope: Scope) -> StoreResult<Vec<SkillBrowser>>;
    /// What pre-flight changed in a live skill's newest version, by path.
    async fn repairs(&self, slug: &str) -> StoreResult<Vec<Repair>>;
    /// What is noted about a live skill's folder.
    async fn entry_of(&self, slug: &str) -> StoreResult<Option<LibraryEntry>>;
    /// Folders that were not taken and have `part` in their path, by path, at most `limit`.
    async fn refused_entries(&self, part: Option<String>, limit: u32) -> StoreResult<Vec<LibraryEntry>>;
}

type PageColumns = (String, String, String, i64, Timestamp, bool, i64, bool, bool, bool, bool, bool, i64);

/// Live skills with this text and in this state.
macro_rules! matching {
    ($what:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
             WHERE s.removed_at IS NULL
               AND ($3 IS NULL OR LOWER(s.name) LIKE $3 ESCAPE '\\' OR LOWER(s.description) LIKE $3 ESCAPE '\\')
               AND ($4 IS NULL
                 OR ($4 = 'off' AND NOT s.claude_ai_sync_enabled)
                 OR ($4 = 'alone' AND $5 = 0)
                 OR ($4 = 'conflict' AND s.id IN (SELECT l.skillnote_skill_id FROM claude_ai_skill_links l
                      JOIN claude_ai_integrations i ON i.id = l.integration_id AND (i.user_id = $1 OR $2)
                      WHERE l.conflict_state = 'diverged' AND i.status <> 'disconnected'))
                 OR ($4 IN ('failed', 'held', 'waiting') AND s.id IN (SELECT o.skill_id FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2) AND i.status <> 'disconnected'
                      WHERE o.status <> 'completed' AND o.skill_id IS NOT NULL
                        AND CASE WHEN o.status = 'failed' THEN 'failed' WHEN o.held THEN 'held' ELSE 'waiting' END = $4))
                 OR ($4 IN ('in-step', 'apart') AND s.claude_ai_sync_enabled AND $5 > 0
                     AND ($4 = 'in-step') = (s.id IN ",
            in_step_in!("$5"),
            ")
                     AND s.id NOT IN (SELECT o.skill_id FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2) AND i.status <> 'disconnected'
                      WHERE o.status <> 'completed' AND o.skill_id IS NOT NULL)
                     AND s.id NOT IN (SELECT l.skillnote_skill_id FROM claude_ai_skill_links l
                      JOIN claude_ai_integrations i ON i.id = l.integration_id AND (i.user_id = $1 OR $2) AND i.status <> 'disconnected'
                      WHERE l.conflict_state = 'diverged' AND l.skillnote_skill_id IS NOT NULL)))",
            $end
        )
    };
}

/// A page of them; what is said about each is found out for those of the page alone.
const PAGE: &str = concat!(
    "SELECT p.slug, p.name, p.description, p.current_version, p.created_at, p.claude_ai_sync_enabled,
     (SELECT COUNT(*) FROM claude_ai_skill_links l
      JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.status IN ('active', 'cookie_expired')
          AND (i.user_id = $1 OR $2)
      WHERE l.skillnote_skill_id = p.id AND l.confirmed AND l.pushed_digest = p.bundle_digest),
     EXISTS (SELECT 1 FROM claude_ai_skill_links l
      JOIN claude_ai_integrations i ON i.id = l.integration_id AND i.status <> 'disconnected' AND (i.user_id = $1 OR $2)
      WHERE l.skillnote_skill_id = p.id AND l.conflict_state = 'diverged'),
     EXISTS (SELECT 1 FROM claude_ai_sync_operations o
      JOIN claude_ai_integrations i ON i.id = o.integration_id AND i.status <> 'disconnected' AND (i.user_id = $1 OR $2)
      WHERE o.skill_id = p.id AND o.status = 'failed'),
     EXISTS (SELECT 1 FROM claude_ai_sync_operations o
      JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2)
      WHERE o.skill_id = p.id AND o.status IN ('pending', 'in_progress') AND o.held),
     EXISTS (SELECT 1 FROM claude_ai_sync_operations o
      JOIN claude_ai_integrations i ON i.id = o.integration_id AND (i.user_id = $1 OR $2)
      WHERE o.skill_id = p.id AND o.status IN ('pending', 'in_progress') AND NOT o.held),
     EXISTS (SELECT 1 FROM skill_version_files f
      WHERE f.version_id = p.version_id AND f.part = 'bundle'),
     p.total
     FROM (",
    matching!(
        "s.id, s.slug, s.name, s.description, s.current_version, s.claude_ai_sync_enabled, v.id AS version_id, v.created_at,
         v.bundle_digest, COUNT(*) OVER () AS total",
        " ORDER BY s.name LIMIT $6 OFFSET $7"
    ),
    ") p ORDER BY p.name"
);
const COUNT: &str = matching!("COUNT(*)", "");

#[async_trait]
impl OverviewStore for SqlStore {
    async fn skill_page(&self, query: SkillQuery) -> StoreResult<(Vec<SkillRow>, u64)> {
        let (owner, everybodys) = (query.scope.owner(), query.scope == Scope::All);
        let (part, state) = (query.part.map(|part| pattern(&part)), query.state.map(SkillState::as_str));
        let mut tx = self.db.read().await?;
        let paired = paired(&mut tx, query.scope).await?;
        let rows: Vec<PageColumns> =
            tx.all(PAGE, args![owner, everybodys, part.clone(), state, paired, query.limit, query.skip]).await?;
        let total = match rows.first() {
            Some((.., total)) => *total,
            // Behind the last page nobody has counted.
            None if query.skip > 0 => {
                let counted: Option<(i64,)> = tx.optional(COUNT, args![owner, everybodys, part, state, paired]).await?;
                counted.map_or(0, |(total,)| total)
            }
            None => 0,
        };
        let row = |(
            slug,
            name,
            description,
            version,
            updated,
            on,
            in_step,
            conflict,
            failed,
            held,
            open,
            repaired,
            _,
        ): PageColumns| SkillRow {
            slug,
            name,
            description,
            version: count(version),
            updated,
            state: state_of(on, conflict, failed, held, open, (in_step, paired)),
            in_step: count(in_step),
            repaired,
        };
        Ok((rows.into_iter().map(row).collect(), total.unsigned_abs()))
    }

    async fn skill_browsers(&self, slug: &str, scope: Scope) -> StoreResult<Vec<SkillBrowser>> {
        type Columns = (
            (Uuid, Option<String>, String, bool, Option<Uuid>, Option<String>, Option<Timestamp>, bool),
            (Option<Uuid>, Option<String>, Option<String>, Option<bool>, Option<i64>, Option<String>),
        );
        type Row = (
            Uuid,
            Option<String>,
            String,
            bool,
            Option<Uuid>,
            Option<String>,
            Option<Timestamp>,
            bool,
            Option<Uuid>,
            Option<String>,
            Option<String>,
            Option<bool>,
            Option<i64>,
            Option<String>,
        );
        let rows: Vec<Row> = self
            .db
            .all(
                "SELECT i.id, i.browser_label, i.status, s.claude_ai_sync_enabled, l.id, l.conflict_state, l.last_seen_at,
                     COALESCE(l.confirmed AND l.pushed_digest = v.bundle_digest, $4),
                     o.id, o.kind, o.status, o.held, o.attempts, o.last_error
                 FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 JOIN claude_ai_integrations i ON i.status IN ('active', 'cookie_expired', 'error') AND (i.user_id = $2 OR $3)
                 LEFT JOIN claude_ai_skill_links l ON l.integration_id = i.id AND l.skillnote_skill_id = s.id
                 LEFT JOIN claude_ai_sync_operations o ON o.integration_id = i.id AND o.skill_id = s.id AND o.status <> 'completed'
                 WHERE s.slug = $1 AND s.removed_at IS NULL ORDER BY i.browser_label, i.id",
                args![slug, scope.owner(), scope == Scope::All, false],
            )
            .await?;
        let split = |(a, b, c, d, e, f, g, h, i, j, k, l, m, n): Row| -> Columns {
            ((a, b, c, d, e, f, g, h), (i, j, k, l, m, n))
        };
        Ok(rows.into_iter().map(split).map(|(browser, operation)| browser_row(browser, operation)).collect())
    }

    async fn repairs(&self, slug: &str) -> StoreResult<Vec<Repair>> {
        let rows: Vec<(String, Vec<u8>, Option<Vec<u8>>)> = self
            .db
            .all(
                "SELECT f.path, b.content, c.content
                 FROM skills s JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
                 JOIN skill_version_files f ON f.version_id = v.id AND f.part = 'bundle'
                 JOIN blobs b ON b.digest = f.digest
                 LEFT JOIN skill_version_files g ON g.version_id = v.id AND g.part = 'source' AND g.path = f.path
                 LEFT JOIN blobs c ON c.digest = g.digest
                 WHERE s.slug = $1 AND s.removed_at IS NULL ORDER BY f.path",
                args![slug],
            )
            .await?;
        Ok(rows.into_iter().map(|(path, after, before)| Repair { path, before, after }).collect())
    }

    async fn entry_of(&self, slug: &str) -> StoreResult<Option<LibraryEntry>> {
        let row: Option<EntryColumns> = self
            .db
            .optional(
                "SELECT e.source_path, e.name, e.state, e.reason, e.notes, e.seen_at, e.notice
                 FROM skills s JOIN library_entries e ON e.source_path = s.source_path
                 WHERE s.slug = $1 AND s.removed_at IS NULL",
                args![slug],
            )
            .await?;
        Ok(row.map(entry))
    }

    async fn refused_entries(&self, part: Option<String>, limit: u32) -> StoreResult<Vec<LibraryEntry>> {
        let rows: Vec<EntryColumns> = self
            .db
            .all(
                "SELECT source_path, name, state, reason, notes, seen_at, notice FROM library_entries
                 WHERE state = 'refused' AND ($1 IS NULL OR LOWER(source_path) LIKE $1 ESCAPE '\\')
                 ORDER BY source_path LIMIT $2",
                args![part.map(|part| pattern(&part)), limit],
            )
            .await?;
        Ok(rows.into_iter().map(entry).collect())
    }
}

fn state_of(
    on: bool,
    conflict: bool,
    failed: bool,
    held: bool,
    open: bool,
    (in_step, paired): (i64, i64),
) -> SkillState {
    match (on, paired) {
        (false, _) => SkillState::Off,
        _ if conflict => SkillState::Conflict,
        _ if failed => SkillState::Failed,
        _ if held => SkillState::Held,
        (_, 0) => SkillState::Alone,
        _ if open => SkillState::Waiting,
        _ if in_step >= paired => SkillState::InStep,
        _ => SkillState::Apart,
    }
}

type BrowserColumns = (Uuid, Option<String>, String, bool, Option<Uuid>, Option<String>, Option<Timestamp>, bool);
type OperationColumns = (Option<Uuid>, Option<String>, Option<String>, Option<bool>, Option<i64>, Option<String>);

fn browser_row(browser: BrowserColumns, operation: OperationColumns) -> SkillBrowser {
    let (integration, label, status, on, link, conflict, last_seen, current) = browser;
    let (id, kind, progress, held, attempts, last_error) = operation;
    let failed = progress.as_deref() == Some("failed");
    let diverged = conflict.as_deref() == Some("diverged");
    let held = held.unwrap_or(false) && !failed;
    let open = id.is_some() && !failed && !held;
    let operation = id.zip(kind.as_deref().map(kind_named)).map(|(id, kind)| SkillOperation {
        id,
        kind,
        in_progress: progress.as_deref() == Some("in_progress"),
        attempts: count(attempts.unwrap_or_default()),
        last_error,
    });
    let state = state_of(on, diverged, failed, held, open, (i64::from(current), 1));
    SkillBrowser { integration, label, status: status_named(&status), state, link, last_seen, operation }
}

type EntryColumns = (String, Option<String>, String, Option<String>, Json<Vec<String>>, Timestamp, Option<String>);

fn entry((source_path, name, state, reason, Json(notes), seen, notice): EntryColumns) -> LibraryEntry {
    LibraryEntry { source_path, name, state: state_named(&state), reason, notes, notice, seen }
}

/// A literal part of a text, as `LIKE … ESCAPE '\'` takes it.
pub(super) fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in part.to_lowercase().chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
