//! Reports that arrive side by side: each is answered for itself, whatever the others say.

use serde_json::json;

use super::fixture::{Fixture, at, done, failed, on_both, paired, postgres, sqlite, version};
use super::*;

on_both!(many_at_once_are_all_remembered, each_is_judged_for_itself, a_refused_one_takes_no_other_with_it);

/// Reports everything at once; what became of each, in order.
async fn at_once(
    store: &SharedStore,
    reports: Vec<(Uuid, Uuid, CompletionReport)>,
) -> Vec<StoreResult<CompletionOutcome>> {
    let tasks: Vec<_> = reports
        .into_iter()
        .map(|(browser, operation, report)| {
            let store = Arc::clone(store);
            tokio::spawn(async move { store.complete(browser, operation, report, at(9)).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("task"));
    }
    outcomes
}

async fn skills(store: &SharedStore, count: usize) {
    for number in 0..count {
        store.import_version(version(&format!("s{number:03}"), "1", at(3))).await.expect("import");
    }
}

async fn many_at_once_are_all_remembered(Fixture { store, .. }: Fixture) {
    let (ours, theirs) = (paired(&store).await.0, paired(&store).await.0);
    skills(&store, 90).await;
    let mut reports = Vec::new();
    for browser in [ours, theirs] {
        for operation in store.lease(browser, 100, at(5)).await.expect("lease") {
            reports.push((browser, operation.id, done(&format!("skill_{}", operation.id))));
        }
    }
    assert_eq!(reports.len(), 180);
    for outcome in at_once(&store, reports.clone()).await {
        assert_eq!(outcome.expect("complete"), CompletionOutcome::Applied);
    }
    for outcome in at_once(&store, reports).await {
        assert_eq!(outcome.expect("complete"), CompletionOutcome::Replayed);
    }
    for browser in [ours, theirs] {
        let ids = store.known_skill_ids(browser).await.expect("ids");
        assert_eq!(ids.len(), 90);
        assert!(store.lease(browser, 100, at(10)).await.expect("lease").is_empty(), "everything is in step");
    }
    let events = store.recent_events(1000).await.expect("events");
    assert_eq!(events.iter().filter(|event| event.event == "skill_pushed").count(), 180);
    assert!(matches!(store.verify_chain().await.expect("chain"), ChainReport::Intact { .. }));
}

async fn each_is_judged_for_itself(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    skills(&store, 40).await;
    let operations = store.lease(browser, 100, at(5)).await.expect("lease");
    let id = |number: usize| operations[number].id;
    let nameless = CompletionReport { success: true, result: json!({}), ..CompletionReport::default() };
    let mut reports: Vec<_> = (0..30).map(|number| (browser, id(number), done(&format!("skill_{number}")))).collect();
    reports.push((browser, id(0), done("skill_0")));
    reports.push((browser, id(30), failed()));
    reports.push((browser, id(31), nameless));
    reports.push((browser, Uuid::new_v4(), done("skill_x")));
    reports.push((Uuid::new_v4(), id(32), done("skill_y")));
    let outcomes: Vec<_> =
        at_once(&store, reports).await.into_iter().map(|outcome| outcome.expect("complete")).collect();
    assert!(outcomes[1..30].iter().all(|outcome| *outcome == CompletionOutcome::Applied), "{outcomes:?}");
    let mut twice = [format!("{:?}", outcomes[0]), format!("{:?}", outcomes[30])];
    twice.sort();
    assert_eq!(twice, ["Applied", "Replayed"]);
    assert_eq!(outcomes[31..33], [CompletionOutcome::Applied; 2]);
    assert_eq!(outcomes[33..35], [CompletionOutcome::NotFound; 2]);
    assert_eq!(store.known_skill_ids(browser).await.expect("ids").len(), 30);
    let failures = QueueFilter { failed: true, limit: 100, ..QueueFilter::default() };
    assert_eq!(store.queue(failures).await.expect("queue").len(), 1, "the nameless one");
}

/// Two reports that name one skill of the account, and one that PostgreSQL cannot keep.
async fn a_refused_one_takes_no_other_with_it(Fixture { store, url, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    skills(&store, 20).await;
    let operations = store.lease(browser, 100, at(5)).await.expect("lease");
    let mut reports: Vec<_> =
        operations[2..].iter().map(|operation| (browser, operation.id, done(&operation.id.to_string()))).collect();
    reports.push((browser, operations[0].id, done("skill_\u{0}")));
    reports.push((browser, operations[1].id, done(&operations[2].id.to_string())));
    let outcomes = at_once(&store, reports).await;
    let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(refused, usize::from(matches!(url, DatabaseUrl::Postgres(_))), "{outcomes:?}");
    assert!(outcomes[..18].iter().all(Result::is_ok), "{outcomes:?}");
    let known = store.known_skill_ids(browser).await.expect("ids");
    assert_eq!(known.len(), 18 + 1 - refused, "{known:?}");
    assert!(matches!(store.verify_chain().await.expect("chain"), ChainReport::Intact { .. }));
}
