//! Wrong guesses, counted for all processes together.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use skill_format::Digest;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{SqlStore, StoreResult};
use crate::domain::lockout::{WINDOW, WRONG_CODES, WRONG_LOGINS, pause, refused};
use crate::domain::people::folded;
use crate::time::Timestamp;

/// Who approves a pairing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Approver {
    /// The person; none for the preset admin token.
    pub user: Option<Uuid>,
    /// Where from.
    pub source: Option<IpAddr>,
}

/// May a login be looked at?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginAttempt {
    /// Yes. It counts as wrong until it is forgiven.
    Allowed {
        /// Its id, for [`GuessStore::forgive`].
        attempt: Uuid,
    },
    /// No; come back after so many seconds.
    Limited {
        /// At least 1.
        retry_after_secs: u32,
    },
}

/// Guesses at secrets that are short enough to be guessed.
#[async_trait]
pub trait GuessStore: Send + Sync {
    /// Counts a login as wrong before it is looked at, so that many at once are counted as well, unless its address or its name
    /// has to wait. Names that nobody has count like all others. Committed on its own.
    async fn begin_login(&self, name: &str, source: Option<IpAddr>, now: Timestamp) -> StoreResult<LoginAttempt>;
    /// The attempt was right after all.
    async fn forgive(&self, attempt: Uuid) -> StoreResult<()>;
}

#[async_trait]
impl GuessStore for SqlStore {
    async fn begin_login(&self, name: &str, source: Option<IpAddr>, now: Timestamp) -> StoreResult<LoginAttempt> {
        let mut tx = self.db.counting().await?;
        let name = Digest::from_bytes(Sha256::digest(folded(name)).into()).to_string();
        let to_name = pause(&recent(&mut tx, LOGIN, &name, now).await?, now);
        let address = source.map(|source| source.to_string());
        let from_address = match &address {
            Some(address) => refused(&recent(&mut tx, LOGIN, address, now).await?, WRONG_LOGINS, now),
            None => None,
        };
        if let Some(retry_after_secs) = to_name.max(from_address) {
            return Ok(LoginAttempt::Limited { retry_after_secs });
        }
        let attempt = Uuid::now_v7();
        for source in address.into_iter().chain([name]) {
            count(&mut tx, attempt, LOGIN, source, now).await?;
        }
        tx.commit().await?;
        Ok(LoginAttempt::Allowed { attempt })
    }

    async fn forgive(&self, attempt: Uuid) -> StoreResult<()> {
        self.db.execute("DELETE FROM wrong_guesses WHERE attempt_id = $1", args![attempt]).await.map(drop)
    }
}

const LOGIN: &str = "login";
const APPROVE: &str = "approve";

impl Approver {
    fn sources(self) -> impl Iterator<Item = String> {
        let (user, source) = (self.user.map(|user| user.to_string()), self.source.map(|source| source.to_string()));
        user.into_iter().chain(source)
    }

    /// Seconds that this approver is refused yet.
    pub(super) async fn refused(self, tx: &mut Tx, now: Timestamp) -> StoreResult<Option<u32>> {
        let mut longest = None;
        for source in self.sources() {
            longest = longest.max(refused(&recent(tx, APPROVE, &source, now).await?, WRONG_CODES, now));
        }
        Ok(longest)
    }

    /// Counts a wrong code.
    pub(super) async fn guessed_wrong(self, tx: &mut Tx, now: Timestamp) -> StoreResult<()> {
        let attempt = Uuid::now_v7();
        for source in self.sources() {
            count(tx, attempt, APPROVE, source, now).await?;
        }
        Ok(())
    }
}

/// Moments of the newest wrong guesses, newest first: enough of them for every rule.
async fn recent(tx: &mut Tx, purpose: &'static str, source: &str, now: Timestamp) -> StoreResult<Vec<Timestamp>> {
    let rows: Vec<(Timestamp,)> = tx
        .all(
            "SELECT created_at FROM wrong_guesses WHERE purpose = $1 AND source = $2 AND created_at > $3
             ORDER BY created_at DESC LIMIT 20",
            args![purpose, source, now.minus(WINDOW + WINDOW)],
        )
        .await?;
    Ok(rows.into_iter().map(|(when,)| when).collect())
}

async fn count(tx: &mut Tx, attempt: Uuid, purpose: &'static str, source: String, now: Timestamp) -> StoreResult<()> {
    tx.execute(
        "INSERT INTO wrong_guesses (id, attempt_id, purpose, source, created_at) VALUES ($1, $2, $3, $4, $5)",
        args![Uuid::now_v7(), attempt, purpose, source, now],
    )
    .await
    .map(drop)
}

/// Forgets what is older than `age`.
pub(super) async fn forget(tx: &mut Tx, age: Duration, now: Timestamp) -> StoreResult<()> {
    tx.execute("DELETE FROM wrong_guesses WHERE created_at < $1", args![now.minus(age)]).await.map(drop)
}
