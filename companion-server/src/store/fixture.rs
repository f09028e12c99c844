//! Fresh databases and the values that the suites play with.
//!
//! `SKILLFERRY_TEST_POSTGRES_URL` names a throw-away cluster in which each test makes a database of its own. Without it the PostgreSQL half
//! is skipped with a message, and fails where `CI` is set.

use companion_wire::operation::Operation;
use serde_json::json;
use skill_format::{RelativePath, content_digest};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;

use super::*;
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::token::{PlainToken, TokenKind};

/// A fresh database and whatever keeps it alive.
pub(super) struct Fixture {
    pub(super) store: SharedStore,
    pub(super) url: DatabaseUrl,
    pub(super) _folder: Option<tempfile::TempDir>,
}

pub(super) async fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().expect("temp folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("test.db"));
    Fixture { store: open(&url).await.expect("open"), url, _folder: Some(folder) }
}

pub(super) async fn postgres() -> Option<Fixture> {
    let Ok(admin) = std::env::var("SKILLFERRY_TEST_POSTGRES_URL") else {
        assert!(std::env::var_os("CI").is_none(), "SKILLFERRY_TEST_POSTGRES_URL must be set in CI");
        eprintln!("SKIPPED on PostgreSQL: SKILLFERRY_TEST_POSTGRES_URL is not set");
        return None;
    };
    let name = format!("test_{}", Uuid::new_v4().simple());
    let pool = PgPoolOptions::new().max_connections(1).connect(&admin).await.expect("cluster");
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.expect("database");
    let (base, _) = admin.rsplit_once('/').expect("a URL with a database");
    let url = DatabaseUrl::Postgres(format!("{base}/{name}"));
    Some(Fixture { store: open(&url).await.expect("open"), url, _folder: None })
}

/// Instantiates each scenario once for each database.
macro_rules! on_both {
    ($($scenario:ident),* $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $scenario() { super::$scenario(super::sqlite().await).await; })* }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $scenario() {
            if let Some(fixture) = super::postgres().await { super::$scenario(fixture).await; }
        })* }
    };
}
pub(super) use on_both;

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp((1_800_000_000 + seconds) * 1_000_000)
}

pub(super) fn token(kind: TokenKind) -> PlainToken {
    PlainToken::draw(kind).expect("randomness")
}

pub(super) fn version(name: &str, body: &str, now: Timestamp) -> NewVersion {
    let file = |path: &str, content: &str| StoredFile {
        path: RelativePath::try_from(path).expect("path"),
        executable: path.ends_with(".sh"),
        content: content.as_bytes().to_vec(),
    };
    NewVersion {
        name: name.to_owned(),
        description: "d".to_owned(),
        source_path: format!("folder/{name}"),
        source_digest: content_digest(body.as_bytes()),
        source_files: vec![file("SKILL.md", body), file("run.sh", "echo")],
        bundle_digest: content_digest(format!("{body} repaired").as_bytes()),
        repaired_files: vec![file("SKILL.md", &format!("{body} repaired"))],
        now,
    }
}

pub(super) async fn started(store: &SharedStore, code: &str, now: Timestamp) -> (Uuid, PlainToken) {
    let pairing = token(TokenKind::Pairing);
    let label = Some("Work laptop".to_owned());
    let source = Some([127, 0, 0, 1].into());
    let new = NewPairing { browser_label: label, code: code.to_owned(), token: pairing.hash(), source, now };
    let StartPairing::Started { integration, .. } = store.start_pairing(new).await.expect("start") else {
        panic!("code taken")
    };
    (integration, pairing)
}

pub(super) async fn paired(store: &SharedStore) -> (Uuid, PlainToken) {
    paired_by(store, None).await
}

/// Somebody who may log in.
pub(super) async fn somebody(store: &SharedStore, name: &str) -> Uuid {
    let AddUser::Added(user) = store.add_user(name, crate::domain::people::Role::Member, at(0)).await.expect("add")
    else {
        panic!("{name} is there already")
    };
    user.id
}

/// A statement of a database shell.
pub(super) async fn sql(url: &DatabaseUrl, statement: &str) {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    match url {
        DatabaseUrl::Sqlite(path) => {
            let address = format!("sqlite:{}", path.display());
            let mut connection = sqlx::SqliteConnection::connect(&address).await.expect("file");
            connection.execute(statement).await.map(drop)
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = sqlx::PgConnection::connect(address).await.expect("database");
            connection.execute(statement).await.map(drop)
        }
    }
    .expect("a statement that works");
}

/// How many rows of a table there are of which this is true.
pub(super) async fn count(url: &DatabaseUrl, table: &str, condition: &str) -> i64 {
    let statement = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table} WHERE {condition}"));
    match url {
        DatabaseUrl::Sqlite(path) => {
            let address = format!("sqlite:{}", path.display());
            let mut connection = sqlx::SqliteConnection::connect(&address).await.expect("file");
            sqlx::query_scalar(statement).fetch_one(&mut connection).await
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = sqlx::PgConnection::connect(address).await.expect("database");
            sqlx::query_scalar(statement).fetch_one(&mut connection).await
        }
    }
    .expect("a count")
}

/// A browser that this person approved.
pub(super) async fn paired_by(store: &SharedStore, user: Option<Uuid>) -> (Uuid, PlainToken) {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(100_000);
    let code = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let (integration, pairing) = started(store, &code, at(0)).await;
    assert_eq!(
        store.approve_pairing(&code, Approver { user, source: None }, at(1)).await.expect("approve"),
        Approval::Approved
    );
    let extension = token(TokenKind::Extension);
    let redeemed = store.redeem_pairing(&pairing.hash(), &extension.hash(), at(2)).await.expect("redeem");
    assert!(matches!(redeemed, Redemption::Redeemed { integration: id, .. } if id == integration));
    (integration, extension)
}

pub(super) async fn lease_one(store: &SharedStore, integration: Uuid, now: Timestamp) -> Operation {
    let mut leased = store.lease(integration, 10, now).await.expect("lease");
    assert_eq!(leased.len(), 1, "{leased:?}");
    leased.remove(0)
}

pub(super) fn done(claude_ai_skill_id: &str) -> CompletionReport {
    let result = json!({ "claude_ai_skill_id": claude_ai_skill_id, "claude_ai_version": "v1" });
    CompletionReport { success: true, result, ..CompletionReport::default() }
}

pub(super) fn failed() -> CompletionReport {
    CompletionReport { error: Some("no luck".to_owned()), ..CompletionReport::default() }
}

pub(super) async fn complete(
    store: &SharedStore,
    browser: Uuid,
    operation: &Operation,
    report: CompletionReport,
    now: Timestamp,
) {
    let outcome = store.complete(browser, operation.id, report, now).await.expect("complete");
    assert_eq!(outcome, CompletionOutcome::Applied);
}
