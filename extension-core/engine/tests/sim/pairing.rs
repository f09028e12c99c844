//! The client's half of the pairing.

use skill_engine::io::{Answer, Command, TransportFailure};

use crate::reply;
use crate::world::World;

const MINUTE: u64 = 60_000;

/// A person has asked, nobody has approved yet.
fn waiting(seed: u64) -> World {
    let mut world = World::new(seed);
    world.server.approved = false;
    world.open_pages(1);
    pair(&mut world, "http://127.0.0.1:8082/settings?x");
    world.run_for(1_000);
    world
}

fn pair(world: &mut World, server: &str) {
    world.command(Command::Pair { server: server.into(), label: String::new() });
}

fn state(world: &World) -> String {
    world.shown()["state"].as_str().expect("is text").to_owned()
}

fn code(world: &World) -> String {
    world.shown()["last_error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_code_is_shown_and_approval_links() {
    let mut world = waiting(31);
    assert_eq!((state(&world).as_str(), world.shown()["code"].as_str()), ("waiting", Some("ABC234")));
    assert_eq!(world.shown()["server"], "http://127.0.0.1:8082");
    let left = world.shown()["expires_at"].as_u64().expect("a time") - world.now();
    assert!((9 * MINUTE..=10 * MINUTE).contains(&left));
    world.server.approved = true;
    world.run_for(3_000);
    assert_eq!(state(&world), "paired");
    assert!(world.shown()["code"].is_null());
    assert!(!world.stored().to_string().contains("sfp_"), "the pairing token is forgotten");
}

#[test]
fn it_asks_fast_while_a_page_is_open_and_by_alarm_otherwise() {
    let mut world = waiting(32);
    let before = world.sent("pair/status");
    world.run_for(20_000);
    assert!((8..=11).contains(&(world.sent("pair/status") - before)));
    world.open_pages(0);
    let before = world.sent("pair/status");
    world.run_for(2 * MINUTE);
    assert!((3..=5).contains(&(world.sent("pair/status") - before)));
}

#[test]
fn it_survives_the_end_of_the_background() {
    let mut world = waiting(33);
    world.open_pages(0);
    world.kill();
    world.server.approved = true;
    world.run_for(40_000);
    assert_eq!(state(&world), "paired");
    assert_eq!(
        world.sent("/extension/pair?") + world.log.iter().filter(|(_, path)| path.ends_with("/extension/pair")).count(),
        1
    );
}

#[test]
fn it_ends_when_the_server_says_so() {
    for (answer, expected) in [
        (reply::refused(410, "PAIRING_EXPIRED"), "PAIRING_EXPIRED"),
        (reply::refused(404, "PAIRING_TOKEN_UNKNOWN"), "PAIRING_ENDED"),
    ] {
        let mut world = waiting(34);
        world.interpose("pair/status", answer);
        world.run_for(5_000);
        assert_eq!((state(&world).as_str(), code(&world).as_str()), ("unpaired", expected));
        let requests = world.requests;
        world.run_for(20 * MINUTE);
        assert_eq!(world.requests, requests, "it is over");
    }
}

#[test]
fn it_ends_by_its_own_clock_when_the_server_is_silent() {
    let mut world = waiting(35);
    world.interpose("pair/status", Answer::Failed(TransportFailure::Unreachable));
    world.run_for(9 * MINUTE);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("waiting", "SERVER_UNREACHABLE"));
    world.run_for(7 * MINUTE);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("unpaired", "PAIRING_EXPIRED"));
}

#[test]
fn a_short_outage_costs_nothing() {
    let mut world = waiting(36);
    world.interpose("pair/status", reply::page(502));
    world.run_for(10_000);
    assert_eq!(code(&world), "SERVER_BUSY");
    world.interposed = None;
    world.server.approved = true;
    world.run_for(MINUTE);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("paired", ""));
}

#[test]
fn a_server_that_asks_for_a_pause_gets_it() {
    let mut world = World::new(37);
    world.open_pages(1);
    world.interpose("/extension/pair", reply::with(429, &[("retry-after", "30")], skill_engine::io::Body::Empty));
    pair(&mut world, "http://127.0.0.1:8082");
    world.run_for(25_000);
    assert_eq!((world.sent("/extension/pair"), state(&world).as_str()), (1, "waiting"));
    world.interposed = None;
    world.run_for(MINUTE);
    assert_eq!(state(&world), "paired");
}

#[test]
fn what_cannot_be_reached_is_said_soon() {
    let mut world = World::new(38);
    world.open_pages(1);
    world.interpose("/extension/", Answer::Failed(TransportFailure::Unreachable));
    pair(&mut world, "http://127.0.0.1:9");
    world.run_for(10_000);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("unpaired", "SERVER_UNREACHABLE"));
}

#[test]
fn what_is_no_such_server_is_said_at_once() {
    let mut world = World::new(39);
    world.interpose("/extension/", reply::page(404));
    pair(&mut world, "http://127.0.0.1:80");
    world.run_for(2_000);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("unpaired", "SERVER_NOT_UNDERSTOOD"));
    pair(&mut world, "127.0.0.1");
    assert_eq!(code(&world), "ADDRESS_NOT_READABLE");
}

#[test]
fn giving_up_leaves_everything_as_it_was() {
    let mut world = waiting(40);
    world.command(Command::CancelPairing);
    world.run_for(20 * MINUTE);
    assert_eq!((state(&world).as_str(), code(&world).as_str()), ("unpaired", ""));

    let mut world = World::new(41).paired();
    pair(&mut world, "http://127.0.0.1:9999");
    assert_eq!(state(&world), "waiting");
    world.command(Command::CancelPairing);
    world.run_for(1_000);
    assert_eq!((state(&world).as_str(), world.shown()["server"].as_str()), ("paired", Some("http://127.0.0.1:8082")));
}
