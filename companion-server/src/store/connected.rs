//! Connector health: each way a browser can break, and how it comes back by itself.

use companion_wire::connectors::{ConnectorState, ConnectorStatus};

use super::fixture::{
    Fixture, at, complete, count, done, failed, lease_one, on_both, paired, paired_by, postgres, somebody, sql, sqlite,
    version,
};
use super::*;
use crate::domain::connector::{Connector, Outcome};
use crate::domain::operations::CompletionReport;

on_both! {
    a_browser_breaks_and_comes_back,
    a_missing_time_stamp_keeps_its_value,
    connectors_do_not_hide_each_other,
    a_row_that_cannot_be_written_breaks_nothing,
    the_databases_clock_counts,
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
