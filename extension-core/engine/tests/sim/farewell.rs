//! Leaving a server: it is told, whatever stands in the way, and nothing else is kept.

use serde_json::json;
use skill_engine::io::{Answer, Body, Command, TransportFailure};

use crate::reply;
use crate::skill::folder;
use crate::world::World;

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;

/// A browser that has done something and leaves while `answer` comes in place of the server's.
fn leaving(answer: Answer) -> World {
    let mut world = World::new(81).paired();
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(DAY, |world| !world.server.has_open_work());
    world.interpose("/integrations/0", answer);
    world.command(Command::Disconnect);
    world
}

fn told(world: &World) -> bool {
    !world.server.left.is_empty()
}

/// State, code and address that pages show.
fn shown(world: &World) -> (String, serde_json::Value, serde_json::Value) {
    let shown = world.shown();
    (shown["state"].to_string(), shown["last_error"]["code"].clone(), shown["server"].clone())
}

#[test]
fn a_server_that_is_away_is_told_later_and_the_rest_is_erased_at_once() {
    let mut world = leaving(Answer::Failed(TransportFailure::Unreachable));
    world.run_for(5_000);
    let stored = world.stored();
    assert_eq!((&stored["link"], &stored["batch"], &stored["activity"]), (&json!(null), &json!(null), &json!([])));
    let expected = (json!("unpaired").to_string(), json!("SERVER_NOT_TOLD"), json!("http://127.0.0.1:8082"));
    assert_eq!(shown(&world), expected);
    world.kill();
    world.run_for(60 * MINUTE);
    assert!(!told(&world) && world.sent("/integrations/0") < 30, "{} requests", world.sent("/integrations/0"));
    world.interposed = None;
    world.run_for(6 * MINUTE);
    assert!(told(&world));
    assert_eq!(shown(&world), (json!("unpaired").to_string(), json!(null), json!(null)));
    assert!(!world.stored().to_string().contains("sfe_"));
    let requests = world.requests;
    world.run_for(DAY);
    assert_eq!(world.requests, requests);
}

#[test]
fn a_person_who_asks_does_not_wait() {
    let mut world = leaving(Answer::Failed(TransportFailure::Unreachable));
    world.run_for(60 * MINUTE);
    world.interposed = None;
    world.command(Command::SyncNow);
    world.run_for(1_000);
    assert!(told(&world));
}

#[test]
fn a_token_is_not_kept_for_ever() {
    for (answer, kept) in [
        (reply::page(502), DAY),
        (reply::page(404), DAY),
        (reply::with(429, &[("retry-after", "600")], Body::Empty), DAY),
        (reply::refused(403, "HOST_NOT_ALLOWED"), 0),
        (reply::refused(422, "VALIDATION_ERROR"), 0),
    ] {
        println!("{answer:?}");
        let mut world = leaving(answer);
        world.run_for(kept.saturating_sub(MINUTE).max(1_000));
        assert_eq!(world.stored().to_string().contains("sfe_"), kept > 0);
        world.run_for(20 * MINUTE);
        assert!(!world.stored().to_string().contains("sfe_"));
        assert_eq!(shown(&world).1, "SERVER_NOT_TOLD", "it is said after the last attempt as well");
        let requests = world.requests;
        world.run_for(DAY);
        assert_eq!(world.requests, requests);
    }
}

#[test]
fn a_server_that_knows_nothing_of_the_pairing_needs_not_be_told() {
    for answer in [
        reply::refused(401, "INVALID_EXTENSION_TOKEN"),
        reply::refused(403, "INTEGRATION_DISCONNECTED"),
        reply::refused(404, "INTEGRATION_NOT_FOUND"),
    ] {
        let mut world = leaving(answer);
        world.run_for(1_000);
        assert_eq!(shown(&world), (json!("unpaired").to_string(), json!(null), json!(null)));
        assert!(!world.stored().to_string().contains("sfe_"));
    }
}

#[test]
fn an_end_at_every_step_of_leaving_is_harmless() {
    for step in 0..8 {
        let mut world = World::new(82).paired();
        world.run_for(MINUTE);
        world.dies_after = Some(step);
        world.command(Command::Disconnect);
        world.run_for(1_000);
        world.kill();
        world.run_for(MINUTE);
        world.command(Command::Disconnect);
        world.run_for(MINUTE);
        assert_eq!(world.server.left.len(), 1, "step {step}");
        assert!(!world.stored().to_string().contains("sfe_"), "step {step}");
    }
}

#[test]
fn a_pairing_that_takes_the_place_of_another_ends_it() {
    let mut world = leaving(Answer::Failed(TransportFailure::Unreachable)).paired();
    world.run_for(MINUTE);
    assert_eq!((world.shown()["state"].as_str(), told(&world)), (Some("paired"), false));
    world.interposed = None;
    world.run_for(6 * MINUTE);
    assert_eq!(world.server.left.len(), 1, "the former one is told while the new one works");
    let mut world = world.paired();
    world.run_for(MINUTE);
    assert_eq!(world.server.left.len(), 2);
    assert_eq!((world.shown()["state"].as_str(), world.account.uploads), (Some("paired"), 1));
}

#[test]
fn what_could_never_be_told_stands_in_the_list_of_the_next_pairing() {
    let mut world = leaving(reply::page(502)).paired();
    world.run_for(DAY + MINUTE);
    let activity = world.shown()["activity"].to_string();
    assert!(activity.contains("left_server") && activity.contains("SERVER_NOT_TOLD"), "{activity}");
    assert!(world.shown()["last_error"].is_null());
}
