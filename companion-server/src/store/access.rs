//! Login links and dashboard sessions.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::column::SourceIp;
use super::sql::{Tx, args};
use super::{AccessStore, AuditEventName, NewAuditEvent, SqlStore, StoreResult, audit, users};
use crate::domain::people::{Actor, Role};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// How long a session lasts at most.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a session lasts that nobody uses.
pub const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Last use is written down no more often than this: most requests only read.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Hash of its token.
    pub token: TokenHash,
    /// What the browser calls itself, shortened.
    pub user_agent: Option<String>,
    /// Where it was begun.
    pub source: Option<IpAddr>,
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionSummary {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// Hash of its token, to tell the one that asks.
    pub token_hash: String,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// Where it was begun.
    pub source: Option<IpAddr>,
    /// When it was begun.
    pub created: Timestamp,
    /// When it was used last, to the minute.
    pub last_used: Timestamp,
}

#[async_trait]
impl AccessStore for SqlStore {
    async fn add_login_link(&self, link: &TokenHash, user: Option<Uuid>, expires: Timestamp) -> StoreResult<()> {
        self.db
            .execute(
                "INSERT INTO login_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
                args![link.hex(), user, expires],
            )
            .await
            .map(drop)
    }

    async fn redeem_login_link(
        &self,
        link: &TokenHash,
        session: NewSession,
        now: Timestamp,
    ) -> StoreResult<Option<Uuid>> {
        let mut tx = self.db.appointing().await?;
        let hex = link.hex();
        let found: Option<(Option<Uuid>,)> = tx
            .optional(
                "SELECT user_id FROM login_links WHERE token_hash = $1 AND expires_at > $2",
                args![hex.as_str(), now],
            )
            .await?;
        let Some((named,)) = found else { return Ok(None) };
        tx.execute("DELETE FROM login_links WHERE token_hash = $1 OR expires_at <= $2", args![hex, now]).await?;
        tx.execute("DELETE FROM dashboard_sessions WHERE expires_at <= $1", args![now]).await?;
        let user = match named {
            Some(user) => user,
            None => first_admin(&mut tx, now).await?,
        };
        let begun = begin(&mut tx, user, &session, Proof::Link, now).await?;
        tx.commit().await?;
        Ok(begun.then_some(user))
    }

    async fn begin_session(&self, user: Uuid, session: NewSession, now: Timestamp) -> StoreResult<bool> {
        let mut tx = self.db.write().await?;
        let begun = begin(&mut tx, user, &session, Proof::Password, now).await?;
        tx.commit().await?;
        Ok(begun)
    }

    async fn session(&self, session: &TokenHash, now: Timestamp) -> StoreResult<Option<Actor>> {
        type Columns = (String, Uuid, String, Timestamp);
        let hex = session.hex();
        let found: Option<Columns> = self
            .db
            .optional(
                "SELECT s.token_hash, s.user_id, u.role, s.last_used_at
                 FROM dashboard_sessions s JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
                 WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3",
                args![hex.as_str(), now, now.minus(SESSION_IDLE)],
            )
            .await?;
        let Some((_, user, role, last_used)) = found.filter(|(stored, ..)| session.matches_hex(stored)) else {
            return Ok(None);
        };
        if now.since(last_used) >= TOUCH_EVERY {
            let touch = "UPDATE dashboard_sessions SET last_used_at = $2 WHERE token_hash = $1";
            self.db.touch(touch, args![hex, now]).await;
        }
        Ok(Some(Actor { user, role: Role::named(&role) }))
    }

    async fn sessions(&self, user: Uuid, now: Timestamp) -> StoreResult<Vec<SessionSummary>> {
        type Columns = (Uuid, String, Option<String>, Option<SourceIp>, Timestamp, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT id, token_hash, user_agent, source_ip, created_at, last_used_at FROM dashboard_sessions
                 WHERE user_id = $1 AND expires_at > $2 AND last_used_at > $3 ORDER BY last_used_at DESC, id DESC",
                args![user, now, now.minus(SESSION_IDLE)],
            )
            .await?;
        let summary = |(id, token_hash, user_agent, source, created, last_used): Columns| SessionSummary {
            id,
            token_hash,
            user_agent,
            source: source.map(|source| source.0),
            created,
            last_used,
        };
        Ok(rows.into_iter().map(summary).collect())
    }

    async fn end_session(&self, session: &TokenHash) -> StoreResult<()> {
        self.db.execute("DELETE FROM dashboard_sessions WHERE token_hash = $1", args![session.hex()]).await.map(drop)
    }

    async fn end_session_of(&self, user: Uuid, id: Uuid) -> StoreResult<bool> {
        let ended =
            self.db.execute("DELETE FROM dashboard_sessions WHERE user_id = $1 AND id = $2", args![user, id]).await?;
        Ok(ended == 1)
    }

    async fn end_other_sessions(&self, user: Uuid, keep: Option<TokenHash>) -> StoreResult<u64> {
        let kept = keep.map(|session| session.hex()).unwrap_or_default();
        self.db
            .execute("DELETE FROM dashboard_sessions WHERE user_id = $1 AND token_hash <> $2", args![user, kept])
            .await
    }
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Link,
    Password,
    Provider,
}

impl Proof {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Password => "password",
            Self::Provider => "provider",
        }
    }
}

/// Begins a session unless the person may not log in.
pub(super) async fn begin(
    tx: &mut Tx,
    user: Uuid,
    session: &NewSession,
    proof: Proof,
    now: Timestamp,
) -> StoreResult<bool> {
    let begun = tx
        .execute(
            "INSERT INTO dashboard_sessions (id, token_hash, user_id, user_agent, source_ip, created_at, last_used_at, expires_at)
             SELECT $1, $2, id, $4, $5, $6, $6, $7 FROM users WHERE id = $3 AND disabled_at IS NULL",
            args![
                Uuid::now_v7(),
                session.token.hex(),
                user,
                session.user_agent.clone(),
                session.source.map(SourceIp),
                now,
                now.plus(SESSION_LIFETIME)
            ],
        )
        .await?;
    if begun == 1 {
        note_signed_in(tx, user, session, proof, now).await?;
    }
    Ok(begun == 1)
}

async fn note_signed_in(
    tx: &mut Tx,
    user: Uuid,
    session: &NewSession,
    proof: Proof,
    now: Timestamp,
) -> StoreResult<()> {
    let found: Option<(String, String)> =
        tx.optional("SELECT name, role FROM users WHERE id = $1", args![user]).await?;
    let Some((name, role)) = found else { return Ok(()) };
    let (event, source) = (AuditEventName::UserSignedIn, session.source);
    let detail = json!({ "user": name, "role": role, "with": proof.as_str() });
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source, now }).await
}

/// The admin who was added first and may log in, or a new one.
async fn first_admin(tx: &mut Tx, now: Timestamp) -> StoreResult<Uuid> {
    let found: Option<(Uuid,)> = tx
        .optional(
            "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY created_at, id LIMIT 1",
            args![],
        )
        .await?;
    if let Some((admin,)) = found {
        return Ok(admin);
    }
    // A member may have the name already.
    for name in ["admin".to_owned(), format!("admin-{}", Uuid::new_v4().simple())] {
        if let Some(admin) = users::insert(tx, &name, Role::Admin, None, now).await? {
            return Ok(admin);
        }
    }
    Err(super::StoreError::Refused("no name is free for the first admin".to_owned()))
}
