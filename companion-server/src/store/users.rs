//! People.

use async_trait::async_trait;
use serde_json::json;
use uuid::Uuid;

use super::sql::{Tx, args};
use super::{AuditEventName, NewAuditEvent, SqlStore, StoreResult, audit};
use crate::domain::people::{Role, folded};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// What they log in with, in any letter case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when they may not log in.
    pub disabled: Option<Timestamp>,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether a provider signs them in. They have no password then.
    pub single_sign_on: bool,
    /// When they were added.
    pub created: Timestamp,
}

/// How the pages look to a person, in whichever browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// The language's tag; empty where the browser shall decide, none where nothing was ever chosen.
    pub language: Option<String>,
    /// `light` or `dark`; empty and none as for the language.
    pub theme: Option<String>,
}

/// What became of a new person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddUser {
    /// Added.
    Added(User),
    /// Somebody has this name, in some letter case.
    NameTaken,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeUser {
    /// As they are now.
    Changed(User),
    /// No such person.
    NotFound,
    /// Nobody could administer the server any more.
    LastAdmin,
}

/// The people who use the server.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Adds a person without a password. Writes `user_added`.
    async fn add_user(&self, name: &str, role: Role, now: Timestamp) -> StoreResult<AddUser>;
    /// Everybody, by name.
    async fn users(&self) -> StoreResult<Vec<User>>;
    /// One person.
    async fn user(&self, id: Uuid) -> StoreResult<Option<User>>;
    /// One person by name, in any letter case.
    async fn user_named(&self, name: &str) -> StoreResult<Option<User>>;
    /// The kept hash of a person's password; `None` without one, and for whoever may not log in.
    async fn password_hash(&self, id: Uuid) -> StoreResult<Option<String>>;
    /// Gives a role, and takes or gives back the right to log in. Taking it ends all sessions at once. Of several calls at once none
    /// leaves the server without an admin who may log in.
    async fn change_user(
        &self,
        id: Uuid,
        role: Option<Role>,
        disabled: Option<bool>,
        now: Timestamp,
    ) -> StoreResult<ChangeUser>;
    /// How the pages look to them; nothing chosen where there is no such person.
    async fn looks(&self, id: Uuid) -> StoreResult<Looks>;
    /// Keeps how the pages shall look to them.
    async fn set_looks(&self, id: Uuid, looks: Looks) -> StoreResult<()>;
    /// Sets or takes away a password and ends all sessions but `keep`. False when there is no such person.
    async fn set_password(
        &self,
        id: Uuid,
        hash: Option<String>,
        keep: Option<TokenHash>,
        now: Timestamp,
    ) -> StoreResult<bool>;
}

/// A query for people.
macro_rules! people {
    ($which:literal) => {
        concat!(
            "SELECT id, name, role, disabled_at, password_hash IS NOT NULL, oidc_subject IS NOT NULL, created_at FROM users ",
            $which
        )
    };
}

type Columns = (Uuid, String, String, Option<Timestamp>, bool, bool, Timestamp);

#[async_trait]
impl UserStore for SqlStore {
    async fn add_user(&self, name: &str, role: Role, now: Timestamp) -> StoreResult<AddUser> {
        let mut tx = self.db.write().await?;
        let Some(id) = insert(&mut tx, name, role, None, now).await? else { return Ok(AddUser::NameTaken) };
        tx.commit().await?;
        let name = name.trim().to_owned();
        Ok(AddUser::Added(User {
            id,
            name,
            role,
            disabled: None,
            has_password: false,
            single_sign_on: false,
            created: now,
        }))
    }

    async fn users(&self) -> StoreResult<Vec<User>> {
        let rows: Vec<Columns> = self.db.all(people!("ORDER BY name_folded"), args![]).await?;
        Ok(rows.into_iter().map(user).collect())
    }

    async fn user(&self, id: Uuid) -> StoreResult<Option<User>> {
        Ok(self.db.optional(BY_ID, args![id]).await?.map(user))
    }

    async fn user_named(&self, name: &str) -> StoreResult<Option<User>> {
        let found: Option<Columns> = self.db.optional(people!("WHERE name_folded = $1"), args![folded(name)]).await?;
        Ok(found.map(user))
    }

    async fn looks(&self, id: Uuid) -> StoreResult<Looks> {
        let found: Option<(Option<String>, Option<String>)> =
            self.db.optional("SELECT language, theme FROM users WHERE id = $1", args![id]).await?;
        Ok(found.map(|(language, theme)| Looks { language, theme }).unwrap_or_default())
    }

    async fn set_looks(&self, id: Uuid, looks: Looks) -> StoreResult<()> {
        let sql = "UPDATE users SET language = $2, theme = $3 WHERE id = $1";
        self.db.execute(sql, args![id, looks.language, looks.theme]).await.map(drop)
    }

    async fn password_hash(&self, id: Uuid) -> StoreResult<Option<String>> {
        let found: Option<(Option<String>,)> = self
            .db
            .optional("SELECT password_hash FROM users WHERE id = $1 AND disabled_at IS NULL", args![id])
            .await?;
        Ok(found.and_then(|(hash,)| hash))
    }

    async fn change_user(
        &self,
        id: Uuid,
        role: Option<Role>,
        disabled: Option<bool>,
        now: Timestamp,
    ) -> StoreResult<ChangeUser> {
        let mut tx = self.db.appointing().await?;
        let Some(before) = tx.optional(BY_ID, args![id]).await?.map(user) else { return Ok(ChangeUser::NotFound) };
        let since = match disabled {
            None => before.disabled,
            Some(true) => before.disabled.or(Some(now)),
            Some(false) => None,
        };
        let after = User { role: role.unwrap_or(before.role), disabled: since, ..before };
        tx.execute(
            "UPDATE users SET role = $2, disabled_at = $3, updated_at = $4 WHERE id = $1",
            args![id, after.role.as_str(), after.disabled, now],
        )
        .await?;
        let admins: Option<(i64,)> =
            tx.optional("SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL", args![]).await?;
        let was_admin = before.role == Role::Admin && before.disabled.is_none();
        if was_admin && admins.is_none_or(|(admins,)| admins == 0) {
            return Ok(ChangeUser::LastAdmin);
        }
        if after.disabled.is_some() {
            tx.execute("DELETE FROM dashboard_sessions WHERE user_id = $1", args![id]).await?;
        }
        tx.commit().await?;
        Ok(ChangeUser::Changed(after))
    }

    async fn set_password(
        &self,
        id: Uuid,
        hash: Option<String>,
        keep: Option<TokenHash>,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let mut tx = self.db.write().await?;
        let found = tx
            .execute("UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1", args![id, hash, now])
            .await?;
        let kept = keep.map(|session| session.hex()).unwrap_or_default();
        tx.execute("DELETE FROM dashboard_sessions WHERE user_id = $1 AND token_hash <> $2", args![id, kept]).await?;
        tx.commit().await?;
        Ok(found == 1)
    }
}

const BY_ID: &str = people!("WHERE id = $1");

fn user((id, name, role, disabled, has_password, single_sign_on, created): Columns) -> User {
    User { id, name, role: Role::named(&role), disabled, has_password, single_sign_on, created }
}

/// Adds a person unless the name is taken; `identity` is who they are to a provider.
pub(super) async fn insert(
    tx: &mut Tx,
    name: &str,
    role: Role,
    identity: Option<&str>,
    now: Timestamp,
) -> StoreResult<Option<Uuid>> {
    let (id, name) = (Uuid::now_v7(), name.trim());
    let added = tx
        .execute(
            "INSERT INTO users (id, name, name_folded, role, oidc_subject, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
            args![id, name, folded(name), role.as_str(), identity, now],
        )
        .await?;
    if added == 0 {
        return Ok(None);
    }
    let (event, detail) = (AuditEventName::UserAdded, json!({ "user": name, "role": role.as_str() }));
    audit::write(tx, NewAuditEvent { integration: None, event, skill: None, detail, source: None, now }).await?;
    Ok(Some(id))
}
