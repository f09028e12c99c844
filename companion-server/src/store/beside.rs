//! A database as a command sees it that runs beside a server: opened as it is, never created, locked or migrated.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::changes::Changes;
use super::open::without_address;
use super::sql::Db;
use super::{DatabaseUrl, OpenError, health, schema_head};

/// Opens.
///
/// # Errors
///
/// A sentence for the person who asked.
pub(super) async fn open(url: &DatabaseUrl) -> Result<Db, String> {
    let unreadable = |error: sqlx::Error| format!("The database cannot be read ({}).", without_address(&error));
    Ok(match url {
        DatabaseUrl::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(5));
            Db::sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(unreadable)?)
        }
        DatabaseUrl::Postgres(url) => {
            let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Address.to_string())?;
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(10));
            Db::postgres(pool.connect_with(options).await.map_err(unreadable)?, Changes::local())
        }
    })
}

/// Opens a database whose tables are those that this program knows.
///
/// # Errors
///
/// A sentence for the person who asked.
pub(super) async fn current(url: &DatabaseUrl) -> Result<Db, String> {
    let db = open(url).await?;
    let found = health::schema_version(&db).await.unwrap_or_else(|_| "unknown".to_owned());
    if found == schema_head() {
        return Ok(db);
    }
    let expected = schema_head();
    Err(format!(
        "The database is at {found}, this program at {expected}. Use the program of the server that runs on it, or start this version's server once."
    ))
}
