//! People's sessions, links and wrong guesses as time passes.

use std::net::IpAddr;

use super::fixture::{Fixture, at, on_both, postgres, sqlite, token};
use super::*;
use crate::domain::people::Role;
use crate::token::{PlainToken, TokenKind};

on_both!(
    sessions_end_when_nobody_uses_them,
    whoever_is_disabled_is_out_at_once,
    admins_cannot_all_go_at_once,
    wrong_logins_are_counted_for_all_processes,
);

const DAY: i64 = 24 * 60 * 60;

async fn person(store: &SharedStore, name: &str, role: Role) -> Uuid {
    match store.add_user(name, role, at(0)).await.expect("add") {
        AddUser::Added(user) => user.id,
        AddUser::NameTaken => panic!("{name} is taken"),
    }
}

async fn session(store: &SharedStore, user: Uuid, now: Timestamp) -> PlainToken {
    let session = token(TokenKind::Session);
    let new = NewSession { token: session.hash(), user_agent: None, source: None };
    assert!(store.begin_session(user, new, now).await.expect("begin"));
    session
}

async fn sessions_end_when_nobody_uses_them(Fixture { store, .. }: Fixture) {
    let ada = person(&store, "Ada", Role::Member).await;
    let (used, idle) = (session(&store, ada, at(0)).await, session(&store, ada, at(0)).await);
    for session in [&used, &idle] {
        let actor = store.session(&session.hash(), at(6 * DAY)).await.expect("session").expect("in force");
        assert_eq!((actor.user, actor.role), (ada, Role::Member));
    }
    assert!(store.session(&idle.hash(), at(13 * DAY)).await.expect("session").is_none());
    for day in [12, 18, 24, 29] {
        assert!(store.session(&used.hash(), at(day * DAY)).await.expect("session").is_some(), "day {day}");
    }
    assert_eq!(store.sessions(ada, at(29 * DAY)).await.expect("list").len(), 1);
    assert!(store.session(&used.hash(), at(30 * DAY)).await.expect("session").is_none(), "thirty days at most");
    assert!(store.sessions(ada, at(30 * DAY)).await.expect("list").is_empty());
}

async fn whoever_is_disabled_is_out_at_once(Fixture { store, .. }: Fixture) {
    let (ada, _other) = (person(&store, "Ada", Role::Admin).await, person(&store, "Bob", Role::Admin).await);
    let open = session(&store, ada, at(1)).await;
    let key = token(TokenKind::Admin);
    store.add_admin_token(ada, "nightly", Role::Admin, &key.hash(), at(1)).await.expect("token");
    let link = token(TokenKind::LoginLink);
    store.add_login_link(&link.hash(), Some(ada), at(900)).await.expect("link");
    let out = store.change_user(ada, None, Some(true), at(2)).await.expect("disable");
    assert!(matches!(out, ChangeUser::Changed(user) if user.disabled == Some(at(2))));
    assert!(store.session(&open.hash(), at(3)).await.expect("session").is_none());
    assert!(store.admin_token(&key.hash(), at(3)).await.expect("token").is_none());
    let new = NewSession { token: token(TokenKind::Session).hash(), user_agent: None, source: None };
    assert_eq!(store.redeem_login_link(&link.hash(), new.clone(), at(3)).await.expect("link"), None);
    assert!(!store.begin_session(ada, new, at(3)).await.expect("begin"));
    store.change_user(ada, None, Some(false), at(4)).await.expect("enable");
    assert!(store.session(&open.hash(), at(5)).await.expect("session").is_none(), "what has ended stays ended");
    session(&store, ada, at(5)).await;
}

async fn admins_cannot_all_go_at_once(Fixture { store, .. }: Fixture) {
    let admins = [person(&store, "Ada", Role::Admin).await, person(&store, "Bob", Role::Admin).await];
    let changes = admins.map(|admin| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.change_user(admin, Some(Role::Member), None, at(1)).await.expect("change") })
    });
    let mut refused = 0;
    for change in changes {
        refused += usize::from(change.await.expect("task") == ChangeUser::LastAdmin);
    }
    assert_eq!(refused, 1);
}

async fn wrong_logins_are_counted_for_all_processes(Fixture { store, .. }: Fixture) {
    let from = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
    for guess in 0..5 {
        let attempt = store.begin_login("Ada", from(guess), at(0)).await.expect("attempt");
        assert!(matches!(attempt, LoginAttempt::Allowed { .. }), "people mistype: {guess}");
    }
    let limited = store.begin_login("aDA", from(9), at(0)).await.expect("attempt");
    assert!(matches!(limited, LoginAttempt::Limited { retry_after_secs: 1..=2 }), "{limited:?}");
    let LoginAttempt::Allowed { attempt } = store.begin_login("ada", from(9), at(2)).await.expect("attempt") else {
        panic!("the pause is over")
    };
    store.forgive(attempt).await.expect("forgive");
    for name in 0..10 {
        let attempt = store.begin_login(&format!("nobody{name}"), from(77), at(10)).await.expect("attempt");
        assert!(matches!(attempt, LoginAttempt::Allowed { .. }));
    }
    let closed = store.begin_login("somebody", from(77), at(11)).await.expect("attempt");
    assert!(matches!(closed, LoginAttempt::Limited { retry_after_secs: 590..=600 }), "{closed:?}");
    let other = store.begin_login("somebody", from(78), at(11)).await.expect("attempt");
    assert!(matches!(other, LoginAttempt::Allowed { .. }), "no other address");
}
