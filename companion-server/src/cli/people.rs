//! `skillferry login-link`, `skillferry user …` and `skillferry admin-token …`. They write beside a running server.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::backup::{finish, run_async};
use super::serve::{LINK_LIFETIME, database};
use super::terminal;
use crate::domain::people::Role;
use crate::pull::disk::{Disk as _, Real};
use crate::store::{self, AddUser, ChangeUser, DeleteUser, SharedStore, StoreError};
use crate::time::Timestamp;
use crate::token::{PlainToken, TokenKind};

/// Which database.
#[derive(Debug, Args)]
pub struct Database {
    /// sqlite:PATH or postgres://USER@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, env = "SKILLFERRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// Arguments of `login-link`.
#[derive(Debug, Args)]
pub struct LoginLink {
    #[command(flatten)]
    database: Database,
    /// Whom the link logs in [default: the first admin]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Under which address people reach the server
    #[arg(long, env = "SKILLFERRY_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:8082")]
    public_url: String,
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Rights {
    /// Everything
    Admin,
    /// Their own browsers
    Member,
}

impl From<Rights> for Role {
    fn from(rights: Rights) -> Self {
        match rights {
            Rights::Admin => Self::Admin,
            Rights::Member => Self::Member,
        }
    }
}

/// What can be done about people.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody, without a password; `login-link --user` lets them in
    Add {
        /// What they log in with
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "member")]
        role: Rights,
        #[command(flatten)]
        database: Database,
    },
    /// List everybody
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Give somebody a role
    SetRole {
        /// Who
        name: String,
        /// What they may do
        #[arg(value_enum)]
        role: Rights,
        #[command(flatten)]
        database: Database,
    },
    /// Keep somebody out, with all their sessions and tokens
    Disable {
        /// Who
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// Let somebody in again
    Enable {
        /// Who
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// Set the e-mail address that internal services know somebody by; without one, take it away
    SetEmail {
        /// Who
        name: String,
        /// The address
        email: Option<String>,
        #[command(flatten)]
        database: Database,
    },
    /// Write everything that is kept about somebody, as JSON
    Export {
        /// Who
        name: String,
        /// A file that is not there yet [default: standard output]
        #[arg(long, value_name = "FILE")]
        output: Option<std::path::PathBuf>,
        #[command(flatten)]
        database: Database,
    },
    /// Remove somebody and everything that is kept about them; their service keys are revoked
    Delete {
        /// Who
        name: String,
        /// Also when nobody can administer the server afterwards
        #[arg(long)]
        last_admin: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Take somebody's password away and end their sessions; `login-link --user` lets them in again
    ResetPassword {
        /// Who
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

/// What can be done about tokens.
#[derive(Debug, Subcommand)]
pub enum AdminToken {
    /// Make a token and print it, this once
    Create {
        /// What it is for
        name: String,
        /// Whose it is
        #[arg(long, value_name = "NAME")]
        user: String,
        /// What it may do, never more than its owner
        #[arg(long, value_enum, default_value = "admin")]
        role: Rights,
        /// Keep it for `skillferry status` and its like instead of printing it
        #[arg(long)]
        save: bool,
        #[command(flatten)]
        database: Database,
    },
    /// List all tokens, without their secrets
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Revoke a token
    Revoke {
        /// Its id, as listed
        id: Uuid,
        #[command(flatten)]
        database: Database,
    },
}

/// Prints a one-time link.
pub fn login_link(arguments: LoginLink) -> ExitCode {
    finish(run_async(async move {
        let store = open(arguments.database).await?;
        let user = match arguments.user {
            Some(name) => Some(named(&store, &name).await?.id),
            None => None,
        };
        let link = drawn(TokenKind::LoginLink)?;
        let expires = Timestamp::now().plus(LINK_LIFETIME);
        store.add_login_link(&link.hash(), user, expires).await.map_err(said)?;
        Ok(format!("{}/login#{}", arguments.public_url.trim_end_matches('/'), link.expose()))
    }))
}

/// Runs `user …`.
pub fn user(command: User) -> ExitCode {
    finish(run_async(async move {
        let now = Timestamp::now();
        match command {
            User::Add { name, role, database } => {
                if name.trim().is_empty() || name.chars().count() > 64 {
                    return Err("A name has 1 to 64 characters.".to_owned());
                }
                match open(database).await?.add_user(&name, role.into(), now).await.map_err(said)? {
                    AddUser::Added(user) => Ok(format!("{} was added.", user.name)),
                    AddUser::NameTaken => Err(format!("Somebody is called {name} already.")),
                }
            }
            User::List { database } => {
                let users = open(database).await?.users().await.map_err(said)?;
                let line = |user: &store::User| {
                    let disabled = if user.disabled.is_some() { "\tdisabled" } else { "" };
                    format!("{}\t{}{disabled}", user.name, user.role.as_str())
                };
                Ok(users.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            User::SetRole { name, role, database } => changed(database, &name, Some(role.into()), None).await,
            User::Disable { name, database } => changed(database, &name, None, Some(true)).await,
            User::Enable { name, database } => changed(database, &name, None, Some(false)).await,
            User::SetEmail { name, email, database } => {
                let plain =
                    |text: &String| text.contains('@') && text.len() <= 254 && !text.contains(char::is_whitespace);
                if email.as_ref().is_some_and(|email| !plain(email)) {
                    return Err("That is no e-mail address.".to_owned());
                }
                let store = open(database).await?;
                let user = named(&store, &name).await?;
                store.set_email(user.id, email, now).await.map_err(said)?;
                Ok(format!("{}’s address is noted.", user.name))
            }
            User::Export { name, output, database } => export(database, &name, output.as_deref()).await,
            User::Delete { name, last_admin, database } => {
                let store = open(database).await?;
                let user = named(&store, &name).await?;
                match store.delete_user(user.id, last_admin, now).await.map_err(said)? {
                    DeleteUser::Deleted => {
                        Ok(format!("{} is gone, and everything that was kept about them.", user.name))
                    }
                    DeleteUser::NotFound => Err(format!("Nobody is called {name}.")),
                    DeleteUser::LastAdmin => {
                        Err(format!("{name} is the last admin who may log in. Say --last-admin if that is meant."))
                    }
                }
            }
            User::ResetPassword { name, database } => {
                let store = open(database).await?;
                let user = named(&store, &name).await?;
                store.set_password(user.id, None, None, now).await.map_err(said)?;
                Ok(format!("{} has no password and no session any more.", user.name))
            }
        }
    }))
}

/// Runs `admin-token …`.
pub fn admin_token(command: AdminToken) -> ExitCode {
    finish(run_async(async move {
        match command {
            AdminToken::Create { name, user, role, save, database } => {
                let store = open(database).await?;
                let user = named(&store, &user).await?;
                let token = drawn(TokenKind::Admin)?;
                let role = Role::from(role).min(user.role);
                store.add_admin_token(user.id, &name, role, &token.hash(), Timestamp::now()).await.map_err(said)?;
                if !save {
                    return Ok(token.expose().to_owned());
                }
                let file = terminal::token::save(token.expose())?;
                Ok(format!("The token is kept in {}, for you alone.", file.display()))
            }
            AdminToken::List { database } => {
                let tokens = open(database).await?.admin_tokens(None).await.map_err(said)?;
                let line = |token: &store::AdminToken| {
                    let used = token.last_used.map_or_else(|| "never used".to_owned(), Timestamp::rfc3339);
                    format!("{}\t{}\t{}\t{}\t{used}", token.id, token.name, token.user_name, token.role.as_str())
                };
                Ok(tokens.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            AdminToken::Revoke { id, database } => {
                match open(database).await?.revoke_admin_token(id, None).await.map_err(said)? {
                    true => Ok("The token is revoked.".to_owned()),
                    false => Err("There is no such token.".to_owned()),
                }
            }
        }
    }))
}

async fn export(database: Database, name: &str, output: Option<&std::path::Path>) -> Result<String, String> {
    let store = open(database).await?;
    let user = named(&store, name).await?;
    let exported = store.export_user(user.id, Timestamp::now()).await.map_err(said)?;
    let exported = exported.ok_or_else(|| format!("Nobody is called {name}."))?;
    let text = format!("{exported:#}");
    let Some(file) = output else { return Ok(text) };
    let failed = |error: std::io::Error| format!("{}: {error}.", file.display());
    Real.create(file).map_err(failed)?;
    Real.fill(file, text.as_bytes()).map_err(failed)?;
    Ok(format!("Everything about {} is in {}.", user.name, file.display()))
}

async fn changed(database: Database, name: &str, role: Option<Role>, disabled: Option<bool>) -> Result<String, String> {
    let store = open(database).await?;
    let user = named(&store, name).await?;
    match store.change_user(user.id, role, disabled, Timestamp::now()).await.map_err(said)? {
        ChangeUser::Changed(user) if user.disabled.is_some() => Ok(format!("{} may not log in any more.", user.name)),
        ChangeUser::Changed(user) => Ok(format!("{} is {} now.", user.name, user.role.as_str())),
        ChangeUser::NotFound => Err(format!("Nobody is called {name}.")),
        ChangeUser::LastAdmin => Err(format!("{name} is the last admin who may log in. Make another one first.")),
    }
}

pub(super) async fn open(arguments: Database) -> Result<SharedStore, String> {
    store::open_beside(&database(arguments.database_url)?).await
}

async fn named(store: &SharedStore, name: &str) -> Result<store::User, String> {
    store.user_named(name).await.map_err(said)?.ok_or_else(|| format!("Nobody is called {name}."))
}

/// A new token.
pub(super) fn drawn(kind: TokenKind) -> Result<PlainToken, String> {
    PlainToken::draw(kind).map_err(|error| format!("The system gives no randomness: {error}."))
}

fn said(error: StoreError) -> String {
    format!("It was not done: {error}.")
}
