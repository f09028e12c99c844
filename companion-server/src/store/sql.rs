//! One SQL text for two databases: a pool and a transaction that take the same statements and arguments.
//!
//! Statements use `$1`, `RETURNING` and `ON CONFLICT`, which both understand. Where PostgreSQL needs a row lock the call says so;
//! on SQLite a writing transaction takes the database's one write lock when it begins (`BEGIN IMMEDIATE`).

use std::sync::Arc;

use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::changes::{Changes, Topics};
use super::column::SourceIp;
use super::{StoreError, StoreResult};
use crate::time::Timestamp;

/// Keys of advisory locks, in a range that the migrations' own lock does not use.
const PLANNING: i64 = 0x5f_0001;
const COUNTING: i64 = 0x5f_0002;
const APPOINTING: i64 = 0x5f_0003;

/// The pools of one of the two databases.
#[derive(Debug, Clone)]
pub enum Db {
    /// SQLite in a file.
    Sqlite {
        /// Any number may read at once.
        read: SqlitePool,
        /// One connection: whoever writes waits here for their turn, in order. SQLite itself would let them sleep and try again.
        write: SqlitePool,
        /// Told of every commit.
        changes: Changes,
    },
    /// PostgreSQL.
    Postgres {
        /// Its connections.
        pool: PgPool,
        /// Whoever plans in this process waits here rather than with a connection in hand: the others are left for those who do not.
        planning: Arc<Mutex<()>>,
        /// Told of every commit.
        changes: Changes,
    },
}

/// A transaction; dropped without [`Tx::commit`] it rolls back.
#[derive(Debug)]
pub enum Tx {
    /// SQLite.
    Sqlite(Transaction<'static, Sqlite>, Written),
    /// PostgreSQL, with its turn in this process where it has one.
    Postgres(Transaction<'static, Postgres>, Written, Option<OwnedMutexGuard<()>>),
}

/// What a transaction writes to, and who is told when it commits.
#[derive(Debug)]
pub struct Written {
    topics: Topics,
    changes: Changes,
}

impl Written {
    fn nothing(changes: &Changes) -> Self {
        Self { topics: Topics::default(), changes: changes.clone() }
    }

    fn note(&mut self, sql: &str) {
        self.topics = self.topics.and(Topics::written_by(sql));
    }
}

/// An argument of a statement.
#[derive(Debug, Clone)]
pub enum Arg {
    /// An id.
    Uuid(Option<Uuid>),
    /// Text.
    Text(Option<String>),
    /// A number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A moment.
    Time(Option<Timestamp>),
    /// A JSON value.
    Json(Value),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An address.
    Ip(Option<SourceIp>),
}

macro_rules! arg_from {
    ($($type:ty => |$value:ident| $arg:expr;)*) => {
        $(impl From<$type> for Arg { fn from($value: $type) -> Self { $arg } })*
    };
}

arg_from! {
    Uuid => |value| Arg::Uuid(Some(value));
    Option<Uuid> => |value| Arg::Uuid(value);
    &str => |value| Arg::Text(Some(value.to_owned()));
    String => |value| Arg::Text(Some(value));
    Option<String> => |value| Arg::Text(value);
    Option<&str> => |value| Arg::Text(value.map(str::to_owned));
    i64 => |value| Arg::Int(value);
    u32 => |value| Arg::Int(i64::from(value));
    bool => |value| Arg::Bool(value);
    Timestamp => |value| Arg::Time(Some(value));
    Option<Timestamp> => |value| Arg::Time(value);
    Value => |value| Arg::Json(value);
    Vec<u8> => |value| Arg::Bytes(value);
    Option<SourceIp> => |value| Arg::Ip(value);
}

/// Arguments of a statement, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Arg::from($value)),*] };
}
pub(super) use args;

/// A row that both databases can give.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Row for T {}

macro_rules! bound {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Uuid(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Int(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Time(value) => query.bind(value),
                Arg::Json(value) => query.bind(Json(value)),
                Arg::Bytes(value) => query.bind(value),
                Arg::Ip(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Db {
    /// SQLite with one pool for both, for a process that does one thing at a time.
    pub fn sqlite(pool: SqlitePool) -> Self {
        Self::Sqlite { read: pool.clone(), write: pool, changes: Changes::local() }
    }

    /// PostgreSQL.
    pub fn postgres(pool: PgPool, changes: Changes) -> Self {
        Self::Postgres { pool, planning: Arc::default(), changes }
    }

    /// Who is told of every commit.
    pub const fn changes(&self) -> &Changes {
        match self {
            Self::Sqlite { changes, .. } | Self::Postgres { changes, .. } => changes,
        }
    }

    /// The text for this database, of one for SQLite and one for PostgreSQL.
    pub const fn pick(&self, (sqlite, postgres): (&'static str, &'static str)) -> &'static str {
        match self {
            Self::Sqlite { .. } => sqlite,
            Self::Postgres { .. } => postgres,
        }
    }

    /// Begins a writing transaction.
    pub async fn write(&self) -> StoreResult<Tx> {
        Ok(match self {
            Self::Sqlite { write, changes, .. } => {
                Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?, Written::nothing(changes))
            }
            Self::Postgres { pool, changes, .. } => Tx::Postgres(pool.begin().await?, Written::nothing(changes), None),
        })
    }

    /// Begins a writing transaction that alone plans operations, whichever process asks, until it ends. What it reads from now
    /// on is what every earlier one left: two that planned side by side would each miss what the other had just changed.
    pub async fn planning(&self) -> StoreResult<Tx> {
        let turn = match self {
            Self::Sqlite { .. } => None,
            Self::Postgres { planning, .. } => Some(Arc::clone(planning).lock_owned().await),
        };
        self.alone(PLANNING, turn).await
    }

    /// Begins a writing transaction that alone counts attempts.
    pub async fn counting(&self) -> StoreResult<Tx> {
        self.alone(COUNTING, None).await
    }

    /// Begins a writing transaction that alone decides who is an admin.
    pub async fn appointing(&self) -> StoreResult<Tx> {
        self.alone(APPOINTING, None).await
    }

    /// Begins a writing transaction in which somebody leaves: alone with those that plan and with those that decide who is an admin.
    pub async fn departing(&self) -> StoreResult<Tx> {
        let mut tx = self.planning().await?;
        if let Tx::Postgres(tx, ..) = &mut tx {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(APPOINTING).execute(&mut **tx).await?;
        }
        Ok(tx)
    }

    async fn alone(&self, purpose: i64, turn: Option<OwnedMutexGuard<()>>) -> StoreResult<Tx> {
        let mut tx = self.write().await?;
        if let Tx::Postgres(tx, _, its_turn) = &mut tx {
            *its_turn = turn;
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(purpose).execute(&mut **tx).await?;
        }
        Ok(tx)
    }

    /// Begins a reading transaction: what it sees is one moment's state on SQLite, each statement's on PostgreSQL.
    pub async fn read(&self) -> StoreResult<Tx> {
        Ok(match self {
            Self::Sqlite { read, changes, .. } => Tx::Sqlite(read.begin().await?, Written::nothing(changes)),
            Self::Postgres { pool, changes, .. } => Tx::Postgres(pool.begin().await?, Written::nothing(changes), None),
        })
    }

    /// Rows of one statement outside a transaction.
    pub async fn all<T: Row>(&self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Vec<T>> {
        Ok(match self {
            Self::Sqlite { read, .. } => bound!(sqlx::query_as(sql), args).fetch_all(read).await?,
            Self::Postgres { pool, .. } => bound!(sqlx::query_as(sql), args).fetch_all(pool).await?,
        })
    }

    /// The first row of one statement outside a transaction.
    pub async fn optional<T: Row>(&self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Option<T>> {
        Ok(match self {
            Self::Sqlite { read, .. } => bound!(sqlx::query_as(sql), args).fetch_optional(read).await?,
            Self::Postgres { pool, .. } => bound!(sqlx::query_as(sql), args).fetch_optional(pool).await?,
        })
    }

    /// One statement outside a transaction; the number of rows it changed.
    pub async fn execute(&self, sql: &'static str, args: Vec<Arg>) -> StoreResult<u64> {
        let changed = self.run(sql, args).await?;
        self.changes().publish(Topics::written_by(sql));
        Ok(changed)
    }

    async fn run(&self, sql: &'static str, args: Vec<Arg>) -> StoreResult<u64> {
        Ok(match self {
            Self::Sqlite { write, .. } => bound!(sqlx::query(sql), args).execute(write).await?.rows_affected(),
            Self::Postgres { pool, .. } => bound!(sqlx::query(sql), args).execute(pool).await?.rows_affected(),
        })
    }

    /// Notes that something was used. What cannot be noted, as on a full disk, must not keep anybody out.
    pub async fn touch(&self, sql: &'static str, args: Vec<Arg>) {
        if let Err(error) = self.run(sql, args).await {
            tracing::warn!(%error, "a last use could not be noted");
        }
    }
}

impl Tx {
    /// Makes everything since the beginning visible and durable.
    pub async fn commit(self) -> StoreResult<()> {
        let written = match self {
            Self::Sqlite(tx, written) => {
                tx.commit().await?;
                written
            }
            Self::Postgres(tx, written, _) => {
                tx.commit().await?;
                written
            }
        };
        written.changes.publish(written.topics);
        Ok(())
    }

    fn note(&mut self, sql: &str) {
        let (Self::Sqlite(_, written) | Self::Postgres(_, written, _)) = self;
        written.note(sql);
    }

    /// The text for this database, of one for SQLite and one for PostgreSQL.
    pub const fn pick(&self, (sqlite, postgres): (&'static str, &'static str)) -> &'static str {
        match self {
            Self::Sqlite(..) => sqlite,
            Self::Postgres(..) => postgres,
        }
    }

    /// Gives up whatever was changed and locked, now.
    pub async fn rollback(self) -> StoreResult<()> {
        match self {
            Self::Sqlite(tx, _) => tx.rollback().await?,
            Self::Postgres(tx, ..) => tx.rollback().await?,
        }
        Ok(())
    }

    /// Runs a statement; the number of rows it changed.
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<u64> {
        self.note(sql);
        Ok(match self {
            Self::Sqlite(tx, _) => bound!(sqlx::query(sql), args).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx, ..) => bound!(sqlx::query(sql), args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Two statements that write to different tables, with the arguments of both together: one way to the database instead of two.
    /// Neither sees what the other changes.
    pub async fn both(&mut self, first: &str, second: &str, args: Vec<Arg>) -> StoreResult<()> {
        self.note(first);
        self.note(second);
        match self {
            Self::Sqlite(tx, _) => {
                let sql = AssertSqlSafe(format!("{first}; {second}"));
                bound!(sqlx::query(sql), args).execute(&mut **tx).await.map(drop)?;
            }
            Self::Postgres(tx, ..) => {
                let sql = AssertSqlSafe(format!("WITH first AS ({first}) {second}"));
                bound!(sqlx::query(sql), args).execute(&mut **tx).await.map(drop)?;
            }
        }
        Ok(())
    }

    /// All rows.
    pub async fn all<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Vec<T>> {
        self.note(sql);
        Ok(match self {
            Self::Sqlite(tx, _) => bound!(sqlx::query_as(sql), args).fetch_all(&mut **tx).await?,
            Self::Postgres(tx, ..) => bound!(sqlx::query_as(sql), args).fetch_all(&mut **tx).await?,
        })
    }

    /// The first row, if any.
    pub async fn optional<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Option<T>> {
        self.note(sql);
        Ok(match self {
            Self::Sqlite(tx, _) => bound!(sqlx::query_as(sql), args).fetch_optional(&mut **tx).await?,
            Self::Postgres(tx, ..) => bound!(sqlx::query_as(sql), args).fetch_optional(&mut **tx).await?,
        })
    }

    /// The first row, locked until the transaction ends.
    pub async fn locked<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Option<T>> {
        let Self::Postgres(tx, ..) = self else { return self.optional(sql, args).await };
        let locking = AssertSqlSafe(format!("{sql} FOR UPDATE"));
        Ok(bound!(sqlx::query_as(locking), args).fetch_optional(&mut **tx).await?)
    }

    /// All rows, locked until the transaction ends.
    pub async fn all_locked<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Vec<T>> {
        let Self::Postgres(tx, ..) = self else { return self.all(sql, args).await };
        let locking = AssertSqlSafe(format!("{sql} FOR UPDATE"));
        Ok(bound!(sqlx::query_as(locking), args).fetch_all(&mut **tx).await?)
    }

    /// All rows that nobody else has locked, locked until the transaction ends.
    pub async fn unlocked<T: Row>(&mut self, sql: &'static str, args: Vec<Arg>) -> StoreResult<Vec<T>> {
        let Self::Postgres(tx, ..) = self else { return self.all(sql, args).await };
        let locking = AssertSqlSafe(format!("{sql} FOR UPDATE SKIP LOCKED"));
        Ok(bound!(sqlx::query_as(locking), args).fetch_all(&mut **tx).await?)
    }

    /// Tells other processes on the same PostgreSQL, when the transaction commits, that this browser has work.
    pub async fn notify(&mut self, channel: &'static str, integration: Uuid) -> StoreResult<()> {
        if let Self::Postgres(tx, ..) = self {
            let query = sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(integration.to_string());
            query.execute(&mut **tx).await?;
        }
        Ok(())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            sqlx::Error::Database(refusal) => {
                classify(refusal.code().as_deref().unwrap_or_default(), refusal.message())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// SQLite's codes are numbers whose low byte is the primary code; PostgreSQL's have five characters.
fn classify(code: &str, message: &str) -> StoreError {
    const SQLITE: [(i32, bool); 6] = [(5, false), (6, false), (10, false), (13, true), (14, false), (15, false)];
    let sqlite = code.parse::<i32>().ok().filter(|_| code.len() < 5);
    let known = sqlite.and_then(|code| SQLITE.iter().find(|(primary, _)| *primary == code & 0xff));
    match (known, code) {
        (Some((_, true)), _) | (_, "53100") => StoreError::Full,
        (Some((_, false)), _) | (_, "25P03" | "40001" | "40P01" | "53300" | "55P03" | "57P01" | "57P02" | "57P03") => {
            StoreError::Unavailable(message.to_owned())
        }
        _ => StoreError::Refused(message.to_owned()),
    }
}
