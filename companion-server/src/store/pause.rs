//! The gate that stands before everything that is handed to a browser or a machine, and the two levers that close it.
//!
//! [`held`] is the one text that says whether it is closed. It is part of the statement that leases, so that no lease can be given
//! out beside it, whichever process is asked.

use async_trait::async_trait;
use companion_wire::connectors::{AutonomyState, BrowserPause, OperatorPause, OwnPause, PausedBy};
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{NewAuditEvent, SqlStore, StoreResult, audit, signal};
use crate::domain::audit::AuditEventName;
use crate::domain::operations::CompletionReport;
use crate::domain::pause;
use crate::time::Timestamp;

/// SQL that is true while nothing may be handed to what is the person's whom the given text names; of nobody's, while the operator
/// holds everything.
macro_rules! held_of {
    ($($person:literal),+) => {
        concat!(
            "(EXISTS (SELECT 1 FROM skillferry_settings hs WHERE hs.name = 'autonomy_pause')
              OR EXISTS (SELECT 1 FROM users hu WHERE hu.id = ",
            $($person,)+
            " AND hu.autonomy_paused_at IS NOT NULL))"
        )
    };
}
pub(super) use held_of;

/// The same of the browser that the given text names.
macro_rules! held {
    ($browser:literal) => {
        $crate::store::pause::held_of!(
            "(SELECT hi.user_id FROM claude_ai_integrations hi WHERE hi.id = ",
            $browser,
            ")"
        )
    };
}
pub(super) use held;

const OPERATOR: &str = "autonomy_pause";
const IS_HELD: &str = concat!("SELECT CAST(1 AS BIGINT) WHERE ", held!("$1"));
const PERSON_IS_HELD: &str = concat!("SELECT CAST(1 AS BIGINT) FROM users WHERE id = $1 AND ", held_of!("$1"));

/// Whether something may be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Yes.
    Open,
    /// Not now; it waits where it is.
    Held,
}

/// Who would receive it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// A paired browser.
    Browser(Uuid),
    /// A machine of this person.
    MachineOf(Uuid),
}

/// The kill switch.
#[async_trait]
pub trait PauseStore: Send + Sync {
    /// Sets the operator's lever for every process on this database. Waiting polls hear of it within a second.
    async fn set_operator_pause(&self, pause: OperatorPause) -> StoreResult<()>;
    /// Sets a person's lever. Pausing again keeps the first moment and takes the new reason. Writes `autonomy_paused` or
    /// `autonomy_resumed` when something changed; wakes the waiting polls of that person's browsers. `None`: no such person.
    async fn set_autonomy_pause(
        &self,
        user: Uuid,
        paused: bool,
        reason: Option<String>,
        now: Timestamp,
    ) -> StoreResult<Option<AutonomyState>>;
    /// Both levers and how much waits. `None`: no such person.
    async fn autonomy_state(&self, user: Uuid) -> StoreResult<Option<AutonomyState>>;
    /// Why this browser's work is held; `None` while it is not.
    async fn pause_of(&self, integration: Uuid) -> StoreResult<Option<BrowserPause>>;
    /// Whether anything may be handed to this receiver now, read from the database anew each time.
    async fn gate(&self, receiver: Receiver) -> StoreResult<Gate>;
}

#[async_trait]
impl PauseStore for SqlStore {
    async fn set_operator_pause(&self, pause: OperatorPause) -> StoreResult<()> {
        if !pause.paused {
            let gone = "DELETE FROM skillferry_settings WHERE name = $1";
            return self.db.execute(gone, args![OPERATOR]).await.map(drop);
        }
        self.db
            .execute(
                "INSERT INTO skillferry_settings (name, value) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                args![OPERATOR, pause.reason.unwrap_or_default()],
            )
            .await
            .map(drop)
    }

    async fn set_autonomy_pause(
        &self,
        user: Uuid,
        paused: bool,
        reason: Option<String>,
        now: Timestamp,
    ) -> StoreResult<Option<AutonomyState>> {
        let mut tx = self.db.planning().await?;
        let found: Option<(String, Option<Timestamp>)> =
            tx.locked("SELECT name, autonomy_paused_at FROM users WHERE id = $1", args![user]).await?;
        let Some((name, since)) = found else { return Ok(None) };
        let browsers = if paused == since.is_some() && !paused {
            Vec::new()
        } else {
            let at = paused.then(|| since.unwrap_or(now));
            let kept = reason.clone().filter(|_| paused);
            tx.execute(
                "UPDATE users SET autonomy_paused_at = $2, autonomy_pause_reason = $3 WHERE id = $1",
                args![user, at, kept],
            )
            .await?;
            note(&mut tx, &name, paused, reason, now).await?;
            self.tell_browsers(&mut tx, user).await?
        };
        tx.commit().await?;
        browsers.into_iter().for_each(|browser| self.signal.send(browser));
        self.autonomy_state(user).await
    }

    async fn autonomy_state(&self, user: Uuid) -> StoreResult<Option<AutonomyState>> {
        type Columns = (Option<Timestamp>, Option<String>, Option<String>, i64);
        let found: Option<Columns> = self
            .db
            .optional(
                "SELECT u.autonomy_paused_at, u.autonomy_pause_reason,
                     (SELECT value FROM skillferry_settings WHERE name = $2),
                     (SELECT COUNT(*) FROM claude_ai_sync_operations o
                      JOIN claude_ai_integrations i ON i.id = o.integration_id
                      WHERE i.user_id = u.id AND o.status = 'pending')
                 FROM users u WHERE u.id = $1",
                args![user, OPERATOR],
            )
            .await?;
        Ok(found.map(|(since, reason, operator, waiting)| {
            let said = |text: String| (!text.is_empty()).then_some(text);
            let operator = OperatorPause { paused: operator.is_some(), reason: operator.and_then(said) };
            let person = OwnPause { paused: since.is_some(), paused_at: since.map(Timestamp::rfc3339), reason };
            pause::state(user, operator, person, waiting.unsigned_abs())
        }))
    }

    async fn pause_of(&self, integration: Uuid) -> StoreResult<Option<BrowserPause>> {
        let found: Option<(Option<String>, Option<Timestamp>, Option<String>)> = self
            .db
            .optional(
                "SELECT (SELECT value FROM skillferry_settings WHERE name = $2),
                     u.autonomy_paused_at, u.autonomy_pause_reason
                 FROM claude_ai_integrations i LEFT JOIN users u ON u.id = i.user_id WHERE i.id = $1",
                args![integration, OPERATOR],
            )
            .await?;
        Ok(found.and_then(|(operator, since, reason)| match (operator, since) {
            (Some(reason), _) => {
                let reason = (!reason.is_empty()).then_some(reason);
                Some(BrowserPause { by: PausedBy::Operator, since: None, reason })
            }
            (None, Some(since)) => Some(BrowserPause { by: PausedBy::Person, since: Some(since.rfc3339()), reason }),
            (None, None) => None,
        }))
    }

    async fn gate(&self, receiver: Receiver) -> StoreResult<Gate> {
        let (statement, id) = match receiver {
            Receiver::Browser(browser) => (IS_HELD, browser),
            Receiver::MachineOf(user) => (PERSON_IS_HELD, user),
        };
        let held: Option<(i64,)> = self.db.optional(statement, args![id]).await?;
        Ok(if held.is_some() { Gate::Held } else { Gate::Open })
    }
}

impl SqlStore {
    /// Wakes polls that wait in other processes; returns the browsers whose polls wait in this one.
    async fn tell_browsers(&self, tx: &mut Tx, user: Uuid) -> StoreResult<Vec<Uuid>> {
        let browsers: Vec<(Uuid,)> =
            tx.all("SELECT id FROM claude_ai_integrations WHERE user_id = $1", args![user]).await?;
        for (browser,) in &browsers {
            tx.notify(signal::CHANNEL, *browser).await?;
        }
        Ok(browsers.into_iter().map(|(browser,)| browser).collect())
    }
}

async fn note(tx: &mut Tx, name: &str, paused: bool, reason: Option<String>, now: Timestamp) -> StoreResult<()> {
    let event = if paused { AuditEventName::AutonomyPaused } else { AuditEventName::AutonomyResumed };
    let detail = json!({ "user": name, "reason": reason });
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now }).await
}

/// Whether the gate is closed for a browser, inside a transaction.
pub(super) async fn is_held(tx: &mut Tx, integration: Uuid) -> StoreResult<bool> {
    let held: Option<(i64,)> = tx.optional(IS_HELD, args![integration]).await?;
    Ok(held.is_some())
}

/// A browser that was not served could not do what it had taken: its failure counts as waiting, and uses no attempt.
pub(super) async fn spare(tx: &mut Tx, integration: Uuid, report: &CompletionReport) -> StoreResult<CompletionReport> {
    let may_be_spared = !report.success && !report.auth_expired && !report.held && !report.permanent;
    if may_be_spared && is_held(tx, integration).await? {
        return Ok(CompletionReport { held: true, ..report.clone() });
    }
    Ok(report.clone())
}
