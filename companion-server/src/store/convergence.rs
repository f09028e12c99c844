//! The queue under bad luck, on both databases: late reports, lapsed leases, races between processes, calls that are broken off.
//!
//! Whatever happens, a browser that goes on working ends with an account that holds exactly the library.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use companion_wire::operation::{Operation, OperationKind};
use serde_json::json;
use skill_format::{Digest, content_digest};
use uuid::Uuid;

use super::fixture::{
    Fixture, at, complete, done, failed, lease_one, on_both, paired, postgres, sqlite, started, token, version,
};
use super::*;
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::token::TokenKind;

on_both! {
    a_late_success_of_a_replaced_upload_is_not_taken_for_the_newer_one,
    a_late_success_of_a_cancelled_upload_is_removed_again,
    a_late_update_is_not_taken_for_the_delete_that_replaced_it,
    a_newer_version_outlives_a_lease_that_ends_for_good,
    what_was_given_up_and_yet_done_is_remembered,
    late_reports_in_any_order_settle_nothing,
    a_success_that_names_no_skill_is_not_repeated_for_ever,
    a_disconnected_browser_gets_no_work,
    parallel_attempts_keep_the_limit,
    a_pairing_and_an_import_at_once_miss_nothing,
    everything_at_once_ends_with_the_library_on_the_account,
    calls_that_are_broken_off_leave_nothing_half_done,
}

async fn import(store: &SharedStore, name: &str, body: &str, now: Timestamp) -> Uuid {
    match store.import_version(version(name, body, now)).await.expect("import") {
        Import::Imported { skill, .. } => skill,
        Import::Unchanged => panic!("unchanged"),
    }
}

fn bundle(body: &str) -> Option<String> {
    Some(content_digest(format!("{body} repaired").as_bytes()).to_string())
}

async fn a_late_success_of_a_replaced_upload_is_not_taken_for_the_newer_one(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let slow = lease_one(&store, browser, at(4)).await;
    assert_eq!(store.reap(at(4 + 180)).await.expect("reap"), 1);
    import(&store, "a", "2", at(200)).await;
    complete(&store, browser, &slow, done("sk_1"), at(201)).await;
    let update = lease_one(&store, browser, at(202)).await;
    assert_eq!((update.kind, update.payload.claude_ai_skill_id.as_deref()), (OperationKind::Update, Some("sk_1")));
    assert_eq!((update.payload.base_digest, update.payload.digest), (bundle("1"), bundle("2")));
    let again = store.complete(browser, slow.id, done("sk_1"), at(203)).await.expect("replay");
    assert_eq!(again, CompletionOutcome::Replayed);
    let late = store.complete(browser, slow.id, failed(), at(203)).await.expect("late");
    assert_eq!(late, CompletionOutcome::AlreadyFinal);
    let other = store.complete(Uuid::new_v4(), slow.id, done("sk_1"), at(203)).await.expect("other");
    assert_eq!(other, CompletionOutcome::NotFound);
}

async fn a_late_success_of_a_cancelled_upload_is_removed_again(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let slow = lease_one(&store, browser, at(4)).await;
    store.reap(at(4 + 180)).await.expect("reap");
    assert!(store.remove_skill("a", at(200)).await.expect("remove"));
    assert!(store.lease(browser, 10, at(200)).await.expect("lease").is_empty());
    complete(&store, browser, &slow, done("sk_1"), at(201)).await;
    let delete = lease_one(&store, browser, at(202)).await;
    assert_eq!((delete.kind, delete.payload.claude_ai_skill_id.as_deref()), (OperationKind::Delete, Some("sk_1")));
}

async fn a_late_update_is_not_taken_for_the_delete_that_replaced_it(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let upload = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &upload, done("sk_1"), at(5)).await;
    import(&store, "a", "2", at(6)).await;
    let slow = lease_one(&store, browser, at(7)).await;
    store.reap(at(7 + 180)).await.expect("reap");
    store.remove_skill("a", at(200)).await.expect("remove");
    complete(&store, browser, &slow, done("sk_1"), at(201)).await;
    let delete = lease_one(&store, browser, at(202)).await;
    assert_eq!((delete.kind, delete.payload.base_digest), (OperationKind::Delete, bundle("2")));
}

async fn a_newer_version_outlives_a_lease_that_ends_for_good(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    for round in 0..3 {
        lease_one(&store, browser, at(1000 * round + 10)).await;
        if round == 2 {
            import(&store, "a", "2", at(2011)).await;
        }
        store.reap(at(1000 * round + 190)).await.expect("reap");
    }
    let newer = lease_one(&store, browser, at(3000)).await;
    assert_eq!((newer.attempts, newer.payload.digest), (1, bundle("2")));
}

async fn what_was_given_up_and_yet_done_is_remembered(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let upload = lease_one(&store, browser, at(4)).await;
    store.reap(at(4 + 180)).await.expect("reap");
    for now in [1000, 2000] {
        lease_one(&store, browser, at(now)).await;
        store.reap(at(now + 180)).await.expect("reap");
    }
    let nameless = CompletionReport { success: true, ..failed() };
    let late = store.complete(browser, upload.id, nameless, at(2999)).await.expect("late");
    assert_eq!(late, CompletionOutcome::AlreadyFinal);
    assert_eq!(store.connector_health().await.expect("health").failed_ops_total, 1, "it can still be retried");
    let late = store.complete(browser, upload.id, done("sk_1"), at(3000)).await.expect("late");
    assert_eq!(late, CompletionOutcome::AlreadyFinal);
    assert_eq!(store.connector_health().await.expect("health").failed_ops_total, 0);
    assert_eq!(store.skills().await.expect("skills")[0].browsers_in_sync, 0, "not certain yet");
    let look = lease_one(&store, browser, at(3001)).await;
    assert_eq!((look.kind, look.payload.claude_ai_skill_id.as_deref()), (OperationKind::Update, Some("sk_1")));
    complete(&store, browser, &look, done("sk_1"), at(3002)).await;
    assert_eq!(store.skills().await.expect("skills")[0].browsers_in_sync, 1);
}

async fn late_reports_in_any_order_settle_nothing(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    let mut taken = Vec::new();
    for (round, body) in [(0, "1"), (1, "2")] {
        import(&store, "a", body, at(1000 * round)).await;
        taken.push(lease_one(&store, browser, at(1000 * round + 1)).await);
        store.reap(at(1000 * round + 200)).await.expect("reap");
    }
    import(&store, "a", "1", at(2000)).await;
    for late in taken.iter().rev() {
        complete(&store, browser, late, done("sk_1"), at(2001)).await;
    }
    let look = lease_one(&store, browser, at(2002)).await;
    assert_eq!(
        (look.kind, look.payload.digest),
        (OperationKind::Update, bundle("1")),
        "the account may hold the other"
    );
}

async fn a_success_that_names_no_skill_is_not_repeated_for_ever(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let nameless = || CompletionReport { success: true, ..CompletionReport::default() };
    let upload = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &upload, nameless(), at(5)).await;
    assert!(store.lease(browser, 10, at(6)).await.expect("lease").is_empty());
    assert_eq!(store.connector_health().await.expect("health").failed_ops_total, 1);
    store.retry(upload.id, at(7)).await.expect("retry");
    let again = lease_one(&store, browser, at(8)).await;
    complete(&store, browser, &again, done("sk_1"), at(9)).await;
    import(&store, "a", "2", at(10)).await;
    let update = lease_one(&store, browser, at(11)).await;
    complete(&store, browser, &update, nameless(), at(12)).await;
    assert!(
        store.lease(browser, 10, at(13)).await.expect("lease").is_empty(),
        "an update names its skill in the order"
    );
    assert_eq!(store.skills().await.expect("skills")[0].browsers_in_sync, 1);
}

async fn a_disconnected_browser_gets_no_work(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    import(&store, "a", "1", at(3)).await;
    let open = lease_one(&store, browser, at(4)).await;
    store.disconnect(browser, at(5)).await.expect("disconnect");
    assert_eq!(store.retry(open.id, at(6)).await.expect("retry"), Retry::NotRetryable);
    import(&store, "b", "1", at(7)).await;
    assert!(store.lease(browser, 10, at(8)).await.expect("lease").is_empty());
    let failures = QueueFilter { failed: true, limit: 10, ..QueueFilter::default() };
    assert_eq!(store.queue(failures).await.expect("queue"), [], "nothing to show that nobody can retry");
    let late = CompletionReport { auth_expired: true, ..failed() };
    let late = store.complete(browser, open.id, late, at(9)).await.expect("late");
    assert_eq!(late, CompletionOutcome::AlreadyFinal);
    assert_eq!(store.integrations().await.expect("list")[0].status.as_str(), "disconnected");
}

async fn parallel_attempts_keep_the_limit(Fixture { store, .. }: Fixture) {
    let attempts = (0..24).map(|_| {
        let store = Arc::clone(&store);
        let source = Some([10, 0, 0, 1].into());
        tokio::spawn(
            async move { store.record_attempt(AttemptEndpoint::Pair, source, 5, at(0)).await.expect("attempt") },
        )
    });
    let mut allowed = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        allowed += u32::from(attempt.await.expect("task") == Attempt::Allowed);
    }
    assert_eq!(allowed, 5);
}

async fn a_pairing_and_an_import_at_once_miss_nothing(Fixture { store, .. }: Fixture) {
    for round in 0..12_u32 {
        let code = format!("ROUND{round}");
        let (browser, pairing) = started(&store, &code, at(0)).await;
        store.approve_pairing(&code, Approver::default(), at(1)).await.expect("approve");
        let importer = Arc::clone(&store);
        let imported = tokio::spawn(async move { import(&importer, &format!("s{round}"), "1", at(2)).await });
        let extension = token(TokenKind::Extension).hash();
        store.redeem_pairing(&pairing.hash(), &extension, at(2)).await.expect("redeem");
        imported.await.expect("task");
        let leased = store.lease(browser, 100, at(3)).await.expect("lease");
        assert_eq!(leased.len(), round as usize + 1, "round {round}");
    }
}

/// What stands on claude.ai: name to id and digest. Written before the report, as in life.
#[derive(Debug, Default)]
struct Account(std::sync::Mutex<BTreeMap<String, (String, String)>>);

impl Account {
    fn perform(&self, operation: &Operation) -> CompletionReport {
        let mut skills = self.0.lock().expect("no panic while locked");
        let name = operation.payload.name.clone().expect("a name");
        if operation.kind == OperationKind::Delete {
            skills.remove(&name);
            return CompletionReport { success: true, result: json!({}), ..CompletionReport::default() };
        }
        let id = skills.get(&name).map_or_else(|| Uuid::new_v4().to_string(), |(id, _)| id.clone());
        skills.insert(name, (id.clone(), operation.payload.digest.clone().expect("a digest")));
        done(&id)
    }

    fn digests(&self) -> BTreeMap<String, String> {
        let skills = self.0.lock().expect("no panic while locked");
        skills.iter().map(|(name, (_, digest))| (name.clone(), digest.clone())).collect()
    }
}

/// A fixed sequence of numbers, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

async fn edits(store: SharedStore, seed: u64) {
    let mut dice = Dice(seed);
    for step in 0..40 {
        let name = NAMES[dice.roll(4) as usize];
        if dice.roll(4) == 0 {
            store.remove_skill(name, at(step)).await.expect("remove");
        } else {
            store.import_version(version(name, &dice.roll(5).to_string(), at(step))).await.expect("import");
        }
    }
}

/// A browser that fails, forgets and reports late; another task ends its leases early.
async fn work(store: SharedStore, browser: Uuid, account: Arc<Account>, seed: u64) {
    let mut dice = Dice(seed);
    let mut late = Vec::new();
    for _ in 0..40 {
        for operation in store.lease(browser, 2, at(5000)).await.expect("lease") {
            match dice.roll(6) {
                0 => drop(store.complete(browser, operation.id, failed(), at(0)).await.expect("complete")),
                1 => late.push((operation.id, account.perform(&operation))),
                2 => {}
                _ => {
                    let report = account.perform(&operation);
                    store.complete(browser, operation.id, report, at(5000)).await.expect("complete");
                }
            }
        }
        if dice.roll(3) == 0
            && let Some((id, report)) = late.pop()
        {
            store.complete(browser, id, report, at(5000)).await.expect("late");
        }
        if dice.roll(3) == 0 {
            store.reap(at(6000)).await.expect("reap");
        }
        assert_one_open_operation_a_skill(&store, browser).await;
    }
    for (id, report) in late {
        store.complete(browser, id, report, at(5000)).await.expect("late");
    }
}

async fn assert_one_open_operation_a_skill(store: &SharedStore, browser: Uuid) {
    let filter = QueueFilter { integration: Some(browser), failed: false, limit: 100, ..QueueFilter::default() };
    let open = store.queue(filter).await.expect("queue");
    let names: BTreeSet<_> = open.iter().map(|item| item.skill_name.clone()).collect();
    assert_eq!(names.len(), open.len(), "{open:?}");
}

/// Retries what failed and works until nothing is left.
async fn settle(store: &SharedStore, browser: Uuid, account: &Account) {
    for round in 0..20 {
        let now = at(10_000 + 1000 * round);
        store.reap(now).await.expect("reap");
        let failures = QueueFilter { integration: Some(browser), failed: true, limit: 100, ..QueueFilter::default() };
        for item in store.queue(failures).await.expect("queue") {
            store.retry(item.id, now).await.expect("retry");
        }
        let leased = store.lease(browser, 100, now).await.expect("lease");
        for operation in &leased {
            let report = account.perform(operation);
            store.complete(browser, operation.id, report, now).await.expect("complete");
        }
        if leased.is_empty() && round > 2 {
            return;
        }
    }
    panic!("the queue never comes to rest");
}

async fn everything_at_once_ends_with_the_library_on_the_account(Fixture { store, .. }: Fixture) {
    for seed in 0..6 {
        let (browser, _) = paired(&store).await;
        let account = Arc::new(Account::default());
        let tasks = [
            tokio::spawn(edits(Arc::clone(&store), seed)),
            tokio::spawn(edits(Arc::clone(&store), seed + 100)),
            tokio::spawn(work(Arc::clone(&store), browser, Arc::clone(&account), seed)),
            tokio::spawn(work(Arc::clone(&store), browser, Arc::clone(&account), seed + 100)),
        ];
        for task in tasks {
            task.await.expect("task");
        }
        settle(&store, browser, &account).await;
        let newest = store.newest_digests().await.expect("digests");
        let source =
            |digest: Digest| (0..5).map(|n| n.to_string()).find(|body| content_digest(body.as_bytes()) == digest);
        let library: BTreeMap<String, String> = newest
            .into_iter()
            .map(|newest| (newest.name, bundle(&source(newest.source_digest).expect("one of five")).expect("digest")))
            .collect();
        assert_eq!(account.digests(), library, "seed {seed}");
        store.disconnect(browser, at(90_000)).await.expect("disconnect");
    }
}

async fn calls_that_are_broken_off_leave_nothing_half_done(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    for number in 0..60_u64 {
        let name = format!("s{number}");
        let call = tokio::spawn({
            let (store, name) = (Arc::clone(&store), name.clone());
            async move { store.import_version(version(&name, "1", at(3))).await }
        });
        tokio::time::sleep(Duration::from_micros(number * 60)).await;
        call.abort();
        let _ = call.await;
    }
    // A commit that was sent before its call was broken off may still be under way. This one comes behind it.
    import(&store, "afterwards", "1", at(4)).await;
    let skills = store.skills().await.expect("skills");
    let open = QueueFilter { integration: Some(browser), failed: false, limit: 1000, ..QueueFilter::default() };
    assert_eq!(store.queue(open).await.expect("queue").len(), skills.len(), "a skill and its operation, or neither");
    for operation in store.lease(browser, 100, at(4)).await.expect("lease") {
        let (skill, version) = (operation.skill_id.expect("skill"), operation.payload.version_id.expect("version"));
        let access = store.bundle_for(browser, skill, version).await.expect("bundle");
        assert!(matches!(access, BundleAccess::Granted { files, .. } if files.len() == 2));
    }
}
