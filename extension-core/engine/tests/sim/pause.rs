//! Work is paused on the server: nothing is begun from then on, nothing is lost, and pages say so.

use serde_json::json;

use crate::queue::State;
use crate::skill::folder;
use crate::world::World;

const SKILLS: usize = 40;

/// Paired, with so many skills on both sides.
fn synced() -> World {
    let mut world = World::new(3).paired();
    for n in 0..SKILLS {
        let name = format!("skill-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
    }
    world.run_until(60_000, |world| !world.server.has_open_work() && world.account.skills.len() == SKILLS);
    world.run_for(1_000);
    world
}

fn remove_all(world: &mut World) {
    for n in 0..SKILLS {
        world.server.change(&format!("skill-{n}"), None);
    }
}

/// A person pauses while the browser is in the middle of removals that it has leased and that take nothing more from the server.
#[test]
fn a_pause_in_the_middle_of_a_batch_holds_what_has_not_begun() {
    let mut world = synced();
    world.latency = 2_000;
    remove_all(&mut world);
    world.run_until(60_000, |world| world.account.skills.len() < SKILLS - 3);
    world.server.paused = Some("person");
    world.server.change("skill-1", Some(folder("skill-1", "of use after all")));
    let took = world.run_until(60_000, |world| world.shown()["state"] == "paused");
    assert!(took <= 5_000 + world.latency + 400, "{took} ms");
    let (asked, left) = (world.sent("delete-skill"), world.account.skills.len());
    world.run_for(120_000);
    assert!(left > 0, "some had not begun");
    assert!(world.sent("delete-skill") <= asked + 1 && world.account.skills.len() + 1 >= left, "nothing is begun");
    world.latency = 50;
    let waits = |world: &World| world.server.ops.iter().filter(|op| op.state == State::Pending).count();
    assert!(waits(&world) >= left, "it went back: {:?}", world.server.ops);
    assert!(world.server.ops.iter().all(|op| op.state != State::Pending || op.attempts == 0), "and used no attempt");
    assert_eq!(world.shown()["pending"], 0);
    world.server.paused = None;
    world.run_for(60_000);
    assert!(!world.server.has_open_work() && world.account.skills.len() == 1, "{:?}", world.account.skills.keys());
    assert_eq!(world.shown()["state"], "paired");
}

/// Uploads take a bundle each, which the server does not hand out: neither that nor anything else counts as trouble of the server's.
#[test]
fn a_pause_in_the_middle_of_uploads_is_no_trouble() {
    let mut world = World::new(5).paired();
    for n in 0..SKILLS {
        let name = format!("skill-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
    }
    world.run_until(60_000, |world| world.account.skills.len() > 3);
    world.server.paused = Some("operator");
    world.run_for(30_000);
    let there = world.account.skills.len();
    assert!(there < SKILLS);
    assert_eq!((&world.shown()["state"], &world.shown()["last_error"]), (&json!("paused"), &json!(null)));
    world.run_for(300_000);
    assert_eq!(world.account.skills.len(), there);
    assert!(world.server.failed.is_empty());
    world.server.paused = None;
    world.run_for(60_000);
    assert_eq!(world.account.skills.len(), SKILLS);
    assert!(world.server.ops.iter().all(|op| op.attempts <= 2), "{:?}", world.server.ops);
}

#[test]
fn a_browser_with_nothing_to_do_says_so_within_one_poll() {
    let mut world = synced();
    world.open_pages(1);
    world.run_for(5_000);
    world.server.paused = Some("person");
    let took = world.run_until(60_000, |world| world.shown()["pause"]["reason"] == "On holiday");
    assert!(took <= 26_000, "{took} ms");
    assert_eq!(
        world.shown()["pause"],
        json!({"by": "person", "since": "2026-11-21T09:30:00Z", "reason": "On holiday"})
    );
    world.server.change("skill-1", Some(folder("skill-1", "second")));
    let uploads = world.account.uploads;
    world.run_for(600_000);
    assert_eq!(world.account.uploads, uploads);
    world.kill();
    world.open_pages(0);
    world.run_for(60_000);
    assert_eq!(world.shown()["state"], "paused", "it is said at once in the next life, too");
    world.server.paused = None;
    world.run_for(60_000);
    assert_eq!((&world.shown()["state"], world.account.uploads), (&json!("paired"), uploads + 1));
}

/// A person's lever, and the operator's before and after the browser has heard that it also means that nothing is to be written.
#[test]
fn work_goes_on_soon_after_a_pause() {
    for (lever, length, awake) in [
        ("person", 30_000, true),
        ("person", 3_700_000, true),
        ("person", 300_000, false),
        ("operator", 30_000, true),
        ("operator", 3_700_000, true),
        ("operator", 3_900_000, false),
    ] {
        let mut world = synced();
        world.open_pages(awake.into());
        world.server.paused = Some(lever);
        world.server.change("skill-1", Some(folder("skill-1", "second")));
        world.run_for(length);
        let (uploads, polls) = (world.account.uploads, world.server.polls);
        world.server.paused = None;
        let took = world.run_until(600_000, |world| world.account.uploads > uploads);
        println!("{lever}, awake: {awake}, after {length} ms: {took} ms, {polls} polls");
        // Dormant, the next alarm is the occasion.
        let limit = if awake { 5_000 } else { 62_000 };
        assert!(took <= limit, "{lever}, awake: {awake}, after {length} ms: {took} ms");
        world.run_for(5_000);
        assert_eq!(world.shown()["state"], "paired");
        assert!(world.server.ops.iter().all(|op| op.attempts <= 1), "nothing is burnt: {:?}", world.server.ops);
    }
}

/// What was leased at the end of a pause goes back unused when the operator wants nothing to be written for another reason.
#[test]
fn what_comes_at_the_end_of_a_pause_goes_back_when_nothing_may_be_written() {
    let mut world = synced();
    world.open_pages(1);
    world.server.paused = Some("operator");
    world.server.change("skill-1", Some(folder("skill-1", "second")));
    world.run_for(3_700_000);
    let uploads = world.account.uploads;
    world.server.policy = json!({"read_only": true});
    world.server.paused = None;
    world.run_for(10_000);
    assert!(world.server.ops.iter().all(|op| op.state != State::Pending || op.attempts == 0), "no attempt is used");
    assert!(world.server.ops.iter().all(|op| !matches!(op.state, State::InProgress { .. })), "nothing is kept");
    assert_eq!((world.account.uploads, &world.shown()["notice"]["code"]), (uploads, &json!("READ_ONLY")));
    world.server.policy = serde_json::Value::Null;
    world.run_for(120_000);
    assert_eq!(world.account.uploads, uploads + 1);
}

/// What is found on the account waits as well: a look would change the library.
#[test]
fn nothing_is_brought_while_work_is_paused() {
    let mut world = synced();
    world.server.paused = Some("person");
    world.run_for(60_000);
    let now = world.now();
    world.account.foreign_edit("skill-2", folder("skill-2", "theirs"), now);
    world.command(skill_engine::io::Command::SyncNow);
    world.run_for(1_800_000);
    assert!(world.server.imports.is_empty());
    world.server.paused = None;
    world.run_for(60_000);
    assert_eq!(world.server.imports, [("skill-2".to_owned(), "taken")]);
}

#[test]
fn groups_that_were_begun_are_finished_and_the_others_wait() {
    let mut world = World::new(7).paired();
    for n in 0..12 {
        world.server.groups.insert(format!("group-{n}"), "content".to_owned());
    }
    world.server.publish();
    world.run_until(60_000, |world| world.account.market.plugins.len() > 2);
    world.server.paused = Some("person");
    world.run_for(120_000);
    let there = world.account.market.plugins.len();
    assert!(there < 12, "{there}");
    assert!(world.account.market.plugins.values().all(|plugin| plugin.enabled), "none is left half done");
    world.server.paused = None;
    world.run_for(120_000);
    assert_eq!(world.account.market.plugins.len(), 12);
    assert!(!world.server.has_open_work() && world.server.failed.is_empty());
}

#[test]
fn a_header_of_somebody_else_pauses_nothing() {
    let mut world = synced();
    world.bent = Some(Box::new(|_, mut answer| {
        if let skill_engine::io::Answer::Response(response) = &mut answer {
            response.headers.insert("skillferry-paused".to_owned(), "person".to_owned());
        }
        answer
    }));
    world.server.change("skill-1", Some(folder("skill-1", "second")));
    world.run_for(60_000);
    assert_eq!((world.server.has_open_work(), &world.shown()["state"]), (false, &json!("paired")));
}

/// The server was told once that the browser is signed out and has seen no success since.
#[test]
fn a_connector_that_is_broken_for_the_server_is_shown_until_it_works() {
    let mut world = synced();
    for (code, shown) in [
        ("cookie_expired", "CONNECTOR_SIGNED_OUT"),
        ("endpoint_changed", "CONNECTOR_ENDPOINT_CHANGED"),
        ("of_a_newer_server", "CONNECTOR_BROKEN"),
    ] {
        world.server.broken = Some(code);
        world.open_pages(1);
        world.run_for(2_000);
        assert_eq!((&world.shown()["notice"]["code"], &world.shown()["state"]), (&json!(shown), &json!("paired")));
        world.open_pages(0);
    }
    world.server.change("skill-1", Some(folder("skill-1", "second")));
    world.server.broken = None;
    world.run_for(60_000);
    assert_eq!(world.shown()["notice"], json!(null), "a success is a reason to ask again");
    world.server.reference = true;
    world.open_pages(1);
    world.run_for(5_000_000);
    let asked = world.sent("/extension/status");
    world.run_for(600_000);
    assert_eq!(world.sent("/extension/status"), asked, "the reference backend is not asked");
}
