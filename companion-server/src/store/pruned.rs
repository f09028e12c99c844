//! What pruning takes, and what it never takes.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::fixture::{Fixture, at, complete, done, lease_one, on_both, paired, postgres, sqlite, started, version};
use super::*;
use crate::domain::chain::Break;
use crate::domain::prune::VersionRule;

on_both! {
    old_audit_rows_go_and_the_rest_stays_verifiable,
    a_changed_audit_log_is_not_pruned,
    a_beginning_that_was_replaced_after_pruning_is_found,
    a_dry_run_counts_and_takes_nothing,
    versions_that_something_refers_to_stay,
    content_goes_with_its_last_version,
    attempts_and_ended_pairings_go,
    a_command_refuses_another_versions_database,
}

async fn run(url: &DatabaseUrl, statement: &str) {
    let sql = AssertSqlSafe(statement.to_owned());
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.expect("file");
            connection.execute(sql).await.map(drop)
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.expect("database");
            connection.execute(sql).await.map(drop)
        }
    }
    .expect(statement);
}

fn event(seconds: i64) -> NewAuditEvent {
    let detail = serde_json::json!({ "n": seconds });
    NewAuditEvent {
        integration: None,
        event: AuditEventName::OpRetried,
        skill: None,
        detail,
        source: None,
        now: at(seconds),
    }
}

async fn five(store: &SharedStore) {
    for number in 1..=5 {
        store.append(event(number)).await.expect("append");
    }
}

const fn audit(seconds: i64) -> Unwanted {
    let versions = VersionRule { before: None, keep: None };
    Unwanted {
        audit_before: Some(at(seconds)),
        attempts_before: None,
        uses_before: None,
        pairings: false,
        versions,
        dry_run: false,
    }
}

async fn old_audit_rows_go_and_the_rest_stays_verifiable(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    let none = store.prune(audit(1), at(9)).await.expect("prune");
    assert_eq!(none, Pruned::default(), "nothing is older");
    let some = store.prune(audit(3), at(9)).await.expect("prune");
    assert_eq!(some, Pruned { audit_rows: 2, ..Pruned::default() });
    assert_eq!(verify_audit(&url).await.expect("readable"), ChainReport::Intact { rows: 3, pruned_to: 2 });
    let rest = prune(&url, audit(100), at(9)).await.expect("beside the server");
    assert_eq!(rest.audit_rows, 3);
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 0, pruned_to: 5 });
    store.append(event(6)).await.expect("append");
    assert_eq!(store.verify_chain().await.expect("verify"), ChainReport::Intact { rows: 1, pruned_to: 5 });
}

async fn a_changed_audit_log_is_not_pruned(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    run(&url, "UPDATE claude_ai_audit_log SET event = 'op_failed' WHERE seq = 2").await;
    let refused = store.prune(audit(4), at(9)).await;
    assert!(matches!(&refused, Err(StoreError::Refused(why)) if why.contains("row 2")), "{refused:?}");
    let sentence = prune(&url, audit(4), at(9)).await.expect_err("changed");
    assert!(sentence.contains("was changed at row 2"), "{sentence}");
    assert_eq!(store.recent_events(9).await.expect("events").len(), 5, "the evidence stays");
    assert_eq!(store.prune(audit(2), at(9)).await.expect("what is before it goes").audit_rows, 1);
}

async fn a_beginning_that_was_replaced_after_pruning_is_found(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    // A row with an old date takes nothing younger with it.
    let old = if matches!(url, DatabaseUrl::Sqlite(_)) { "0" } else { "to_timestamp(0)" };
    run(&url, &format!("UPDATE claude_ai_audit_log SET created_at = {old} WHERE seq = 4")).await;
    assert_eq!(store.prune(audit(3), at(9)).await.expect("prune").audit_rows, 2);
    let forged = format!(
        "INSERT INTO claude_ai_audit_log (id, event, detail, created_at, seq, previous_hash, hash)
         SELECT {}, event, detail, created_at, 2, '', '' FROM claude_ai_audit_log WHERE seq = 3",
        random_id(&url)
    );
    run(&url, &forged).await;
    let found = verify_audit(&url).await.expect("readable");
    assert_eq!(found, ChainReport::Broken { seq: 2, what: Break::Foreign });
}

fn random_id(url: &DatabaseUrl) -> &'static str {
    if matches!(url, DatabaseUrl::Sqlite(_)) { "randomblob(16)" } else { "gen_random_uuid()" }
}

async fn a_dry_run_counts_and_takes_nothing(Fixture { store, url: _, _folder }: Fixture) {
    five(&store).await;
    started(&store, "ABC234", at(0)).await;
    for (number, body) in ["1", "2", "3"].iter().enumerate() {
        store.import_version(version("a", body, at(number as i64))).await.expect("import");
    }
    for seconds in [1, 2, 200_000] {
        let used = SkillUse {
            skill_slug: "a".to_owned(),
            agent_name: "agent".to_owned(),
            session_id: None,
            session_name: None,
            now: at(seconds),
        };
        store.note_use(used).await.expect("noted");
    }
    let everything = Unwanted {
        audit_before: Some(at(100)),
        attempts_before: Some(at(100)),
        uses_before: Some(at(100)),
        pairings: true,
        versions: VersionRule { before: Some(at(100)), keep: None },
        dry_run: true,
    };
    let would = store.prune(everything, at(100_000)).await.expect("prune");
    assert_eq!((would.versions, would.pairings, would.uses), (2, 1, 2));
    assert_eq!(store.prune(everything, at(100_000)).await.expect("prune"), would, "it took nothing");
    let done = store.prune(Unwanted { dry_run: false, ..everything }, at(100_000)).await.expect("prune");
    assert_eq!(done, would);
    let again = store.prune(Unwanted { dry_run: false, ..everything }, at(100_000)).await.expect("prune");
    assert_eq!(again, Pruned::default(), "the end of the pairing is a row of now");
}

fn versions(keep: u32) -> Unwanted {
    Unwanted { versions: VersionRule { before: None, keep: Some(keep) }, ..Unwanted::default() }
}

async fn imported(store: &SharedStore, body: &str, seconds: i64) -> Uuid {
    match store.import_version(version("a", body, at(seconds))).await.expect("import") {
        Import::Imported { version, .. } => version,
        Import::Unchanged => panic!("unchanged"),
    }
}

async fn there(store: &SharedStore, versions: &[Uuid]) -> Vec<bool> {
    let mut there = Vec::new();
    for version in versions {
        there.push(store.version_files(*version).await.expect("files").is_some());
    }
    there
}

async fn versions_that_something_refers_to_stay(Fixture { store, url, _folder }: Fixture) {
    let (browser, _) = paired(&store).await;
    let linked = imported(&store, "1", 3).await;
    let operation = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &operation, done("skill_1"), at(5)).await;
    let mut made = vec![linked];
    for body in 2..=5 {
        made.push(imported(&store, &body.to_string(), i64::from(body) * 10).await);
    }
    run(
        &url,
        "UPDATE claude_ai_skill_links SET staged_version_id =
        (SELECT v.id FROM skill_content_versions v WHERE v.version = 3)",
    )
    .await;
    store.prune(versions(0), at(99)).await.expect("prune");
    assert_eq!(there(&store, &made).await, [true; 5], "a browser may yet report the operations that gave way");
    run(&url, "DELETE FROM superseded_operations").await;
    let pruned = store.prune(versions(0), at(99)).await.expect("prune");
    assert_eq!(pruned.versions, 2);
    assert_eq!(there(&store, &made).await, [true, false, true, false, true], "linked, staged, newest");
    run(&url, "UPDATE claude_ai_skill_links SET staged_version_id = NULL, skillnote_version_id = NULL").await;
    store.prune(versions(0), at(99)).await.expect("prune");
    assert_eq!(
        there(&store, &made).await,
        [true, false, false, false, true],
        "what the account was brought in step with"
    );
    run(&url, "UPDATE claude_ai_skill_links SET pushed_digest = NULL").await;
    run(
        &url,
        "UPDATE skills SET folder_digest =
        (SELECT v.source_digest FROM skill_content_versions v WHERE v.version = 1)",
    )
    .await;
    store.prune(versions(0), at(99)).await.expect("prune");
    assert_eq!(
        there(&store, &made).await,
        [true, false, false, false, true],
        "what the folder was brought in step with"
    );
    run(&url, "UPDATE skills SET folder_digest = NULL").await;
    store.prune(versions(0), at(99)).await.expect("prune");
    assert_eq!(there(&store, &made).await, [false, false, false, false, true]);
}

async fn content_goes_with_its_last_version(Fixture { store, url: _, _folder }: Fixture) {
    let first = imported(&store, "1", 1).await;
    let second = imported(&store, "2", 2).await;
    let third = imported(&store, "3", 3).await;
    let pruned = store.prune(versions(2), at(9)).await.expect("prune");
    // Its two forms of SKILL.md; run.sh is in every version.
    assert_eq!((pruned.versions, pruned.blobs), (1, 2));
    assert!(store.version_files(first).await.expect("files").is_none());
    for version in [second, third] {
        let files = store.version_files(version).await.expect("files").expect("kept");
        assert_eq!(files.len(), 2, "whole");
    }
    assert_eq!(store.prune(versions(2), at(9)).await.expect("prune"), Pruned::default());
    assert!(imported(&store, "1", 10).await != first, "what is gone may come again");
}

async fn attempts_and_ended_pairings_go(Fixture { store, url: _, _folder }: Fixture) {
    let source = Some([127, 0, 0, 1].into());
    for seconds in [0, 100] {
        store.record_attempt(AttemptEndpoint::Pair, source, 9, at(seconds)).await.expect("attempt");
    }
    started(&store, "ABC234", at(0)).await;
    started(&store, "ABC235", at(9_000)).await;
    let unwanted = Unwanted { attempts_before: Some(at(50)), pairings: true, ..Unwanted::default() };
    let pruned = store.prune(unwanted, at(9_001)).await.expect("prune");
    assert_eq!(pruned, Pruned { attempts: 1, pairings: 1, ..Pruned::default() });
    assert_eq!(store.pending_pairings(at(9_001)).await.expect("pairings").len(), 1);
    let events = store.recent_events(1).await.expect("events");
    assert_eq!(events[0].event, "pair_expired");
}

async fn a_command_refuses_another_versions_database(Fixture { store, url, _folder }: Fixture) {
    five(&store).await;
    run(&url, "UPDATE _sqlx_migrations SET description = 'from_the_future', version = 9999 WHERE version = 29").await;
    let sentence = prune(&url, audit(100), at(9)).await.expect_err("another version");
    assert!(sentence.contains("9999_from_the_future") && sentence.contains(&schema_head()), "{sentence}");
    assert_eq!(store.recent_events(9).await.expect("events").len(), 5);
}

/// Whoever refers to versions or blobs in a new table has to say so in `prune.rs`: a reference that it does not know would be emptied.
#[tokio::test]
async fn every_reference_is_known() {
    let fixture = sqlite().await;
    let DatabaseUrl::Sqlite(path) = &fixture.url else { panic!("a file") };
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.expect("file");
    let references: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, f.\"from\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f
         WHERE m.type = 'table' AND f.\"table\" IN ('skill_content_versions', 'blobs') ORDER BY 1, 2",
    )
    .fetch_all(&mut connection)
    .await
    .expect("references");
    let known = [
        ("claude_ai_skill_links", "skillnote_version_id"),
        ("claude_ai_skill_links", "staged_version_id"),
        ("held_batch_skills", "version_id"),
        // Parts of a version, which go with it, and the content that they hold.
        ("skill_version_collections", "version_id"),
        ("skill_version_files", "digest"),
        ("skill_version_files", "version_id"),
    ];
    assert_eq!(references, known.map(|(table, column)| (table.to_owned(), column.to_owned())));
}
