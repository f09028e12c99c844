//! Opens the database that an address names, migrates it, and says plainly why when it cannot.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _};

use super::changes::Changes;
use super::migration::{Dialect, migrator};
use super::signal::Signal;
use super::sql::Db;
use super::{SharedStore, SqlStore, beside, chain};
use crate::domain::chain::ChainReport;

/// The oldest SQLite without the bug that could corrupt a write-ahead log on reset.
const SQLITE_AT_LEAST: (u32, u32, u32) = (3, 51, 3);

/// A connection to PostgreSQL that was not used for so long is asked whether it is still there.
const RESTED: Duration = Duration::from_secs(1);

/// Connections that read a SQLite file at once. Each is a thread.
const READERS: u32 = 4;

/// Where the data lies.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file, created when missing.
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;
    fn from_str(text: &str) -> Result<Self, OpenError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(OpenError::Address) } else { Ok(Self::Sqlite(PathBuf::from(path))) };
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err(OpenError::Address),
        }
    }
}

/// Without user name and password.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite {}", path.display()),
            Self::Postgres(url) => match url.parse::<PgConnectOptions>() {
                Ok(options) => write!(
                    f,
                    "PostgreSQL {} on {}:{}",
                    options.get_database().unwrap_or("(default)"),
                    options.get_host(),
                    options.get_port()
                ),
                Err(_) => f.write_str("PostgreSQL"),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a database cannot be used. Each text is a sentence for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is neither form.
    #[error("The database address must be sqlite:PATH or postgres://USER@HOST/NAME.")]
    Address,
    /// Another server has the file.
    #[error("Another Skillferry server already uses {0}. Stop it first, or give this one its own --database-url.")]
    InUse(PathBuf),
    /// The folder or file cannot be written.
    #[error("The database {path} cannot be opened for writing ({why}). Check the folder's permissions and free space.")]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file is no database.
    #[error("{0} is not a Skillferry database. Choose another file with --database-url.")]
    NotADatabase(PathBuf),
    /// No connection to PostgreSQL.
    #[error("PostgreSQL cannot be reached or refused the login ({0}). Check --database-url and that the server runs.")]
    Unreachable(String),
    /// The schema is newer than this program.
    #[error("The database was used by a newer Skillferry. Update this one, or restore a backup.")]
    Newer,
    /// A migration did not work.
    #[error("The database could not be brought up to date ({0}). It was left as it was.")]
    Migration(String),
    /// The SQLite that was built in is too old.
    #[error("This build contains SQLite {0}, which can damage its files. Rebuild with a newer libsqlite3-sys.")]
    OldSqlite(String),
}

/// Opens, migrates and hands out the store.
///
/// # Errors
///
/// [`OpenError`]; nothing was changed then.
pub async fn open(url: &DatabaseUrl) -> Result<SharedStore, OpenError> {
    match url {
        DatabaseUrl::Sqlite(path) => open_sqlite(path).await,
        DatabaseUrl::Postgres(url) => open_postgres(url).await,
    }
}

async fn open_sqlite(path: &Path) -> Result<SharedStore, OpenError> {
    let not_writable = |why: &dyn std::fmt::Display| OpenError::NotWritable { path: path.into(), why: why.to_string() };
    let path = &resolved(path);
    let lock = lock_beside(path)?;
    private_file(path).map_err(|error| not_writable(&error))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // A megabyte a connection: five of them stay small, and the file system caches as well.
        .pragma("cache_size", "-1024");
    let write = sqlite_pool(1).connect_with(options.clone()).await.map_err(|error| {
        match error.as_database_error().and_then(|error| error.code()).as_deref() {
            Some("26") => OpenError::NotADatabase(path.into()),
            _ => not_writable(&error),
        }
    })?;
    let (version,): (String,) =
        sqlx::query_as("SELECT sqlite_version()").fetch_one(&write).await.map_err(|error| not_writable(&error))?;
    if parsed(&version) < SQLITE_AT_LEAST {
        return Err(OpenError::OldSqlite(version));
    }
    migrator(Dialect::Sqlite).run(&write).await.map_err(migration_error)?;
    let read = sqlite_pool(READERS).connect_lazy_with(options);
    let db = Db::Sqlite { read, write, changes: Changes::local() };
    chain::adopt(&db).await.map_err(|error| OpenError::Migration(error.to_string()))?;
    Ok(SqlStore::new(db, Signal::local(), Some(lock)))
}

/// A file's connection does not go away by itself: nobody asks before each use whether it is there.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false)
}

async fn open_postgres(url: &str) -> Result<SharedStore, OpenError> {
    let unreachable = |error: sqlx::Error| OpenError::Unreachable(without_address(&error));
    let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Address)?;
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(10))
        // One that was just used is there; one that has rested is asked first, so that a restart of PostgreSQL is no refusal.
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(
                async move { if known.idle_for > RESTED { connection.ping().await.map(|()| true) } else { Ok(true) } },
            )
        })
        // A process that stops in the middle must not hold up the others for ever.
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("SET lock_timeout = '20s'").await?;
                connection.execute("SET idle_in_transaction_session_timeout = '30s'").await.map(drop)
            })
        })
        .connect_with(options)
        .await
        .map_err(unreachable)?;
    migrator(Dialect::Postgres).run(&pool).await.map_err(migration_error)?;
    let signal = Signal::shared(&pool).await.map_err(unreachable)?;
    let changes = Changes::shared(&pool).await.map_err(unreachable)?;
    let db = Db::postgres(pool, changes);
    chain::adopt(&db).await.map_err(|error| OpenError::Migration(error.to_string()))?;
    Ok(SqlStore::new(db, signal, None))
}

/// Opens a database for a command that writes a little beside a server that may be using it. Both databases order writers by
/// themselves; nothing is created or migrated.
///
/// # Errors
///
/// A sentence for the person who asked.
pub async fn open_beside(url: &DatabaseUrl) -> Result<SharedStore, String> {
    let db = beside::current(url).await?;
    Ok(SqlStore::new(db, Signal::local(), None))
}

/// Checks the audit log of a database, beside a server that may be using it. Nothing is created, migrated or written.
///
/// # Errors
///
/// A sentence for the person who asked.
pub async fn verify_audit(url: &DatabaseUrl) -> Result<ChainReport, String> {
    chain::verify(&beside::open(url).await?).await.map_err(|error| {
        format!("The audit log cannot be read ({error}). Start this version's server on the database once.")
    })
}

/// The one name of a file that may be reached by several, so that its lock is one too.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(existing) = path.canonicalize() {
        return existing;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Creates the file, when missing, for its owner's eyes only: it holds everybody's skills. SQLite gives its side files the same mode.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The file beside the database that its one server holds locked; the operating system frees it when the process ends, however.
pub(super) fn lock_beside(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let open = File::options().create(true).truncate(false).write(true).open(&name);
    let file = open.map_err(|error| OpenError::NotWritable { path: path.into(), why: error.to_string() })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(path.into())),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(OpenError::NotWritable { path: path.into(), why: error.to_string() })
        }
    }
}

fn migration_error(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => OpenError::Newer,
        other => OpenError::Migration(other.to_string()),
    }
}

/// What went wrong, without the address: it may hold a password.
pub(super) fn without_address(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        sqlx::Error::Io(error) => error.kind().to_string(),
        sqlx::Error::PoolTimedOut => "no answer within ten seconds".to_owned(),
        _ => "the connection could not be set up".to_owned(),
    }
}

fn parsed(version: &str) -> (u32, u32, u32) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}
