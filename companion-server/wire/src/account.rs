//! People, their sessions and their admin tokens.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

/// A person, as `/v1/account` and `/v1/users` show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// What they log in with, in any letter case.
    pub name: String,
    /// `admin` or `member`.
    pub role: String,
    /// They may not log in.
    pub disabled: bool,
    /// They have a password.
    pub has_password: bool,
    /// When they were added.
    pub created_at: Timestamp,
}

/// Body of `POST /v1/users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewUser {
    /// 1 to 64 characters, no other person's in any letter case.
    pub name: String,
    /// `admin` or `member`; `member` by default.
    pub role: Option<String>,
}

/// Body of `PATCH /v1/users/{id}`. What is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeUser {
    /// `admin` or `member`.
    pub role: Option<String>,
    /// True ends all their sessions, and neither they nor their tokens are let in.
    pub disabled: Option<bool>,
}

/// Answer of `POST /v1/users/{id}/login-link`: the only one that shows the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginLink {
    /// A path with the secret behind the `#`, to be opened once at this server's address.
    pub path: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Body of `PUT /v1/account/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetPassword {
    /// The password in force; left out when there is none.
    pub current_password: Option<String>,
    /// 12 to 256 characters.
    pub new_password: String,
}

impl core::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SetPassword")
    }
}

/// One of a person's own sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// The one that asks.
    pub current: bool,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// Where it was begun.
    pub address: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Timestamp,
}

/// Answer of `DELETE /v1/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    /// How many; the one that asks goes on.
    pub ended: u64,
}

/// An admin token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminToken {
    /// Its id, which is no secret.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// `admin` or `member`; it may never do more than its owner.
    pub role: String,
    /// Its owner.
    pub user_id: Uuid,
    /// Its owner's name.
    pub user_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// Body of `POST /v1/admin-tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAdminToken {
    /// 1 to 64 characters.
    pub name: String,
    /// `admin` or `member`, never more than its owner; the owner's by default.
    pub role: Option<String>,
}

/// Answer of `POST /v1/admin-tokens`: the only one that shows the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminTokenIssued {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// `admin` or `member`.
    pub role: String,
    /// Sent as `Authorization: Bearer` from now on.
    pub token: String,
}

impl core::fmt::Debug for AdminTokenIssued {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AdminTokenIssued").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}
