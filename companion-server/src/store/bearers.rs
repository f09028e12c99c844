//! Bearers that browsers show with every request: those that arrive side by side are looked up by one read.
//!
//! Nothing is remembered from one read to the next, so that an operator's `UPDATE` counts at once.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::StoreResult;
use super::pause::held_of;
use super::rows::with_texts;
use super::sql::{Db, args};
use super::together::Together;
use crate::time::Timestamp;

/// What is asked: the hash of a bearer, in hex digits, and when.
type Shown = (String, Timestamp);

/// A paired browser, the hash it is kept under, whether its work is held, and whether there is any.
pub(super) type Paired = (Uuid, String, bool, bool);

/// Finds the paired browser behind a bearer.
pub(super) type Bearers = Together<Shown, Option<Paired>>;

/// Begins to answer.
pub(super) fn begin(db: Db) -> Bearers {
    Together::begin(move |shown: Vec<Shown>| {
        let db = db.clone();
        async move {
            let found = look(&db, &shown).await;
            let own = |(hash, _): &Shown| found.as_ref().map(|found| found.get(hash).cloned()).map_err(Clone::clone);
            shown.iter().map(own).collect()
        }
    })
}

const PAIRED: (&str, &str) = with_texts!(
    [
        "SELECT i.id, i.extension_token_hash, ",
        held_of!("i.user_id"),
        ", EXISTS (SELECT 1 FROM claude_ai_sync_operations o WHERE o.integration_id = i.id
                     AND o.status = 'pending' AND NOT o.held AND (o.not_before IS NULL OR o.not_before <= $2))
         FROM claude_ai_integrations i WHERE ",
    ],
    "i.extension_token_hash",
    ["AND i.status IN ('active', 'cookie_expired', 'error')"],
);

async fn look(db: &Db, shown: &[Shown]) -> StoreResult<BTreeMap<String, Paired>> {
    // One browser often asks over several connections.
    let hashes: std::collections::BTreeSet<&str> = shown.iter().map(|(hash, _)| hash.as_str()).collect();
    // Everybody asked before this read began, so that the latest of their times holds for all.
    let now = shown.iter().map(|(_, now)| *now).max();
    let rows: Vec<Paired> = db.all(db.pick(PAIRED), args![json!(hashes), now]).await?;
    Ok(rows.into_iter().map(|paired| (paired.1.clone(), paired)).collect())
}
