//! Connector health: each way a browser can break, and how it comes back by itself.

use companion_wire::connectors::{ConnectorState, ConnectorStatus};

use super::fixture::{
    Fixture, at, complete, count, done, failed, lease_one, on_both, paired, paired_by, postgres, somebody, sql, sqlite,
    version,
};
use super::*;
use crate::domain::connector::{Connector, Outcome};
use crate::domain::operations::CompletionReport;
use crate::services::seal::Sealed;

on_both! {
    a_browser_breaks_and_comes_back,
    signed_in_again_is_well_again,
    a_missing_time_stamp_keeps_its_value,
    connectors_do_not_hide_each_other,
    a_row_that_cannot_be_written_breaks_nothing,
    the_databases_clock_counts,
    a_probe_counts_for_everybody_who_is_connected,
}

async fn state(store: &SharedStore, user: Uuid, connector: &Connector) -> ConnectorState {
    store.connectors_of(user).await.expect("connectors").remove(&connector.to_string()).expect("a row")
}

async fn a_browser_breaks_and_comes_back(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (browser, _) = paired_by(&store, Some(user)).await;
    let connector = Connector::Browser(browser);
    assert!(store.connectors_of(user).await.expect("connectors").is_empty());
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let signed_out = CompletionReport { auth_expired: true, ..failed() };
    let operation = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &operation, signed_out, at(5)).await;
    let broken = state(&store, user, &connector).await;
    assert_eq!((broken.status, broken.error_code.as_deref()), (ConnectorStatus::NeedsReauth, Some("cookie_expired")));
    assert_eq!((broken.last_success_at, broken.last_failure_at), (None, Some(at(5).rfc3339())));
    let operation = lease_one(&store, browser, at(6)).await;
    complete(&store, browser, &operation, done("skill_a"), at(7)).await;
    let well = state(&store, user, &connector).await;
    assert_eq!((well.status, well.error_code), (ConnectorStatus::Connected, None));
    assert_eq!((well.last_success_at, well.last_failure_at), (Some(at(7).rfc3339()), Some(at(5).rfc3339())));
    store.note_browser(browser, Outcome::refused("endpoint_changed"), at(8)).await;
    store.import_version(version("a", "2", at(9))).await.expect("import");
    let operation = lease_one(&store, browser, at(10)).await;
    complete(&store, browser, &operation, failed(), at(11)).await;
    let held = state(&store, user, &connector).await;
    assert_eq!((held.status, held.error_code.as_deref()), (ConnectorStatus::NeedsReauth, Some("endpoint_changed")));
    let operation = lease_one(&store, browser, at(60)).await;
    complete(&store, browser, &operation, done("skill_a"), at(61)).await;
    assert_eq!(state(&store, user, &connector).await.status, ConnectorStatus::Connected);
    store.disconnect(browser, at(62)).await.expect("disconnect");
    assert_eq!(state(&store, user, &connector).await.status, ConnectorStatus::Disabled);
}

/// The session is back, and there is no work whose success could say so.
async fn signed_in_again_is_well_again(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (browser, _) = paired_by(&store, Some(user)).await;
    let connector = Connector::Browser(browser);
    let status = async || store.integrations().await.expect("list")[0].status.as_str();
    let updates = async || {
        let events = store.recent_events(50).await.expect("events");
        events.iter().filter(|event| event.event == "integration_updated").count()
    };
    store.note_signed_in(browser, at(3)).await.expect("noted");
    assert!(store.connectors_of(user).await.expect("connectors").is_empty(), "nothing had lapsed");
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let operation = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &operation, CompletionReport { auth_expired: true, ..failed() }, at(5)).await;
    assert_eq!(status().await, "cookie_expired");
    for again in 6..8 {
        store.note_signed_in(browser, at(again)).await.expect("noted");
        assert_eq!((status().await, updates().await), ("active", 1));
    }
    let well = state(&store, user, &connector).await;
    assert_eq!(
        (well.status, well.error_code, well.last_success_at),
        (ConnectorStatus::Connected, None, Some(at(6).rfc3339()))
    );
    assert_eq!(store.broken_browser(browser).await.expect("asked"), None);
    store.note_browser(browser, Outcome::refused("endpoint_changed"), at(9)).await;
    store.note_signed_in(browser, at(10)).await.expect("noted");
    let held = state(&store, user, &connector).await;
    assert_eq!(
        held.error_code.as_deref(),
        Some("endpoint_changed"),
        "a session says nothing about claude.ai's answers"
    );
    let (nobodys, _) = paired(&store).await;
    let operation = lease_one(&store, nobodys, at(11)).await;
    complete(&store, nobodys, &operation, CompletionReport { auth_expired: true, ..failed() }, at(12)).await;
    store.note_signed_in(nobodys, at(13)).await.expect("noted");
    assert!(store.integrations().await.expect("list").iter().all(|browser| browser.status.as_str() == "active"));
}

async fn a_missing_time_stamp_keeps_its_value(Fixture { store, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let service = Connector::Service("po".to_owned());
    let note = |outcome, now| store.note_outcome(user, service.clone(), outcome, at(now));
    note(Outcome::Transient, 1).await;
    assert_eq!(state(&store, user, &service).await.status, ConnectorStatus::Connected, "nothing is known to be wrong");
    note(Outcome::Success, 2).await;
    note(Outcome::Refused { code: None }, 3).await;
    note(Outcome::Transient, 4).await;
    let found = state(&store, user, &service).await;
    assert_eq!(
        (found.status, found.error_code),
        (ConnectorStatus::NeedsReauth, None),
        "what is transient hides nothing"
    );
    assert_eq!((found.last_success_at, found.last_failure_at), (Some(at(2).rfc3339()), Some(at(4).rfc3339())));
    note(Outcome::Success, 5).await;
    note(Outcome::Success, 6).await;
    let found = state(&store, user, &service).await;
    assert_eq!(
        (found.status, found.last_success_at),
        (ConnectorStatus::Connected, Some(at(5).rfc3339())),
        "to the minute"
    );
    note(Outcome::SwitchedOff, 7).await;
    let found = state(&store, user, &service).await;
    assert_eq!((found.status, found.last_success_at), (ConnectorStatus::Disabled, Some(at(5).rfc3339())));
}

async fn connectors_do_not_hide_each_other(Fixture { store, .. }: Fixture) {
    let (ann, bob) = (somebody(&store, "ann").await, somebody(&store, "bob").await);
    let service = |id: &str| Connector::Service(id.to_owned());
    store.note_outcome(ann, service("po"), Outcome::refused("invalid_grant"), at(1)).await;
    store.note_outcome(ann, service("crm"), Outcome::Success, at(2)).await;
    store.note_outcome(bob, service("po"), Outcome::Success, at(3)).await;
    let found = store.connectors_of(ann).await.expect("connectors");
    assert_eq!(found.keys().collect::<Vec<_>>(), ["service:crm", "service:po"]);
    assert_eq!(state(&store, ann, &service("po")).await.error_code.as_deref(), Some("invalid_grant"));
    assert_eq!(state(&store, ann, &service("crm")).await.status, ConnectorStatus::Connected);
    assert_eq!(state(&store, bob, &service("po")).await.status, ConnectorStatus::Connected);
}

async fn a_row_that_cannot_be_written_breaks_nothing(Fixture { store, url, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    let (browser, _) = paired_by(&store, Some(user)).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    sql(&url, "DROP TABLE connector_health").await;
    let operation = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &operation, done("skill_a"), at(5)).await;
    assert_eq!(store.known_skill_ids(browser).await.expect("ids"), ["skill_a"]);
    let (nobodys, _) = paired(&store).await;
    store.note_browser(nobodys, Outcome::Success, at(6)).await;
    store.note_outcome(Uuid::new_v4(), Connector::Service("po".to_owned()), Outcome::Success, at(6)).await;
}

async fn a_probe_counts_for_everybody_who_is_connected(Fixture { store, .. }: Fixture) {
    let service = Connector::Service("po".to_owned());
    let mut people = Vec::new();
    for (name, expires) in [("ann", None), ("bob", Some(at(9_000))), ("cleo", Some(at(5)))] {
        let user = somebody(&store, name).await;
        let sealed = Sealed { key_id: "k".to_owned(), bytes: vec![1] };
        let new = NewConnection { user, service: "po".to_owned(), sealed, token_id: None, expires, now: at(1) };
        store.keep_connection(new).await.expect("kept");
        people.push(user);
    }
    let stranger = somebody(&store, "dora").await;
    assert_eq!(store.connected_services().await.expect("services"), ["po"]);
    let probe = |outcome, now| store.note_probe("po", outcome, at(now));
    let all = async || {
        let mut found = Vec::new();
        for user in &people {
            let state = state(&store, *user, &service).await;
            found.push((state.status, state.error_code, state.last_success_at, state.last_failure_at));
        }
        found
    };
    probe(Outcome::refused("invalid_grant"), 10).await;
    let broken = (ConnectorStatus::NeedsReauth, Some("invalid_grant".to_owned()), None, Some(at(10).rfc3339()));
    assert_eq!(all().await, vec![broken.clone(); 3]);
    assert!(store.connectors_of(stranger).await.expect("connectors").is_empty());
    probe(Outcome::refused("invalid_grant"), 70).await;
    assert_eq!(all().await, vec![broken.clone(); 3], "what is so still is not written each time");
    probe(Outcome::Success, 80).await;
    let well = (ConnectorStatus::Connected, None, Some(at(80).rfc3339()), Some(at(10).rfc3339()));
    assert_eq!(all().await, [well.clone(), well.clone(), broken], "a key that has run out does not work again");
    probe(Outcome::Success, 140).await;
    assert_eq!(all().await[0], well);
    probe(Outcome::Success, 80 + 901).await;
    assert_eq!(all().await[0].2, Some(at(981).rfc3339()));
    store.exchange_refused(people[0], "po").await.expect("noted");
    probe(Outcome::Refused { code: None }, 990).await;
    probe(Outcome::Success, 1_000).await;
    let statuses: Vec<_> = all().await.into_iter().map(|(status, ..)| status).collect();
    let (well, broken) = (ConnectorStatus::Connected, ConnectorStatus::NeedsReauth);
    assert_eq!(statuses, [broken, well, broken], "nor one that the service refuses to renew");
    probe(Outcome::Transient, 1_010).await;
    assert_eq!(all().await[1].0, well);
}

async fn the_databases_clock_counts(Fixture { store, url, .. }: Fixture) {
    let user = somebody(&store, "ann").await;
    // Both outcomes claim to be of the year 2027; the row is of today.
    for now in [1, 1000] {
        store.note_outcome(user, Connector::Service("po".to_owned()), Outcome::Success, at(now)).await;
        let future = match url {
            DatabaseUrl::Sqlite(_) => "updated_at > (unixepoch() + 3600) * 1000000",
            DatabaseUrl::Postgres(_) => "updated_at > now() + interval '1 hour'",
        };
        assert_eq!(count(&url, "connector_health", future).await, 0);
    }
    assert_eq!(count(&url, "connector_health", "TRUE").await, 1);
}
