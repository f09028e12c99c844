//! Login links and dashboard sessions.

use async_trait::async_trait;

use super::sql::args;
use super::{AccessStore, SqlStore, StoreResult};
use crate::time::Timestamp;
use crate::token::TokenHash;

#[async_trait]
impl AccessStore for SqlStore {
    async fn add_login_link(&self, link: &TokenHash, expires: Timestamp) -> StoreResult<()> {
        self.db
            .execute("INSERT INTO login_links (token_hash, expires_at) VALUES ($1, $2)", args![link.hex(), expires])
            .await
            .map(drop)
    }

    async fn redeem_login_link(
        &self,
        link: &TokenHash,
        session: &TokenHash,
        session_expires: Timestamp,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let mut tx = self.db.write().await?;
        let used = tx
            .execute("DELETE FROM login_links WHERE token_hash = $1 AND expires_at > $2", args![link.hex(), now])
            .await?;
        if used == 1 {
            tx.execute(
                "INSERT INTO dashboard_sessions (token_hash, created_at, expires_at) VALUES ($1, $2, $3)",
                args![session.hex(), now, session_expires],
            )
            .await?;
        }
        tx.execute("DELETE FROM login_links WHERE expires_at <= $1", args![now]).await?;
        tx.execute("DELETE FROM dashboard_sessions WHERE expires_at <= $1", args![now]).await?;
        tx.commit().await?;
        Ok(used == 1)
    }

    async fn session_valid(&self, session: &TokenHash, now: Timestamp) -> StoreResult<bool> {
        let stored: Option<(String,)> = self
            .db
            .optional(
                "SELECT token_hash FROM dashboard_sessions WHERE token_hash = $1 AND expires_at > $2",
                args![session.hex(), now],
            )
            .await?;
        Ok(stored.is_some_and(|(stored,)| session.matches_hex(&stored)))
    }

    async fn end_session(&self, session: &TokenHash) -> StoreResult<()> {
        self.db.execute("DELETE FROM dashboard_sessions WHERE token_hash = $1", args![session.hex()]).await.map(drop)
    }
}
