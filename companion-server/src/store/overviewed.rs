//! Looking through the library: states, pages, searches, and who hears of a change.

use std::time::Duration;

use super::fixture::{Fixture, at, complete, done, failed, lease_one, on_both, paired, postgres, sqlite, version};
use super::*;
use crate::domain::people::Scope;

on_both! {
    a_skill_goes_through_its_states,
    pages_and_searches,
    repairs_and_ages,
    uses_are_counted_by_day,
    commits_are_heard,
    events_are_searched,
    long_logs_are_searched_piece_by_piece,
    one_kind_of_event_alone,
}

async fn state(store: &SharedStore, name: &str) -> SkillState {
    let query = SkillQuery { part: Some(name.to_owned()), limit: 10, ..SkillQuery::default() };
    let (rows, total) = store.skill_page(query).await.expect("a page");
    assert_eq!((rows.len(), total), (1, 1));
    let state = rows[0].state;
    for other in SkillState::ALL {
        let query = SkillQuery { state: Some(other), limit: 10, ..SkillQuery::default() };
        let (found, total) = store.skill_page(query).await.expect("a page");
        let here = found.iter().any(|row| row.name == name);
        assert_eq!((here, found.len() as u64), (other == state, total), "{name} is {state:?}, asked for {other:?}");
    }
    state
}

async fn a_skill_goes_through_its_states(Fixture { store, .. }: Fixture) {
    store.import_version(version("alpha", "one", at(0))).await.expect("kept");
    assert_eq!(state(&store, "alpha").await, SkillState::Alone);
    assert!(store.skill_browsers("alpha", Scope::All).await.expect("browsers").is_empty());
    let (browser, _) = paired(&store).await;
    assert_eq!(state(&store, "alpha").await, SkillState::Waiting);
    for attempt in 0..3 {
        let now = at(1000 * (attempt + 1));
        let operation = lease_one(&store, browser, now).await;
        complete(&store, browser, &operation, failed(), now).await;
    }
    assert_eq!(state(&store, "alpha").await, SkillState::Failed);
    let there = store.skill_browsers("alpha", Scope::All).await.expect("browsers");
    assert_eq!((there.len(), there[0].state), (1, SkillState::Failed));
    let operation = there[0].operation.clone().expect("it failed");
    assert_eq!((operation.attempts, operation.last_error.as_deref()), (3, Some("no luck")));
    assert_eq!(store.glance(Scope::All).await.expect("figures").asks.failed, 1);
    assert_eq!(store.retry(operation.id, at(5000)).await.expect("retry"), Retry::Queued);
    let operation = lease_one(&store, browser, at(5001)).await;
    complete(&store, browser, &operation, done("skill_1"), at(5002)).await;
    assert_eq!(state(&store, "alpha").await, SkillState::InStep);
    let glance = store.glance(Scope::All).await.expect("figures");
    assert_eq!((glance.skills, glance.in_step, glance.waiting, glance.paired), (1, 1, 0, 1));
    store.set_skill_sync("alpha", false, at(5003)).await.expect("set");
    assert_eq!(state(&store, "alpha").await, SkillState::Off);
    let stranger = Scope::Of(uuid::Uuid::now_v7());
    assert!(store.skill_browsers("alpha", stranger).await.expect("browsers").is_empty());
    assert_eq!(store.glance(stranger).await.expect("figures").paired, 0);
}

async fn pages_and_searches(Fixture { store, .. }: Fixture) {
    for number in 0..7 {
        store.import_version(version(&format!("skill-{number}"), "x", at(number))).await.expect("kept");
    }
    store.import_version(version("a_b", "x", at(9))).await.expect("kept");
    let names = async |part: Option<&str>, skip, limit| {
        let query = SkillQuery { part: part.map(str::to_owned), skip, limit, ..SkillQuery::default() };
        let (rows, total) = store.skill_page(query).await.expect("a page");
        (rows.into_iter().map(|row| row.name).collect::<Vec<_>>(), total)
    };
    assert_eq!(names(Some("SKILL-"), 5, 5).await, (vec!["skill-5".to_owned(), "skill-6".to_owned()], 7));
    assert_eq!(names(Some("_"), 0, 5).await, (vec!["a_b".to_owned()], 1), "nothing stands for something else");
    assert_eq!(names(Some("%"), 0, 5).await.1, 0);
    assert_eq!(names(None, 0, 2).await.1, 8);
}

async fn repairs_and_ages(Fixture { store, .. }: Fixture) {
    paired(&store).await;
    store.import_version(version("alpha", "one", at(100))).await.expect("kept");
    let repairs = store.repairs("alpha").await.expect("repairs");
    let repaired =
        Repair { path: "SKILL.md".to_owned(), before: Some(b"one".to_vec()), after: b"one repaired".to_vec() };
    assert_eq!(repairs, [repaired]);
    assert_eq!(store.queue_ages(Scope::All, at(130)).await.expect("ages"), [1, 0, 0, 0, 0]);
    assert_eq!(store.queue_ages(Scope::All, at(100 + 7200)).await.expect("ages"), [0, 0, 0, 1, 0]);
    assert_eq!(store.uses_of("alpha", at(0)).await.expect("uses"), Uses::default());
}

async fn uses_are_counted_by_day(Fixture { store, .. }: Fixture) {
    let day = 86_400;
    let uses = [("alpha", 0), ("alpha", 1), ("beta", day), ("alpha", 2 * day), ("alpha", -day)];
    for (slug, seconds) in uses {
        let (skill_slug, agent_name) = (slug.to_owned(), "agent".to_owned());
        let used = SkillUse { skill_slug, agent_name, session_id: None, session_name: None, now: at(seconds) };
        store.note_use(used).await.expect("noted");
    }
    let by_day = async |slug| store.uses_by_day(slug, 3, at(2 * day + 5)).await.expect("uses");
    let days = |uses: [u64; 3]| {
        ["2027-01-15", "2027-01-16", "2027-01-17"].map(str::to_owned).into_iter().zip(uses).collect::<Vec<_>>()
    };
    assert_eq!(by_day(None).await, days([2, 1, 1]));
    assert_eq!(by_day(Some("alpha")).await, days([2, 0, 1]));
    assert_eq!(by_day(Some("gamma")).await, days([0, 0, 0]));
    let most = store.most_used(3, at(2 * day + 5)).await.expect("uses");
    assert_eq!(most, [("alpha".to_owned(), 3), ("beta".to_owned(), 1)]);
}

async fn commits_are_heard(Fixture { store, url, .. }: Fixture) {
    let mut here = store.changes();
    let second = match &url {
        DatabaseUrl::Postgres(_) => Some(open(&url).await.expect("a second process")),
        DatabaseUrl::Sqlite(_) => None,
    };
    let mut there = second.as_ref().map(|store| store.changes());
    store.import_version(version("alpha", "one", at(0))).await.expect("kept");
    assert!(here.next().await.contains(Topic::Skills));
    if let Some(there) = &mut there {
        let heard = tokio::time::timeout(Duration::from_secs(5), there.next()).await.expect("heard");
        assert!(heard.contains(Topic::Skills) && heard.contains(Topic::Activity));
    }
    here.take();
    store.skills().await.expect("skills");
    assert!(here.take().is_empty(), "reading is no change");
}

async fn events_are_searched(Fixture { store, .. }: Fixture) {
    paired(&store).await;
    store.import_version(version("alpha", "one", at(0))).await.expect("kept");
    let found = async |part: &str| {
        let filter = ActivityFilter { part: Some(part.to_owned()), limit: 10, ..ActivityFilter::default() };
        store.activity(filter).await.expect("events").len()
    };
    assert_eq!(found("ALPH").await, 1);
    assert!(found("work laptop").await >= 3, "the label of a browser");
    assert_eq!(
        found("enqueued").await,
        store
            .activity(ActivityFilter { limit: 10, ..ActivityFilter::default() })
            .await
            .expect("events")
            .iter()
            .filter(|event| event.detail.to_string().contains("enqueued"))
            .count()
    );
    assert_eq!(found("100%").await, 0);
}

async fn long_logs_are_searched_piece_by_piece(Fixture { store, .. }: Fixture) {
    for number in 0..6 {
        store.import_version(version(&format!("skill-{number}"), "one", at(number))).await.expect("kept");
    }
    let all = store.activity(ActivityFilter { limit: 100, ..ActivityFilter::default() }).await.expect("events");
    let oldest = all.last().expect("an event").skill_slug.clone();
    let mut filter = ActivityFilter { part: oldest, limit: 10, ..ActivityFilter::default() };
    let mut pieces = 0;
    let found = loop {
        let found = store.recent_activity(filter.clone(), 2).await.expect("events");
        pieces += 1;
        match found.reached {
            Some(reached) if found.events.is_empty() => filter.before = Some(reached),
            _ => break found.events,
        }
    };
    assert_eq!((found.len(), found[0].id), (1, all.last().expect("an event").id));
    assert_eq!(pieces, all.len().div_ceil(2));
}

async fn one_kind_of_event_alone(Fixture { store, .. }: Fixture) {
    paired(&store).await;
    store.import_version(version("alpha", "one", at(0))).await.expect("kept");
    let all = store.activity(ActivityFilter { limit: 100, ..ActivityFilter::default() }).await.expect("events");
    let event = Some(AuditEventName::PairApproved);
    for part in [None, Some("laptop".to_owned())] {
        let filter = ActivityFilter { event, part, limit: 10, ..ActivityFilter::default() };
        let found = store.activity(filter).await.expect("events");
        assert_eq!(found.len(), all.iter().filter(|event| event.event == "pair_approved").count());
        assert!(!found.is_empty() && found.iter().all(|event| event.event == "pair_approved"));
    }
}
