//! What every store must do, run against a SQLite file and a real PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use companion_wire::operation::OperationKind;
use skill_format::content_digest;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use super::fixture::{
    Fixture, at, complete, done, failed, lease_one, on_both, paired, postgres, sqlite, started, token, version,
};
use super::*;
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::domain::people::Role;
use crate::token::TokenKind;

on_both! {
    a_pairing_from_start_to_token,
    one_of_many_pollers_redeems,
    pairings_expire_and_are_swept,
    attempts_are_counted_by_address_and_route,
    a_revoked_bearer_is_known_as_such,
    a_skill_travels_and_follows_its_edits,
    what_changes_during_an_operation_is_planned_again,
    failures_pause_then_end_then_can_be_retried,
    a_lapsed_session_uses_no_attempt,
    held_work_uses_no_attempt,
    leases_end,
    lost_leases_are_recovered,
    every_operation_is_leased_once,
    importing_at_once_keeps_one_version,
    bundles_are_for_those_who_need_them,
    remote_snapshots_are_kept,
    long_polls_wake_up,
    login_links_work_once,
    a_thousand_skills,
    health_counts,
    the_operators_statements_work,
    the_schema_has_a_name,
}

async fn events(store: &SharedStore) -> Vec<String> {
    store.recent_events(100).await.expect("events").into_iter().rev().map(|event| event.event).collect()
}

async fn a_pairing_from_start_to_token(Fixture { store, .. }: Fixture) {
    let (integration, pairing) = started(&store, "ABC234", at(0)).await;
    let taken = NewPairing {
        browser_label: None,
        code: "ABC234".to_owned(),
        token: token(TokenKind::Pairing).hash(),
        source: None,
        now: at(0),
    };
    assert_eq!(store.start_pairing(taken).await.expect("start"), StartPairing::CodeTaken);
    let pending = store.pending_pairings(at(1)).await.expect("pending");
    assert_eq!((pending.len(), pending[0].code.as_str()), (1, "ABC234"));
    assert_eq!(pending[0].source, Some([127, 0, 0, 1].into()));
    assert_eq!(pending[0].expires, at(600));
    let extension = token(TokenKind::Extension);
    let (pairing_hash, extension_hash) = (pairing.hash(), extension.hash());
    let poll = || store.redeem_pairing(&pairing_hash, &extension_hash, at(5));
    assert_eq!(poll().await.expect("poll"), Redemption::NotApproved);
    assert_eq!(store.approve_pairing("WRONG2", Approver::default(), at(3)).await.expect("approve"), Approval::NotFound);
    assert_eq!(
        store.approve_pairing(" abc234 ", Approver::default(), at(3)).await.expect("approve"),
        Approval::Approved
    );
    assert_eq!(store.approve_pairing("ABC234", Approver::default(), at(4)).await.expect("approve"), Approval::Approved);
    assert!(store.pending_pairings(at(4)).await.expect("pending").is_empty());
    assert_eq!(poll().await.expect("poll"), Redemption::Redeemed { integration, enqueued: 0 });
    assert_eq!(poll().await.expect("poll"), Redemption::Unknown);
    let bearer = store.authenticate(&extension.hash(), at(5)).await.expect("bearer");
    assert_eq!(bearer, Bearer::Known { integration });
    assert_eq!(events(&store).await, ["pair_started", "pair_approved", "pair_redeemed"]);
}

async fn one_of_many_pollers_redeems(Fixture { store, .. }: Fixture) {
    let (_, pairing) = started(&store, "ABC234", at(0)).await;
    store.approve_pairing("ABC234", Approver::default(), at(1)).await.expect("approve");
    let polls = (0..12).map(|_| {
        let (store, pairing) = (Arc::clone(&store), pairing.hash());
        tokio::spawn(async move {
            store.redeem_pairing(&pairing, &token(TokenKind::Extension).hash(), at(2)).await.expect("poll")
        })
    });
    let mut winners = 0;
    for poll in polls.collect::<Vec<_>>() {
        match poll.await.expect("task") {
            Redemption::Redeemed { .. } => winners += 1,
            other => assert_eq!(other, Redemption::Unknown),
        }
    }
    assert_eq!(winners, 1);
}

async fn pairings_expire_and_are_swept(Fixture { store, .. }: Fixture) {
    let (_, pairing) = started(&store, "ABC234", at(0)).await;
    assert_eq!(
        store.approve_pairing("ABC234", Approver::default(), at(600)).await.expect("approve"),
        Approval::Expired
    );
    let extension = token(TokenKind::Extension).hash();
    assert_eq!(store.redeem_pairing(&pairing.hash(), &extension, at(600)).await.expect("poll"), Redemption::Expired);
    started(&store, "ABC234", at(601)).await;
    assert_eq!(store.sweep_pairings(at(700)).await.expect("sweep"), 0);
    assert_eq!(store.sweep_pairings(at(600 + 3600)).await.expect("sweep"), 1);
    assert_eq!(store.redeem_pairing(&pairing.hash(), &extension, at(700)).await.expect("poll"), Redemption::Unknown);
    assert_eq!(store.connector_health().await.expect("health").integrations_with_errors, 0);
    assert_eq!(events(&store).await, ["pair_started", "pair_started", "pair_expired"]);
}

async fn attempts_are_counted_by_address_and_route(Fixture { store, .. }: Fixture) {
    let (ours, theirs) = (Some([127, 0, 0, 1].into()), Some("::1".parse().expect("address")));
    let attempt = |endpoint, source, now| store.record_attempt(endpoint, source, 3, now);
    for second in 0..3 {
        assert_eq!(attempt(AttemptEndpoint::Pair, ours, at(second)).await.expect("attempt"), Attempt::Allowed);
    }
    let limited = attempt(AttemptEndpoint::Pair, ours, at(3)).await.expect("attempt");
    assert_eq!(limited, Attempt::Limited { retry_after_secs: 58 });
    assert_eq!(attempt(AttemptEndpoint::Approve, ours, at(3)).await.expect("attempt"), Attempt::Allowed);
    assert_eq!(attempt(AttemptEndpoint::Pair, theirs, at(3)).await.expect("attempt"), Attempt::Allowed);
    assert_eq!(attempt(AttemptEndpoint::Pair, None, at(3)).await.expect("attempt"), Attempt::Allowed);
    assert_eq!(attempt(AttemptEndpoint::Pair, ours, at(61)).await.expect("attempt"), Attempt::Allowed);
    let off = store.record_attempt(AttemptEndpoint::Pair, ours, 0, at(61)).await.expect("attempt");
    assert_eq!(off, Attempt::Allowed);
}

async fn a_revoked_bearer_is_known_as_such(Fixture { store, .. }: Fixture) {
    let (integration, extension) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    assert_eq!(store.disconnect(integration, at(4)).await.expect("disconnect"), Disconnection::Done);
    assert_eq!(store.disconnect(integration, at(5)).await.expect("disconnect"), Disconnection::Done);
    assert_eq!(store.disconnect(Uuid::new_v4(), at(5)).await.expect("disconnect"), Disconnection::NotFound);
    assert_eq!(store.authenticate(&extension.hash(), at(5)).await.expect("bearer"), Bearer::Revoked);
    let never = token(TokenKind::Extension).hash();
    assert_eq!(store.authenticate(&never, at(5)).await.expect("bearer"), Bearer::Unknown);
    let browser = &store.integrations().await.expect("list")[0];
    assert_eq!((browser.pending_op_count, browser.failed_op_count), (0, 1));
    assert_eq!(store.trigger_sync(integration, at(6)).await.expect("trigger"), TriggerSync::NotActive);
}

async fn a_skill_travels_and_follows_its_edits(Fixture { store, .. }: Fixture) {
    let import = |body: &'static str, now| store.import_version(version("a", body, now));
    assert!(matches!(import("1", at(0)).await.expect("import"), Import::Imported { number: 1, enqueued: 0, .. }));
    assert_eq!(import("1", at(1)).await.expect("import"), Import::Unchanged);
    let (browser, _) = paired(&store).await;
    let upload = lease_one(&store, browser, at(3)).await;
    assert_eq!((upload.kind, upload.attempts), (OperationKind::Upload, 1));
    assert_eq!(upload.payload.name.as_deref(), Some("a"));
    let digest = content_digest(b"1 repaired").to_string();
    assert_eq!(upload.payload.digest.as_ref(), Some(&digest));
    assert!(store.lease(browser, 10, at(3)).await.expect("lease").is_empty());
    complete(&store, browser, &upload, done("sk_1"), at(4)).await;
    let again = store.complete(browser, upload.id, done("sk_1"), at(5)).await.expect("replay");
    assert_eq!(again, CompletionOutcome::Replayed);
    let late = store.complete(browser, upload.id, failed(), at(5)).await.expect("late");
    assert_eq!(late, CompletionOutcome::AlreadyFinal);
    assert_eq!(store.skills().await.expect("skills")[0].browsers_in_sync, 1);

    import("2", at(6)).await.expect("import");
    import("3", at(7)).await.expect("import");
    let update = lease_one(&store, browser, at(8)).await;
    assert_eq!(update.kind, OperationKind::Update);
    assert_eq!(update.payload.claude_ai_skill_id.as_deref(), Some("sk_1"));
    assert_eq!(update.payload.claude_ai_version.as_deref(), Some("v1"));
    assert_eq!(update.payload.base_digest, Some(digest));
    assert_eq!(update.payload.digest, Some(content_digest(b"3 repaired").to_string()));
    complete(&store, browser, &update, done("sk_1"), at(9)).await;

    assert!(store.remove_skill("a", at(10)).await.expect("remove"));
    assert!(!store.remove_skill("a", at(10)).await.expect("remove"));
    let delete = lease_one(&store, browser, at(11)).await;
    assert_eq!((delete.kind, delete.payload.claude_ai_skill_id.as_deref()), (OperationKind::Delete, Some("sk_1")));
    complete(&store, browser, &delete, done("sk_1"), at(12)).await;
    assert!(store.skills().await.expect("skills").is_empty());
    assert!(matches!(import("3", at(13)).await.expect("import"), Import::Imported { number: 4, enqueued: 1, .. }));
    let other = store.complete(Uuid::new_v4(), upload.id, done("x"), at(14)).await.expect("other");
    assert_eq!(other, CompletionOutcome::NotFound);
    let seen = events(&store).await;
    for event in ["skill_created", "skill_updated", "skill_deleted", "skill_pushed", "skill_delete_pushed"] {
        assert!(seen.iter().any(|known| known == event), "{event} in {seen:?}");
    }
}

async fn what_changes_during_an_operation_is_planned_again(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let upload = lease_one(&store, browser, at(4)).await;
    store.import_version(version("a", "2", at(5))).await.expect("import");
    assert!(store.lease(browser, 10, at(5)).await.expect("lease").is_empty(), "one open operation a skill");
    complete(&store, browser, &upload, done("sk_1"), at(6)).await;
    let update = lease_one(&store, browser, at(7)).await;
    assert_eq!(update.kind, OperationKind::Update);
    store.remove_skill("a", at(8)).await.expect("remove");
    complete(&store, browser, &update, failed(), at(9)).await;
    assert_eq!(lease_one(&store, browser, at(10)).await.kind, OperationKind::Delete);
}

async fn failures_pause_then_end_then_can_be_retried(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let first = lease_one(&store, browser, at(4)).await;
    complete(&store, browser, &first, failed(), at(5)).await;
    assert!(store.lease(browser, 10, at(5)).await.expect("lease").is_empty(), "a pause");
    for now in [60, 120] {
        let again = lease_one(&store, browser, at(now)).await;
        complete(&store, browser, &again, failed(), at(now + 1)).await;
    }
    assert!(store.lease(browser, 10, at(1000)).await.expect("lease").is_empty());
    let failures = QueueFilter { failed: true, limit: 10, ..QueueFilter::default() };
    let queue = store.queue(failures).await.expect("queue");
    assert_eq!((queue.len(), queue[0].last_error.as_deref(), queue[0].attempts), (1, Some("no luck"), 3));
    store.import_version(version("b", "1", at(1001))).await.expect("import");
    let other = lease_one(&store, browser, at(1002)).await;
    assert_eq!(other.payload.name.as_deref(), Some("b"), "a failed one blocks no other");
    complete(&store, browser, &other, CompletionReport { permanent: true, ..failed() }, at(1003)).await;
    assert_eq!(store.retry(first.id, at(1004)).await.expect("retry"), Retry::Queued);
    assert_eq!(store.retry(first.id, at(1004)).await.expect("retry"), Retry::NotRetryable);
    assert_eq!(store.retry(Uuid::new_v4(), at(1004)).await.expect("retry"), Retry::NotFound);
    assert_eq!(lease_one(&store, browser, at(1005)).await.attempts, 1);
    store.import_version(version("b", "2", at(1006))).await.expect("import");
    let newer = lease_one(&store, browser, at(1007)).await;
    assert_eq!((newer.payload.name.as_deref(), newer.attempts), (Some("b"), 1), "a newer version starts afresh");
}

async fn a_lapsed_session_uses_no_attempt(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    for now in 4..10 {
        let operation = lease_one(&store, browser, at(now)).await;
        assert_eq!(operation.attempts, 1);
        complete(&store, browser, &operation, CompletionReport { auth_expired: true, ..failed() }, at(now)).await;
    }
    let status = |store: SharedStore| async move { store.integrations().await.expect("list")[0].status };
    assert_eq!(status(Arc::clone(&store)).await.as_str(), "cookie_expired");
    let operation = lease_one(&store, browser, at(20)).await;
    complete(&store, browser, &operation, done("sk_1"), at(21)).await;
    assert_eq!(status(Arc::clone(&store)).await.as_str(), "active");
    assert_eq!(events(&store).await.iter().filter(|event| *event == "cookie_expired").count(), 1);
}

async fn held_work_uses_no_attempt(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    for now in 4..10 {
        let operation = lease_one(&store, browser, at(now)).await;
        assert_eq!(operation.attempts, 1);
        complete(&store, browser, &operation, CompletionReport { held: true, ..failed() }, at(now)).await;
    }
    let browsers = store.integrations().await.expect("list");
    assert_eq!((browsers[0].status.as_str(), browsers[0].last_error.is_some()), ("active", true));
    let operation = lease_one(&store, browser, at(20)).await;
    complete(&store, browser, &operation, done("sk_1"), at(21)).await;
    assert_eq!(store.integrations().await.expect("list")[0].last_error, None);
}

async fn leases_end(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    for (round, attempts) in [(0, 1), (1, 2), (2, 3)] {
        let begin = at(1000 * round + 10);
        assert_eq!(lease_one(&store, browser, begin).await.attempts, attempts);
        assert_eq!(store.reap(begin.plus(Duration::from_secs(179))).await.expect("reap"), 0);
        assert_eq!(store.reap(begin.plus(Duration::from_secs(180))).await.expect("reap"), 1);
    }
    assert!(store.lease(browser, 10, at(9000)).await.expect("lease").is_empty());
    let browser = &store.integrations().await.expect("list")[0];
    assert_eq!(browser.failed_op_count, 1);
    assert!(browser.last_error.as_deref().is_some_and(|error| error.contains("Sync failed after 3 attempts")));
}

async fn lost_leases_are_recovered(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    let (other, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    assert_eq!(store.recover(browser, at(4)).await.expect("recover"), 0, "nothing is leased");
    let (lost, held) = (lease_one(&store, browser, at(5)).await, lease_one(&store, other, at(5)).await);
    assert_eq!(store.recover(browser, at(6)).await.expect("recover"), 1);
    let again = lease_one(&store, browser, at(6)).await;
    assert_eq!((again.id, again.attempts), (lost.id, 2));
    complete(&store, browser, &again, done("sk_1"), at(7)).await;
    complete(&store, other, &held, done("sk_2"), at(7)).await;
    assert_eq!(store.recover(browser, at(8)).await.expect("recover"), 0, "what has ended is not lost");
    store.import_version(version("a", "2", at(9))).await.expect("import");
    for _ in 0..3 {
        lease_one(&store, browser, at(9)).await;
        assert_eq!(store.recover(browser, at(9)).await.expect("recover"), 1);
    }
    assert!(store.lease(browser, 10, at(9)).await.expect("lease").is_empty(), "the budget holds here, too");
}

async fn every_operation_is_leased_once(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    for number in 0..60 {
        store.import_version(version(&format!("s{number}"), "1", at(3))).await.expect("import");
    }
    let workers = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..30 {
                mine.extend(store.lease(browser, 3, at(4)).await.expect("lease").into_iter().map(|leased| leased.id));
            }
            mine
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.expect("task"));
    }
    assert_eq!(all.len(), 60);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

async fn importing_at_once_keeps_one_version(Fixture { store, .. }: Fixture) {
    let imports = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.import_version(version("a", "1", at(0))).await.expect("import") })
    });
    let mut imported = 0;
    for import in imports.collect::<Vec<_>>() {
        imported += u32::from(import.await.expect("task") != Import::Unchanged);
    }
    assert_eq!(imported, 1);
    assert_eq!(store.skills().await.expect("skills")[0].version, 1);
}

async fn bundles_are_for_those_who_need_them(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    let Import::Imported { skill, version: id, .. } =
        store.import_version(version("a", "1", at(3))).await.expect("import")
    else {
        panic!("unchanged")
    };
    let BundleAccess::Granted { name, number, digest, files } =
        store.bundle_for(browser, skill, id).await.expect("bundle")
    else {
        panic!("not granted")
    };
    assert_eq!((name.as_str(), number, digest), ("a", 1, content_digest(b"1 repaired")));
    let contents: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.executable, &file.content[..])).collect();
    assert_eq!(contents, [("SKILL.md", false, &b"1 repaired"[..]), ("run.sh", true, b"echo")]);
    let source = store.version_files(id).await.expect("files").expect("known");
    assert_eq!(source[0].content, b"1");
    assert_eq!(store.version_files(Uuid::new_v4()).await.expect("files"), None);
    let access = |browser, skill, id| store.bundle_for(browser, skill, id);
    assert_eq!(access(browser, Uuid::new_v4(), id).await.expect("bundle"), BundleAccess::VersionNotFound);
    assert_eq!(access(browser, skill, Uuid::new_v4()).await.expect("bundle"), BundleAccess::VersionNotFound);
    assert_eq!(access(Uuid::new_v4(), skill, id).await.expect("bundle"), BundleAccess::SkillNotFound);
    store.remove_skill("a", at(4)).await.expect("remove");
    assert_eq!(access(browser, skill, id).await.expect("bundle"), BundleAccess::SkillNotFound);
}

async fn remote_snapshots_are_kept(Fixture { store, .. }: Fixture) {
    let (integration, _) = paired(&store).await;
    let Import::Imported { skill, .. } = store.import_version(version("a", "1", at(3))).await.expect("import") else {
        panic!("unchanged")
    };
    let snapshot = |skill, now| NewSnapshot {
        integration,
        skill,
        claude_ai_skill_id: "sk_1".to_owned(),
        claude_ai_version: None,
        digest: content_digest(b"theirs"),
        files: version("a", "theirs", now).source_files,
        now,
    };
    let kept = store.keep_remote_snapshot(snapshot(skill, at(4))).await.expect("keep").expect("known skill");
    assert_eq!(store.keep_remote_snapshot(snapshot(skill, at(5))).await.expect("keep"), Some(kept));
    assert_eq!(store.keep_remote_snapshot(snapshot(Uuid::new_v4(), at(5))).await.expect("keep"), None);
    assert_eq!(store.version_files(kept).await.expect("files").expect("kept")[0].content, b"theirs");
    assert_eq!(store.skills().await.expect("skills")[0].version, 1, "never the newest");
    let next = store.import_version(version("a", "2", at(6))).await.expect("import");
    assert!(matches!(next, Import::Imported { number: 3, .. }));
}

async fn long_polls_wake_up(Fixture { store, .. }: Fixture) {
    let (browser, _) = paired(&store).await;
    let poller = Arc::clone(&store);
    let waiting = tokio::spawn(async move {
        let begin = std::time::Instant::now();
        poller.work_arrives(browser, Duration::from_secs(20)).await;
        begin.elapsed()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    store.import_version(version("a", "1", Timestamp::now())).await.expect("import");
    assert!(waiting.await.expect("task") < Duration::from_secs(10));
    store.work_arrives(browser, Duration::from_secs(20)).await;
    assert_eq!(store.lease(browser, 10, Timestamp::now()).await.expect("lease").len(), 1);
    store.work_arrives(browser, Duration::from_millis(50)).await;
}

async fn login_links_work_once(Fixture { store, .. }: Fixture) {
    let [link, session] = [TokenKind::LoginLink, TokenKind::Session].map(|kind| token(kind).hash());
    let begin = |token: TokenHash| NewSession { token, user_agent: None, source: None };
    store.add_login_link(&link, None, at(60)).await.expect("link");
    assert_eq!(store.redeem_login_link(&session, begin(session), at(1)).await.expect("redeem"), None);
    assert_eq!(store.session(&session, at(1)).await.expect("session"), None);
    let admin = store.redeem_login_link(&link, begin(session), at(1)).await.expect("redeem").expect("the first admin");
    let again = begin(token(TokenKind::Session).hash());
    assert_eq!(store.redeem_login_link(&link, again, at(1)).await.expect("redeem"), None);
    let seen = store.session(&session, at(900)).await.expect("session").expect("in force");
    assert_eq!((seen.user, seen.role), (admin, Role::Admin));
    store.end_session(&session).await.expect("end");
    assert_eq!(store.session(&session, at(2)).await.expect("session"), None);
    store.add_login_link(&link, None, at(60)).await.expect("link");
    let late = store.redeem_login_link(&link, begin(session), at(60)).await.expect("redeem");
    assert_eq!(late, None, "too late");
}

async fn a_thousand_skills(Fixture { store, .. }: Fixture) {
    for number in 0..1000 {
        store.import_version(version(&format!("s{number:04}"), "1", at(0))).await.expect("import");
    }
    let (integration, pairing) = started(&store, "ABC234", at(0)).await;
    store.approve_pairing("ABC234", Approver::default(), at(1)).await.expect("approve");
    let extension = token(TokenKind::Extension).hash();
    let redeemed = store.redeem_pairing(&pairing.hash(), &extension, at(2)).await.expect("redeem");
    assert_eq!(redeemed, Redemption::Redeemed { integration, enqueued: 1000 });
    let mut seen = BTreeSet::new();
    loop {
        let leased = store.lease(integration, 100, at(3)).await.expect("lease");
        if leased.is_empty() {
            break;
        }
        for operation in leased {
            assert!(seen.insert(operation.id));
        }
    }
    assert_eq!(seen.len(), 1000);
}

async fn health_counts(Fixture { store, .. }: Fixture) {
    let empty = store.connector_health().await.expect("health");
    assert_eq!((empty.integrations_active, empty.last_audit_at.as_deref()), (0, None));
    let (browser, _) = paired(&store).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    store.import_version(version("b", "1", at(3))).await.expect("import");
    let leased = store.lease(browser, 1, at(4)).await.expect("lease").remove(0);
    complete(&store, browser, &leased, CompletionReport { permanent: true, ..failed() }, at(5)).await;
    let health = store.connector_health().await.expect("health");
    assert_eq!((health.integrations_active, health.pending_ops_total, health.failed_ops_total), (1, 1, 1));
    assert!(health.last_audit_at.is_some());
    let status = store.extension_status(browser).await.expect("status").expect("known");
    assert_eq!((status.pending_op_count, status.failed_op_count), (1, 1));
    assert_eq!(store.extension_status(Uuid::new_v4()).await.expect("status"), None);
}

/// The statements of `docs/runbook.md`, taken from the document itself.
async fn the_operators_statements_work(Fixture { store, url, .. }: Fixture) {
    let (_, extension) = paired(&store).await;
    started(&store, "ABC234", at(0)).await;
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let runbook = include_str!("../../../docs/runbook.md");
    let rows: Vec<Vec<&str>> =
        runbook.lines().filter(|line| line.contains("claude_ai_")).map(|line| line.split('|').collect()).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let cell = match (&url, row[3].trim()) {
            (DatabaseUrl::Postgres(_), _) | (_, "the same") => row[2],
            (DatabaseUrl::Sqlite(_), own) => own,
        };
        let statement = cell.trim().trim_matches('`').to_owned();
        match &url {
            DatabaseUrl::Sqlite(path) => {
                let pool = sqlx::SqlitePool::connect(&path.display().to_string()).await.expect("open");
                sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(&pool).await.expect(&statement);
            }
            DatabaseUrl::Postgres(url) => {
                let pool = PgPoolOptions::new().max_connections(1).connect(url).await.expect("open");
                sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(&pool).await.expect(&statement);
            }
        }
    }
    assert_eq!(store.authenticate(&extension.hash(), at(9)).await.expect("bearer"), Bearer::Revoked);
    store.reap(at(9)).await.expect("reap");
    let health = store.connector_health().await.expect("health");
    assert_eq!((health.pending_ops_total, health.failed_ops_total), (0, 0), "nothing waits for a browser that is gone");
}

async fn the_schema_has_a_name(Fixture { store, url, .. }: Fixture) {
    assert_eq!(store.schema_version().await.expect("version"), schema_head());
    if let DatabaseUrl::Postgres(_) = url {
        let others = (0..4).map(|_| open(&url));
        for other in others {
            other.await.expect("several processes on one database");
        }
    } else {
        let second = open(&url).await.map(drop).expect_err("the file is in use");
        assert!(matches!(second, OpenError::InUse(_)), "{second}");
        assert!(second.to_string().contains("Another Skillferry server"));
    }
}
