//! How long a whole library takes, in virtual time.

use skill_engine::io::{Answer, TransportFailure};

use crate::skill::folder;
use crate::world::World;

fn library(world: &mut World, size: usize) {
    for n in 0..size {
        let name = format!("skill-{n:04}");
        let content = folder(&name, "first");
        world.server.change(&name, Some(content));
    }
}

#[test]
fn a_thousand_uploads_at_50_ms() {
    let mut world = World::new(1).paired();
    library(&mut world, 1_000);
    world.open_pages(1);
    let took = world.run_until(120_000, |world| !world.server.has_open_work());
    assert_eq!(world.account.skills.len(), 1_000);
    assert!(took < 18_000, "it took {took} ms");
    assert!(world.account.lists <= 22, "{} lists for 20 batches and a look", world.account.lists);
    assert_eq!(world.account.uploads, 1_000);
    assert!(world.persists < 60, "{} writes to the storage", world.persists);
    assert!(world.largest_snapshot < 64_000, "a snapshot of {} bytes", world.largest_snapshot);
}

/// Work that is asked for while other work is being reported is held by two batches at once.
#[test]
fn wherever_the_background_ends_in_a_large_library_nothing_is_lost_or_written_twice() {
    for step in (0..700).step_by(5) {
        let mut world = World::new(4).paired();
        library(&mut world, 130);
        world.dies_after = Some(step);
        world.open_pages(1);
        world.run_until(900_000, |world| !world.server.has_open_work());
        assert!(world.server.failed.is_empty(), "step {step}: {:?}", world.server.failed);
        assert_eq!((world.account.skills.len(), world.account.uploads), (130, 130), "step {step}");
        assert!(world.server.ops.iter().all(|op| op.attempts <= 2), "step {step}");
    }
}

#[test]
fn a_long_answer_time_is_borne() {
    let mut world = World::new(2).paired();
    world.latency = 4_000;
    library(&mut world, 60);
    world.run_until(900_000, |world| !world.server.has_open_work());
    assert_eq!(world.account.skills.len(), 60);
    assert_eq!(world.account.uploads, 60);
}

/// All that was under way fails for one reason: that is one failure, and no reason to leave the server alone for half a minute.
#[test]
fn a_server_that_was_away_for_a_moment_is_asked_again_soon() {
    for arrived in 1..50 {
        let mut world = World::new(5).paired();
        library(&mut world, 60);
        world.open_pages(1);
        world.run_until(60_000, |world| world.account.skills.len() >= arrived);
        world.interpose("/v1/", Answer::Failed(TransportFailure::Unreachable));
        world.run_for(400);
        world.interposed = None;
        let took = world.run_until(300_000, |world| !world.server.has_open_work());
        assert_eq!((world.account.skills.len(), world.account.uploads), (60, 60));
        assert!(took < 8_000, "with {arrived} skills there it took {took} ms");
    }
}

#[test]
fn nothing_to_do_costs_nearly_nothing() {
    let mut world = World::new(3).paired();
    world.run_for(120_000);
    let (requests, persists, keeps) = (world.requests, world.persists, world.keeps);
    world.run_for(3_600_000);
    // A question every half minute; four looks at the account, each with the questions for the organisations and the account.
    assert!(world.requests - requests <= 133, "{} requests in an idle hour", world.requests - requests);
    assert!(world.persists - persists <= 8, "{} writes in an idle hour", world.persists - persists);
    assert_eq!(world.keeps, keeps);
}
