//! Signing in and out and switching accounts, as the browser tells it by its cookie.

use skill_engine::io::Command;

use crate::account::Person;
use crate::skill::folder;
use crate::world::World;

const HOUR: u64 = 3_600_000;

fn looks(world: &World) -> usize {
    world.log.iter().filter(|(_, path)| path == "/api/organizations").count()
}

fn state(world: &World) -> String {
    world.shown()["state"].as_str().expect("a text").to_owned()
}

/// A world that has written one skill and is at rest.
fn settled(seed: u64) -> World {
    let mut world = World::new(seed).paired();
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(20_000);
    world
}

#[test]
fn a_sign_out_is_noticed_at_once_and_costs_one_request() {
    let mut world = settled(30);
    let before = looks(&world);
    world.sign_in(None);
    world.run_for(900);
    assert_eq!(looks(&world), before, "it may be a renewal");
    world.run_for(600);
    assert_eq!((looks(&world) - before, state(&world).as_str()), (1, "signed_out"));
    world.run_for(HOUR);
    assert!(looks(&world) - before <= 6, "without a cookie there is nothing to ask: {}", looks(&world) - before);
}

#[test]
fn signed_in_again_work_goes_on_within_two_seconds() {
    for person_told in [true, false] {
        let mut world = settled(31);
        world.sign_in(None);
        world.run_for(60_000);
        world.server.change("b", Some(folder("b", "first")));
        world.run_for(HOUR);
        assert_eq!(world.account.uploads, 1);
        world.cookie = world.cookie.filter(|_| person_told);
        world.sign_in(Some(Person::Owner));
        let took = world.run_until(HOUR, |world| world.account.uploads == 2);
        let limit = if person_told { 2_000 } else { 16 * 60_000 };
        assert!(took <= limit, "told: {person_told}, {took} ms");
        println!("told: {person_told}, {took} ms");
        world.run_for(5_000);
        assert!(world.server.ops.iter().all(|op| op.attempts <= 1), "nothing is burnt");
        assert_eq!(state(&world), "paired");
    }
}

#[test]
fn the_server_is_told_of_a_sign_out_by_one_piece_of_work_that_comes_back() {
    // Whether a question for work is under way at that moment must not matter.
    for before in [0, 1_000, 10_000, 300_000] {
        one_piece_of_work_comes_back(before);
    }
}

fn one_piece_of_work_comes_back(before: u64) {
    let mut world = settled(41);
    world.run_for(before);
    world.sign_in(None);
    world.run_for(5_000);
    for name in ["b", "c", "d"] {
        world.server.change(name, Some(folder(name, "first")));
    }
    world.run_for(32_000);
    assert!(world.server.cookie_expired);
    assert!(world.server.ops.iter().all(|op| op.name == "a" || op.attempts == 0), "nothing is burnt");
    let polls = world.server.polls;
    world.run_for(HOUR);
    assert_eq!(world.server.polls, polls, "once is enough");
    world.sign_in(Some(Person::Owner));
    assert!(world.run_until(HOUR, |world| world.account.uploads == 4) <= 2_000);
}

/// Nothing waits whose success could say that the session is back. The word is lost on its way once, and the background ends.
#[test]
fn the_server_hears_of_the_next_sign_in_without_any_work() {
    for (loses, dies) in [(false, None), (true, None), (false, Some(0)), (false, Some(3))] {
        let mut world = settled(48);
        world.sign_in(None);
        world.run_for(5_000);
        world.server.change("b", Some(folder("b", "first")));
        world.run_for(35_000);
        assert!(world.server.cookie_expired);
        world.server.change("b", None);
        world.loses = loses.then_some("/extension/telemetry");
        world.dies_after = dies;
        world.sign_in(Some(Person::Owner));
        let took = world.run_until(HOUR, |world| !world.server.cookie_expired);
        assert!(took <= if dies.is_some() { 32_000 } else { 2_000 }, "{dies:?}: {took} ms");
        world.run_for(HOUR);
        assert_eq!(world.sent("/extension/telemetry"), if loses { 2 } else { 1 }, "once is enough");
        world.sign_in(None);
        world.run_for(5_000);
        world.server.change("b", Some(folder("b", "second")));
        world.run_for(35_000);
        assert!(world.server.cookie_expired, "the next time is told as well");
    }
}

#[test]
fn the_reference_backend_would_count_an_attempt_and_is_left_alone() {
    let mut world = World::new(42);
    world.server.reference = true;
    let mut world = world.paired();
    world.run_for(60_000);
    world.sign_in(None);
    world.run_for(5_000);
    world.server.change("b", Some(folder("b", "first")));
    let polls = world.server.polls;
    world.run_for(HOUR);
    assert_eq!(world.server.polls, polls);
}

#[test]
fn a_storm_of_changes_is_one_look() {
    let mut world = settled(32);
    let before = looks(&world);
    for _ in 0..20 {
        world.cookie_changed();
        world.run_for(150);
    }
    world.run_for(5_000);
    assert_eq!(looks(&world) - before, 1);
    for _ in 0..100 {
        world.cookie_changed();
        world.run_for(200);
    }
    assert!(looks(&world) - before > 2, "a storm that does not end is looked into as well");
}

#[test]
fn a_cookie_that_is_renewed_with_every_answer_does_not_stop_the_work() {
    let mut world = World::new(33).paired();
    world.renews_cookie = true;
    for n in 0..60 {
        world.server.change(&format!("s-{n}"), Some(folder(&format!("s-{n}"), "first")));
    }
    let took = world.run_until(HOUR, |world| world.account.uploads == 60);
    assert!(took < 60_000, "{took} ms");
    let asked = looks(&world);
    world.run_for(HOUR);
    assert!(looks(&world) <= asked + 7 && asked <= 6, "{asked} looks, then {}", looks(&world));
}

#[test]
fn a_cookie_that_is_renewed_with_every_refusal_is_no_reason_to_ask_all_the_time() {
    let mut world = settled(39);
    world.renews_cookie = true;
    world.account.signed_out = true;
    world.server.change("b", Some(folder("b", "first")));
    world.run_for(60_000);
    let before = looks(&world);
    world.run_for(HOUR);
    // At each alarm one in the background and one for a tab, and once more each because of the renewal.
    assert!(looks(&world) - before <= 4 * 120, "{} looks in an hour", looks(&world) - before);
    world.sign_in(Some(Person::Owner));
    assert!(world.run_until(HOUR, |world| world.account.uploads == 2) <= 31_000);
}

#[test]
fn nothing_is_written_for_somebody_else() {
    for person in [Person::Stranger, Person::Colleague] {
        let mut world = settled(34);
        world.server.change("a", Some(folder("a", "second")));
        world.server.change("b", Some(folder("b", "first")));
        world.sign_in(Some(person));
        world.run_for(HOUR);
        assert_eq!((state(&world).as_str(), world.account.misplaced), ("other_account", 0), "{person:?}");
        assert_eq!(world.shown()["last_error"]["code"], "OTHER_ACCOUNT");
        world.sign_in(Some(Person::Owner));
        let took = world.run_until(HOUR, |world| world.account.uploads == 3);
        assert!(took <= 2_500, "{took} ms");
        world.run_for(1_000);
        assert!(world.server.ops.iter().all(|op| op.attempts <= 1), "nothing is burnt");
    }
}

#[test]
fn a_browser_that_does_not_tell_about_cookies_is_asked_before_each_batch() {
    let mut world = settled(35);
    world.cookie = None;
    world.run_for(HOUR);
    world.sign_in(Some(Person::Stranger));
    world.server.change("b", Some(folder("b", "first")));
    world.run_for(HOUR);
    assert_eq!((state(&world).as_str(), world.account.misplaced), ("other_account", 0));
    world.sign_in(Some(Person::Owner));
    world.command(Command::SyncNow);
    world.run_until(HOUR, |world| world.account.uploads == 2);
    world.run_for(1_000);
    assert_eq!(state(&world), "paired");
}

#[test]
fn a_sign_in_that_looks_like_a_renewal_is_noticed_by_the_next_alarm() {
    let mut world = World::new(40).paired();
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.sign_in(Some(Person::Stranger));
    let took = world.run_until(HOUR, |world| state(world) == "other_account");
    assert!(took <= 31_000, "{took} ms");
}

/// A choice that appears is no news of the title. It is shown all the same when nothing else happens for a while.
#[test]
fn a_choice_is_shown_soon() {
    let mut world = settled(47);
    world.sign_in(Some(Person::Member));
    let took = world.run_until(HOUR, |world| world.shown()["organisations"][0]["id"] == "org-2");
    assert!(took <= 2_500, "{took} ms");
}

/// What looked like a renewal during a long look is looked into before new work is done, although that joins the look's batch.
#[test]
fn a_sign_in_that_looks_like_a_renewal_is_noticed_before_new_work() {
    let mut world = settled(46);
    let now = world.now();
    for n in 0..150 {
        world.account.foreign_edit(&format!("s-{n:03}"), folder(&format!("s-{n:03}"), "theirs"), now);
    }
    world.command(Command::SyncNow);
    world.run_until(HOUR, |world| world.server.imports.len() > 5);
    let before = looks(&world);
    world.sign_in(Some(Person::Member));
    assert_eq!(looks(&world), before, "it is taken for a renewal");
    world.server.change("b", Some(folder("b", "first")));
    let took = world.run_until(HOUR, |world| world.account.uploads == 2);
    assert!(looks(&world) > before && took < 10_000, "{took} ms");
    world.run_for(1_000);
    assert_eq!(world.shown()["organisations"][0]["id"], "org-2");
}

#[test]
fn a_second_organisation_changes_nothing_before_somebody_chooses_it() {
    let mut world = settled(36);
    assert_eq!(world.shown()["organisations"], serde_json::json!([]), "one is no choice");
    world.sign_in(Some(Person::Member));
    world.server.change("a", Some(folder("a", "second")));
    world.run_until(HOUR, |world| world.account.uploads == 2);
    world.run_for(1_000);
    assert_eq!(world.sent("org-2"), 0);
    let choices = world.shown()["organisations"].clone();
    assert_eq!((&choices[0]["id"], &choices[0]["chosen"]), (&"org-2".into(), &false.into()));
    assert_eq!((&choices[1]["name"], &choices[1]["chosen"]), (&"ORG-1".into(), &true.into()));
    world.command(Command::ChooseOrganisation { organisation: "nobody's".into() });
    world.command(Command::ChooseOrganisation { organisation: "org-1".into() });
    world.run_for(1_000);
    assert_eq!(state(&world), "paired", "that one was chosen already");
}

#[test]
fn before_anything_was_written_choosing_is_all_it_takes() {
    let mut world = World::new(43).paired();
    world.sign_in(Some(Person::Member));
    world.run_for(60_000);
    world.command(Command::ChooseOrganisation { organisation: "org-2".into() });
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(HOUR, |world| world.account.uploads == 1);
    assert_eq!((world.sent("org-2/skills/upload-skill"), world.sent("/extension/pair?")), (1, 0));
    assert_eq!(world.shown()["organisations"][0]["chosen"], true);
}

/// The server believes that the former organisation's skills are in step. It is told by a pairing of its own, which a person approves.
#[test]
fn another_organisation_gets_the_whole_library_and_the_former_one_is_left_as_it_is() {
    for person in [Person::Member, Person::Stranger] {
        let mut world = settled(36);
        world.server.change("c", Some(folder("c", "first")));
        world.run_until(HOUR, |world| !world.server.has_open_work());
        world.sign_in(Some(person));
        world.run_for(60_000);
        world.server.approved = false;
        world.command(Command::ChooseOrganisation { organisation: "org-2".into() });
        world.run_for(5_000);
        assert_eq!((world.shown()["moves_to"].as_str(), state(&world).as_str()), (Some("ORG-2"), "waiting"));
        assert!(!world.shown()["code"].is_null());
        world.server.change("a", Some(folder("a", "second")));
        world.run_for(60_000);
        assert!(world.account.elsewhere.is_empty(), "nothing goes there before a person approves");
        world.server.approved = true;
        world.run_until(HOUR, |world| world.account.elsewhere.len() == 2 && !world.server.has_open_work());
        world.run_for(20_000);
        assert_eq!((state(&world).as_str(), world.server.left.len()), ("paired", 1), "{person:?}");
        assert_eq!(world.shown()["moves_to"], serde_json::Value::Null);
        let former = world.account.digest("a");
        let wanted = if person == Person::Member { "second" } else { "first" };
        assert_eq!(former, Some(skill_format::folder_digest(&folder("a", wanted)).to_string()));
        world.sign_in(Some(Person::Owner));
        world.server.change("a", Some(folder("a", "third")));
        world.run_for(HOUR);
        assert_eq!((state(&world).as_str(), world.account.digest("a")), ("other_account", former), "{person:?}");
    }
}

#[test]
fn a_choice_that_nobody_approves_changes_nothing() {
    let mut world = settled(44);
    world.sign_in(Some(Person::Member));
    world.run_for(60_000);
    world.server.approved = false;
    world.command(Command::ChooseOrganisation { organisation: "org-2".into() });
    world.run_for(5_000);
    world.command(Command::CancelPairing);
    world.server.change("b", Some(folder("b", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    assert_eq!((world.account.skills.len(), world.account.elsewhere.len()), (2, 0));
    assert!(world.server.left.is_empty());
}

#[test]
fn what_is_left_of_a_broken_snapshot_writes_to_nobody_else() {
    let mut world = settled(45);
    world.break_snapshot();
    world.sign_in(Some(Person::Stranger));
    world.server.change("a", Some(folder("a", "second")));
    world.run_for(HOUR);
    assert_eq!((state(&world).as_str(), world.account.misplaced), ("other_account", 0));
}

#[test]
fn choosing_takes_over_what_is_in_hand() {
    let mut world = settled(37);
    world.sign_in(Some(Person::Stranger));
    world.server.change("b", Some(folder("b", "first")));
    world.run_for(60_000);
    assert_eq!(world.shown()["organisations"][0]["id"], "org-2");
    world.open_pages(1);
    world.command(Command::ChooseOrganisation { organisation: "org-2".into() });
    let took = world.run_until(HOUR, |world| world.sent("org-2/skills/upload-skill") == 2);
    assert!(took < 5_000, "{took} ms");
    world.run_for(2_000);
    assert_eq!(state(&world), "paired");
}

/// The background ends after each output between the sign-out and the end of the work after the next sign-in.
#[test]
fn a_kill_at_any_step_loses_nothing() {
    for step in 0..60 {
        let mut world = settled(38);
        world.dies_after = Some(step);
        world.server.change("a", Some(folder("a", "second")));
        world.sign_in(None);
        world.run_for(45_000);
        world.sign_in(Some(Person::Stranger));
        world.run_for(45_000);
        world.sign_in(Some(Person::Owner));
        world.run_until(HOUR, |world| !world.server.has_open_work());
        assert_eq!((world.account.uploads, world.account.misplaced), (2, 0), "step {step}");
        world.run_for(60_000);
        assert_eq!(state(&world), "paired", "step {step}");
    }
}
