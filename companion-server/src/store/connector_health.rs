//! How each connector of each person is doing. What is written here never decides over the work itself: a row that cannot be written is
//! logged, and that is all.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use companion_wire::connectors::{ConnectorState, ConnectorStatus};
use uuid::Uuid;

use super::reports::Reported;
use super::sql::{Db, args};
use super::{SqlStore, StoreResult};
use crate::domain::connector::{Connector, Outcome};
use crate::time::Timestamp;

/// That something works is written down no more often than this.
const SUCCESS_EVERY: Duration = Duration::from_secs(60);

macro_rules! upsert {
    ($now:literal) => {
        concat!(
            "INSERT INTO connector_health (user_id, connector_name, status, error_code, last_success_at, last_failure_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (user_id, connector_name) DO UPDATE SET
                 status = CASE WHEN $7 THEN connector_health.status ELSE excluded.status END,
                 error_code = CASE WHEN $7 THEN connector_health.error_code ELSE excluded.error_code END,
                 last_success_at = COALESCE(excluded.last_success_at, connector_health.last_success_at),
                 last_failure_at = COALESCE(excluded.last_failure_at, connector_health.last_failure_at),
                 updated_at = ",
            $now
        )
    };
}
const UPSERT: (&str, &str) = (upsert!("(CAST(unixepoch('subsec') * 1000000 AS INTEGER))"), upsert!("now()"));

/// Connector health.
#[async_trait]
pub trait ConnectorHealthStore: Send + Sync {
    /// Notes how something went at a connector of a person. A time stamp that the outcome does not have keeps its value; a transient
    /// failure keeps status and code. Never fails: what cannot be noted is logged.
    async fn note_outcome(&self, user: Uuid, connector: Connector, outcome: Outcome, now: Timestamp);
    /// The same of a browser, for whoever owns it; one that nobody owns has no health.
    async fn note_browser(&self, integration: Uuid, outcome: Outcome, now: Timestamp);
    /// How a browser's connector is broken; `None` while it works or nothing is known of it.
    async fn broken_browser(&self, integration: Uuid) -> StoreResult<Option<ConnectorState>>;
    /// A person's connectors by name.
    async fn connectors_of(&self, user: Uuid) -> StoreResult<BTreeMap<String, ConnectorState>>;
}

#[async_trait]
impl ConnectorHealthStore for SqlStore {
    async fn note_outcome(&self, user: Uuid, connector: Connector, outcome: Outcome, now: Timestamp) {
        noted(&connector, upsert(&self.db, user, &connector, &outcome, now).await);
    }

    async fn note_browser(&self, integration: Uuid, outcome: Outcome, now: Timestamp) {
        noted(&Connector::Browser(integration), browser(&self.db, integration, &outcome, now).await);
    }

    async fn broken_browser(&self, integration: Uuid) -> StoreResult<Option<ConnectorState>> {
        let found: Option<Columns> = self
            .db
            .optional(
                "SELECT h.connector_name, h.status, h.error_code, h.last_success_at, h.last_failure_at
                 FROM connector_health h JOIN claude_ai_integrations i ON i.user_id = h.user_id
                 WHERE i.id = $1 AND h.connector_name = $2 AND h.status = 'needs_reauth'",
                args![integration, Connector::Browser(integration).to_string()],
            )
            .await?;
        Ok(found.map(|columns| state(columns).1))
    }

    async fn connectors_of(&self, user: Uuid) -> StoreResult<BTreeMap<String, ConnectorState>> {
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT connector_name, status, error_code, last_success_at, last_failure_at FROM connector_health
                 WHERE user_id = $1 ORDER BY connector_name",
                args![user],
            )
            .await?;
        Ok(rows.into_iter().map(state).collect())
    }
}

type Columns = (String, String, Option<String>, Option<Timestamp>, Option<Timestamp>);

fn state((name, status, error_code, success, failure): Columns) -> (String, ConnectorState) {
    let (last_success_at, last_failure_at) = (success.map(Timestamp::rfc3339), failure.map(Timestamp::rfc3339));
    (name, ConnectorState { status: status_named(&status), error_code, last_success_at, last_failure_at })
}

/// What the reports of one transaction say about their browsers, once it has happened.
pub(super) async fn note_reports(db: &Db, reports: &[Reported]) {
    let mut said: Vec<(Uuid, Outcome, Timestamp)> = Vec::new();
    for report in reports {
        let Some(outcome) = Outcome::reported(&report.report) else { continue };
        said.retain(|(browser, known, _)| (browser, known) != (&report.integration, &outcome));
        said.push((report.integration, outcome, report.now));
    }
    for (integration, outcome, now) in said {
        noted(&Connector::Browser(integration), browser(db, integration, &outcome, now).await);
    }
}

fn noted(connector: &Connector, written: StoreResult<()>) {
    if let Err(error) = written {
        tracing::warn!(%connector, %error, "the health of a connector could not be noted");
    }
}

async fn browser(db: &Db, integration: Uuid, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    let owner: Option<(Option<Uuid>,)> =
        db.optional("SELECT user_id FROM claude_ai_integrations WHERE id = $1", args![integration]).await?;
    match owner {
        Some((Some(user),)) => upsert(db, user, &Connector::Browser(integration), outcome, now).await,
        _ => Ok(()),
    }
}

async fn upsert(db: &Db, user: Uuid, connector: &Connector, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    let name = connector.to_string();
    if *outcome == Outcome::Success && is_known_to_work(db, user, &name, now).await? {
        return Ok(());
    }
    let (status, code) = match outcome {
        Outcome::Success | Outcome::Transient => (ConnectorStatus::Connected, None),
        Outcome::Refused { code } => (ConnectorStatus::NeedsReauth, code.clone()),
        Outcome::SwitchedOff => (ConnectorStatus::Disabled, None),
    };
    let success = (*outcome == Outcome::Success).then_some(now);
    let failure = matches!(outcome, Outcome::Refused { .. } | Outcome::Transient).then_some(now);
    let keeps = *outcome == Outcome::Transient;
    db.execute(db.pick(UPSERT), args![user, name, status.as_str(), code, success, failure, keeps]).await.map(drop)
}

async fn is_known_to_work(db: &Db, user: Uuid, name: &str, now: Timestamp) -> StoreResult<bool> {
    let found: Option<(i64,)> = db
        .optional(
            "SELECT CAST(1 AS BIGINT) FROM connector_health
             WHERE user_id = $1 AND connector_name = $2 AND status = 'connected' AND last_success_at > $3",
            args![user, name, now.minus(SUCCESS_EVERY)],
        )
        .await?;
    Ok(found.is_some())
}

fn status_named(text: &str) -> ConnectorStatus {
    match text {
        "connected" => ConnectorStatus::Connected,
        "disabled" => ConnectorStatus::Disabled,
        _ => ConnectorStatus::NeedsReauth,
    }
}
