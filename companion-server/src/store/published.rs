//! Skills that travel in groups, on both databases: never lost, never twice for longer than it takes.

use companion_wire::operation::{Operation, OperationKind};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::fixture::{Fixture, at, complete, done, failed, lease_one, on_both, paired, postgres, sqlite, version};
use super::*;
use crate::domain::delivery::Delivery;
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::domain::people::Scope;

on_both! {
    a_copy_goes_when_its_group_has_arrived,
    a_publication_that_missed_a_change_counts_for_nothing,
    failed_publications_give_way,
    groups_only,
    another_delivery_plans_anew,
    groups_hold_what_people_let_them,
    a_publication_that_changes_much_waits_for_a_person,
    a_refused_publication_stays_away,
}

async fn sql(url: &DatabaseUrl, sqlite: &str, postgres: &str) {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let mut db = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.expect("file");
            db.execute(AssertSqlSafe(sqlite.to_owned())).await.map(drop)
        }
        DatabaseUrl::Postgres(url) => {
            let mut db = PgConnection::connect(url).await.expect("database");
            db.execute(AssertSqlSafe(postgres.to_owned())).await.map(drop)
        }
    }
    .expect("a statement that works");
}

async fn collection(url: &DatabaseUrl, name: &str) {
    let insert = |id| {
        format!(
            "INSERT INTO collections (id, name, name_folded, published_to_claude_ai)
             VALUES ({id}, '{name}', lower('{name}'), (1 = 1))"
        )
    };
    sql(url, &insert("randomblob(16)"), &insert("gen_random_uuid()")).await;
}

/// The newest version of the skill lists the collection.
async fn joins(url: &DatabaseUrl, skill: &str, name: &str) {
    let insert = format!(
        "INSERT INTO skill_version_collections (version_id, position, name, name_folded)
         SELECT v.id, (SELECT COUNT(*) FROM skill_version_collections m WHERE m.version_id = v.id), '{name}', lower('{name}')
         FROM skill_content_versions v JOIN skills s ON s.id = v.skill_id AND v.is_latest WHERE s.name = '{skill}'
         ON CONFLICT DO NOTHING"
    );
    sql(url, &insert, &insert).await;
}

async fn import(store: &SharedStore, name: &str, body: &str, now: Timestamp) {
    let import = store.import_version(version(name, body, now)).await.expect("import");
    assert!(matches!(import, Import::Imported { .. }));
}

fn published() -> CompletionReport {
    let result = json!({ "group_count": 1, "skill_count": 1 });
    CompletionReport { success: true, result, ..CompletionReport::default() }
}

fn kinds(leased: &[Operation]) -> Vec<&'static str> {
    leased.iter().map(|operation| operation.kind.as_str()).collect()
}

async fn lease(store: &SharedStore, browser: Uuid, now: Timestamp) -> Vec<Operation> {
    store.lease(browser, 100, now).await.expect("lease")
}

async fn queue_publication(store: &SharedStore, browser: Uuid, now: Timestamp) {
    store.reconcile(browser, now).await.expect("reconcile").expect("paired");
}

async fn a_copy_goes_when_its_group_has_arrived(Fixture { store, url, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    import(&store, "b", "1", at(3)).await;
    for operation in lease(&store, browser, at(4)).await {
        let name = operation.payload.name.clone().expect("a name");
        complete(&store, browser, &operation, done(&format!("sk_{name}")), at(5)).await;
    }
    collection(&url, "team").await;
    joins(&url, "a", "team").await;
    queue_publication(&store, browser, at(6)).await;
    let publication = lease_one(&store, browser, at(7)).await;
    assert_eq!((publication.kind, publication.skill_id), (OperationKind::PublishGroup, None));
    assert_eq!(serde_json::to_value(&publication.payload).expect("JSON"), json!({}));
    complete(&store, browser, &publication, published(), at(8)).await;
    let delete = lease_one(&store, browser, at(9)).await;
    assert_eq!((delete.kind, delete.payload.claude_ai_skill_id.as_deref()), (OperationKind::Delete, Some("sk_a")));
    complete(&store, browser, &delete, CompletionReport { result: json!({}), ..published() }, at(10)).await;
    assert_eq!(store.known_skill_ids(browser).await.expect("ids"), ["sk_b"]);
    let events = store.recent_events(10).await.expect("events");
    let pushed = events.iter().find(|event| event.detail["op_kind"] == "publish_group").expect("an event");
    assert_eq!((pushed.event.as_str(), &pushed.detail["result"]["group_count"]), ("skill_pushed", &json!(1)));
    import(&store, "c", "1", at(11)).await;
    assert_eq!(kinds(&lease(&store, browser, at(12)).await), ["upload"], "c belongs to no group");
    import(&store, "a", "2", at(13)).await;
    joins(&url, "a", "team").await;
    store.reconcile(browser, at(14)).await.expect("reconcile");
    assert_eq!(kinds(&lease(&store, browser, at(15)).await), ["publish_group"], "not twice");
}

async fn a_publication_that_missed_a_change_counts_for_nothing(Fixture { store, url, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let upload = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &upload, done("sk_a"), at(5)).await;
    collection(&url, "team").await;
    joins(&url, "a", "team").await;
    queue_publication(&store, browser, at(6)).await;
    let early = lease_one(&store, browser, at(7)).await;
    import(&store, "a", "2", at(8)).await;
    joins(&url, "a", "team").await;
    complete(&store, browser, &early, published(), at(9)).await;
    let leased = lease(&store, browser, at(10)).await;
    assert_eq!(kinds(&leased), ["update", "publish_group"], "its own copy is kept in step meanwhile");
    complete(&store, browser, &leased[0], done("sk_a"), at(11)).await;
    assert!(lease(&store, browser, at(11)).await.is_empty());
    complete(&store, browser, &leased[1], published(), at(12)).await;
    assert_eq!(kinds(&lease(&store, browser, at(13)).await), ["delete"]);
}

async fn failed_publications_give_way(Fixture { store, url, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let upload = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &upload, done("sk_a"), at(5)).await;
    collection(&url, "team").await;
    joins(&url, "a", "team").await;
    queue_publication(&store, browser, at(6)).await;
    let first = lease_one(&store, browser, at(7)).await;
    complete(&store, browser, &first, CompletionReport { permanent: true, ..failed() }, at(8)).await;
    assert!(lease(&store, browser, at(9)).await.is_empty(), "the copy stays");
    assert_eq!(store.connector_health().await.expect("health").failed_ops_total, 1);
    assert!(store.integrations().await.expect("list")[0].last_error.is_some());
    assert_eq!(store.reconcile(browser, at(10)).await.expect("reconcile"), Some(1));
    assert_eq!(store.reconcile(browser, at(10)).await.expect("reconcile"), Some(0), "repeats never pile up");
    let second = lease_one(&store, browser, at(11)).await;
    assert_eq!((second.kind, second.attempts), (OperationKind::PublishGroup, 1));
    queue_publication(&store, browser, at(12)).await;
    complete(&store, browser, &second, CompletionReport { permanent: true, ..failed() }, at(13)).await;
    let third = lease_one(&store, browser, at(14)).await;
    complete(&store, browser, &third, published(), at(15)).await;
    assert_eq!(store.connector_health().await.expect("health").failed_ops_total, 0);
    assert_eq!(store.integrations().await.expect("list")[0].last_error, None);
    let again = store.complete(browser, third.id, published(), at(16)).await.expect("replay");
    assert_eq!(again, CompletionOutcome::Replayed);
    assert_eq!(kinds(&lease(&store, browser, at(17)).await), ["delete"]);
}

async fn groups_only(Fixture { store, .. }: Fixture) {
    store.set_delivery(Delivery::Groups, at(0)).await.expect("delivery");
    let (empty, _) = paired(&store).await;
    assert!(lease(&store, empty, at(2)).await.is_empty(), "no skill");
    import(&store, "a", "1", at(3)).await;
    import(&store, "b", "1", at(3)).await;
    let (browser, _) = paired(&store).await;
    assert_eq!(kinds(&lease(&store, empty, at(4)).await), ["publish_group"], "one for both skills");
    let publication = lease_one(&store, browser, at(4)).await;
    assert_eq!(publication.kind, OperationKind::PublishGroup);
    assert!(store.remove_skill("b", at(5)).await.expect("remove"));
    complete(&store, browser, &publication, published(), at(6)).await;
    assert_eq!(kinds(&lease(&store, browser, at(7)).await), ["publish_group"], "b went meanwhile");
    for _ in 0..2 {
        store.trigger_sync(browser, at(8)).await.expect("trigger");
    }
    let leased = lease(&store, browser, at(9)).await;
    let mut both = kinds(&leased);
    both.sort_unstable();
    assert_eq!(both, ["list", "publish_group"]);
    let list = leased.iter().find(|operation| operation.kind == OperationKind::List).expect("list");
    assert_eq!(serde_json::to_value(&list.payload).expect("JSON"), json!({ "reason": "user_triggered" }));
    store.trigger_sync(browser, at(10)).await.expect("trigger");
    assert_eq!(kinds(&lease(&store, browser, at(11)).await), ["publish_group"], "the list is still being made");
}

async fn another_delivery_plans_anew(Fixture { store, url, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    for name in ["alone", "kept", "waits"] {
        import(&store, name, "1", at(3)).await;
    }
    let leased = lease(&store, browser, at(4)).await;
    complete(&store, browser, &leased[0], done("sk_alone"), at(5)).await;
    complete(&store, browser, &leased[1], done("sk_kept"), at(5)).await;
    store.complete(browser, leased[2].id, failed(), at(5)).await.expect("complete");
    collection(&url, "team").await;
    joins(&url, "kept", "team").await;
    store.set_delivery(Delivery::Groups, at(100)).await.expect("delivery");
    let publication = lease_one(&store, browser, at(101)).await;
    assert_eq!(publication.kind, OperationKind::PublishGroup, "what waited was given up");
    complete(&store, browser, &publication, published(), at(102)).await;
    let delete = lease_one(&store, browser, at(103)).await;
    assert_eq!(delete.payload.claude_ai_skill_id.as_deref(), Some("sk_kept"), "the other copy is left alone");
    complete(&store, browser, &delete, published(), at(104)).await;
    store.set_delivery(Delivery::Groups, at(105)).await.expect("delivery");
    assert!(lease(&store, browser, at(106)).await.is_empty(), "nothing changed");
    store.set_delivery(Delivery::Skills, at(107)).await.expect("delivery");
    let leased = lease(&store, browser, at(108)).await;
    assert_eq!(kinds(&leased), ["upload", "publish_group"]);
    assert_eq!(leased[0].payload.name.as_deref(), Some("waits"));
}

async fn groups_hold_what_people_let_them(Fixture { store, url, .. }: Fixture) {
    for (name, now) in [("a", 1), ("b", 2), ("off", 3), ("gone", 4)] {
        import(&store, name, "1", at(now)).await;
        for group in ["team_x", "Team-X"] {
            joins(&url, name, group).await;
        }
    }
    collection(&url, "team_x").await;
    collection(&url, "Team-X").await;
    collection(&url, "empty").await;
    assert!(store.set_skill_sync("off", false, at(5)).await.expect("switch"));
    assert!(store.remove_skill("gone", at(6)).await.expect("remove"));
    let groups = store.groups().await.expect("groups");
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert_eq!((groups[0].name.as_str(), groups[0].collection.as_str()), ("team-x", "Team-X"));
    assert_eq!((groups[1].collection.as_str(), groups[1].skill_count), ("team_x", 2));
    let group = store.group(&groups[1].name).await.expect("group").expect("one");
    let slugs: Vec<&str> = group.skills.iter().map(|skill| skill.slug.as_str()).collect();
    assert_eq!(slugs, ["a", "b"]);
    assert_eq!(group.skills[0].folder.files.len(), 2, "whole folders");
    assert_eq!(store.group("empty").await.expect("group"), None);
    assert_eq!(store.group("team_x").await.expect("group"), None);
}

/// A browser whose groups hold these eight skills.
async fn with_eight(store: &SharedStore, url: &DatabaseUrl) -> Uuid {
    store.set_delivery(Delivery::Groups, at(0)).await.expect("delivery");
    let (browser, _) = paired(store).await;
    collection(url, "team").await;
    for number in 0..8 {
        import(store, &format!("skill-{number}"), "1", at(3)).await;
        joins(url, &format!("skill-{number}"), "team").await;
    }
    let first = lease_one(store, browser, at(4)).await;
    complete(store, browser, &first, published(), at(5)).await;
    browser
}

async fn change(store: &SharedStore, numbers: std::ops::Range<u32>, body: &str, seconds: i64) {
    for number in numbers {
        import(store, &format!("skill-{number}"), body, at(seconds)).await;
    }
}

async fn counts(store: &SharedStore) -> Vec<(u64, u64)> {
    let held = store.held_batches(Scope::All).await.expect("held");
    held.iter().map(|batch| (batch.replace_count, batch.delete_count)).collect()
}

async fn decide(store: &SharedStore, agree: bool, now: Timestamp) -> HeldDecision {
    let batch = store.held_batches(Scope::All).await.expect("held")[0].id;
    store.decide_held_batch(batch, agree, now).await.expect("decided")
}

async fn a_publication_that_changes_much_waits_for_a_person(Fixture { store, url, .. }: Fixture) {
    let browser = with_eight(&store, &url).await;
    change(&store, 0..4, "2", 10).await;
    assert!(counts(&store).await.is_empty(), "four are no mass");
    change(&store, 4..5, "2", 11).await;
    assert_eq!(counts(&store).await, [(5, 0)]);
    assert!(lease(&store, browser, at(12)).await.is_empty());
    let shown = store.held_batches(Scope::All).await.expect("held")[0].id;
    assert!(store.remove_skill("skill-7", at(13)).await.expect("removed"));
    assert_eq!(counts(&store).await, [(5, 1)], "one batch, with everything");
    let stale = store.decide_held_batch(shown, true, at(14)).await.expect("decided");
    assert_eq!(stale, HeldDecision::Over, "nobody agrees to what they have not seen");
    assert!(matches!(decide(&store, true, at(15)).await, HeldDecision::Decided { .. }));
    import(&store, "another", "1", at(16)).await;
    let publication = lease_one(&store, browser, at(17)).await;
    assert_eq!(publication.kind, OperationKind::PublishGroup, "what comes for the first time needs no question");
    complete(&store, browser, &publication, published(), at(18)).await;
    change(&store, 0..1, "3", 19).await;
    let small = lease_one(&store, browser, at(20)).await;
    complete(&store, browser, &small, published(), at(21)).await;
    change(&store, 0..5, "4", 22).await;
    assert_eq!(counts(&store).await, [(5, 0)], "an agreement counts once");
}

async fn a_refused_publication_stays_away(Fixture { store, url, .. }: Fixture) {
    let browser = with_eight(&store, &url).await;
    change(&store, 0..6, "2", 10).await;
    assert_eq!(counts(&store).await, [(6, 0)]);
    decide(&store, false, at(11)).await;
    queue_publication(&store, browser, at(12)).await;
    assert!(lease(&store, browser, at(12)).await.is_empty());
    change(&store, 6..7, "2", 13).await;
    assert_eq!(counts(&store).await, [(7, 0)], "it is another now");
    decide(&store, false, at(14)).await;
    store.trigger_sync(browser, at(15)).await.expect("trigger");
    assert_eq!(counts(&store).await, [(7, 0)], "a person asks for everything");
    for number in 0..5 {
        import(&store, &format!("skill-{number}"), "1", at(16)).await;
    }
    assert!(counts(&store).await.is_empty(), "most are as they were");
    assert!(kinds(&lease(&store, browser, at(17)).await).contains(&"publish_group"));
}
