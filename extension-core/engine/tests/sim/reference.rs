//! What is brought to the reference backend, which takes a repetition for another change and would put it over an edit that was made there.

use serde_json::json;
use skill_engine::io::Command;

use crate::queue::Link;
use crate::reply;
use crate::reverse::{DAY, QUARTER, arrive, digest, edit, held};
use crate::skill::folder;
use crate::world::World;

fn world(seed: u64) -> World {
    let mut world = World::new(seed);
    world.server.reference = true;
    world.paired()
}

#[test]
fn the_reference_backend_is_told_of_new_skills_and_of_marked_changes_only() {
    let mut world = world(55);
    arrive(&mut world, "a", "first");
    edit(&mut world, "b", "theirs");
    world.run_for(QUARTER + 60_000);
    assert_eq!(world.server.imports, [("b".to_owned(), "created")]);
    world.kill();
    world.lose_ledger();
    world.run_for(2 * QUARTER);
    assert_eq!(world.server.imports.len(), 1, "known by id: adopted, not brought again");
    edit(&mut world, "a", "theirs");
    world.run_for(2 * QUARTER);
    assert_eq!(world.server.imports[1..], [("a".to_owned(), "taken")]);
    assert!(world.sent("known-skill-ids") > 0);
}

/// A list that was already on its way when the look began says nothing about what such a server knows.
#[test]
fn a_look_that_joins_other_work_asks_the_reference_backend_what_it_knows_first() {
    let mut world = world(61);
    arrive(&mut world, "a", "first");
    world.kill();
    world.lose_ledger();
    let listed = world.sent("list-skills");
    world.server.change("b", Some(folder("b", "ours")));
    // Once to decide; and now what was written is looked for.
    world.run_until(DAY, |world| world.sent("list-skills") == listed + 2);
    world.command(Command::SyncNow);
    world.run_for(QUARTER);
    assert!(world.sent("known-skill-ids") > 0 && world.server.imports.is_empty(), "{:?}", world.server.imports);
}

/// The reference backend takes a repeated import for another change, and would put it over an edit that was made there since.
#[test]
fn an_import_that_the_reference_backend_may_have_taken_is_not_repeated_over_a_newer_edit() {
    for (known, killed) in [(true, true), (true, false), (false, true), (false, false)] {
        println!("known: {known}, killed: {killed}");
        let mut world = world(60);
        if known {
            arrive(&mut world, "a", "first");
        }
        edit(&mut world, "a", "theirs");
        world.loses = (!killed).then_some("imported-skill");
        world.run_until(DAY, |world| !world.server.imports.is_empty());
        if killed {
            world.kill();
        }
        // An edit that this browser hears of only after its next looks.
        world.server.library.insert("a".into(), Some(folder("a", "ours")));
        world.run_for(DAY);
        assert_eq!(world.server.imports, [("a".to_owned(), if known { "taken" } else { "created" })]);
        world.server.retry_failed();
        world.run_for(QUARTER);
        let ours = Some(digest("a", "ours"));
        assert_eq!((held(&world, "a"), world.account.digest("a")), (ours.clone(), ours));
    }
}

/// What such a server says it knows is soon outdated by what it is told afterwards. Wherever the background ends, nothing is repeated.
#[test]
fn what_the_reference_backend_has_come_to_know_since_it_was_asked_is_told_at_most_once() {
    for step in 0..30 {
        let mut world = world(65);
        arrive(&mut world, "a", "first");
        edit(&mut world, "a", "theirs");
        world.interpose("known-skill-ids", reply::json(200, json!({"claude_ai_skill_ids": []})));
        world.dies_after = Some(step);
        world.command(Command::SyncNow);
        world.run_until(DAY, |world| !world.server.imports.is_empty());
        world.interposed = None;
        // An edit that this browser hears of only after its next looks.
        world.server.library.insert("a".into(), Some(folder("a", "ours")));
        world.run_for(DAY);
        assert!(world.server.imports.len() <= 1, "step {step}: {:?}", world.server.imports);
        assert_eq!(held(&world, "a"), Some(digest("a", "ours")), "step {step}");
    }
}

/// Of two imports side by side, the first is taken and its answer is lost; the second fails before that shows.
#[test]
fn an_import_beside_one_that_failed_is_not_repeated_over_a_newer_edit_either() {
    let mut world = world(63);
    for name in ["a", "b"] {
        edit(&mut world, name, "theirs");
    }
    world.loses = Some("imported-skill");
    world.interposed = reply::to_nth(2, "imported-skill", reply::page(401));
    world.run_until(DAY, |world| !world.server.imports.is_empty());
    let taken = world.server.imports[0].0.clone();
    world.server.library.insert(taken.clone(), Some(folder(&taken, "ours")));
    world.run_for(DAY);
    assert_eq!(world.server.imports.len(), 2, "{:?}", world.server.imports);
    assert_eq!(held(&world, &taken), Some(digest(&taken, "ours")));
}

/// What was refused is brought again when a person wants it, and taken this time; the answer, or a link that somebody has made there, is
/// heard of only by what the server knows.
#[test]
fn what_the_reference_backend_has_refused_is_not_repeated_once_it_is_known_there() {
    for refused in ["its name is taken", "it is too large"] {
        for step in 0..30 {
            let mut world = world(68);
            if refused == "it is too large" {
                world.server.refuses.insert("a".into());
            } else {
                world.server.library.insert("a".into(), Some(folder("a", "of another")));
            }
            edit(&mut world, "a", "theirs");
            world.run_for(QUARTER + 60_000);
            assert!(world.shown()["not_copied"].to_string().contains("\"a\""), "{refused}");
            world.server.refuses.clear();
            world.server.library.remove("a");
            world.dies_after = Some(step);
            let taken = |world: &World| world.server.imports.iter().any(|(_, outcome)| *outcome == "created");
            while !taken(&world) {
                world.command(Command::SyncNow);
                world.run_until(QUARTER, taken);
            }
            // An edit that this browser hears of only after its next looks.
            world.server.library.insert("a".into(), Some(folder("a", "ours")));
            world.run_for(1_000);
            world.command(Command::SyncNow);
            world.run_for(DAY);
            assert_eq!(held(&world, "a"), Some(digest("a", "ours")), "{refused}, step {step}");
            assert_eq!(world.shown()["not_copied"].to_string(), "[]", "{refused}, step {step}");
        }
    }
}

/// Somebody links there what was refused for its name.
#[test]
fn what_somebody_has_linked_at_the_reference_backend_is_not_brought_over_an_edit() {
    let mut world = world(69);
    world.server.library.insert("a".into(), Some(folder("a", "of another")));
    edit(&mut world, "a", "theirs");
    world.run_for(QUARTER + 60_000);
    assert_eq!(world.server.imports, [("a".to_owned(), "collision")]);
    let there = &world.account.skills["a"];
    let (remote, version) = (there.id.clone(), json!(there.version.to_string()));
    let link = Link { remote, version, digest: digest("a", "of another"), confirmed: true };
    world.server.links.insert("a".into(), link);
    world.server.library.insert("a".into(), Some(folder("a", "ours")));
    world.command(Command::SyncNow);
    world.run_for(QUARTER);
    assert_eq!(world.server.imports.len(), 1, "{:?}", world.server.imports);
    assert_eq!(held(&world, "a"), Some(digest("a", "ours")));
}

/// What this browser wrote itself has another mark afterwards. Whenever the background ends meanwhile, that is not taken for somebody's
/// edit, which such a server would put over what the library holds by then.
#[test]
fn a_write_of_ours_is_not_brought_to_the_reference_backend_wherever_the_background_ends() {
    for step in 0..60 {
        let mut world = world(61);
        arrive(&mut world, "a", "first");
        world.run_for(QUARTER);
        world.dies_after = Some(step);
        world.server.change("a", Some(folder("a", "second")));
        world.run_until(DAY, |world| !world.server.has_open_work());
        // An edit that this browser hears of only after its next looks.
        world.server.library.insert("a".into(), Some(folder("a", "third")));
        world.run_for(DAY);
        assert!(world.server.imports.is_empty(), "step {step}: {:?}", world.server.imports);
    }
}

/// The gate closes while the answer to an import is waited for, which such a server has taken.
#[test]
fn an_import_that_was_under_way_when_the_gate_closed_is_not_repeated() {
    let mut world = world(66);
    for name in ["a", "b", "c", "d", "e"] {
        edit(&mut world, name, "theirs");
    }
    world.loses = Some("imported-skill");
    world.interposed = reply::to_nth(5, "download", reply::empty(401));
    world.run_for(DAY);
    let mut names: Vec<_> = world.server.imports.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}
