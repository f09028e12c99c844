//! The question that browsers ask most.

use async_trait::async_trait;

use super::sql::args;
use super::{Bearer, SqlStore, StoreResult};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// What there is for a browser now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing to do.
    Nothing,
    /// Work that it may take.
    Work,
    /// Whatever there is, the gate is closed.
    Held,
}

impl Waiting {
    /// By the two things that the database says.
    pub(super) const fn seen(held: bool, work: bool) -> Self {
        match (held, work) {
            (true, _) => Self::Held,
            (false, true) => Self::Work,
            (false, false) => Self::Nothing,
        }
    }
}

/// Polls.
#[async_trait]
pub trait PollStore: Send + Sync {
    /// Who holds this bearer, as [`super::IntegrationStore::authenticate`] says it, and what there is for that browser now.
    /// Both are read from the database anew each time, so that an operator's `UPDATE` counts at once.
    async fn look(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<(Bearer, Waiting)>;
}

#[async_trait]
impl PollStore for SqlStore {
    async fn look(&self, bearer: &TokenHash, now: Timestamp) -> StoreResult<(Bearer, Waiting)> {
        let paired = self.bearers.ask((bearer.hex(), now)).await?;
        if let Some((integration, _, held, work)) = paired.filter(|(_, stored, ..)| bearer.matches_hex(stored)) {
            return Ok((Bearer::Known { integration }, Waiting::seen(held, work)));
        }
        let issued: Option<(String,)> = self
            .db
            .optional("SELECT token_hash FROM extension_tokens WHERE token_hash = $1", args![bearer.hex()])
            .await?;
        Ok((if issued.is_some() { Bearer::Revoked } else { Bearer::Unknown }, Waiting::Nothing))
    }
}
