//! The question that browsers ask most.

use async_trait::async_trait;

use super::sql::args;
use super::{Bearer, SqlStore, StoreResult};
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
        let paired = self.bearers.ask((bearer.hex(), now)).await?;
        if let Some((integration, _, waits)) = paired.filter(|(_, stored, _)| bearer.matches_hex(stored)) {
            return Ok((Bearer::Known { integration }, waits));
        }
        let issued: Option<(String,)> = self
            .db
            .optional("SELECT token_hash FROM extension_tokens WHERE token_hash = $1", args![bearer.hex()])
            .await?;
        Ok((if issued.is_some() { Bearer::Revoked } else { Bearer::Unknown }, false))
    }
}
