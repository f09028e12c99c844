//! The rules as tables.

use companion_wire::operation::{CompleteOperation, OperationPayload};
use uuid::Uuid;

use super::super::operation::Asked;
use super::*;

fn op(kind: OperationKind, linked: Option<(&str, Option<&str>)>) -> Op {
    let payload = OperationPayload {
        version_id: Some(Uuid::nil()),
        name: Some("a".into()),
        digest: Some("wanted".into()),
        claude_ai_skill_id: linked.map(|(id, _)| id.to_owned()),
        base_digest: linked.map(|_| "base".into()),
        claude_ai_version: linked.and_then(|(_, version)| version).map(str::to_owned),
        ..OperationPayload::default()
    };
    Op {
        id: Uuid::nil(),
        kind,
        skill_id: Some(Uuid::nil()),
        payload,
        asked: Asked::ByServer,
        step: Step::Undecided,
        tries: 0,
    }
}

fn remote(id: &str, name: &str, version: Option<&str>) -> RemoteSkill {
    RemoteSkill { id: id.into(), name: name.into(), mark: mark(version, None), built_in: false, shared: false }
}

fn mark(version: Option<&str>, updated_at: Option<&str>) -> Mark {
    Mark { version: version.map(str::to_owned), updated_at: updated_at.map(str::to_owned) }
}

fn code(step: &Step) -> Option<ErrorCode> {
    match step {
        Step::Ended { code, .. } => *code,
        _ => None,
    }
}

const LINKED: Option<(&str, Option<&str>)> = Some(("s1", Some("7")));

#[test]
fn a_write_is_decided_by_name_link_and_mark() {
    let look = |id: &str, version: Option<&str>| inspect(&remote(id, "a", version));
    let (create, replace) = (Step::Write { overwrite: false }, Step::Write { overwrite: true });
    let table = [
        ("absent", None, vec![remote("s9", "b", None)], create.clone()),
        ("gone", LINKED, vec![], create),
        ("of somebody", None, vec![remote("s1", "a", Some("7"))], look("s1", Some("7"))),
        ("as we left it", LINKED, vec![remote("s1", "a", Some("7"))], replace.clone()),
        ("changed", LINKED, vec![remote("s1", "a", Some("8"))], look("s1", Some("8"))),
        ("made anew", LINKED, vec![remote("s2", "a", Some("7"))], look("s2", Some("7"))),
        ("without a mark", LINKED, vec![remote("s1", "a", None)], look("s1", None)),
        ("no mark known", Some(("s1", None)), vec![remote("s1", "a", None)], look("s1", None)),
        ("twice", LINKED, vec![remote("s2", "a", None), remote("s1", "a", Some("7"))], replace),
    ];
    for (what, linked, list, expected) in table {
        assert_eq!(decided(&op(OperationKind::Update, linked), &list), expected, "{what}");
    }
}

#[test]
fn what_is_claude_ais_own_is_left_alone() {
    let own = RemoteSkill { built_in: true, ..remote("s1", "a", Some("7")) };
    for linked in [None, LINKED] {
        assert_eq!(
            code(&decided(&op(OperationKind::Upload, linked), std::slice::from_ref(&own))),
            Some(ErrorCode::RemoteNameTaken)
        );
    }
    assert_eq!(decided(&op(OperationKind::Delete, None), &[own]), gone());
}

#[test]
fn a_removal_is_decided_by_id_and_mark() {
    let delete = op(OperationKind::Delete, LINKED);
    let table = [
        ("gone", vec![remote("s9", "b", None)], gone()),
        ("as we left it", vec![remote("s1", "a", Some("7"))], Step::Remove { id: "s1".into() }),
        ("as we left it, renamed", vec![remote("s1", "b", Some("7"))], Step::Remove { id: "s1".into() }),
        ("changed", vec![remote("s1", "a", Some("8"))], inspect(&remote("s1", "a", Some("8")))),
        ("made anew", vec![remote("s2", "a", Some("7"))], inspect(&remote("s2", "a", Some("7")))),
    ];
    for (what, list, expected) in table {
        assert_eq!(decided(&delete, &list), expected, "{what}");
    }
}

#[test]
fn content_may_go_only_when_it_is_ours_or_kept() {
    use Comparison::{Gone, KeepFirst, LeaveAlone, Ours, Wanted};
    use OperationKind::{Delete, Update, Upload};
    let own =
        [OwnWrite { name: "a".into(), digest: "own".into() }, OwnWrite { name: "b".into(), digest: "theirs".into() }];
    let table = [
        (Upload, None, "s1", "wanted", true, Wanted),
        (Upload, None, "s1", "own", true, Ours),
        (Upload, None, "s1", "theirs", true, LeaveAlone(ErrorCode::RemoteNameTaken)),
        (Update, LINKED, "s1", "wanted", false, Wanted),
        (Update, LINKED, "s1", "base", false, Ours),
        (Update, LINKED, "s1", "own", false, Ours),
        (Update, LINKED, "s1", "theirs", true, KeepFirst),
        (Update, LINKED, "s2", "theirs", true, KeepFirst),
        (Update, LINKED, "s1", "theirs", false, LeaveAlone(ErrorCode::RemoteChanged)),
        (Delete, LINKED, "s1", "base", false, Ours),
        (Delete, LINKED, "s1", "wanted", false, LeaveAlone(ErrorCode::RemoteChanged)),
        (Delete, LINKED, "s1", "theirs", true, KeepFirst),
        (Delete, LINKED, "s2", "own", true, Ours),
        (Delete, LINKED, "s2", "theirs", true, Gone),
    ];
    for (kind, linked, id, digest, can_keep, expected) in table {
        assert_eq!(
            compared(&op(kind, linked), id, digest, &own, Help { keeps: can_keep, decides: false }),
            expected,
            "{kind:?} {id} {digest} {can_keep}"
        );
    }
}

#[test]
fn a_server_that_knows_both_sides_decides_about_the_skill_that_it_is_linked_to() {
    let both = Help { keeps: true, decides: true };
    let compared = |kind, linked, id, digest| super::compared(&op(kind, linked), id, digest, &[], both);
    for kind in [OperationKind::Update, OperationKind::Delete] {
        assert_eq!(compared(kind, LINKED, "s1", "theirs"), Comparison::LetServerDecide);
        assert_eq!(compared(kind, LINKED, "s1", "base"), Comparison::Ours);
    }
    assert_eq!(
        compared(OperationKind::Update, LINKED, "s2", "theirs"),
        Comparison::KeepFirst,
        "it has no link to that one"
    );
    let taken = Comparison::LeaveAlone(ErrorCode::RemoteNameTaken);
    assert_eq!(compared(OperationKind::Upload, None, "s1", "theirs"), taken);
}

#[test]
fn a_write_is_verified_by_name_and_id_and_reports_its_own_mark() {
    let written = |mark: Mark| Op { step: Step::Written { id: "s1".into(), mark }, ..op(OperationKind::Upload, None) };
    let version = |step: Option<Step>| match step {
        Some(Step::Ended { completion, code: None }) => completion.result.and_then(|result| result.claude_ai_version),
        _ => None,
    };
    let listed = RemoteSkill { mark: mark(Some("8"), Some("noon")), ..remote("s1", "a", None) };
    let list = std::slice::from_ref(&listed);
    let table = [
        (mark(Some("8"), None), "8"),
        (mark(None, Some("noon")), "8"),
        (mark(None, None), "8"),
        (mark(Some("7"), None), "7"),
        (mark(None, Some("dawn")), "dawn"),
    ];
    for (uploaded, expected) in table {
        assert_eq!(version(verified(&written(uploaded), list).map(|(end, _)| end)).as_deref(), Some(expected));
    }
    for other in [remote("s2", "a", None), remote("s1", "b", None)] {
        assert_eq!(verified(&written(Mark::default()), &[other]), None);
    }
}

#[test]
fn a_removal_is_verified_by_absence() {
    let removed = Op { step: Step::Removed { id: "s1".into() }, ..op(OperationKind::Delete, LINKED) };
    assert_eq!(verified(&removed, &[remote("s2", "a", None)]), Some((gone(), removed.step.clone())));
    assert_eq!(verified(&removed, &[remote("s1", "a", None)]), None);
}

#[test]
fn an_end_tells_what_stands() {
    let Step::Ended { completion, .. } = stands(&op(OperationKind::Update, LINKED), "s1", &mark(Some("9"), None), true)
    else {
        panic!("an end")
    };
    let CompleteOperation { success, result, permanent, auth_expired, .. } = *completion;
    let result = result.expect("a success has a result");
    assert!(success && result.unchanged && !permanent && !auth_expired);
    assert_eq!((result.claude_ai_skill_id.as_deref(), result.digest.as_deref()), (Some("s1"), Some("wanted")));
}
