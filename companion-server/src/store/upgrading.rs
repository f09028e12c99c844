//! A database of an older program, with rows in it, becomes one of this program.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::fixture::{Fixture, at, on_both, postgres, sqlite, version};
use super::migration::{Dialect, migrator};
use super::*;

on_both! {
    the_audit_log_of_an_older_database_becomes_a_chain,
    the_folder_of_an_older_database_is_as_it_was_read,
}

/// The last migration before the audit log was a chain.
const OLD: i64 = 24;

/// Two skills, one of them removed; a browser; three events with what only some events have.
const ROWS: &str = "
INSERT INTO claude_ai_integrations (id, status, browser_label, extension_token_hash) VALUES (ID1, 'active', 'Laptop', 'abc');
INSERT INTO skills (id, name, slug, description, source_path, current_version) VALUES (ID2, 'a', 'a', 'd', 'folder/a', 2);
INSERT INTO skills (id, name, slug, description) VALUES (ID3, 'b', 'b', 'd');
INSERT INTO skill_content_versions (id, skill_id, version, description, source_digest, bundle_digest, is_latest)
    VALUES (ID4, ID2, 1, 'd', 'one', 'one', FALSE), (ID5, ID2, 2, 'd', 'two', 'two', TRUE), (ID6, ID3, 1, 'd', 'three', 'three', TRUE);
INSERT INTO claude_ai_audit_log (id, integration_id, event, skill_id, detail, source_ip, created_at) VALUES
    (ID7, ID1, 'pair_started', NULL, '{\"browser_label\": \"Laptop\", \"z\": 1, \"a\": [1.50, 1e2]}', '198.51.100.7', TIME2),
    (ID8, NULL, 'skill_created', ID2, '{}', NULL, TIME1),
    (ID9, ID1, 'skill_pushed', ID2, '{\"ü\": null}', '2001:db8::7', TIME2);
";

/// As an older program left it.
async fn older(url: &DatabaseUrl, rows: &str) {
    let before = |dialect| {
        let mut migrator = migrator(dialect);
        migrator.migrations =
            migrator.migrations.iter().filter(|migration| migration.version <= OLD).cloned().collect();
        migrator
    };
    let mut rows = rows.to_owned();
    for number in 1..=9 {
        let id = Uuid::from_u128(number);
        let (blob, uuid) = (format!("X'{}'", id.simple()), format!("'{id}'"));
        rows = rows.replace(&format!("ID{number}"), if matches!(url, DatabaseUrl::Sqlite(_)) { &blob } else { &uuid });
        let (whole, stamp) = (format!("{}", at(number as i64).0), format!("'{}'", at(number as i64).rfc3339()));
        rows =
            rows.replace(&format!("TIME{number}"), if matches!(url, DatabaseUrl::Sqlite(_)) { &whole } else { &stamp });
    }
    let rows = AssertSqlSafe(rows);
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.expect("file");
            before(Dialect::Sqlite).run(&mut connection).await.expect("old migrations");
            connection.execute(rows).await.expect("rows");
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.expect("database");
            before(Dialect::Postgres).run(&mut connection).await.expect("old migrations");
            connection.execute(rows).await.expect("rows");
        }
    }
}

/// The place of a fresh database that nobody has used.
async fn unused(fixture: &Fixture) -> DatabaseUrl {
    match &fixture.url {
        DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(path.with_file_name("old.db")),
        DatabaseUrl::Postgres(address) => {
            let name = format!("old_{}", Uuid::new_v4().simple());
            let mut connection = PgConnection::connect(address).await.expect("cluster");
            connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("database");
            DatabaseUrl::Postgres(format!("{}/{name}", address.rsplit_once('/').expect("a URL").0))
        }
    }
}

async fn the_audit_log_of_an_older_database_becomes_a_chain(fixture: Fixture) {
    let url = unused(&fixture).await;
    older(&url, ROWS).await;
    let store = open(&url).await.expect("brought up to date");
    assert_eq!(store.schema_version().await.expect("version"), schema_head());
    let intact = |rows| ChainReport::Intact { rows, pruned_to: 0 };
    assert_eq!(store.verify_chain().await.expect("verify"), intact(3));
    assert_eq!(verify_audit(&url).await.expect("beside it"), intact(3));
    let events = store.recent_events(9).await.expect("events");
    let told: Vec<_> = events.iter().map(|event| (event.id.as_u128(), event.event.as_str(), event.created)).collect();
    // The two of one moment are in the order of their ids, the later one a microsecond later.
    let (first, second) = (at(2), Timestamp(at(2).0 + 1));
    assert_eq!(told, [(9, "skill_pushed", second), (7, "pair_started", first), (8, "skill_created", at(1))]);
    assert_eq!(events[0].skill_name.as_deref(), Some("a"));
    assert_eq!(events[1].detail["browser_label"], "Laptop");
    store.import_version(version("c", "1", at(9))).await.expect("import");
    drop(store);
    let again = reopened(&url).await;
    assert_eq!(again.verify_chain().await.expect("verify"), intact(4), "nothing joins twice");
}

async fn the_folder_of_an_older_database_is_as_it_was_read(fixture: Fixture) {
    let url = unused(&fixture).await;
    older(&url, ROWS).await;
    let store = open(&url).await.expect("brought up to date");
    assert_eq!(store.integrations().await.expect("browsers")[0].browser_label.as_deref(), Some("Laptop"));
    drop(store);
    let db = beside::open(&url).await.expect("beside");
    let digests: Vec<(String, Option<String>)> =
        db.all("SELECT name, folder_digest FROM skills ORDER BY name", sql::args![]).await.expect("skills");
    assert_eq!(digests, [("a".to_owned(), Some("two".to_owned())), ("b".to_owned(), None)]);
}

/// A dropped SQLite store gives its file back a moment later.
async fn reopened(url: &DatabaseUrl) -> SharedStore {
    for _ in 0..200 {
        match open(url).await {
            Err(OpenError::InUse(_)) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            opened => return opened.expect("open again"),
        }
    }
    panic!("the file stays locked")
}
