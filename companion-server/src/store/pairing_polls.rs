//! Browsers that ask whether somebody has approved them: those that ask side by side are answered by one read, which begins after each of
//! them has asked.
//!
//! Anybody may ask this without a token, so that it has to be cheap.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::rows::over_rows;
use super::sql::{Db, args};
use super::{StoreError, StoreResult};
use crate::time::Timestamp;

/// So many share a read at most.
const TOGETHER: usize = 64;
/// So many may wait before the next one waits to be let in.
const WAITING: usize = 1024;

/// Id, end and approval of a pairing.
pub(super) type Unredeemed = (Uuid, Timestamp, Option<Timestamp>);

type Answer = StoreResult<Option<Unredeemed>>;

struct Asked {
    /// Hash of the pairing token, in hex digits.
    hash: String,
    answer: oneshot::Sender<Answer>,
}

/// Takes questions and answers each.
#[derive(Debug, Clone)]
pub(super) struct PairingPolls(mpsc::Sender<Asked>);

impl PairingPolls {
    /// Begins to answer; ends when the last of its copies is gone.
    pub fn begin(db: Db) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(answer(db, receiver));
        Self(sender)
    }

    /// The open pairing with this token's hash.
    pub async fn unredeemed(&self, hash: String) -> Answer {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the server is stopping".to_owned());
        self.0.send(Asked { hash, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn answer(db: Db, mut receiver: mpsc::Receiver<Asked>) {
    let mut asked = Vec::new();
    while receiver.recv_many(&mut asked, TOGETHER).await > 0 {
        let found = look(&db, &asked).await;
        for Asked { hash, answer } in asked.drain(..) {
            let own = match &found {
                Ok(found) => Ok(found.get(&hash).copied()),
                Err(error) => Err(error.clone()),
            };
            // Whoever does not wait any more needs no answer.
            drop(answer.send(own));
        }
    }
}

const UNREDEEMED: (&str, &str) = over_rows!(
    ["value AS hash"],
    ["value #>> '{}' AS hash"],
    "SELECT i.pairing_token_hash, i.id, i.pairing_expires_at, i.pairing_approved_at
     FROM given g CROSS JOIN claude_ai_integrations i
     WHERE i.pairing_token_hash = g.hash AND i.status = 'pending_approval'",
);

async fn look(db: &Db, asked: &[Asked]) -> StoreResult<BTreeMap<String, Unredeemed>> {
    let given: Vec<Value> = asked.iter().map(|asked| json!(asked.hash)).collect();
    let rows: Vec<(String, Uuid, Timestamp, Option<Timestamp>)> =
        db.all(db.pick(UNREDEEMED), args![json!(given)]).await?;
    Ok(rows.into_iter().map(|(hash, id, expires, approved)| (hash, (id, expires, approved))).collect())
}
