//! Fresh databases of both kinds, and what an operator types into their shells.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

/// A database that nobody else uses.
pub struct Database {
    /// Its address, as the server takes it.
    pub url: String,
    /// Whether it is SQLite.
    pub sqlite: bool,
    folder: tempfile::TempDir,
}

impl Database {
    /// One of each kind; PostgreSQL only where there is a cluster for it.
    pub fn each() -> Vec<Self> {
        let folder = || tempfile::tempdir().expect("temp folder");
        let file = folder();
        let url = format!("sqlite:{}", file.path().join("skills.db").display());
        let postgres = postgres().map(|url| Self { url, sqlite: false, folder: folder() });
        std::iter::once(Self { url, sqlite: true, folder: file }).chain(postgres).collect()
    }

    /// A folder of its own; the SQLite file lies there as `skills.db`.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The text for this database.
    pub fn pick<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.sqlite { sqlite } else { postgres }
    }

    /// Runs statements; the number of rows that the last one changed or gave.
    #[track_caller]
    pub fn run(&self, statement: &str) -> u64 {
        let sql = AssertSqlSafe(statement.to_owned());
        wait(async {
            if self.sqlite {
                let mut connection = SqliteConnection::connect(&self.url).await.expect("the file");
                connection.execute(sql).await.map(|done| done.rows_affected())
            } else {
                let mut connection = PgConnection::connect(&self.url).await.expect("the database");
                connection.execute(sql).await.map(|done| done.rows_affected())
            }
        })
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The one number that a query gives.
    #[track_caller]
    pub fn number(&self, query: &str) -> i64 {
        let sql = AssertSqlSafe(query.to_owned());
        wait(async {
            if self.sqlite {
                let mut connection = SqliteConnection::connect(&self.url).await.expect("the file");
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            } else {
                let mut connection = PgConnection::connect(&self.url).await.expect("the database");
                sqlx::query_scalar(sql).fetch_one(&mut connection).await
            }
        })
        .unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

/// A fresh database on the cluster of the tests.
pub fn postgres() -> Option<String> {
    let Ok(cluster) = std::env::var("SKILLFERRY_TEST_POSTGRES_URL") else {
        assert!(std::env::var_os("CI").is_none(), "SKILLFERRY_TEST_POSTGRES_URL must be set in CI");
        eprintln!("SKIPPED on PostgreSQL: SKILLFERRY_TEST_POSTGRES_URL is not set");
        return None;
    };
    let name = format!("start_{}", uuid::Uuid::new_v4().simple());
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    wait(async {
        let mut connection = PgConnection::connect(&cluster).await.expect("the cluster");
        connection.execute(create).await.expect("a database");
    });
    Some(format!("{}/{name}", cluster.rsplit_once('/').expect("a URL with a database").0))
}
