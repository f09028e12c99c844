//! The kill switch: nothing is handed out, nothing is lost.

use std::time::Duration;

use companion_wire::connectors::{BrowserPause, OperatorPause, PausedBy};

use super::fixture::{
    Fixture, at, complete, done, failed, lease_one, on_both, paired, paired_by, postgres, somebody, sqlite, version,
};
use super::*;
use crate::domain::connector::Outcome;

on_both! {
    a_person_pauses_their_own_browsers,
    the_operator_pauses_everybody,
    a_batch_that_is_under_way_stops,
    a_waiting_poll_wakes_when_work_goes_on,
    another_process_hears_of_it,
    what_is_given_back_waits,
    a_browser_is_told_whose_lever_it_is,
    a_waiting_poll_ends_when_work_is_paused,
}

async fn pause(store: &SharedStore, user: Uuid, paused: bool) {
    let reason = paused.then(|| "On holiday".to_owned());
    store.set_autonomy_pause(user, paused, reason, at(10)).await.expect("pause").expect("somebody");
}

async fn leased(store: &SharedStore, browser: Uuid, now: i64) -> usize {
    store.lease(browser, 10, at(now)).await.expect("lease").len()
}

async fn a_person_pauses_their_own_browsers(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, bearer) = paired_by(&store, Some(user)).await;
    let (other, _) = paired(&store).await;
    pause(&store, user, true).await;
    store.import_version(version("a", "1", at(11))).await.expect("import");
    assert_eq!(store.gate(Receiver::Browser(own)).await.expect("gate"), Gate::Held);
    assert_eq!(store.gate(Receiver::MachineOf(user)).await.expect("gate"), Gate::Held);
    assert_eq!((leased(&store, own, 12).await, leased(&store, other, 12).await), (0, 1));
    assert_eq!(
        store.look(&bearer.hash(), at(12)).await.expect("look"),
        (Bearer::Known { integration: own }, Waiting::Held)
    );
    let state = store.autonomy_state(user).await.expect("state").expect("somebody");
    assert_eq!(
        (state.paused_by, state.reason.as_deref(), state.held_operations),
        (Some(PausedBy::Person), Some("On holiday"), 1)
    );
    assert_eq!(state.person.paused_at, Some(at(10).rfc3339()));
    let filter = QueueFilter { integration: Some(own), limit: 10, ..QueueFilter::default() };
    assert_eq!(store.queue(filter).await.expect("queue").len(), 1, "held work can be seen");
    pause(&store, user, false).await;
    assert_eq!(leased(&store, own, 13).await, 1);
    let state = store.autonomy_state(user).await.expect("state").expect("somebody");
    assert_eq!((state.paused, state.reason, state.held_operations), (false, None, 0));
    let events = store.recent_events(50).await.expect("events");
    let changes: Vec<_> = events.iter().filter(|event| event.event.starts_with("autonomy")).collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].detail, serde_json::json!({ "user": "ann", "reason": "On holiday" }));
    assert!(store.set_autonomy_pause(Uuid::new_v4(), true, None, at(14)).await.expect("pause").is_none());
}

async fn the_operator_pauses_everybody(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    let (nobodys, _) = paired(&store).await;
    store.import_version(version("a", "1", at(11))).await.expect("import");
    let lever = OperatorPause { paused: true, reason: Some("Maintenance".to_owned()) };
    store.set_operator_pause(lever.clone()).await.expect("pause");
    store.set_operator_pause(lever).await.expect("the same again");
    assert_eq!((leased(&store, own, 12).await, leased(&store, nobodys, 12).await), (0, 0));
    pause(&store, user, true).await;
    let state = store.autonomy_state(user).await.expect("state").expect("somebody");
    assert_eq!((state.paused_by, state.reason.as_deref()), (Some(PausedBy::Operator), Some("Maintenance")));
    store.set_operator_pause(OperatorPause::default()).await.expect("resume");
    assert_eq!((leased(&store, own, 13).await, leased(&store, nobodys, 13).await), (0, 1));
}

async fn a_batch_that_is_under_way_stops(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    for name in ["a", "b", "c"] {
        store.import_version(version(name, "1", at(3))).await.expect("import");
    }
    let batch = store.lease(own, 10, at(4)).await.expect("lease");
    complete(&store, own, &batch[0], done("skill_0"), at(5)).await;
    pause(&store, user, true).await;
    // What had been done all the same is remembered; what could not be done has used no attempt, reported or not.
    complete(&store, own, &batch[1], done("skill_1"), at(11)).await;
    for round in 0..5 {
        let now = at(12 + round * 400);
        complete_if_leased(&store, own, &batch[2], now).await;
        store.reap(at(12 + round * 400 + 200)).await.expect("reap");
        assert_eq!(leased(&store, own, 12 + round * 400 + 300).await, 0);
    }
    pause(&store, user, false).await;
    let last = lease_one(&store, own, at(5000)).await;
    assert_eq!((last.id, last.attempts), (batch[2].id, 1));
    complete(&store, own, &last, done("skill_2"), at(5001)).await;
    assert_eq!(leased(&store, own, 6000).await, 0);
    assert_eq!(store.known_skill_ids(own).await.expect("ids"), ["skill_0", "skill_1", "skill_2"]);
}

/// The first round reports a failure; in the others the browser does not have the work any more.
async fn complete_if_leased(store: &SharedStore, browser: Uuid, operation: &Operation, now: Timestamp) {
    store.complete(browser, operation.id, failed(), now).await.expect("complete");
}

async fn a_waiting_poll_wakes_when_work_goes_on(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    pause(&store, user, true).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let poll = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.work_arrives(own, Duration::from_secs(20)).await }
    });
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!poll.is_finished(), "held work is no work");
    pause(&store, user, false).await;
    tokio::time::timeout(Duration::from_secs(5), poll).await.expect("it wakes").expect("task");
}

async fn another_process_hears_of_it(Fixture { store, url, .. }: Fixture) {
    let DatabaseUrl::Postgres(_) = url else { return };
    let second = open(&url).await.expect("a second process");
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    pause(&store, user, true).await;
    assert_eq!(leased(&second, own, 12).await, 0);
    pause(&second, user, false).await;
    assert_eq!(leased(&store, own, 13).await, 1);
}

/// A browser in the middle of a batch hands back what it has not begun.
async fn what_is_given_back_waits(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    for name in ["a", "b"] {
        store.import_version(version(name, "1", at(3))).await.expect("import");
    }
    let batch = store.lease(own, 10, at(4)).await.expect("lease");
    pause(&store, user, true).await;
    for (operation, now) in batch.iter().zip([11, 12]) {
        let error = Some("Work is paused; it goes on when that is over.".to_owned());
        let report = CompletionReport { held: true, error, ..CompletionReport::default() };
        complete(&store, own, operation, report, at(now)).await;
    }
    assert_eq!(store.autonomy_state(user).await.expect("state").expect("somebody").held_operations, 2);
    let browsers = store.integrations().await.expect("browsers");
    assert_eq!(browsers[0].last_error, None, "a pause is no trouble of the browser's");
    assert_eq!(leased(&store, own, 13).await, 0);
    pause(&store, user, false).await;
    let again = store.lease(own, 10, at(14)).await.expect("lease");
    let seen: Vec<_> = again.iter().map(|operation| (operation.id, operation.attempts)).collect();
    assert_eq!(seen, batch.iter().map(|operation| (operation.id, 1)).collect::<Vec<_>>());
}

async fn a_browser_is_told_whose_lever_it_is(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    let (nobodys, _) = paired(&store).await;
    let told = async |browser: Uuid| store.pause_of(browser).await.expect("pause");
    assert_eq!((told(own).await, told(nobodys).await, told(Uuid::new_v4()).await), (None, None, None));
    pause(&store, user, true).await;
    let person =
        BrowserPause { by: PausedBy::Person, since: Some(at(10).rfc3339()), reason: Some("On holiday".to_owned()) };
    assert_eq!((told(own).await, told(nobodys).await), (Some(person.clone()), None));
    store.set_operator_pause(OperatorPause { paused: true, reason: None }).await.expect("pause");
    let operator = BrowserPause { by: PausedBy::Operator, since: None, reason: None };
    assert_eq!((told(own).await, told(nobodys).await), (Some(operator.clone()), Some(operator)));
    store.set_operator_pause(OperatorPause::default()).await.expect("resume");
    let status = store.extension_status(own).await.expect("status").expect("known");
    assert_eq!((status.pause, status.connector), (Some(person), None));
    store.note_browser(own, Outcome::refused("cookie_expired"), at(12)).await;
    let status = store.extension_status(own).await.expect("status").expect("known");
    assert_eq!(status.connector.and_then(|state| state.error_code).as_deref(), Some("cookie_expired"));
    store.note_browser(own, Outcome::Success, at(13)).await;
    assert_eq!(store.extension_status(own).await.expect("status").expect("known").connector, None);
}

async fn a_waiting_poll_ends_when_work_is_paused(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (own, _) = paired_by(&store, Some(user)).await;
    for paused in [true, false] {
        let poll = tokio::spawn({
            let store = Arc::clone(&store);
            async move { store.work_arrives(own, Duration::from_secs(20)).await }
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        pause(&store, user, paused).await;
        tokio::time::timeout(Duration::from_secs(10), poll).await.expect("at once").expect("task");
    }
}
