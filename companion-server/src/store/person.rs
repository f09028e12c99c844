//! All that is kept about a person: handed to them, and removed.

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::column::SourceIp;
use super::sql::{Tx, args};
use super::{
    AccessStore as _, AdminTokenStore as _, ConnectorHealthStore as _, MachineStore as _, NewAuditEvent,
    PauseStore as _, ServiceStore as _, SqlStore, StoreResult, UserStore as _, VisibilityStore as _, audit, redaction,
    services, signal,
};
use crate::domain::audit::AuditEventName;
use crate::domain::people::{Role, Scope};
use crate::time::Timestamp;

/// What became of removing a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteUser {
    /// They are gone, and everything that was kept about them.
    Deleted,
    /// No such person.
    NotFound,
    /// Nobody could administer the server any more, and nobody said that this is meant.
    LastAdmin,
}

/// A person's data.
#[async_trait]
pub trait PersonStore: Send + Sync {
    /// Everything that is kept about a person, as one JSON object. No secret and no hash of one is in it. Writes `user_exported`.
    async fn export_user(&self, user: Uuid, now: Timestamp) -> StoreResult<Option<Value>>;
    /// Removes a person in one transaction: every row, every token, every service key, whose revocation is queued. Rows of the
    /// audit log stay without what was personal in them; the chain stays whole. Writes `user_deleted`.
    async fn delete_user(&self, user: Uuid, even_last_admin: bool, now: Timestamp) -> StoreResult<DeleteUser>;
    /// Removes sessions, login links and half-finished sign-ins whose time is over.
    async fn forget_expired(&self, now: Timestamp) -> StoreResult<()>;
}

#[async_trait]
impl PersonStore for SqlStore {
    async fn export_user(&self, user: Uuid, now: Timestamp) -> StoreResult<Option<Value>> {
        type Columns = (String, String, Option<String>, Option<String>, Timestamp, Timestamp);
        let found: Option<Columns> = self
            .db
            .optional(
                "SELECT name, role, email, oidc_subject, created_at, updated_at FROM users WHERE id = $1",
                args![user],
            )
            .await?;
        let Some((name, role, email, identity, created, updated)) = found else { return Ok(None) };
        let has_password = self.user(user).await?.is_some_and(|user| user.has_password);
        let sessions = self.sessions(user, now).await?.into_iter().map(|session| {
            json!({
                "browser": session.user_agent, "address": session.source.map(|source| source.to_string()),
                "created_at": session.created.rfc3339(), "last_used_at": session.last_used.rfc3339(),
            })
        });
        let tokens = self.admin_tokens(Some(user)).await?.into_iter().map(|token| {
            let used = token.last_used.map(Timestamp::rfc3339);
            json!({ "id": token.id, "name": token.name, "role": token.role.as_str(), "last_used_at": used })
        });
        let services = self.connections(user).await?.into_iter().map(|connection| {
            let expires = connection.expires.map(Timestamp::rfc3339);
            json!({ "service": connection.service, "connected_at": connection.connected.rfc3339(), "expires_at": expires })
        });
        let looks = self.looks(user).await?;
        let (sessions, tokens): (Vec<Value>, Vec<Value>) = (sessions.collect(), tokens.collect());
        let services: Vec<Value> = services.collect();
        let exported = json!({
            "exported_at": now.rfc3339(),
            "person": {
                "id": user, "name": name, "role": role, "email": email, "sign_in_identity": identity,
                "has_password": has_password, "created_at": created.rfc3339(), "updated_at": updated.rfc3339(),
                "language": looks.language, "theme": looks.theme,
            },
            "pause": self.autonomy_state(user).await?.map(|state| state.person),
            "sessions": sessions,
            "admin_tokens": tokens,
            "browsers": self.visible_integrations(Scope::Of(user)).await?,
            "skills_on_claude_ai": self.links_of(user).await?,
            "operations": self.operations_of(user).await?,
            "connectors": self.connectors_of(user).await?,
            "services": services,
            "imports": self.brought_by(user).await?,
            "machines": self.machines(user).await?,
            "audit_log": self.events_of(user, &name).await?,
        });
        let (event, detail) = (AuditEventName::UserExported, json!({ "user": name }));
        let mut tx = self.db.planning().await?;
        audit::write(&mut tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now })
            .await?;
        tx.commit().await?;
        Ok(Some(exported))
    }

    async fn delete_user(&self, user: Uuid, even_last_admin: bool, now: Timestamp) -> StoreResult<DeleteUser> {
        let mut tx = self.db.departing().await?;
        let found: Option<(String, String, bool)> =
            tx.locked("SELECT name, role, disabled_at IS NULL FROM users WHERE id = $1", args![user]).await?;
        let Some((name, role, may_log_in)) = found else { return Ok(DeleteUser::NotFound) };
        if Role::named(&role) == Role::Admin && may_log_in && !even_last_admin && admins(&mut tx).await? <= 1 {
            return Ok(DeleteUser::LastAdmin);
        }
        let keys = revoke_keys(&mut tx, user, now).await?;
        let browsers: Vec<(Uuid,)> =
            tx.all("SELECT id FROM claude_ai_integrations WHERE user_id = $1", args![user]).await?;
        redaction::remove_person(&mut tx, user, &name, now).await?;
        // Each guess is counted for the person and for their address.
        let guesses = "DELETE FROM wrong_guesses WHERE attempt_id IN (SELECT g.attempt_id FROM wrong_guesses g WHERE g.source = $1)";
        tx.execute(guesses, args![user.to_string()]).await?;
        tx.execute("DELETE FROM users WHERE id = $1", args![user]).await?;
        let detail = json!({ "role": role, "browsers": browsers.len(), "service_keys": keys });
        let event = AuditEventName::UserDeleted;
        audit::write(&mut tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now })
            .await?;
        for (browser,) in &browsers {
            tx.notify(signal::CHANNEL, *browser).await?;
        }
        tx.commit().await?;
        browsers.into_iter().for_each(|(browser,)| self.signal.send(browser));
        Ok(DeleteUser::Deleted)
    }

    async fn forget_expired(&self, now: Timestamp) -> StoreResult<()> {
        let mut tx = self.db.write().await?;
        tx.execute(
            "DELETE FROM dashboard_sessions WHERE expires_at <= $1 OR last_used_at <= $2",
            args![now, now.minus(super::access::SESSION_IDLE)],
        )
        .await?;
        tx.execute("DELETE FROM login_links WHERE expires_at <= $1", args![now]).await?;
        tx.execute("DELETE FROM sign_ins WHERE expires_at <= $1", args![now]).await?;
        tx.commit().await
    }
}

/// Queues the revocation of every key of a person. Returns how many keys there were.
async fn revoke_keys(tx: &mut Tx, user: Uuid, now: Timestamp) -> StoreResult<usize> {
    let keys: Vec<(String, Option<String>)> =
        tx.all("SELECT service_id, token_id FROM service_connections WHERE user_id = $1", args![user]).await?;
    let count = keys.len();
    for (service, token_id) in keys {
        if let Some(token_id) = token_id {
            services::queue(tx, &service, token_id, now).await?;
        }
    }
    Ok(count)
}

async fn admins(tx: &mut Tx) -> StoreResult<i64> {
    let admins: Option<(i64,)> =
        tx.optional("SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL", args![]).await?;
    Ok(admins.map_or(0, |(admins,)| admins))
}

impl SqlStore {
    async fn brought_by(&self, user: Uuid) -> StoreResult<Vec<Value>> {
        type Columns = (Option<String>, Json<Vec<String>>, i64, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT path, misnamed, bytes, expires_at FROM library_imports WHERE user_id = $1 ORDER BY expires_at, id",
                args![user],
            )
            .await?;
        let import = |(path, Json(misnamed), bytes, expires): Columns| json!({ "path": path, "left_out": misnamed, "bytes": bytes, "expires_at": expires.rfc3339() });
        Ok(rows.into_iter().map(import).collect())
    }

    async fn links_of(&self, user: Uuid) -> StoreResult<Vec<Value>> {
        let rows: Vec<(Uuid, Option<String>, String, Option<Timestamp>)> = self
            .db
            .all(
                "SELECT l.integration_id, s.name, l.claude_ai_skill_id, l.last_seen_at FROM claude_ai_skill_links l
                 JOIN claude_ai_integrations i ON i.id = l.integration_id LEFT JOIN skills s ON s.id = l.skillnote_skill_id
                 WHERE i.user_id = $1 ORDER BY l.created_at, l.id",
                args![user],
            )
            .await?;
        let link = |(browser, skill, id, seen): (Uuid, Option<String>, String, Option<Timestamp>)| json!({ "browser": browser, "skill": skill, "claude_ai_skill_id": id, "last_seen_at": seen.map(Timestamp::rfc3339) });
        Ok(rows.into_iter().map(link).collect())
    }

    async fn operations_of(&self, user: Uuid) -> StoreResult<Vec<Value>> {
        type Columns = (Uuid, String, String, Option<String>, Option<String>, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT o.integration_id, o.kind, o.status, s.name, o.last_error, o.created_at
                 FROM claude_ai_sync_operations o JOIN claude_ai_integrations i ON i.id = o.integration_id
                 LEFT JOIN skills s ON s.id = o.skill_id WHERE i.user_id = $1 ORDER BY o.created_at, o.id",
                args![user],
            )
            .await?;
        let operation = |(browser, kind, status, skill, error, created): Columns| {
            let created = created.rfc3339();
            json!({ "browser": browser, "kind": kind, "status": status, "skill": skill, "last_error": error, "created_at": created })
        };
        Ok(rows.into_iter().map(operation).collect())
    }

    async fn events_of(&self, user: Uuid, name: &str) -> StoreResult<Vec<Value>> {
        type Columns = (String, Option<Uuid>, Json<Value>, Option<SourceIp>, Timestamp);
        let rows: Vec<Columns> = self
            .db
            .all(
                "SELECT event, integration_id, detail, source_ip, created_at FROM claude_ai_audit_log
                 WHERE detail ->> 'user' = $2
                     OR integration_id IN (SELECT i.id FROM claude_ai_integrations i WHERE i.user_id = $1)
                 ORDER BY seq",
                args![user, name],
            )
            .await?;
        let event = |(event, browser, Json(detail), source, created): Columns| {
            let address = source.map(|SourceIp(address)| address.to_string());
            json!({ "event": event, "browser": browser, "detail": detail, "address": address, "created_at": created.rfc3339() })
        };
        Ok(rows.into_iter().map(event).collect())
    }
}
