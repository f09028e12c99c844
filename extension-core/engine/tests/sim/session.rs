//! What happens when claude.ai or the server does not let us work.

use serde_json::json;
use skill_engine::io::{Answer, Body, Command, TransportFailure};

use crate::reply;
use crate::skill::folder;
use crate::world::World;

const HOUR: u64 = 3_600_000;

/// A world with one skill to upload, in which requests with `part` in their path are answered like this.
fn with_trouble(part: &'static str, answer: Answer) -> World {
    let mut world = World::new(21).paired();
    // By then the organisation has to be asked for again.
    world.run_for(700_000);
    world.server.change("a", Some(folder("a", "first")));
    world.interpose(part, answer);
    world.run_for(120_000);
    world
}

fn is_over(world: &mut World) {
    world.interposed = None;
    world.account.signed_out = false;
    world.run_until(HOUR, |world| !world.server.has_open_work());
    assert_eq!(world.account.skills.len(), 1, "{:?}", world.server.failed);
    world.run_for(1_000);
    assert_eq!(world.shown()["state"], "paired");
    assert!(world.shown()["last_error"].is_null());
}

#[test]
fn signed_out_work_waits_without_using_an_attempt() {
    let mut world = World::new(20).paired();
    world.account.signed_out = true;
    world.server.change("a", Some(folder("a", "first")));
    world.run_for(HOUR);
    assert_eq!(world.shown()["state"], "signed_out");
    assert!(world.server.cookie_expired);
    assert_eq!(world.server.ops[0].attempts, 0);
    let polls = world.server.polls;
    world.run_for(HOUR);
    assert_eq!(world.server.polls, polls, "no work is taken on");
    is_over(&mut world);
    assert_eq!(world.server.ops[0].attempts, 1);
}

#[test]
fn troubles_have_a_state_a_code_and_an_end() {
    let login = Answer::Response(skill_engine::io::Response {
        status: 200,
        headers: [].into(),
        redirected: true,
        body: Body::NotJson,
    });
    let challenge = reply::with(403, &[("cf-mitigated", "challenge")], Body::NotJson);
    let policy = reply::json(403, json!({"error": {"message": "Skills are turned off by your administrator."}}));
    let scan = reply::json(409, json!({"error": {"type": "skill_scan_pending", "message": ""}}));
    let too_fast = reply::with(429, &[("retry-after", "600")], Body::Empty);
    let table = [
        ("/api/", login, "signed_out", "SIGNED_OUT"),
        // A page here while the organisations are data is no matter of the session.
        ("list-skills", reply::page(200), "error", "ENDPOINT_CHANGED"),
        ("upload-skill", reply::json(401, json!({})), "signed_out", "SIGNED_OUT"),
        ("list-skills", challenge, "held", "CHALLENGE"),
        ("upload-skill", policy.clone(), "skills_switched_off", "SKILLS_SWITCHED_OFF"),
        ("list-skills", policy, "skills_switched_off", "SKILLS_SWITCHED_OFF"),
        ("upload-skill", scan, "working", "SCAN_PENDING"),
        ("list-skills", reply::json(200, json!({"items": []})), "error", "ENDPOINT_CHANGED"),
        ("/api/organizations", reply::json(200, json!([])), "error", "NO_ORGANISATION"),
        ("list-skills", reply::json(403, json!({})), "error", "REMOTE_FORBIDDEN"),
        ("/api/", reply::empty(500), "error", "REMOTE_UNAVAILABLE"),
        ("/api/", Answer::Failed(TransportFailure::Unreachable), "error", "REMOTE_UNAVAILABLE"),
        ("list-skills", too_fast, "working", "REMOTE_TOO_FAST"),
        ("/extension/operations", Answer::Failed(TransportFailure::Unreachable), "error", "SERVER_UNREACHABLE"),
        ("/extension/", reply::page(401), "error", "SERVER_NOT_UNDERSTOOD"),
        ("/extension/", reply::page(403), "error", "SERVER_NOT_UNDERSTOOD"),
        ("/extension/", reply::refused(403, "HOST_NOT_ALLOWED"), "error", "SERVER_REFUSED"),
        ("/extension/", reply::empty(503), "error", "SERVER_BUSY"),
    ];
    for (part, answer, state, code) in table {
        println!("{part} {answer:?}");
        let mut world = with_trouble(part, answer);
        assert_eq!(
            (world.shown()["state"].as_str(), world.shown()["last_error"]["code"].as_str()),
            (Some(state), Some(code))
        );
        assert!(world.account.skills.is_empty(), "nothing is written on a guess");
        is_over(&mut world);
    }
}

#[test]
fn a_renamed_list_is_found_under_its_other_path() {
    let mut world = World::new(22).paired();
    world.server.change("a", Some(folder("a", "first")));
    let mut content = json!({"skills": []});
    world.interposed = Some(Box::new(move |request| {
        if request.path.contains("upload-skill") {
            content = json!({"skills": [{"id": "skill_0001", "name": "a", "version": "1"}]});
        }
        match request.path.as_str() {
            "/api/organizations/org-1/skills/list-skills" => Some(reply::empty(404)),
            "/api/organizations/org-1/skills" => Some(reply::json(200, content.clone())),
            _ => None,
        }
    }));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    assert_eq!(world.account.uploads, 1);
    assert!(world.server.links.contains_key("a"));
}

#[test]
fn a_server_that_is_away_is_left_alone_for_growing_times() {
    let mut world = World::new(23).paired();
    world.interpose("/extension/", Answer::Failed(TransportFailure::Unreachable));
    world.run_for(24 * HOUR);
    assert!(world.sent("operations") < 24 * 12 + 30, "{} requests in a day", world.sent("operations"));
    world.interposed = None;
    world.server.change("a", Some(folder("a", "first")));
    world.command(Command::SyncNow);
    let took = world.run_until(HOUR, |world| world.account.uploads == 1);
    assert!(took < 2_000, "a person who asks does not wait: {took} ms");
}

#[test]
fn a_revoked_browser_says_so_and_is_silent() {
    let mut world = World::new(24).paired();
    world.server.revoked = true;
    world.run_for(60_000);
    assert_eq!(
        (world.shown()["state"].as_str(), world.shown()["server"].as_str()),
        (Some("revoked"), Some("http://127.0.0.1:8082"))
    );
    assert_eq!(world.shown()["last_error"]["code"], "TOKEN_REVOKED");
    assert!(!world.stored().to_string().contains("sfe_"), "the token is forgotten");
    let requests = world.requests;
    world.kill();
    world.open_pages(1);
    world.run_for(HOUR);
    assert_eq!(world.requests, requests);
}

#[test]
fn disconnecting_forgets_everything_and_tells_the_server() {
    let mut world = World::new(25).paired();
    world.command(Command::Disconnect);
    world.run_for(HOUR);
    assert_eq!(world.server.left.len(), 1);
    assert_eq!(world.shown()["state"], "unpaired");
    assert!(world.shown()["server"].is_null() && world.shown()["last_error"].is_null());
    assert!(!world.stored().to_string().contains("sfe_"));
    assert_eq!(
        world.sent("/integrations/00000000-0000-0000-0000-000000000007"),
        world.log.len() - world.sent("/extension/") - world.sent("/api/")
    );
}
