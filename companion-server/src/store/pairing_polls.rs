//! Browsers that ask whether somebody has approved them: those that ask side by side are answered by one read.
//!
//! Anybody may ask this without a token, so that it has to be cheap.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::StoreResult;
use super::rows::with_texts;
use super::sql::{Db, args};
use super::together::Together;
use crate::time::Timestamp;

/// Id, end and approval of a pairing.
pub(super) type Unredeemed = (Uuid, Timestamp, Option<Timestamp>);

/// Finds the open pairing with a token's hash, in hex digits.
pub(super) type PairingPolls = Together<String, Option<Unredeemed>>;

/// Begins to answer.
pub(super) fn begin(db: Db) -> PairingPolls {
    Together::begin(move |hashes: Vec<String>| {
        let db = db.clone();
        async move {
            let found = look(&db, &hashes).await;
            let own = |hash| found.as_ref().map(|found| found.get(hash).copied()).map_err(Clone::clone);
            hashes.iter().map(own).collect()
        }
    })
}

const UNREDEEMED: (&str, &str) = with_texts!(
    ["SELECT pairing_token_hash, id, pairing_expires_at, pairing_approved_at FROM claude_ai_integrations WHERE "],
    "pairing_token_hash",
    ["AND status = 'pending_approval'"],
);

async fn look(db: &Db, hashes: &[String]) -> StoreResult<BTreeMap<String, Unredeemed>> {
    let rows: Vec<(String, Uuid, Timestamp, Option<Timestamp>)> =
        db.all(db.pick(UNREDEEMED), args![json!(hashes)]).await?;
    Ok(rows.into_iter().map(|(hash, id, expires, approved)| (hash, (id, expires, approved))).collect())
}
