//! Opening a database, and what happens when that or the disk does not work.

use super::fixture::{Fixture, at, sqlite, version};
use super::*;

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let fixture = sqlite_with(|options| options.pragma("max_page_count", "300")).await;
    let (store, url) = (&fixture.store, &fixture.url);
    let mut kept = 0;
    let error = loop {
        let mut large = version(&format!("s{kept}"), "1", at(0));
        large.source_files[1].content = (0..60_000_u32).flat_map(|n| (n ^ kept).to_le_bytes()).collect();
        match store.import_version(large).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 100, "the disk never fills");
    };
    assert!(matches!(error, StoreError::Full), "{error} on {url}");
    assert_eq!(store.skills().await.expect("skills").len(), kept as usize, "nothing half-written");
}

async fn sqlite_with(
    change: impl FnOnce(sqlx::sqlite::SqliteConnectOptions) -> sqlx::sqlite::SqliteConnectOptions,
) -> Fixture {
    let folder = tempfile::tempdir().expect("temp folder");
    let path = folder.path().join("test.db");
    let options = change(sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true));
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("open");
    migration::migrator(migration::Dialect::Sqlite).run(&pool).await.expect("migrate");
    let store = SqlStore::new(sql::Db::sqlite(pool), signal::Signal::local(), None);
    Fixture { store, url: DatabaseUrl::Sqlite(path), _folder: Some(folder) }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_private_and_has_one_lock_under_all_its_names() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = sqlite().await;
    let DatabaseUrl::Sqlite(path) = &fixture.url else { panic!("a file") };
    for file in ["test.db", "test.db-wal"] {
        let mode = std::fs::metadata(path.with_file_name(file)).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let other = path.with_file_name("other.db");
    std::os::unix::fs::symlink(path, &other).expect("link");
    let second = open(&DatabaseUrl::Sqlite(other)).await.map(drop);
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
}

#[tokio::test]
async fn databases_that_cannot_be_opened_say_why() {
    let folder = tempfile::tempdir().expect("temp folder");
    let file = folder.path().join("not.db");
    std::fs::write(&file, "this is a text of more than a few bytes, so that it is read as a header").expect("write");
    let opened = open(&DatabaseUrl::Sqlite(file)).await.map(drop);
    assert!(matches!(opened, Err(OpenError::NotADatabase(_))), "{opened:?}");
    let missing = open(&DatabaseUrl::Sqlite(folder.path().join("no/such/folder.db"))).await.map(drop);
    assert!(matches!(missing, Err(OpenError::NotWritable { .. })), "{missing:?}");
    let nobody = "postgres://somebody:secret-word@127.0.0.1:1/nothing".parse().expect("address");
    let unreachable = open(&nobody).await.map(drop).expect_err("nobody listens");
    assert!(matches!(unreachable, OpenError::Unreachable(_)), "{unreachable}");
    assert!(!format!("{unreachable} {unreachable:?} {nobody} {nobody:?}").contains("secret-word"));
    for bad in ["", "mysql://x", "sqlite:", "file.db"] {
        assert!(matches!(bad.parse::<DatabaseUrl>(), Err(OpenError::Address)), "{bad}");
    }
}
