//! How each connector of each person is doing. What is written here never decides over the work itself: a row that cannot be written is
//! logged, and that is all.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use companion_wire::connectors::{ConnectorState, ConnectorStatus};
use serde_json::json;
use uuid::Uuid;

use super::reports::Reported;
use super::sql::{Db, args};
use super::{SqlStore, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::connector::{COOKIE_EXPIRED, Connector, Outcome};
use crate::time::Timestamp;

/// That something works is written down no more often than this.
const SUCCESS_EVERY: Duration = Duration::from_secs(60);
/// What is so still is written down no more often than this where nobody has done anything: pages renew themselves at each row.
const PROBED_EVERY: Duration = Duration::from_secs(15 * 60);

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
    /// The same of a service that was asked how it is, for everybody who is connected to it. That it is well says nothing about a key
    /// that it has refused to renew, or that has run out.
    async fn note_probe(&self, service: &str, outcome: Outcome, now: Timestamp);
    /// A browser whose session had lapsed has one again: it is active, its connector works, and the audit log says
    /// `integration_updated`. Nothing happens to a browser that was not signed out, nor to a connector that is broken for another reason.
    async fn note_signed_in(&self, integration: Uuid, now: Timestamp) -> StoreResult<()>;
    /// How a browser's connector is broken; `None` while it works or nothing is known of it.
    async fn broken_browser(&self, integration: Uuid) -> StoreResult<Option<ConnectorState>>;
    /// A person's connectors by name.
    async fn connectors_of(&self, user: Uuid) -> StoreResult<BTreeMap<String, ConnectorState>>;
}

#[async_trait]
impl ConnectorHealthStore for SqlStore {
    async fn note_outcome(&self, user: Uuid, connector: Connector, outcome: Outcome, now: Timestamp) {
        noted(&connector, person(&self.db, user, &connector, &outcome, now).await);
    }

    async fn note_browser(&self, integration: Uuid, outcome: Outcome, now: Timestamp) {
        noted(&Connector::Browser(integration), browser(&self.db, integration, &outcome, now).await);
    }

    async fn note_signed_in(&self, integration: Uuid, now: Timestamp) -> StoreResult<()> {
        active_again(&self.db, integration, now).await?;
        let lapsed = self.broken_browser(integration).await?.and_then(|state| state.error_code);
        if lapsed.as_deref() == Some(COOKIE_EXPIRED) {
            self.note_browser(integration, Outcome::Success, now).await;
        }
        Ok(())
    }

    async fn note_probe(&self, service: &str, outcome: Outcome, now: Timestamp) {
        let connector = Connector::Service(service.to_owned());
        noted(&connector, probed(&self.db, &connector, service, &outcome, now).await);
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

async fn person(db: &Db, user: Uuid, connector: &Connector, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    if *outcome == Outcome::Success && is_known_to_work(db, user, &connector.to_string(), now).await? {
        return Ok(());
    }
    upsert(db, user, connector, outcome, now).await
}

async fn browser(db: &Db, integration: Uuid, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    let connector = Connector::Browser(integration);
    // With each report of each browser: one question for whose it is and whether there is anything to write.
    let owner: Option<(Option<Uuid>, bool)> = db
        .optional(
            "SELECT i.user_id, EXISTS (SELECT 1 FROM connector_health h
                 WHERE h.user_id = i.user_id AND h.connector_name = $2 AND h.status = 'connected' AND h.last_success_at > $3)
             FROM claude_ai_integrations i WHERE i.id = $1",
            args![integration, connector.to_string(), now.minus(SUCCESS_EVERY)],
        )
        .await?;
    match owner {
        Some((Some(_), true)) if *outcome == Outcome::Success => Ok(()),
        Some((Some(user), _)) => upsert(db, user, &connector, outcome, now).await,
        _ => Ok(()),
    }
}

async fn active_again(db: &Db, integration: Uuid, now: Timestamp) -> StoreResult<()> {
    // Alone with those that plan: it holds a row that they refer to, and then wants the audit chain, which they may hold.
    let mut tx = db.planning().await?;
    let changed = tx
        .execute(
            "UPDATE claude_ai_integrations SET status = 'active', updated_at = $2
             WHERE id = $1 AND status = 'cookie_expired'",
            args![integration, now],
        )
        .await?;
    if changed > 0 {
        let detail = json!({ "status": "cookie_expired→active" });
        audit::note(&mut tx, integration, AuditEventName::IntegrationUpdated, detail, now).await?;
    }
    tx.commit().await
}

async fn probed(db: &Db, connector: &Connector, service: &str, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    let (is_well, passes) = (*outcome == Outcome::Success, *outcome == Outcome::Transient);
    let code = if let Outcome::Refused { code } = outcome { code.clone().unwrap_or_default() } else { String::new() };
    let concerned: Vec<(Uuid,)> = db
        .all(
            "SELECT c.user_id FROM service_connections c
             WHERE c.service_id = $1
                 AND (NOT $2 OR (NOT c.exchange_refused AND (c.expires_at IS NULL OR c.expires_at > $3)))
                 AND NOT EXISTS (SELECT 1 FROM connector_health h
                     WHERE h.user_id = c.user_id AND h.connector_name = $4 AND CASE
                         WHEN $2 THEN h.status = 'connected' AND h.last_success_at > $5
                         WHEN $6 THEN h.last_failure_at > $5
                         ELSE h.status = 'needs_reauth' AND COALESCE(h.error_code, '') = $7 AND h.last_failure_at > $5
                     END)
             ORDER BY c.user_id",
            args![service, is_well, now, connector.to_string(), now.minus(PROBED_EVERY), passes, code],
        )
        .await?;
    for (user,) in concerned {
        upsert(db, user, connector, outcome, now).await?;
    }
    Ok(())
}

async fn upsert(db: &Db, user: Uuid, connector: &Connector, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
    let name = connector.to_string();
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
