//! From claude.ai to the library, one thing at a time.

use serde_json::json;
use skill_engine::io::{Answer, Body, Command, TransportFailure};

use crate::reply;
use crate::skill::folder;
use crate::world::World;

pub const QUARTER: u64 = 900_000;
pub const DAY: u64 = 86_400_000;

fn world(seed: u64) -> World {
    let mut world = World::new(seed).paired();
    world.run_for(60_000);
    world
}

pub fn digest(name: &str, text: &str) -> String {
    skill_format::folder_digest(&folder(name, text)).to_string()
}

pub fn held(world: &World, name: &str) -> Option<String> {
    let folder = world.server.library.get(name)?.as_ref()?;
    Some(skill_format::folder_digest(folder).to_string())
}

pub fn edit(world: &mut World, name: &str, text: &str) {
    let now = world.now();
    world.account.foreign_edit(name, folder(name, text), now);
}

pub fn arrive(world: &mut World, name: &str, text: &str) {
    world.server.change(name, Some(folder(name, text)));
    world.run_until(DAY, |world| !world.server.has_open_work());
}

#[test]
fn a_new_skill_is_brought_with_its_whole_folder_and_once() {
    let mut world = world(41);
    edit(&mut world, "a", "theirs");
    world.run_for(QUARTER + 60_000);
    assert_eq!(held(&world, "a"), Some(digest("a", "theirs")));
    world.run_for(DAY);
    assert_eq!((world.account.downloads, world.server.imports.len()), (1, 1), "{:?}", world.server.imports);
    assert_eq!(world.account.uploads, 0);
    assert_eq!(world.shown()["activity"][0]["what"], "fetch_one");
    assert_eq!(world.shown()["state"], "paired");
}

#[test]
fn a_person_who_asks_does_not_wait() {
    let mut world = world(42);
    edit(&mut world, "a", "theirs");
    world.command(Command::SyncNow);
    let took = world.run_until(DAY, |world| !world.server.imports.is_empty());
    assert!(took <= 2_000, "{took} ms");
}

#[test]
fn a_change_of_a_skill_of_ours_becomes_the_newest_version() {
    let mut world = world(43);
    arrive(&mut world, "a", "first");
    edit(&mut world, "a", "theirs");
    world.run_for(QUARTER + 60_000);
    assert_eq!(held(&world, "a"), Some(digest("a", "theirs")));
    world.run_for(DAY);
    assert_eq!(world.account.uploads, 1, "both are the same");
    assert_eq!(world.server.imports, [("a".to_owned(), "taken")]);
}

#[test]
fn what_this_browser_wrote_is_not_brought_back() {
    let mut world = world(44);
    arrive(&mut world, "a", "first");
    arrive(&mut world, "a", "second");
    world.kill();
    world.run_for(DAY);
    assert_eq!((world.account.downloads, world.server.imports.len()), (0, 0));
}

#[test]
fn what_changed_on_both_sides_waits_for_a_person_and_both_are_kept() {
    for ours in [true, false] {
        let mut world = world(45);
        arrive(&mut world, "a", "first");
        edit(&mut world, "a", "theirs");
        arrive(&mut world, "a", "ours");
        assert!(world.server.conflicts.contains_key("a"));
        assert_eq!(world.account.digest("a"), Some(digest("a", "theirs")), "nothing is overwritten");
        assert_eq!(world.sent("remote-snapshot"), 0, "the server has it as a conflict");
        assert_eq!(world.shown()["activity"][0]["code"], "CHANGED_ON_BOTH_SIDES");
        world.run_for(DAY);
        assert_eq!(world.server.imports.len(), 1, "{:?}", world.server.imports);
        world.server.resolve(ours);
        world.run_for(DAY);
        let wins = digest("a", if ours { "ours" } else { "theirs" });
        assert_eq!((world.account.digest("a"), held(&world, "a")), (Some(wins.clone()), Some(wins)));
    }
}

#[test]
fn a_removal_of_what_somebody_has_edited_waits_for_a_person() {
    let mut world = world(46);
    arrive(&mut world, "a", "first");
    edit(&mut world, "a", "theirs");
    world.server.change("a", None);
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert!(world.server.conflicts.contains_key("a"));
    assert_eq!(world.account.digest("a"), Some(digest("a", "theirs")));
    world.server.resolve(true);
    world.run_for(DAY);
    assert!(world.account.skills.is_empty());
}

#[test]
fn what_is_gone_there_is_said_and_never_removed_here() {
    let mut world = world(47);
    arrive(&mut world, "a", "first");
    world.account.skills.clear();
    world.server.ask("list", json!({"reason": "user_triggered"}));
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert_eq!(world.server.ops.last().expect("the list").payload["result"]["removed"], json!(["a"]));
    world.run_for(DAY);
    assert_eq!(world.shown()["removed_there"], json!(["a"]));
    let said = world.shown()["activity"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["what"] == "removed_there")
        .count();
    assert_eq!(said, 1);
    assert_eq!(held(&world, "a"), Some(digest("a", "first")));
    arrive(&mut world, "a", "second");
    world.run_for(1_000);
    assert_eq!(world.shown()["removed_there"], json!([]), "it came back with its next change");
}

#[test]
fn what_cannot_be_brought_is_a_named_state_and_not_tried_for_ever() {
    let mut world = world(48);
    world.server.refuses.insert("big".into());
    world.server.library.insert("mine".into(), Some(folder("mine", "ours")));
    edit(&mut world, "big", "theirs");
    edit(&mut world, "mine", "theirs");
    world.run_for(DAY);
    let expected = json!([{"name": "big", "code": "IMPORT_TOO_LARGE"}, {"name": "mine", "code": "IMPORT_NAME_TAKEN"}]);
    assert_eq!(world.shown()["not_copied"], expected);
    assert_eq!(world.account.downloads, 2);
    world.server.refuses.clear();
    world.command(Command::SyncNow);
    world.run_for(10_000);
    assert_eq!(world.shown()["not_copied"], json!([{"name": "mine", "code": "IMPORT_NAME_TAKEN"}]));
    assert_eq!(held(&world, "big"), Some(digest("big", "theirs")));
}

#[test]
fn a_skill_that_is_not_handed_out_is_named_and_keeps_nothing_else_from_being_brought() {
    let mut world = world(49);
    edit(&mut world, "a", "theirs");
    edit(&mut world, "b", "theirs");
    let hidden = world.account.skills["a"].id.clone();
    world.interposed = Some(Box::new(move |request| request.path.contains(&hidden).then(|| reply::empty(404))));
    world.run_for(DAY);
    assert_eq!(world.shown()["not_copied"], json!([{"name": "a", "code": "REMOTE_NOT_DOWNLOADABLE"}]));
    assert_eq!(held(&world, "b"), Some(digest("b", "theirs")));
    assert!(world.shown()["last_error"].is_null());
}

#[test]
fn the_other_download_path_is_found() {
    let mut world = world(50);
    for n in 0..12 {
        edit(&mut world, &format!("skill-{n}"), "theirs");
    }
    world.interpose("download-dot-skill-file", reply::empty(404));
    world.run_for(QUARTER + 60_000);
    assert_eq!(world.server.imports.len(), 12);
    assert!(world.sent("download-dot-skill-file") <= 12, "each is asked for there once at most");
    let missed = world.sent("download-dot-skill-file");
    for round in 0..3 {
        edit(&mut world, "skill-0", &format!("theirs again {round}"));
        world.run_for(QUARTER + 60_000);
    }
    assert!(world.sent("download-dot-skill-file") <= missed + 1, "the path that works is remembered");
}

#[test]
fn a_lost_ledger_costs_time_only() {
    let mut world = world(51);
    for n in 0..5 {
        arrive(&mut world, &format!("skill-{n}"), "first");
    }
    world.kill();
    world.lose_ledger();
    world.run_for(2 * QUARTER);
    assert_eq!(world.account.downloads, 5);
    assert!(world.server.imports.iter().all(|(_, outcome)| *outcome == "in step"));
    world.run_for(DAY);
    assert_eq!((world.account.downloads, world.account.uploads), (5, 5));
}

#[test]
fn a_large_account_is_brought_in_rounds_and_new_work_does_not_wait_for_it() {
    let mut world = world(52);
    for n in 0..180 {
        edit(&mut world, &format!("skill-{n:03}"), "theirs");
    }
    world.server.ask("list", json!({"reason": "user_triggered"}));
    world.run_until(DAY, |world| world.account.downloads > 20);
    world.server.change("mine", Some(folder("mine", "ours")));
    let took = world.run_until(DAY, |world| world.account.uploads == 1);
    assert!(took < 5_000, "{took} ms");
    world.run_for(120_000);
    assert_eq!((world.server.imports.len(), world.account.downloads), (180, 180));
    assert!(world.largest_snapshot < 64_000 && world.keeps < 60, "{} writes", world.keeps);
}

#[test]
fn without_marks_content_is_compared_when_a_person_asks() {
    let mut world = world(53);
    world.account.unmarked = true;
    edit(&mut world, "a", "theirs");
    world.run_for(DAY);
    assert_eq!(world.account.downloads, 1);
    edit(&mut world, "a", "edited");
    world.command(Command::SyncNow);
    world.run_for(10_000);
    assert_eq!(held(&world, "a"), Some(digest("a", "edited")));
}

#[test]
fn one_skill_is_fetched_when_the_server_asks_for_it() {
    let mut world = world(54);
    edit(&mut world, "a", "theirs");
    let id = world.account.skills["a"].id.clone();
    world.server.ask("fetch_one", json!({ "claude_ai_skill_id": id }));
    world.server.ask("fetch_one", json!({"name": "not-there"}));
    world.server.ask("fetch_one", json!({}));
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert_eq!(held(&world, "a"), Some(digest("a", "theirs")));
    let ops = &world.server.ops;
    assert_eq!(ops[0].payload["result"]["digest"], digest("a", "theirs"));
    assert!(ops[1..].iter().all(|op| op.state == crate::queue::State::Failed));
    assert_eq!(world.sent("download"), 1);
}

/// The server hears that both sides have changed, and the background ends before it knows that. Meanwhile a person decides for claude.ai
/// and the skill is removed there: what was to be written before is nobody's wish any more.
#[test]
fn what_the_server_was_told_is_not_begun_again_wherever_the_background_ends() {
    for step in 0..40 {
        let mut world = world(64);
        arrive(&mut world, "a", "first");
        edit(&mut world, "a", "theirs");
        world.dies_after = Some(step);
        world.server.change("a", Some(folder("a", "ours")));
        world.run_for(5_000);
        let decided = world.server.conflicts.contains_key("a") && !world.server.has_open_work();
        world.server.resolve(false);
        world.account.skills.remove("a");
        world.run_for(DAY);
        assert!(!decided || world.account.digest("a") != Some(digest("a", "ours")), "step {step}");
    }
}

/// The background ends while it writes and while it looks at what it wrote, cannot live until its lease is over, and is signed out then.
/// What is read for the server afterwards tells the server nothing about that write.
#[test]
fn a_write_that_nobody_was_told_of_stays_ours_when_it_is_read() {
    for (first, second) in (5..9).flat_map(|first| (4..10).map(move |second| (first, second))) {
        let mut world = World::new(62).paired();
        world.dies_after = Some(first);
        world.server.change("a", Some(folder("a", "first")));
        world.run_until(QUARTER, |world| world.account.skills.contains_key("a"));
        world.run_for(200);
        world.kill();
        for outputs in [second, 0, 0, 0, 0, 0, 0] {
            world.dies_after = Some(outputs);
            world.run_for(30_000);
        }
        world.dies_after = None;
        world.account.signed_out = true;
        world.run_for(120_000);
        let id = world.account.skills["a"].id.clone();
        world.server.ask("fetch_one", json!({ "claude_ai_skill_id": id, "name": "a" }));
        world.server.change("a", Some(folder("a", "second")));
        world.account.signed_out = false;
        world.run_for(DAY);
        let failed = &world.server.failed;
        assert_eq!(world.account.digest("a"), Some(digest("a", "second")), "{first}, {second}: {failed:?}");
    }
}

#[test]
fn an_import_that_is_cut_off_is_done_again() {
    let mut world = world(56);
    edit(&mut world, "a", "theirs");
    let mut cut = 0;
    world.interposed = Some(Box::new(move |request| {
        cut += u32::from(request.path.contains("imported-skill"));
        (request.path.contains("imported-skill") && cut <= 2).then_some(Answer::Failed(TransportFailure::Interrupted))
    }));
    world.run_for(QUARTER + 120_000);
    assert_eq!(held(&world, "a"), Some(digest("a", "theirs")));
}

#[test]
fn a_server_that_fails_on_one_skill_is_not_asked_for_ever() {
    let mut world = world(57);
    edit(&mut world, "a", "theirs");
    world.interpose("imported-skill", reply::with(500, &[], Body::Empty));
    world.run_for(DAY);
    assert_eq!(world.shown()["not_copied"], json!([{"name": "a", "code": "IMPORT_REFUSED"}]));
    assert_eq!(world.sent("imported-skill"), 3);
    world.interposed = None;
    arrive(&mut world, "b", "first");
}

#[test]
fn an_end_at_every_step_of_a_look_is_harmless() {
    let mut steps = 0;
    for step in 1.. {
        let mut world = world(58);
        arrive(&mut world, "ours", "first");
        for name in ["a", "b", "ours"] {
            edit(&mut world, name, "theirs");
        }
        world.server.ask("list", json!({"reason": "user_triggered"}));
        let before = world.log.len();
        world.run_until(DAY, |world| world.log.len() >= before + step || !world.server.has_open_work());
        let over = !world.server.has_open_work();
        world.kill();
        world.run_until(DAY, |world| !world.server.has_open_work());
        world.run_for(2 * QUARTER);
        for name in ["a", "b", "ours"] {
            assert_eq!(held(&world, name), Some(digest(name, "theirs")), "{name}, killed after {step} requests");
        }
        assert_eq!(world.account.uploads, 1);
        assert!(world.server.ops.iter().all(|op| op.state == crate::queue::State::Completed));
        steps = step;
        if over {
            break;
        }
    }
    assert!(steps > 8, "only {steps} steps were tried");
}

#[test]
fn an_end_at_every_step_of_what_changed_on_both_sides_loses_nothing() {
    for step in 1..=12 {
        let mut world = world(59);
        arrive(&mut world, "a", "first");
        edit(&mut world, "a", "theirs");
        world.server.change("a", Some(folder("a", "ours")));
        let before = world.log.len();
        world.run_until(60_000, |world| world.log.len() >= before + step);
        world.kill();
        world.run_for(2 * QUARTER);
        assert!(world.server.conflicts.contains_key("a"), "killed after {step} requests");
        assert_eq!(world.account.digest("a"), Some(digest("a", "theirs")));
        assert!(!world.server.has_open_work());
    }
}

/// Somebody edits a skill between the list that verifies one write and the list that a look asks for, and the server wants it written
/// meanwhile: the list that is under way has the last word.
#[test]
fn what_a_list_under_way_is_going_to_show_is_not_overwritten() {
    for after in (0..250).step_by(5) {
        let mut world = World::new(67);
        world.server.decides = false;
        let mut world = world.paired();
        arrive(&mut world, "a", "first");
        world.run_for(60_000);
        let listed = world.sent("list-skills");
        world.server.change("b", Some(folder("b", "first")));
        while world.sent("list-skills") < listed + 2 {
            world.run_for(1);
        }
        world.command(Command::SyncNow);
        world.run_for(after);
        edit(&mut world, "a", "theirs");
        world.server.change("a", Some(folder("a", "ours")));
        world.run_for(QUARTER);
        let lost: Vec<_> = world.account.destroyed.difference(&world.server.kept).collect();
        assert!(lost.is_empty(), "after {after} ms");
    }
}
