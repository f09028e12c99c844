//! A browser that attaches the session in open tabs only.

use crate::account::Person;
use crate::skill::folder;
use crate::world::World;

const HOUR: u64 = 3_600_000;

fn state(world: &World) -> String {
    world.shown()["state"].as_str().expect("a text").to_owned()
}

/// One skill waits.
fn withholding(tab_open: bool) -> World {
    let mut world = World::new(50).paired();
    world.withholds = true;
    world.tab_open = tab_open;
    world.server.change("a", Some(folder("a", "first")));
    world
}

#[test]
fn the_work_goes_through_an_open_tab() {
    let mut world = withholding(true);
    let took = world.run_until(HOUR, |world| world.account.uploads == 1);
    assert!(took < 40_000, "{took} ms");
    world.run_for(5_000);
    let refused = world.sent("/api/organizations") - world.sent("/api/organizations/");
    assert_eq!(state(&world), "paired");
    assert!(refused <= 3, "{refused}: once in the background, then through the tab");
    world.server.change("a", Some(folder("a", "second")));
    world.run_until(HOUR, |world| world.account.uploads == 2);
    assert!(world.server.ops.iter().all(|op| op.attempts <= 1));
}

#[test]
fn a_tab_that_is_closed_is_asked_for_and_waited_for() {
    let mut world = withholding(true);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.tab_open = false;
    world.server.change("a", Some(folder("a", "second")));
    world.run_for(HOUR);
    assert_eq!((state(&world).as_str(), world.account.uploads), ("tab_needed", 1));
    assert_eq!(world.shown()["last_error"]["code"], "TAB_NEEDED");
    world.tab_open = true;
    let took = world.run_until(HOUR, |world| world.account.uploads == 2);
    assert!(took <= 32_000, "{took} ms");
    assert!(world.server.ops.iter().all(|op| op.attempts <= 1), "nothing is burnt");
}

#[test]
fn whoever_is_signed_out_is_not_asked_for_a_tab() {
    for (tab_open, cookie) in [(false, Some(true)), (true, Some(false)), (true, None)] {
        let mut world = withholding(tab_open);
        world.cookie = cookie;
        world.kill();
        // The life that has ended took the work with it; its lease has to run out.
        world.run_for(400_000);
        assert_eq!((state(&world).as_str(), world.account.uploads), ("signed_out", 0), "{tab_open} {cookie:?}");
    }
    let mut world = withholding(true);
    world.account.signed_out = true;
    world.run_for(120_000);
    assert_eq!(state(&world), "signed_out", "the tab is signed out as well");
}

#[test]
fn the_background_is_tried_again_when_the_cookie_changes() {
    let mut world = withholding(true);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(30_000);
    world.withholds = false;
    world.tab_open = false;
    world.sign_in(Some(Person::Owner));
    world.server.change("a", Some(folder("a", "second")));
    let took = world.run_until(HOUR, |world| world.account.uploads == 2);
    assert!(took <= 32_000, "{took} ms");
    assert_eq!(world.stored()["through_tab"], false);
}

#[test]
fn somebody_elses_tab_gets_nothing() {
    let mut world = withholding(true);
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.run_for(700_000);
    world.cookie = None;
    world.sign_in(Some(Person::Colleague));
    world.server.change("a", Some(folder("a", "second")));
    world.run_for(HOUR);
    assert_eq!((state(&world).as_str(), world.account.misplaced), ("other_account", 0));
}

#[test]
fn a_kill_at_any_step_loses_nothing() {
    for step in 0..40 {
        let mut world = withholding(true);
        world.dies_after = Some(step);
        world.run_for(60_000);
        world.tab_open = false;
        world.server.change("a", Some(folder("a", "second")));
        world.run_for(60_000);
        world.tab_open = true;
        world.run_until(HOUR, |world| !world.server.has_open_work());
        assert_eq!(world.account.uploads, 2, "step {step}");
    }
}
