//! Scenarios of held batches.

use std::collections::BTreeSet;

use companion_wire::held_batch::{HeldAction, HeldBatch, HeldSide};
use companion_wire::operation::{Operation, OperationKind};

use super::fixture::*;
use super::*;
use crate::domain::people::Scope;

on_both!(
    many_changes_wait_and_go_when_agreed,
    a_refused_batch_leaves_the_account_until_the_skill_changes,
    what_is_back_as_it_was_makes_a_batch_moot,
    pieces_count_together_and_apart_from_what_was_seen,
    a_fifth_exactly_goes,
    new_skills_go_at_once,
    a_loop_of_removals_is_noticed,
    agreed_removals_of_the_folder_are_not_asked_twice,
    removals_that_are_back_leave_their_batch,
    a_crash_before_the_planning_loses_nothing,
    a_newer_version_stays_in_its_batch,
    inbound_replacements_are_counted,
    a_disconnected_browser_holds_nothing,
);

fn name(number: usize) -> String {
    format!("s{number:02}")
}

/// A paired browser whose account holds so many skills.
async fn holding(store: &SharedStore, count: usize) -> Uuid {
    let (browser, _) = paired(store).await;
    for number in 0..count {
        store.import_version(version(&name(number), "1", at(3))).await.expect("import");
    }
    for operation in leased(store, browser, at(4)).await {
        let report = done(&format!("sk_{}", operation.payload.name.as_deref().expect("a name")));
        complete(store, browser, &operation, report, at(5)).await;
    }
    browser
}

async fn leased(store: &SharedStore, browser: Uuid, now: Timestamp) -> Vec<Operation> {
    store.lease(browser, 100, now).await.expect("lease")
}

async fn change(store: &SharedStore, numbers: std::ops::Range<usize>, body: &str, now: Timestamp) {
    for number in numbers {
        store.keep_version(version(&name(number), body, now)).await.expect("kept");
    }
    store.plan_kept(now).await.expect("planned");
}

async fn one(store: &SharedStore) -> HeldBatch {
    let mut batches = store.held_batches(Scope::All).await.expect("batches");
    assert_eq!(batches.len(), 1, "{batches:?}");
    assert_eq!((asked(store, Scope::All).await, asked(store, Scope::Of(Uuid::now_v7())).await), (1, 0));
    batches.remove(0)
}

/// Of how many held batches this person is told.
async fn asked(store: &SharedStore, scope: Scope) -> u64 {
    store.asks(scope).await.expect("figures").held
}

async fn none(store: &SharedStore) {
    assert_eq!(store.held_batches(Scope::All).await.expect("batches"), []);
    assert_eq!(asked(store, Scope::All).await, 0);
}

async fn decide(store: &SharedStore, batch: Uuid, agree: bool, now: Timestamp) {
    let decided = store.decide_held_batch(batch, agree, now).await.expect("decision");
    assert!(matches!(decided, HeldDecision::Decided { .. }), "{decided:?}");
}

async fn many_changes_wait_and_go_when_agreed(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    change(&store, 0..6, "2", at(100)).await;
    assert!(leased(&store, browser, at(101)).await.is_empty());
    let batch = one(&store).await;
    assert_eq!((batch.side, batch.integration_id), (HeldSide::ClaudeAi, Some(browser)));
    assert_eq!((batch.replace_count, batch.delete_count), (6, 0));
    let names: Vec<&str> = batch.skills.iter().map(|skill| skill.skill_name.as_str()).collect();
    assert_eq!(names, ["s00", "s01", "s02", "s03", "s04", "s05"]);
    decide(&store, batch.id, true, at(102)).await;
    assert_eq!(store.decide_held_batch(batch.id, false, at(102)).await.expect("decision"), HeldDecision::Over);
    assert_eq!(store.decide_held_batch(browser, true, at(102)).await.expect("decision"), HeldDecision::NotFound);
    none(&store).await;
    let operations = leased(&store, browser, at(103)).await;
    assert_eq!(operations.len(), 6);
    // What was agreed to does not count again.
    change(&store, 6..10, "2", at(104)).await;
    none(&store).await;
    assert_eq!(leased(&store, browser, at(105)).await.len(), 4);
    let events = store.recent_events(50).await.expect("events");
    for reason in ["mass_change_held", "held_batch_agreed"] {
        assert!(
            events.iter().any(|event| event.event == "sync_triggered" && event.detail["reason"] == reason),
            "{reason}"
        );
    }
}

async fn a_refused_batch_leaves_the_account_until_the_skill_changes(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    change(&store, 0..6, "2", at(100)).await;
    decide(&store, one(&store).await.id, false, at(101)).await;
    store.reconcile(browser, at(102)).await.expect("reconcile");
    assert!(leased(&store, browser, at(103)).await.is_empty(), "what was refused stays away");
    change(&store, 0..1, "3", at(200)).await;
    assert_eq!(leased(&store, browser, at(201)).await.len(), 1, "one that changed again goes");
    store.trigger_sync(browser, at(300)).await.expect("sync");
    assert_eq!(one(&store).await.skills.len(), 5, "a person who asks for a sync is asked again");
}

async fn what_is_back_as_it_was_makes_a_batch_moot(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    change(&store, 0..6, "2", at(100)).await;
    let batch = one(&store).await;
    change(&store, 0..5, "1", at(110)).await;
    assert_eq!(one(&store).await.skills.len(), 1);
    change(&store, 5..6, "1", at(120)).await;
    none(&store).await;
    assert_eq!(store.decide_held_batch(batch.id, true, at(130)).await.expect("decision"), HeldDecision::Over);
    assert!(leased(&store, browser, at(131)).await.is_empty());
}

async fn pieces_count_together_and_apart_from_what_was_seen(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 20).await;
    change(&store, 0..3, "2", at(100)).await;
    change(&store, 3..9, "2", at(101)).await;
    let first = one(&store).await;
    assert_eq!(first.skills.len(), 9, "nothing of it had gone out");
    change(&store, 9..10, "2", at(102)).await;
    let batches = store.held_batches(Scope::All).await.expect("batches");
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.skills.len()).collect();
    assert_eq!(sizes, [9, 1], "nobody agrees to what they have not seen");
    decide(&store, first.id, true, at(103)).await;
    assert_eq!(leased(&store, browser, at(104)).await.len(), 9);
    change(&store, 10..11, "2", at(500)).await;
    assert_eq!(leased(&store, browser, at(501)).await.len(), 1, "minutes later it is an edit like any other");
}

async fn a_fifth_exactly_goes(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 25).await;
    change(&store, 0..5, "2", at(100)).await;
    assert_eq!(leased(&store, browser, at(101)).await.len(), 5);
    change(&store, 5..6, "2", at(102)).await;
    assert_eq!(one(&store).await.skills.len(), 1, "the sixth within a minute is over the line");
}

async fn new_skills_go_at_once(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 5).await;
    for number in 5..30 {
        store.keep_version(version(&name(number), "1", at(100))).await.expect("kept");
    }
    assert_eq!(leased(&store, browser, at(101)).await.len(), 25, "before any planning of the pass");
    assert_eq!(store.plan_kept(at(102)).await.expect("planned"), 0);
}

async fn a_loop_of_removals_is_noticed(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 24).await;
    let mut gone = 0;
    for number in 0..24 {
        store.remove_skill(&name(number), at(100 + i64::try_from(number).expect("small"))).await.expect("remove");
        for operation in leased(&store, browser, at(130)).await {
            complete(&store, browser, &operation, done("sk"), at(131)).await;
            gone += 1;
        }
    }
    assert_eq!(gone, 4);
    let batches = store.held_batches(Scope::All).await.expect("batches");
    let deletes: u64 = batches.iter().map(|batch| batch.delete_count).sum();
    assert_eq!(deletes, 20, "{batches:?}");
}

fn set(numbers: std::ops::Range<usize>) -> BTreeSet<String> {
    numbers.map(name).collect()
}

async fn agreed_removals_of_the_folder_are_not_asked_twice(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    store.hold_removals(&set(0..6), at(100)).await.expect("held");
    store.hold_removals(&set(0..6), at(101)).await.expect("held");
    let batch = one(&store).await;
    assert_eq!((batch.side, batch.integration_id, batch.delete_count), (HeldSide::Library, None, 6));
    assert!(batch.skills.iter().all(|skill| skill.action == HeldAction::Delete));
    decide(&store, batch.id, true, at(102)).await;
    store.reconcile(browser, at(103)).await.expect("reconcile");
    let decisions = store.removal_decisions().await.expect("decisions");
    assert_eq!((decisions.agreed.len(), decisions.held.len()), (6, 0));
    for name in set(0..6) {
        assert!(store.keep_removal(&name, at(104)).await.expect("removed"));
    }
    store.plan_kept(at(105)).await.expect("planned");
    let operations = leased(&store, browser, at(106)).await;
    assert!(operations.len() == 6 && operations.iter().all(|operation| operation.kind == OperationKind::Delete));
    none(&store).await;
}

async fn removals_that_are_back_leave_their_batch(Fixture { store, .. }: Fixture) {
    holding(&store, 12).await;
    store.hold_removals(&set(0..6), at(100)).await.expect("held");
    store.hold_removals(&set(0..2), at(101)).await.expect("held");
    let batch = one(&store).await;
    assert_eq!(batch.delete_count, 2);
    decide(&store, batch.id, false, at(102)).await;
    assert_eq!(store.removal_decisions().await.expect("decisions").refused, ["s00", "s01"]);
    store.hold_removals(&set(0..1), at(103)).await.expect("held");
    assert_eq!(store.removal_decisions().await.expect("decisions").refused, ["s00"], "a refusal ends when it is back");
    store.hold_removals(&set(0..0), at(104)).await.expect("held");
    assert_eq!(store.removal_decisions().await.expect("decisions"), RemovalDecisions::default());
    none(&store).await;
}

async fn a_crash_before_the_planning_loses_nothing(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    for number in 0..6 {
        store.keep_version(version(&name(number), "2", at(100))).await.expect("kept");
    }
    store.keep_removal(&name(6), at(100)).await.expect("removed");
    assert!(leased(&store, browser, at(101)).await.is_empty(), "not before the pass is judged as a whole");
    assert_eq!(store.plan_kept(at(200)).await.expect("planned"), 0);
    let batch = one(&store).await;
    assert_eq!((batch.replace_count, batch.delete_count), (6, 1));
}

async fn a_newer_version_stays_in_its_batch(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    change(&store, 0..6, "2", at(100)).await;
    let batch = one(&store).await;
    change(&store, 0..1, "3", at(400)).await;
    let later = one(&store).await;
    assert_eq!((later.id, later.skills.len()), (batch.id, 6));
    assert_ne!(later.skills[0].version_id, batch.skills[0].version_id);
    store.keep_removal(&name(1), at(500)).await.expect("removed");
    store.plan_kept(at(500)).await.expect("planned");
    assert_eq!(one(&store).await.skills.len(), 5, "a removal was not in it");
    assert_eq!(leased(&store, browser, at(501)).await.len(), 1);
    decide(&store, batch.id, true, at(502)).await;
    assert_eq!(leased(&store, browser, at(503)).await.len(), 5);
}

async fn inbound_replacements_are_counted(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    let mut kept = Vec::new();
    for number in 0..20 {
        let imported = store.import_version(version(&name(number), "1", at(3))).await.expect("import");
        let Import::Imported { skill, version, .. } = imported else { panic!("{imported:?}") };
        kept.push((skill, version));
    }
    let admit = async |number: usize, now| {
        store.admit_inbound(browser, kept[number].0, kept[number].1, now).await.expect("admission")
    };
    for number in 0..4 {
        assert_eq!(admit(number, at(100)).await, Admission::Apply);
    }
    assert_eq!(admit(0, at(101)).await, Admission::Apply, "the same skill counts once");
    let Admission::Held { batch } = admit(4, at(102)).await else { panic!("the fifth of twenty waits") };
    assert_eq!(admit(5, at(103)).await, Admission::Held { batch });
    assert_eq!(admit(5, at(103)).await, Admission::Held { batch });
    let shown = one(&store).await;
    assert_eq!((shown.side, shown.integration_id, shown.replace_count), (HeldSide::Library, Some(browser), 2));
    decide(&store, batch, true, at(104)).await;
    assert_eq!(admit(4, at(105)).await, Admission::Apply, "what a person agreed to");
    let Admission::Held { batch } = admit(6, at(106)).await else { panic!("and nothing else") };
    decide(&store, batch, false, at(107)).await;
    assert_eq!(admit(6, at(108)).await, Admission::Refused);
    assert_eq!(admit(7, at(100 + 601)).await, Admission::Apply, "ten minutes later it counts anew");
}

async fn a_disconnected_browser_holds_nothing(Fixture { store, .. }: Fixture) {
    let browser = holding(&store, 12).await;
    change(&store, 0..6, "2", at(100)).await;
    let batch = one(&store).await.id;
    store.disconnect(browser, at(101)).await.expect("disconnect");
    none(&store).await;
    assert_eq!(store.decide_held_batch(batch, true, at(102)).await.expect("decision"), HeldDecision::Over);
}
