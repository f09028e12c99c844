//! Contracts, findings and the breaker, as tables and properties.

use companion_wire::endpoint::{Endpoint, EndpointPolicy, Finding, FindingKind, PathChoice, Severity, Verdict};
use proptest::prelude::*;
use uuid::Uuid;

use super::breaker::{Change, Drift, FIRST_HOLD};
use super::catalogue::{CONTRACTS, contract};
use super::compare::is_breaking;
use super::contract::Contract;
use super::judge::{Judged, Proof, judge};
use super::report::notice;
use super::watch::{Circumstances, State};
use crate::error::ErrorCode;
use crate::io::{Answer, Body, Millis, Response, TransportFailure};
use crate::json::Json;
use crate::remote::decode;
use crate::remote::endpoints::Effect;

const NOW: Millis = Millis(1_800_000_000_000);

fn of(endpoint: Endpoint) -> &'static Contract {
    contract(endpoint).expect("is in the catalogue")
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).expect("test text is JSON")
}

fn answer(status: u16, headers: &[(&str, &str)], body: Body) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer::Response(Response { status, headers, redirected: false, body })
}

fn success(text: &str) -> Answer {
    answer(200, &[("content-type", "application/json")], Body::Json(json(text)))
}

fn findings(judged: Judged) -> Vec<Finding> {
    match judged {
        Judged::Met(findings) | Judged::Broken { findings, .. } => findings,
        Judged::Silent => panic!("nothing was judged"),
    }
}

#[test]
fn every_call_has_a_contract_and_every_writing_one_may_be_switched_off() {
    for endpoint in Endpoint::KNOWN {
        let contract = of(endpoint);
        assert!(contract.candidates() >= 1, "{endpoint:?}");
        assert!(contract.calls.iter().all(|call| call.method == contract.calls[0].method));
        assert!(matches!(contract.when_broken, Verdict::ReadOnly | Verdict::Stop));
        assert_eq!(contract.writes(), contract.calls[0].effect == Effect::Writes);
    }
    assert_eq!(CONTRACTS.len(), Endpoint::KNOWN.len());
    assert!(contract(Endpoint::Unknown).is_none());
}

#[test]
fn shapes_that_are_known_are_met_and_others_named() {
    let list = Endpoint::ListSkills;
    let upload = Endpoint::UploadSkill;
    let table = [
        (list, r#"{"skills":[]}"#, ""),
        (list, r#"[{"id":"s","name":"a","version":3,"creator_type":"user"}]"#, ""),
        (
            list,
            r#"{"skills":[{"id":"s","name":"a","updated_at":"t","creator_type":"user"},{"id":"s","name":"a"}]}"#,
            "warning missing_field skills[].version|latest_version|updated_at, warning missing_field skills[].creator_type",
        ),
        (
            list,
            r#"{"skills":[{"id":"s","name":"a","version":1,"creator_type":7.5}]}"#,
            "warning type_changed skills[].creator_type",
        ),
        (
            list,
            r#"{"skills":[{"uuid":"s","name":"a","version":1,"creator_type":"user","rank":{"x":1}}],"next":null}"#,
            "notice new_field skills[].#5a8460f6, notice new_field #c6c1c9a9",
        ),
        (list, r#"{"items":[]}"#, "breaking missing_field skills|data, notice new_field #5f3c4f85"),
        (list, r#"{"skills":{}}"#, "breaking type_changed skills"),
        (
            list,
            r#"{"skills":[{"id":"","name":"a","version":1,"creator_type":"user"}]}"#,
            "breaking type_changed skills[].id",
        ),
        (list, r#""no""#, "breaking type_changed "),
        (upload, r#"{"skill":{"id":"s","updated_at":"t"},"validation_errors":[]}"#, ""),
        (upload, r#"{"uuid":"s","version":"3"}"#, ""),
        (upload, r#"{"validation_errors":["no"],"skill":null}"#, ""),
        (upload, r#"{"skill":{"name":"a","updated_at":"t"}}"#, "breaking missing_field skill.id|uuid"),
        (upload, r#"{"ok":true}"#, "breaking missing_field skill, notice new_field #2689367b"),
        (Endpoint::Organisations, r#"[{"uuid":"o","capabilities":["chat"],"name":"n"}]"#, ""),
        (Endpoint::Organisations, r#"{"organization":{"id":"o"}}"#, ""),
        (Endpoint::Organisations, r#"[{"uuid":"o","capabilities":"chat"}]"#, "warning type_changed [].capabilities"),
        (Endpoint::DeleteSkill, "null", ""),
    ];
    for (endpoint, text, expected) in table {
        let found = findings(judge(of(endpoint), &success(text)));
        let shown: Vec<String> = found
            .iter()
            .map(|finding| {
                let text = serde_json::to_value(finding).expect("is JSON");
                let [severity, kind, at] =
                    ["severity", "kind", "at"].map(|key| text[key].as_str().expect("a text").to_owned());
                format!("{severity} {kind} {at}")
            })
            .collect();
        assert_eq!(shown.join(", "), expected, "{text}");
    }
}

#[test]
fn weather_says_nothing_and_a_changed_custom_says_how_sure_it_is() {
    const HTML: &[(&str, &str)] = &[("content-type", "text/html")];
    let contract = of(Endpoint::UploadSkill);
    let silent = [
        Answer::Failed(TransportFailure::Timeout),
        answer(401, &[], Body::Empty),
        answer(403, &[], Body::Empty),
        answer(400, &[], Body::Empty),
        answer(422, &[], Body::Empty),
        answer(429, &[], Body::Empty),
        answer(500, &[], Body::NotJson),
        answer(529, HTML, Body::NotJson),
        answer(200, &[("cf-mitigated", "challenge")], Body::NotJson),
    ];
    for answer in silent {
        assert_eq!(judge(contract, &answer), Judged::Silent, "{answer:?}");
    }
    let table = [
        (answer(200, &[], Body::Empty), Proof::Certain, FindingKind::TypeChanged, "nothing"),
        (answer(200, &[], Body::NotJson), Proof::Certain, FindingKind::TypeChanged, "no json"),
        (answer(200, HTML, Body::NotJson), Proof::Doubtful, FindingKind::HtmlForJson, "page"),
        (answer(404, &[], Body::Empty), Proof::Missing, FindingKind::StatusChanged, "404"),
        (answer(405, &[], Body::Empty), Proof::Doubtful, FindingKind::StatusChanged, "405"),
        (answer(302, &[], Body::Empty), Proof::Doubtful, FindingKind::StatusChanged, "302"),
    ];
    for (answer, expected, kind, seen) in table {
        let Judged::Broken { findings, proof } = judge(contract, &answer) else { panic!("{answer:?} is fine") };
        assert_eq!((proof, findings[0].kind, findings[0].seen.as_deref()), (expected, kind, Some(seen)));
    }
    let Answer::Response(page) = answer(200, HTML, Body::NotJson) else { unreachable!("made as a response") };
    let redirect = Answer::Response(Response { redirected: true, ..page });
    assert_eq!(findings(judge(contract, &redirect))[0].kind, FindingKind::SignInRedirect);
    assert_eq!(judge(of(Endpoint::Organisations), &redirect), Judged::Silent, "that is how a session ends");
    let zip = of(Endpoint::DownloadSkill);
    assert_eq!(judge(zip, &answer(200, &[], Body::Bytes(b"PK\x03\x04 and more".to_vec()))), Judged::Met(vec![]));
    assert!(matches!(judge(zip, &answer(200, &[], Body::Bytes(b"{}".to_vec()))), Judged::Broken { .. }));
}

fn at(now: Millis) -> Circumstances {
    Circumstances { now, candidate: 0, op: None }
}

fn broken(proof: Proof) -> Judged {
    let finding = Finding {
        kind: FindingKind::MissingField,
        severity: Severity::Breaking,
        at: "id".into(),
        expected: None,
        seen: None,
    };
    Judged::Broken { findings: vec![finding], proof }
}

#[test]
fn a_write_is_stopped_at_once_and_judged_after_the_canary() {
    let upload = of(Endpoint::UploadSkill);
    let mut drift = Drift::default();
    assert_eq!(drift.take(upload, broken(Proof::Certain), at(NOW)), Change::Tripped);
    assert!(drift.is_off(upload.name) && drift.canary_is_due(NOW) && drift.reports.is_empty());
    assert_eq!(notice(&drift), None, "it may be an outage");
    drift.canary_passed(Endpoint::Organisations, NOW);
    assert!(drift.reports.is_empty(), "the list is the canary");
    drift.canary_passed(Endpoint::ListSkills, NOW);
    assert!(drift.is_off(upload.name) && !drift.canary_is_due(NOW) && drift.reports.len() == 1);
    assert_eq!(notice(&drift).map(|notice| notice.code), Some(ErrorCode::EndpointChanged));
    drift.canary_passed(Endpoint::ListSkills, NOW.after(FIRST_HOLD - 1));
    assert!(drift.is_off(upload.name));
    let later = NOW.after(FIRST_HOLD);
    drift.canary_passed(Endpoint::ListSkills, later);
    assert!(!drift.is_off(upload.name) && drift.goes_alone(upload.name));
    assert_eq!(drift.take(upload, broken(Proof::Doubtful), at(later)), Change::Tripped, "the trial has the last word");
    assert!(!drift.canary_is_due(later.after(FIRST_HOLD)) && drift.canary_is_due(later.after(2 * FIRST_HOLD)));
    assert_eq!(drift.reports.len(), 1, "nothing new");
    drift.retry_now();
    drift.canary_passed(Endpoint::ListSkills, later);
    assert_eq!(drift.take(upload, Judged::Met(vec![]), at(later)), Change::Noted);
    assert!(drift.watches.is_empty());
}

#[test]
fn what_is_not_certain_counts_twice_with_a_canary_between() {
    for proof in [Proof::Missing, Proof::Doubtful] {
        let delete = of(Endpoint::DeleteSkill);
        let mut drift = Drift::default();
        for side_by_side in 0..3 {
            assert_ne!(drift.take(delete, broken(proof), at(NOW)), Change::Tripped, "{side_by_side}");
        }
        drift.canary_passed(Endpoint::ListSkills, NOW);
        assert_eq!(drift.take(delete, broken(proof), at(NOW)), Change::Tripped);
        assert!(drift.is_off(delete.name) && drift.reports.len() == 1);
    }
}

#[test]
fn strikes_far_apart_have_nothing_to_do_with_each_other() {
    let list = of(Endpoint::ListSkills);
    let mut drift = Drift::default();
    for day in 0..5 {
        let now = NOW.after(day * 86_400_000);
        assert_ne!(drift.take(list, broken(Proof::Certain), at(now)), Change::Tripped);
        drift.canary_passed(Endpoint::Organisations, now);
    }
}

#[test]
fn one_skill_that_cannot_be_downloaded_is_not_the_path() {
    let download = of(Endpoint::DownloadSkill);
    let mut drift = Drift::default();
    let about = |n| Circumstances { op: Some(Uuid::from_u128(n)), ..at(NOW) };
    for _ in 0..4 {
        assert_ne!(drift.take(download, broken(Proof::Missing), about(1)), Change::Tripped);
        drift.canary_passed(Endpoint::ListSkills, NOW);
    }
    assert_eq!(drift.take(download, broken(Proof::Missing), about(2)), Change::Tripped);
}

#[test]
fn a_newer_edition_forgets_what_an_older_one_found() {
    let mut drift = Drift::default();
    drift.take(of(Endpoint::UploadSkill), broken(Proof::Certain), at(NOW));
    assert!(drift.clone().of_this_edition().holds());
    drift.edition += 1;
    drift.policy.read_only = true;
    let newer = drift.of_this_edition();
    assert!(!newer.holds() && newer.policy.read_only);
}

#[test]
fn only_paths_that_are_compiled_in_can_be_chosen() {
    let mut drift = Drift::default();
    for (candidate, expected) in [(0, 0), (1, 1), (2, 0), (u32::MAX, 0)] {
        let paths = vec![PathChoice { endpoint: Endpoint::ListSkills, candidate }];
        drift.policy = EndpointPolicy { read_only: false, paths };
        assert_eq!(drift.path(of(Endpoint::ListSkills), NOW), expected);
        assert_eq!(drift.path(of(Endpoint::UploadSkill), NOW), 0);
    }
}

/// JSON as wild as it comes, with a mark in every value and in every name that is not compiled in.
fn marked() -> impl Strategy<Value = serde_json::Value> {
    let known = prop::sample::select(vec![
        "skills",
        "data",
        "skill",
        "id",
        "uuid",
        "name",
        "version",
        "validation_errors",
        "organization",
    ]);
    let name = prop_oneof![known.prop_map(str::to_owned), "SECRET[a-z]{3}"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        (7_300_000_u64..7_400_000).prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        "SECRET[a-z@.]{0,9}".prop_map(serde_json::Value::from),
        Just(serde_json::Value::from("")),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

#[derive(Debug, Clone)]
enum Event {
    Answer(Endpoint, u8, usize),
    Canary(bool),
    Retry,
    Wait(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let endpoint = prop::sample::select(Endpoint::KNOWN.to_vec());
    prop_oneof![
        4 => (endpoint, 0_u8..6, 0_usize..2).prop_map(|(endpoint, what, path)| Event::Answer(endpoint, what, path)),
        2 => any::<bool>().prop_map(Event::Canary),
        1 => Just(Event::Retry),
        2 => (0_u64..100_000_000).prop_map(Event::Wait),
    ]
}

fn judged(what: u8) -> Judged {
    match what {
        0 => Judged::Met(vec![]),
        1 => Judged::Silent,
        2 => broken(Proof::Certain),
        3 => broken(Proof::Missing),
        4 => broken(Proof::Doubtful),
        _ => Judged::Met(vec![Finding {
            kind: FindingKind::MissingField,
            severity: Severity::Warning,
            at: "x".into(),
            expected: None,
            seen: None,
        }]),
    }
}

proptest! {
    #[test]
    fn no_value_of_an_answer_is_in_a_finding(value in marked(), endpoint in prop::sample::select(Endpoint::KNOWN.to_vec()), status in 200_u16..206) {
        let body = Body::Json(serde_json::from_value(value).expect("is JSON"));
        let judged = judge(of(endpoint), &answer(status, &[], body));
        let text = serde_json::to_string(&findings(judged)).expect("is JSON");
        let mut parts = text.split('#');
        let plain: String = parts.next().into_iter().chain(parts.map(|rest| &rest[8..])).collect();
        prop_assert!(!plain.contains("SECRET") && !plain.contains("73"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_never_met(value in marked()) {
        let body = Body::Json(serde_json::from_value(value).expect("is JSON"));
        let met = |endpoint| matches!(judge(of(endpoint), &answer(200, &[], body.clone())), Judged::Met(_));
        // Two forms in one body are one too many to say which is meant; the readers refuse more of these than the contract.
        let Body::Json(json) = &body else { unreachable!("made as JSON") };
        let clear = [("skills", "data"), ("organization", "data")].iter().all(|(a, b)| json.get(a).is_none() || json.get(b).is_none());
        prop_assert!(decode::uploaded(&body).is_ok() || !met(Endpoint::UploadSkill));
        prop_assert!(!clear || decode::skills(&body).is_ok() || !met(Endpoint::ListSkills));
        prop_assert!(!clear || decode::organisation(&body).is_ok() || !met(Endpoint::Organisations));
    }

    #[test]
    fn nothing_but_a_canary_switches_a_write_on_again(events in prop::collection::vec(event(), 0..60)) {
        let (mut drift, mut now) = (Drift::default(), NOW);
        for event in events {
            let off_before: Vec<Endpoint> = Endpoint::KNOWN.into_iter().filter(|endpoint| drift.is_off(*endpoint)).collect();
            let mut canary = false;
            match event {
                // While an endpoint is off no answer of it can come, but for the reads that are canaries themselves.
                Event::Answer(endpoint, what, path) if !off_before.contains(&endpoint) || !of(endpoint).writes() => {
                    let change = drift.take(of(endpoint), judged(what), Circumstances { now, candidate: path, op: None });
                    let certain_write = what == 2 && of(endpoint).writes();
                    prop_assert!(!certain_write || (change == Change::Tripped && drift.is_off(endpoint)));
                    prop_assert!(change != Change::Tripped || drift.is_off(endpoint));
                }
                Event::Answer(..) => {}
                Event::Canary(true) => {
                    canary = true;
                    drift.canary_passed(Endpoint::ListSkills, now);
                }
                Event::Canary(false) => drop(drift.canary_failed()),
                Event::Retry => drift.retry_now(),
                Event::Wait(milliseconds) => now = now.after(milliseconds),
            }
            for endpoint in off_before.into_iter().filter(|endpoint| of(*endpoint).writes()) {
                prop_assert!(drift.is_off(endpoint) || canary, "{endpoint:?} was switched on");
            }
            prop_assert!(drift.reports.len() <= 8 && drift.watches.len() <= Endpoint::KNOWN.len());
            let held = drift.watches.iter().filter(|watch| watch.state != State::Noted && drift.is_off(watch.endpoint));
            for watch in held {
                prop_assert!(is_breaking(&watch.findings), "off without a reason");
            }
            prop_assert_eq!(Json::encode(&drift).decode::<Drift>(), Ok(drift.clone()));
        }
    }
}
