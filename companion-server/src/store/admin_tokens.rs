//! Tokens for people's programs.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::sql::args;
use super::{SqlStore, StoreResult};
use crate::domain::people::{Actor, Role};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Last use is written down no more often than this: most requests only read.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminToken {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// That person's name.
    pub user_name: String,
    /// What it is for.
    pub name: String,
    /// What it may do, at most; never more than its owner.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub last_used: Option<Timestamp>,
}

/// Tokens that programs send as bearers.
#[async_trait]
pub trait AdminTokenStore: Send + Sync {
    /// Keeps a new token of this person. `None` when there is no such person.
    async fn add_admin_token(
        &self,
        user: Uuid,
        name: &str,
        role: Role,
        token: &TokenHash,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>>;
    /// One person's tokens or everybody's, newest first.
    async fn admin_tokens(&self, user: Option<Uuid>) -> StoreResult<Vec<AdminToken>>;
    /// Revokes a token of this person, or of anybody; false when it is not among them.
    async fn revoke_admin_token(&self, id: Uuid, user: Option<Uuid>) -> StoreResult<bool>;
    /// Whose token this is, with the lesser of its role and its owner's; notes its use to the minute.
    async fn admin_token(&self, token: &TokenHash, now: Timestamp) -> StoreResult<Option<Actor>>;
}

#[async_trait]
impl AdminTokenStore for SqlStore {
    async fn add_admin_token(
        &self,
        user: Uuid,
        name: &str,
        role: Role,
        token: &TokenHash,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        let id = Uuid::now_v7();
        let added = self
            .db
            .execute(
                "INSERT INTO admin_tokens (id, user_id, name, token_hash, role, created_at)
                 SELECT $1, id, $3, $4, $5, $6 FROM users WHERE id = $2",
                args![id, user, name, token.hex(), role.as_str(), now],
            )
            .await?;
        Ok((added == 1).then_some(id))
    }

    async fn admin_tokens(&self, user: Option<Uuid>) -> StoreResult<Vec<AdminToken>> {
        type Columns = (Uuid, Uuid, String, String, String, Timestamp, Option<Timestamp>);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT t.id, t.user_id, u.name, t.name, t.role, t.created_at, t.last_used_at
                 FROM admin_tokens t JOIN users u ON u.id = t.user_id WHERE (t.user_id = $1 OR $2)
                 ORDER BY t.created_at DESC, t.id DESC",
                args![user, user.is_none()],
            )
            .await?;
        let token = |(id, user, user_name, name, role, created, last_used): Columns| {
            let role = Role::named(&role);
            AdminToken { id, user, user_name, name, role, created, last_used }
        };
        Ok(rows.into_iter().map(token).collect())
    }

    async fn revoke_admin_token(&self, id: Uuid, user: Option<Uuid>) -> StoreResult<bool> {
        let revoked = self
            .db
            .execute("DELETE FROM admin_tokens WHERE id = $1 AND (user_id = $2 OR $3)", args![id, user, user.is_none()])
            .await?;
        Ok(revoked == 1)
    }

    async fn admin_token(&self, token: &TokenHash, now: Timestamp) -> StoreResult<Option<Actor>> {
        type Columns = (String, Uuid, String, String, Option<Timestamp>);
        let hex = token.hex();
        let found: Option<Columns> = self
            .db
            .optional(
                "SELECT t.token_hash, t.user_id, t.role, u.role, t.last_used_at
                 FROM admin_tokens t JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL WHERE t.token_hash = $1",
                args![hex.as_str()],
            )
            .await?;
        let Some((_, user, own, owners, last_used)) = found.filter(|(stored, ..)| token.matches_hex(stored)) else {
            return Ok(None);
        };
        if last_used.is_none_or(|last_used| now.since(last_used) >= TOUCH_EVERY) {
            let touch = "UPDATE admin_tokens SET last_used_at = $2 WHERE token_hash = $1";
            self.db.touch(touch, args![hex, now]).await;
        }
        Ok(Some(Actor { user, role: Role::named(&own).min(Role::named(&owners)) }))
    }
}
