//! Single stories, each with one thing that happens.

use skill_engine::io::{Answer, Body, TransportFailure};

use crate::reply;
use crate::skill::folder;
use crate::world::World;

const DAY: u64 = 86_400_000;

fn world(seed: u64) -> World {
    World::new(seed).paired()
}

/// The library changes and everything that comes of it is over.
fn change(world: &mut World, name: &str, text: Option<&str>) {
    world.server.change(name, text.map(|text| folder(name, text)));
    world.run_until(DAY, |world| !world.server.has_open_work());
}

fn digest(name: &str, text: &str) -> String {
    skill_format::folder_digest(&folder(name, text)).to_string()
}

#[test]
fn a_skill_arrives_changes_and_goes_with_one_write_each() {
    let mut world = world(1);
    // The first look at the account.
    assert_eq!((world.account.uploads, world.account.lists), (0, 1));
    change(&mut world, "a", Some("first"));
    assert_eq!((world.account.uploads, world.account.lists), (1, 3));
    change(&mut world, "a", Some("second"));
    assert_eq!((world.account.uploads, world.account.lists), (2, 5));
    assert_eq!(world.account.digest("a"), Some(digest("a", "second")));
    assert_eq!(world.sent("download"), 0, "its own mark is enough");
    change(&mut world, "a", None);
    assert!(world.account.skills.is_empty());
    assert_eq!(world.sent("delete-skill"), 1);
    world.run_for(1_000);
    assert_eq!((world.shown()["done"].as_u64(), world.shown()["state"].as_str()), (Some(3), Some("paired")));
    let names: Vec<_> =
        world.shown()["activity"].as_array().expect("a list").iter().map(|one| one["what"].clone()).collect();
    assert_eq!(names, ["delete", "update", "upload"]);
}

#[test]
fn somebodys_edit_is_kept_before_it_is_replaced() {
    let mut world = World::new(2);
    world.server.decides = false;
    let mut world = world.paired();
    change(&mut world, "a", Some("first"));
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    change(&mut world, "a", Some("second"));
    assert!(world.server.kept.contains(&digest("a", "theirs")));
    assert_eq!(world.account.digest("a"), Some(digest("a", "second")));
}

#[test]
fn somebodys_edit_is_kept_before_it_is_removed() {
    let mut world = World::new(3);
    world.server.decides = false;
    let mut world = world.paired();
    change(&mut world, "a", Some("first"));
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    change(&mut world, "a", None);
    assert!(world.server.kept.contains(&digest("a", "theirs")));
    assert!(world.account.skills.is_empty());
}

#[test]
fn where_nothing_can_be_kept_an_edit_is_left_alone() {
    let mut world = World::new(4);
    world.server.reference = true;
    let mut world = world.paired();
    change(&mut world, "a", Some("first"));
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    change(&mut world, "a", Some("second"));
    assert_eq!(world.server.failed["a"].1, "REMOTE_CHANGED");
    assert_eq!(world.account.digest("a"), Some(digest("a", "theirs")));
    assert_eq!(world.sent("remote-snapshot") + world.sent("wait="), 0, "the reference backend knows neither");
}

#[test]
fn a_skill_of_somebody_is_left_alone() {
    let mut world = world(5);
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    change(&mut world, "a", Some("first"));
    assert_eq!(world.server.failed["a"].1, "REMOTE_NAME_TAKEN");
    assert_eq!(world.account.digest("a"), Some(digest("a", "theirs")));
    assert_eq!(world.sent("remote-snapshot"), 0);
    world.run_for(1_000);
    assert_eq!(world.shown()["activity"][0]["code"], "REMOTE_NAME_TAKEN");
}

#[test]
fn the_same_content_is_not_written_again() {
    let mut world = world(6);
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "first"), now);
    change(&mut world, "a", Some("first"));
    assert_eq!(world.account.uploads, 0);
    assert!(world.server.links.contains_key("a"));
}

#[test]
fn an_upload_whose_answer_is_lost_is_recognised() {
    let mut world = world(7);
    let mut lost = false;
    world.server.change("a", Some(folder("a", "first")));
    // The upload arrives; nobody hears of it.
    world.interposed = Some(Box::new(move |request| {
        let is_second_list = lost && request.path.contains("list-skills");
        lost |= request.path.contains("upload-skill");
        is_second_list.then_some(Answer::Failed(TransportFailure::Interrupted))
    }));
    world.run_until(20_000, |world| world.account.uploads == 1);
    world.kill();
    world.interposed = None;
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert_eq!(world.account.uploads, 1, "it stood there already");
    assert!(world.server.failed.is_empty());
}

#[test]
fn work_that_was_handed_to_a_background_that_had_ended_is_handed_out_again_at_once() {
    for (reference, longest) in [(false, 60_000), (true, DAY)] {
        let mut world = World::new(31);
        world.server.reference = reference;
        let mut world = world.paired();
        world.server.change("a", Some(folder("a", "first")));
        let polls = world.server.polls;
        while world.server.polls == polls {
            world.run_for(1);
        }
        // The answer is on its way, and nobody is there any more.
        world.kill();
        let took = world.run_until(DAY, |world| world.account.uploads == 1);
        assert!(took <= longest, "{took} ms");
        assert!(world.server.ops.iter().all(|op| op.attempts <= 2));
    }
}

#[test]
fn an_edit_between_the_write_and_its_verification_is_noticed_at_the_next_update() {
    let mut world = world(8);
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(DAY, |world| world.account.uploads == 1);
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    world.run_until(DAY, |world| !world.server.has_open_work());
    change(&mut world, "a", Some("second"));
    assert!(world.server.kept.contains(&digest("a", "theirs")) || world.server.failed.contains_key("a"));
}

#[test]
fn a_new_life_trusts_no_write_of_the_last_one() {
    let mut world = World::new(9);
    world.server.decides = false;
    let mut world = world.paired();
    change(&mut world, "a", Some("first"));
    world.server.change("a", Some(folder("a", "second")));
    world.run_until(DAY, |world| world.account.uploads == 2);
    world.kill();
    let now = world.now();
    world.account.foreign_edit("a", folder("a", "theirs"), now);
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert!(world.server.kept.contains(&digest("a", "theirs")));
    assert_eq!(world.account.digest("a"), Some(digest("a", "second")));
}

#[test]
fn a_pause_that_is_asked_for_is_made() {
    let mut world = world(10);
    let busy = reply::with(429, &[("retry-after", "20")], Body::Empty);
    world.interposed = reply::to_nth(1, "upload-skill", busy);
    let begin = world.now();
    change(&mut world, "a", Some("first"));
    let uploads: Vec<u64> =
        world.log.iter().filter(|(_, path)| path.contains("upload-skill")).map(|(at, _)| *at).collect();
    assert!(uploads.len() == 2 && uploads[1] - uploads[0] >= 20_000, "{uploads:?}");
    assert!(world.now() - begin < 120_000);
    assert!(world.server.ops.iter().all(|op| op.attempts == 1));
}

#[test]
fn what_claude_ai_refuses_is_reported_with_its_reason_and_not_repeated() {
    let mut world = world(11);
    let error = serde_json::json!({"type": "error", "error": {"type": "invalid_request_error", "message": "Description too long, ann@example.org"}});
    world.interpose("upload-skill", reply::json(400, error));
    change(&mut world, "a", Some("first"));
    assert_eq!(world.server.failed["a"].1, "REMOTE_REFUSED");
    assert_eq!(world.sent("upload-skill"), 1);
}

#[test]
fn an_operation_of_a_newer_server_is_refused_and_the_rest_goes_on() {
    let mut world = world(12);
    world.server.change("a", Some(folder("a", "first")));
    world.server.ops[0].kind = "knit";
    change(&mut world, "b", Some("first"));
    assert_eq!(world.server.failed["a"].1, "KIND_NOT_SUPPORTED");
    assert_eq!(world.account.digest("b"), Some(digest("b", "first")));
}

#[test]
fn a_bundle_that_is_another_one_is_not_uploaded() {
    let mut world = world(13);
    world.server.change("a", Some(folder("a", "first")));
    for version in world.server.versions.values_mut() {
        *version = folder("a", "other");
    }
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert_eq!(world.account.uploads, 0);
    assert_eq!(world.server.failed["a"].1, "BUNDLE_MISMATCH");
}

#[test]
fn a_change_is_there_within_two_seconds_when_awake() {
    let mut world = world(14);
    change(&mut world, "a", Some("first"));
    world.run_for(30_000);
    world.server.change("a", Some(folder("a", "second")));
    let took = world.run_until(DAY, |world| world.account.uploads == 2);
    assert!(took <= 2_000, "{took} ms");
}

#[test]
fn a_change_is_there_with_the_next_alarm_when_dormant() {
    let mut world = world(15);
    world.run_for(600_000);
    world.server.change("a", Some(folder("a", "first")));
    let took = world.run_until(DAY, |world| world.account.uploads == 1);
    assert!(took <= 31_000, "{took} ms");
}
