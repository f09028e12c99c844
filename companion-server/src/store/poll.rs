//! The question that browsers ask most, answered by one read.

use async_trait::async_trait;
use uuid::Uuid;

use super::pause::held;
use super::sql::args;
use super::{Bearer, IntegrationStore as _, SqlStore, StoreResult};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Polls.
#[async_trait]
pub trait PollStore: Send + Sync {
    /// Who holds this bearer, as [`super::IntegrationStore::authenticate`] says it, and whether something waits for that browser now.
    /// Both are read from the database anew each time, so that an operator's `UPDATE` counts at once.
    async fn look(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<(Bearer, bool)>;
}

#[async_trait]
impl PollStore for SqlStore {
    async fn look(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<(Bearer, bool)> {
        let known: Option<(Uuid, String, bool)> = self
            .db
            .optional(
                concat!(
                    "SELECT i.id, i.extension_token_hash, NOT ",
                    held!("i.id"),
                    " AND EXISTS (SELECT 1 FROM claude_ai_sync_operations o WHERE o.integration_id = i.id
                             AND o.status = 'pending' AND NOT o.held AND (o.not_before IS NULL OR o.not_before <= $2))
                 FROM claude_ai_integrations i
                 WHERE i.extension_token_hash = $1 AND i.status IN ('active', 'cookie_expired', 'error')"
                ),
                args![bearer.hex(), now],
            )
            .await?;
        match known.filter(|(_, stored, _)| bearer.matches_hex(stored)) {
            Some((integration, _, waits)) => Ok((Bearer::Known { integration }, waits)),
            None => Ok((self.authenticate(bearer, now).await?, false)),
        }
    }
}
