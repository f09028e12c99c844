//! claude.ai changes under the engine's feet: writing stops before it does harm, nothing is lost or used up, and all goes on by
//! itself when it is over.

use serde_json::{Value, json};
use skill_engine::io::{Answer, Body, Command, Request, Response};

use crate::chance::Chance;
use crate::reply;
use crate::skill::folder;
use crate::world::{Weather, World};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// A paired world with so many skills to upload.
fn library(seed: u64, skills: u32) -> World {
    let mut world = World::new(seed).paired();
    for n in 0..skills {
        let name = format!("skill-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
    }
    world
}

/// From now on the bodies of successes at `part` are this.
fn bend(world: &mut World, part: &'static str, body: fn(Value) -> Value) {
    world.bent = Some(Box::new(move |request, answer| bent(part, body, request, answer)));
}

fn bent(part: &str, body: fn(Value) -> Value, request: &Request, answer: Answer) -> Answer {
    match answer {
        Answer::Response(Response { status: 200, body: Body::Json(json), .. }) if request.path.contains(part) => {
            reply::json(200, body(serde_json::to_value(json).expect("is JSON")))
        }
        other => other,
    }
}

/// The id of an uploaded skill has another name.
fn without_id(_: Value) -> Value {
    json!({"skill": {"identifier": "skill_secret-of-the-account", "name": "skill-0"}, "validation_errors": []})
}

fn done(world: &mut World) {
    world.run_until(30 * HOUR, |world| !world.server.has_open_work());
    assert!(world.server.failed.is_empty(), "{:?}", world.server.failed);
    world.run_for(2 * MINUTE);
    assert_eq!((&world.shown()["state"], &world.shown()["notice"]), (&json!("paired"), &Value::Null));
}

#[test]
fn an_upload_that_answers_otherwise_is_the_last_one() {
    let mut world = library(60, 20);
    bend(&mut world, "upload-skill", without_id);
    world.run_for(10 * MINUTE);
    assert_eq!(world.sent("upload-skill"), 1, "no second write");
    assert_eq!(
        (&world.shown()["state"], &world.shown()["notice"]["code"]),
        (&json!("error"), &json!("ENDPOINT_CHANGED"))
    );
    assert_eq!(world.shown()["notice"]["endpoint"], "upload_skill");
    assert_eq!(world.server.findings.len(), 1, "{:?}", world.server.findings);
    let detail = &world.server.findings[0]["detail"];
    assert_eq!((&detail["endpoint"], &detail["verdict"]), (&json!("upload_skill"), &json!("read_only")));
    assert!(detail["findings"].to_string().contains(r#""at":"skill.id|uuid""#), "{detail}");
    assert!(!detail.to_string().contains("secret") && !detail.to_string().contains("identifier"), "{detail}");
    assert!(world.server.ops.iter().all(|op| op.attempts == 0), "no attempt is used up");
    assert!(!world.server.cookie_expired, "the session is not to blame");
}

/// Writes went well a moment ago: that is no reason to send the next ones side by side.
#[test]
fn the_first_write_after_a_rest_goes_alone() {
    let mut world = library(75, 5);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(2_000);
    bend(&mut world, "upload-skill", without_id);
    for n in 0..5 {
        let name = format!("new-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
    }
    world.run_for(10 * MINUTE);
    assert_eq!(world.sent("upload-skill"), 5 + 1, "no second write");
}

/// What is under way then is under way; nothing follows it.
#[test]
fn no_write_is_begun_after_an_answer_that_differs_in_the_middle_of_work() {
    let mut world = library(76, 300);
    world.run_until(HOUR, |world| world.account.uploads >= 120);
    bend(&mut world, "upload-skill", without_id);
    world.run_until(MINUTE, |world| world.shown()["state"] == "error");
    let sent = world.sent("upload-skill");
    world.run_for(10 * MINUTE);
    assert_eq!(world.sent("upload-skill"), sent);
}

#[test]
fn it_goes_on_by_itself_when_the_contract_is_met_again() {
    let mut world = library(61, 9);
    bend(&mut world, "upload-skill", without_id);
    world.run_for(5 * MINUTE);
    world.bent = None;
    done(&mut world);
    assert_eq!((world.account.skills.len(), world.account.uploads), (9, 9), "what had arrived is recognised");
    assert_eq!(world.server.findings.len(), 1);
}

#[test]
fn a_person_who_asks_does_not_wait() {
    let mut world = library(62, 3);
    bend(&mut world, "upload-skill", without_id);
    world.run_for(5 * MINUTE);
    world.bent = None;
    world.command(Command::SyncNow);
    let took = world.run_until(HOUR, |world| world.account.skills.len() == 3);
    assert!(took < 3_000, "{took} ms");
}

#[test]
fn a_trial_that_fails_is_one_write_and_a_longer_wait() {
    let mut world = library(63, 20);
    bend(&mut world, "upload-skill", without_id);
    world.run_for(24 * HOUR);
    let uploads: Vec<u64> =
        world.log.iter().filter(|(_, path)| path.contains("upload-skill")).map(|(at, _)| *at).collect();
    assert!(uploads.len() <= 8, "{} writes in a day", uploads.len());
    let pauses: Vec<u64> = uploads.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] >= 15 * MINUTE && pauses.windows(2).all(|pair| pair[1] > pair[0] * 3 / 2), "{pauses:?}");
    assert_eq!(world.server.findings.len(), 1, "the server hears of it once");
    world.bent = None;
    done(&mut world);
    assert_eq!(world.account.uploads, 20);
}

#[test]
fn with_the_reference_backend_nothing_is_used_up_either() {
    let mut world = World::new(64);
    world.server.reference = true;
    let mut world = world.paired();
    world.server.change("a", Some(folder("a", "first")));
    bend(&mut world, "upload-skill", without_id);
    world.run_for(5 * MINUTE);
    assert_eq!((world.sent("upload-skill"), world.server.ops[0].attempts), (1, 0));
    world.bent = None;
    done(&mut world);
}

#[test]
fn an_unknown_path_now_and_then_is_no_drift() {
    let parts = [
        "upload-skill",
        "list-skills",
        "/org-1/skills",
        "delete-skill",
        "download-dot-skill-file",
        "/api/organizations",
    ];
    for part in parts {
        println!("{part}");
        let mut world = library(65, 6);
        world.run_until(HOUR, |world| !world.server.has_open_work());
        let now = world.now();
        world.account.foreign_edit("skill-1", folder("skill-1", "theirs"), now);
        world.interposed = reply::to_nth(1, part, reply::empty(404));
        world.server.change("skill-0", None);
        world.server.change("skill-1", Some(folder("skill-1", "second")));
        world.server.change("new", Some(folder("new", "first")));
        let took = world.run_until(HOUR, |world| !world.server.has_open_work());
        assert!(took < 5 * MINUTE, "{took} ms");
        assert!(world.server.findings.is_empty(), "{:?}", world.server.findings);
        done(&mut world);
    }
}

#[test]
fn an_outage_is_no_drift() {
    let mut world = library(66, 8);
    let mut first = true;
    world.interposed = Some(Box::new(move |request| {
        let upload = request.path.contains("upload-skill");
        let half_written = upload && std::mem::take(&mut first);
        let answer = if half_written { reply::json(200, json!({})) } else { reply::empty(503) };
        (!first || half_written).then_some(answer).filter(|_| request.path.starts_with("/api/"))
    }));
    world.run_for(20 * MINUTE);
    assert!(world.sent("upload-skill") >= 1);
    world.interposed = None;
    done(&mut world);
    assert!(world.server.findings.is_empty(), "{:?}", world.server.findings);
    assert_eq!(world.account.uploads, 8);
}

#[test]
fn a_path_that_is_gone_holds_the_work_after_its_repetition() {
    for part in ["upload-skill", "delete-skill"] {
        let mut world = library(67, 5);
        world.run_until(HOUR, |world| !world.server.has_open_work());
        let sent = world.sent(part);
        world.interpose(part, reply::empty(404));
        world.server.change("skill-0", None);
        world.server.change("skill-1", Some(folder("skill-1", "second")));
        world.run_for(10 * MINUTE);
        assert_eq!(world.sent(part) - sent, 2, "{part}: once, and once again after the list");
        assert_eq!(world.shown()["notice"]["code"], "ENDPOINT_CHANGED", "{part}");
        let open: Vec<_> = world.server.ops.iter().filter(|op| crate::server::Server::is_open(op)).collect();
        assert!(!open.is_empty() && open.iter().all(|op| op.attempts == 0), "{part}");
        assert_eq!(world.server.findings[0]["detail"]["findings"][0]["kind"], "status_changed");
        world.interposed = None;
        done(&mut world);
    }
}

#[test]
fn a_page_in_place_of_one_answer_is_told_from_a_session_that_is_over() {
    let mut world = library(68, 5);
    world.interpose("upload-skill", reply::page(200));
    world.run_for(10 * MINUTE);
    assert_eq!(world.shown()["notice"]["code"], "ENDPOINT_CHANGED");
    assert_eq!(world.server.findings[0]["detail"]["findings"][0]["kind"], "html_for_json");
    assert_eq!(world.sent("upload-skill"), 2);
    world.interposed = None;
    done(&mut world);
}

#[test]
fn a_list_without_its_key_is_never_an_empty_account() {
    let mut world = library(69, 5);
    bend(&mut world, "list-skills", |mut list| json!({"items": list["skills"].take()}));
    world.run_for(10 * MINUTE);
    assert_eq!((world.account.uploads, &world.shown()["notice"]["endpoint"]), (0, &json!("list_skills")));
    assert_eq!(world.server.findings[0]["detail"]["verdict"], "stop");
    world.bent = None;
    done(&mut world);
}

/// Both paths exist, and only the second answers.
fn rename_list(world: &mut World) {
    world.bent = Some(Box::new(|request, answer| match request.path.as_str() {
        "/api/organizations/org-1/skills/list-skills" => reply::empty(404),
        _ => answer,
    }));
    world.account.second_list = true;
}

#[test]
fn a_renamed_path_that_another_candidate_answers_keeps_everything_going() {
    let mut world = library(70, 5);
    rename_list(&mut world);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(20 * MINUTE);
    for n in 5..9 {
        let name = format!("skill-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
        world.run_until(HOUR, |world| !world.server.has_open_work());
        world.run_for(10 * MINUTE);
    }
    assert_eq!(world.account.uploads, 9);
    assert_eq!(
        (&world.shown()["state"], &world.shown()["notice"]["code"]),
        (&json!("paired"), &json!("ENDPOINT_DIFFERS"))
    );
    let detail = &world.server.findings[0]["detail"];
    assert_eq!((&detail["verdict"], &detail["findings"][0]["kind"]), (&json!("fall_back"), &json!("renamed_path")));
    let missed = world.sent("list-skills");
    world.server.change("last", Some(folder("last", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    assert_eq!(world.sent("list-skills"), missed, "the path that is gone is left alone");
    world.run_for(7 * HOUR);
    world.bent = None;
    world.server.change("back", Some(folder("back", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(MINUTE);
    assert_eq!(world.shown()["notice"], Value::Null, "the usual path is back");
    assert_eq!(world.server.findings.len(), 1);
}

#[test]
fn the_background_may_end_at_every_step() {
    for step in 0..140 {
        let mut world = library(71, 6);
        world.dies_after = Some(step);
        bend(&mut world, "upload-skill", without_id);
        world.open_pages(1);
        world.run_for(5 * MINUTE);
        let heard = world.heard.iter().filter(|path| path.contains("upload-skill")).count();
        assert!(heard <= 1, "step {step}: {heard} answers were seen, and writing went on");
        assert!(world.sent("upload-skill") <= 2, "step {step}");
        assert!(world.server.ops.iter().all(|op| op.attempts <= 1), "step {step}");
        world.bent = None;
        world.run_until(3 * HOUR, |world| !world.server.has_open_work());
        assert_eq!(
            (world.account.skills.len(), world.account.uploads),
            (6, 6),
            "step {step}: {:?}",
            world.server.failed
        );
        world.run_for(MINUTE);
        assert!(!world.server.findings.is_empty(), "step {step}: the server was told");
    }
}

#[test]
fn the_operator_may_hold_all_writing() {
    let mut world = library(72, 3);
    world.server.policy = json!({"read_only": true});
    world.run_for(2 * HOUR);
    let before = world.account.uploads;
    world.server.change("new", Some(folder("new", "first")));
    world.run_for(HOUR);
    assert_eq!(world.account.uploads, before);
    assert_eq!(world.shown()["notice"]["code"], "READ_ONLY");
    assert!(world.server.ops.iter().filter(|op| crate::server::Server::is_open(op)).all(|op| op.attempts == 0));
    world.server.policy = Value::Null;
    done(&mut world);
    assert!(world.account.skills.contains_key("new"));
}

#[test]
fn the_operator_may_choose_among_the_paths_that_are_compiled_in_only() {
    let mut world = library(73, 2);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.account.second_list = true;
    world.server.policy = json!({"paths": [
        {"endpoint": "list_skills", "candidate": 1}, {"endpoint": "upload_skill", "candidate": 7}, {"endpoint": "tea", "candidate": 1},
    ]});
    world.run_for(2 * HOUR);
    let first = world.sent("list-skills");
    world.server.change("new", Some(folder("new", "first")));
    done(&mut world);
    assert_eq!(world.sent("list-skills"), first);
    assert!(world.account.skills.contains_key("new"));
}

#[test]
fn pairing_with_another_server_does_not_switch_writing_on_again() {
    let mut world = library(74, 4);
    bend(&mut world, "upload-skill", without_id);
    world.run_for(5 * MINUTE);
    let mut world = world.paired();
    world.run_for(5 * MINUTE);
    assert_eq!(world.sent("upload-skill"), 1);
    world.bent = None;
    done(&mut world);
}

#[test]
fn hostile_worlds_in_which_claude_ai_changes_back_and_forth_converge() {
    const PARTS: [&str; 4] = ["upload-skill", "list-skills", "delete-skill", "/api/organizations"];
    for seed in 0..8 {
        println!("SIM_SEED={seed}");
        let mut chance = Chance(seed ^ 0x0d41);
        let mut world = World::new(seed).paired();
        world.weather = Weather { kill: 15, remote: 40, server: 40, clock: 2 };
        for turn in 0..20 {
            let name = format!("skill-{}", chance.below(6));
            let content = (chance.below(5) > 0).then(|| folder(&name, &format!("ours {turn}")));
            world.server.change(&name, content);
            match chance.below(4) {
                0 => bend(
                    &mut world,
                    PARTS[usize::try_from(chance.below(4)).expect("is small")],
                    |_| json!({"odd": true}),
                ),
                1 => world.bent = None,
                _ => {}
            }
            world.run_for(chance.below(10 * MINUTE));
        }
        world.bent = None;
        world.weather = Weather::default();
        for round in 0..4 {
            world.run_for(26 * HOUR);
            // What was in doubt on both sides is a person's to decide.
            world.server.resolve(round % 2 == 0);
            world.server.retry_failed();
        }
        world.run_for(HOUR);
        assert!(!world.server.has_open_work(), "{:?}", world.server.ops);
        assert!(world.server.failed.is_empty(), "{:?}", world.server.failed);
        for (name, wanted) in &world.server.library {
            let wanted = wanted.as_ref().map(|folder| skill_format::folder_digest(folder).to_string());
            let orphan = wanted.is_none() && world.server.orphans.contains(name);
            assert!(orphan || world.account.digest(name) == wanted, "{name} did not arrive");
        }
        assert_eq!(world.shown()["notice"], Value::Null);
    }
}
