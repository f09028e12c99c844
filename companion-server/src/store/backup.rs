//! Copies a SQLite database while a server uses it, and puts a copy back while none does.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::NamedTempFile;

use super::open::lock_beside;
use super::{DatabaseUrl, OpenError, schema_head};
use crate::time::Timestamp;

/// Why there is no copy, or why it was not put back. Each text is a sentence for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// PostgreSQL has its own tools.
    #[error(
        "PostgreSQL is backed up with its own tools, also while servers run: pg_dump --format=custom --file FILE URL, and pg_restore --clean --dbname URL FILE."
    )]
    NotSqlite,
    /// There is nothing to copy.
    #[error("{0} does not exist or cannot be read. Check --database-url and the file's name.")]
    Missing(PathBuf),
    /// The target is there already.
    #[error("{0} exists already. Name another file; a backup never overwrites one.")]
    Exists(PathBuf),
    /// The file is damaged, or something else altogether.
    #[error("{path} is not a sound Skillferry database ({why}).")]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// The copy was made by a newer program.
    #[error("{0} was written by a newer Skillferry. Update this one first.")]
    Newer(PathBuf),
    /// A server runs on the database, or its folder cannot be written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The disk does not take it.
    #[error("{path} cannot be written ({why}). Check the folder's permissions and free space.")]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

/// Writes a consistent copy of the database to `to`, for its owner's eyes only. A server may be at work meanwhile; what it commits
/// during the copy is not in it.
///
/// # Errors
///
/// [`BackupError`]; `to` does not exist then.
pub async fn backup(url: &DatabaseUrl, to: &Path) -> Result<(), BackupError> {
    let DatabaseUrl::Sqlite(database) = url else { return Err(BackupError::NotSqlite) };
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let copy = temporary_beside(to)?;
    let mut connection = connect(database).await?;
    let target = copy.path().to_string_lossy().into_owned();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await;
    copied.map_err(|error| unsound(database, &error))?;
    verify(copy.path()).await?;
    let cannot = |error: &dyn std::fmt::Display| not_writable(to, error);
    copy.as_file().sync_all().map_err(|error| cannot(&error))?;
    copy.persist_noclobber(to).map(drop).map_err(|error| cannot(&error.error))
}

/// Puts the copy `from` in the database's place and keeps what was there. Returns where, when there was something.
///
/// # Errors
///
/// [`BackupError`]; the database is as it was then.
pub async fn restore(url: &DatabaseUrl, from: &Path) -> Result<Option<PathBuf>, BackupError> {
    let DatabaseUrl::Sqlite(database) = url else { return Err(BackupError::NotSqlite) };
    let cannot = |error: io::Error| not_writable(database, &error);
    verify(from).await?;
    let _lock = lock_beside(database)?;
    let copy = temporary_beside(database)?;
    io::copy(&mut File::open(from).map_err(cannot)?, &mut copy.as_file()).map_err(cannot)?;
    copy.as_file().sync_all().map_err(cannot)?;
    verify(copy.path()).await?;
    let former = if database.exists() { Some(set_aside(database).await.map_err(cannot)?) } else { None };
    copy.persist(database).map_err(|error| cannot(error.error))?;
    Ok(former)
}

/// Gives what is there a second name, so that it is never without one, and takes its side files away: they must not be applied to
/// the copy.
async fn set_aside(database: &Path) -> io::Result<PathBuf> {
    if let Ok(mut connection) = connect(database).await {
        // A file that is too damaged for this is kept with its side files below.
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
        let _ = connection.close().await;
    }
    let stamp = Timestamp::now().rfc3339().replace(':', "");
    let former = with_ending(database, &format!(".before-{stamp}"));
    fs::hard_link(database, &former)?;
    for ending in ["-wal", "-shm"] {
        let (side, kept) = (with_ending(database, ending), with_ending(&former, ending));
        if side.exists() {
            fs::rename(side, kept)?;
        }
    }
    Ok(former)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// In the same folder, so that it can take the name in one step.
fn temporary_beside(path: &Path) -> Result<NamedTempFile, BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    NamedTempFile::new_in(folder).map_err(|error| not_writable(path, &error))
}

async fn connect(path: &Path) -> Result<SqliteConnection, BackupError> {
    if !path.is_file() {
        return Err(BackupError::Missing(path.into()));
    }
    let options = SqliteConnectOptions::from_str("sqlite:").unwrap_or_default().filename(path).create_if_missing(false);
    SqliteConnection::connect_with(&options).await.map_err(|error| unsound(path, &error))
}

/// The file is whole, one of ours, and not from the future.
async fn verify(path: &Path) -> Result<(), BackupError> {
    let mut connection = connect(path).await?;
    let findings: Vec<(String,)> =
        sqlx::query_as("PRAGMA integrity_check(1)").fetch_all(&mut connection).await.map_err(|e| unsound(path, &e))?;
    if let Some((finding,)) = findings.into_iter().find(|(finding,)| finding != "ok") {
        return Err(BackupError::Unsound { path: path.into(), why: finding });
    }
    let newest: (i64,) = sqlx::query_as("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .map_err(|error| unsound(path, &error))?;
    let known = schema_head().split('_').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if newest.0 > known { Err(BackupError::Newer(path.into())) } else { Ok(()) }
}

fn unsound(path: &Path, error: &sqlx::Error) -> BackupError {
    BackupError::Unsound { path: path.into(), why: error.to_string() }
}

fn not_writable(path: &Path, error: &dyn std::fmt::Display) -> BackupError {
    BackupError::NotWritable { path: path.into(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, version};
    use super::super::{SharedStore, open};
    use super::*;

    async fn import(store: &SharedStore, name: &str) {
        store.import_version(version(name, "1", at(1))).await.expect("imported");
    }

    async fn names(database: PathBuf) -> Vec<String> {
        let store = open(&DatabaseUrl::Sqlite(database)).await.expect("open");
        store.skills().await.expect("skills").into_iter().map(|skill| skill.name).collect()
    }

    #[tokio::test]
    async fn a_copy_of_a_running_server_brings_its_moment_back() {
        let folder = tempfile::tempdir().expect("folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("skills.db"));
        let copy = folder.path().join("copy.db");
        let store = open(&url).await.expect("open");
        import(&store, "before").await;
        backup(&url, &copy).await.expect("a copy while it runs");
        import(&store, "after").await;
        assert!(matches!(restore(&url, &copy).await, Err(BackupError::Open(OpenError::InUse(_)))));
        drop(store);
        while folder.path().join("skills.db-wal").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let former = restore(&url, &copy).await.expect("restored").expect("there was something");
        assert_eq!(names(folder.path().join("skills.db")).await, ["before"]);
        assert_eq!(names(former).await, ["after", "before"]);
    }

    #[tokio::test]
    async fn what_cannot_be_is_said() {
        let folder = tempfile::tempdir().expect("folder");
        let path = |name: &str| folder.path().join(name);
        let url = DatabaseUrl::Sqlite(path("skills.db"));
        assert!(matches!(backup(&url, &path("copy.db")).await, Err(BackupError::Missing(_))));
        drop(open(&url).await.expect("open"));
        fs::write(path("there"), "mine").expect("written");
        assert!(matches!(backup(&url, &path("there")).await, Err(BackupError::Exists(_))));
        assert_eq!(fs::read_to_string(path("there")).expect("read"), "mine");
        assert!(matches!(backup(&url, &path("no/such/folder")).await, Err(BackupError::NotWritable { .. })));
        assert!(matches!(restore(&url, &path("there")).await, Err(BackupError::Unsound { .. })));
        fs::write(path("noise"), vec![7; 9000]).expect("written");
        assert!(matches!(restore(&url, &path("noise")).await, Err(BackupError::Unsound { .. })));
        let postgres = DatabaseUrl::Postgres("postgres://localhost/x".to_owned());
        assert!(matches!(backup(&postgres, &path("copy.db")).await, Err(BackupError::NotSqlite)));
        assert!(!path("copy.db").exists());
    }
}
