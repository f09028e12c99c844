//! Takes what is personal out of rows of the audit log, and lets the chain vouch for what is left of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::chain::{self, Columns};
use super::sql::{Db, Tx, args};
use super::{NewAuditEvent, StoreResult, audit};
use crate::domain::audit::AuditEventName;
use crate::domain::chain::Vouchers;
use crate::domain::redaction::impersonal;
use crate::time::Timestamp;

/// Rows that one event vouches for at most.
const MANY: usize = 500;

/// Takes a person out of every row that names them or is about their browsers.
pub(super) async fn remove_person(tx: &mut Tx, user: Uuid, name: &str, now: Timestamp) -> StoreResult<()> {
    let mut rows: Vec<Columns> = tx.all(NAMED, args![user, name]).await?;
    for browser in lapsed_pairings(&rows) {
        rows.extend(tx.all::<Columns>(OF_BROWSER, args![browser]).await?);
    }
    let mut left = Vec::with_capacity(rows.len());
    for columns in rows {
        let (mut row, _) = chain::chained(columns);
        (row.detail, row.source) = (impersonal(&row.detail), None);
        let update = "UPDATE claude_ai_audit_log SET detail = $2, source_ip = NULL WHERE seq = $1";
        tx.execute(update, args![row.seq, row.detail.clone()]).await?;
        left.push((row.seq.to_string(), json!(row.hash())));
    }
    let vouch = |rows: &[(String, Value)]| NewAuditEvent {
        integration: None,
        event: AuditEventName::PersonalDataRemoved,
        skill: None,
        detail: json!({ "rows": rows.iter().cloned().collect::<Map<_, _>>() }),
        source: None,
        now,
    };
    audit::write_all(tx, left.chunks(MANY).map(vouch).collect()).await
}

/// Browsers whose pairing the person approved and that never came for their token: their rows are gone from the table of browsers.
fn lapsed_pairings(rows: &[Columns]) -> Vec<Uuid> {
    let detail = |(_, _, _, _, _, Json(detail), ..): &Columns| detail["integration_id"].as_str()?.parse().ok();
    rows.iter().filter_map(detail).collect()
}

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "SELECT seq, id, integration_id, event, skill_id, detail, source_ip, created_at, previous_hash, hash
             FROM claude_ai_audit_log WHERE seq IS NOT NULL AND event <> 'personal_data_removed' AND (",
            $condition,
            ") ORDER BY seq"
        )
    };
}
const NAMED: &str = rows!(
    "detail ->> 'user' = $2 OR integration_id IN (SELECT i.id FROM claude_ai_integrations i WHERE i.user_id = $1)"
);
const OF_BROWSER: &str = rows!("integration_id = $1");

const VOUCHERS: &str = "SELECT seq, detail FROM claude_ai_audit_log WHERE event = 'personal_data_removed' ORDER BY seq";

/// What the log vouches for.
pub(super) async fn vouchers(db: &Db) -> StoreResult<Vouchers> {
    Ok(read(db.all(VOUCHERS, args![]).await?))
}

/// The same, inside a transaction.
pub(super) async fn vouchers_in(tx: &mut Tx) -> StoreResult<Vouchers> {
    Ok(read(tx.all(VOUCHERS, args![]).await?))
}

/// The newest word about a row counts.
fn read(events: Vec<(i64, Json<Value>)>) -> Vouchers {
    let mut vouchers = BTreeMap::new();
    for (_, Json(detail)) in events {
        for (place, hash) in detail["rows"].as_object().into_iter().flatten() {
            if let (Ok(place), Some(hash)) = (place.parse(), hash.as_str()) {
                vouchers.insert(place, hash.to_owned());
            }
        }
    }
    vouchers
}
