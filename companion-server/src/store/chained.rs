//! The audit log is one chain, and whatever is done to it from outside is found.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::fixture::{Fixture, at, on_both, paired, postgres, sqlite, started, version};
use super::*;
use crate::domain::chain::Break;

on_both! {
    a_log_is_intact_until_somebody_edits_it,
    missing_and_swapped_rows_are_found,
    the_beginning_may_be_pruned_the_end_may_not,
    rows_that_the_server_never_wrote_are_found,
    writers_at_once_make_one_chain,
    rows_outlive_their_browser,
    rows_from_before_the_chain_join_it,
}

async fn run(url: &DatabaseUrl, statement: &str) {
    let sql = AssertSqlSafe(statement.to_owned());
    match url {
        DatabaseUrl::Sqlite(path) => {
            let address = format!("sqlite:{}", path.display());
            let mut connection = SqliteConnection::connect(&address).await.expect("file");
            connection.execute(sql).await.map(drop)
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.expect("database");
            connection.execute(sql).await.map(drop)
        }
    }
    .expect(statement);
}

fn event(number: i64) -> NewAuditEvent {
    NewAuditEvent {
        integration: None,
        event: AuditEventName::OpRetried,
        skill: None,
        detail: json!({ "z": number, "a": [1.5, 1e19, "ü", null] }),
        source: Some([127, 0, 0, 1].into()),
        now: at(number),
    }
}

async fn five(store: &SharedStore) {
    for number in 1..=5 {
        store.append(event(number)).await.expect("append");
    }
}

async fn broken(url: &DatabaseUrl) -> (i64, Break) {
    match verify_audit(url).await.expect("readable") {
        ChainReport::Broken { seq, what } => (seq, what),
        intact => panic!("{intact:?}"),
    }
}

async fn a_log_is_intact_until_somebody_edits_it(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    let intact = ChainReport::Intact { rows: 5, pruned_to: 0 };
    assert_eq!(store.verify_chain().await.expect("verify"), intact);
    assert_eq!(verify_audit(&url).await.expect("beside the server"), intact);
    run(&url, "UPDATE claude_ai_audit_log SET event = 'op_failed' WHERE seq = 3").await;
    assert_eq!(broken(&url).await, (3, Break::Changed));
}

async fn missing_and_swapped_rows_are_found(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    run(&url, "UPDATE claude_ai_audit_log SET seq = 99 - seq WHERE seq IN (2, 3)").await;
    run(&url, "UPDATE claude_ai_audit_log SET seq = seq - 94 WHERE seq > 90").await;
    assert_eq!(broken(&url).await, (2, Break::Reordered));
    run(&url, "DELETE FROM claude_ai_audit_log WHERE seq NOT IN (1, 4)").await;
    assert_eq!(broken(&url).await.1, Break::Missing);
}

async fn the_beginning_may_be_pruned_the_end_may_not(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    run(&url, "DELETE FROM claude_ai_audit_log WHERE seq <= 2").await;
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 3, pruned_to: 2 });
    run(&url, "DELETE FROM claude_ai_audit_log WHERE seq = 5").await;
    assert_eq!(broken(&url).await, (5, Break::Truncated));
    run(&url, "DELETE FROM claude_ai_audit_log").await;
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 0, pruned_to: 5 });
    store.append(event(6)).await.expect("append");
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 1, pruned_to: 5 });
}

async fn rows_that_the_server_never_wrote_are_found(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    run(&url, "UPDATE claude_ai_audit_log SET seq = NULL WHERE seq = 1").await;
    assert_eq!(broken(&url).await, (0, Break::Foreign));
    run(&url, "UPDATE claude_ai_audit_log SET seq = 6 WHERE seq IS NULL").await;
    assert_eq!(broken(&url).await, (0, Break::Foreign));
}

async fn writers_at_once_make_one_chain(Fixture { store, url, _folder }: Fixture) {
    let writers = (0..20).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.append(event(1)).await.expect("append") })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic");
    }
    assert_eq!(verify_audit(&url).await.expect("readable"), ChainReport::Intact { rows: 20, pruned_to: 0 });
    let events = store.recent_events(50).await.expect("events");
    let moments: BTreeSet<Timestamp> = events.iter().map(|event| event.created).collect();
    assert_eq!(moments.len(), 20, "each row has a moment of its own");
}

async fn rows_outlive_their_browser(Fixture { store, url, _folder }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    started(&store, "ABC234", at(0)).await;
    store.sweep_pairings(at(100_000)).await.expect("sweep");
    let rows = store.recent_events(50).await.expect("events").len() as u64;
    run(&url, "DELETE FROM claude_ai_integrations").await;
    assert_eq!(verify_audit(&url).await.expect("readable"), ChainReport::Intact { rows, pruned_to: 0 });
    let events = store.recent_events(50).await.expect("events");
    assert!(events.iter().any(|event| event.integration == Some(browser)));
}

async fn rows_from_before_the_chain_join_it(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    drop(store);
    run(&url, "UPDATE claude_ai_audit_log SET seq = NULL, previous_hash = NULL, hash = NULL").await;
    let adopted = if matches!(url, DatabaseUrl::Sqlite(_)) { "0" } else { "FALSE" };
    let start = format!("UPDATE audit_chain SET seq = 0, hash = '', created_at = NULL, adopted = {adopted}");
    run(&url, &start).await;
    let store = open(&url).await.expect("open again");
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 5, pruned_to: 0 });
    store.append(event(6)).await.expect("append");
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 6, pruned_to: 0 });
}
