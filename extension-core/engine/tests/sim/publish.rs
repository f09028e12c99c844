//! Groups as plugins, one thing at a time.

use serde_json::json;
use skill_engine::io::{Answer, TransportFailure};

use crate::queue::State;
use crate::reply;
use crate::world::World;

const DAY: u64 = 86_400_000;

fn world(seed: u64) -> World {
    let mut world = World::new(seed).paired();
    world.run_for(60_000);
    world
}

fn publish(world: &mut World, groups: &[(&str, &str)]) {
    world.server.groups = groups.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect();
    world.server.ask("publish_group", json!({}));
    world.run_until(DAY, |world| !world.server.has_open_work());
}

fn uploads(world: &World) -> Vec<(&str, u32, bool)> {
    let plugins = world.account.market.plugins.iter();
    plugins.map(|(name, plugin)| (name.as_str(), plugin.uploads, plugin.enabled)).collect()
}

fn result(world: &World) -> &serde_json::Value {
    let op = world.server.ops.last().expect("an operation");
    assert_eq!(op.state, State::Completed, "{op:?}");
    &op.payload["result"]
}

#[test]
fn groups_arrive_change_and_are_retired_with_one_write_each() {
    let mut world = world(61);
    publish(&mut world, &[("a", "first"), ("b", "first")]);
    assert_eq!(uploads(&world), [("a", 1, true), ("b", 1, true)]);
    let expected = json!({"group_count": 2, "skill_count": 4, "retired_count": 0, "marketplace_id": "marketplace_1"});
    assert_eq!(result(&world), &expected);
    publish(&mut world, &[("a", "first"), ("b", "second")]);
    assert_eq!(uploads(&world), [("a", 1, true), ("b", 2, true)]);
    assert_eq!(world.server.bundles, 3, "what has not changed is not fetched");
    publish(&mut world, &[("b", "second")]);
    assert_eq!(uploads(&world), [("a", 1, false), ("b", 2, true)]);
    assert_eq!(result(&world)["retired_count"], 1);
    publish(&mut world, &[("a", "first"), ("b", "second")]);
    assert_eq!(uploads(&world), [("a", 1, true), ("b", 2, true)], "switched on again without an upload");
    assert_eq!(world.account.market.marketplaces.len(), 1);
    assert_eq!(world.sent("create-account-marketplace"), 1);
}

#[test]
fn nothing_to_publish_makes_no_marketplace() {
    let mut world = world(62);
    publish(&mut world, &[]);
    assert!(world.account.market.marketplaces.is_empty());
    assert_eq!(result(&world)["group_count"], 0);
}

#[test]
fn a_list_without_its_key_is_no_empty_list() {
    for part in ["list-account-marketplaces", "account-list-plugins"] {
        let mut world = world(63);
        publish(&mut world, &[("a", "first")]);
        world.interpose(part, reply::json(200, json!({"items": []})));
        world.server.groups.insert("a".into(), "second".into());
        world.server.ask("publish_group", json!({}));
        world.run_for(600_000);
        assert_eq!(world.account.market.marketplaces.len(), 1);
        assert_eq!(uploads(&world), [("a", 1, true)], "nothing is written on a guess");
        assert_eq!(world.shown()["last_error"]["code"], "ENDPOINT_CHANGED");
        world.interposed = None;
        world.run_until(DAY, |world| !world.server.has_open_work());
        world.server.ask("publish_group", json!({}));
        world.run_until(DAY, |world| !world.server.has_open_work());
        assert_eq!(uploads(&world), [("a", 2, true)]);
    }
}

#[test]
fn a_marketplace_whose_making_was_not_heard_of_is_found() {
    let mut world = world(64);
    let mut heard = false;
    // It is made, and the answer is lost: the next request fails as well, then the background ends.
    world.interposed = Some(Box::new(move |request| {
        let after = heard;
        heard |= request.path.contains("create-account-marketplace");
        (after && request.path.contains("plugins")).then_some(Answer::Failed(TransportFailure::Interrupted))
    }));
    world.server.groups.insert("a".into(), "first".into());
    world.server.ask("publish_group", json!({}));
    world.run_until(DAY, |world| !world.account.market.marketplaces.is_empty());
    world.kill();
    world.interposed = None;
    world.run_until(DAY, |world| !world.server.has_open_work());
    assert_eq!(world.account.market.marketplaces.len(), 1);
    assert_eq!(uploads(&world), [("a", 1, true)]);
}

#[test]
fn what_somebody_made_by_hand_is_neither_written_over_nor_switched_off() {
    let mut world = world(65);
    publish(&mut world, &[("a", "first")]);
    world.account.market.by_hand("mine");
    publish(&mut world, &[("a", "second"), ("mine", "ours")]);
    assert_eq!(uploads(&world), [("a", 2, true), ("mine", 0, true)], "the other group arrived");
    let op = world.server.ops.last().expect("an operation");
    assert_eq!(op.state, State::Failed);
    assert!(world.shown()["activity"].to_string().contains("GROUP_NAME_TAKEN"));
    publish(&mut world, &[("a", "second")]);
    assert_eq!(uploads(&world), [("a", 2, true), ("mine", 0, true)]);
}

#[test]
fn groups_of_a_former_pairing_are_known_by_what_they_show() {
    let mut world = world(66);
    publish(&mut world, &[("a", "first")]);
    let plugins = std::mem::take(&mut world.account.market);
    let mut world = self::world(67);
    world.account.market = plugins;
    publish(&mut world, &[("a", "second")]);
    assert_eq!(uploads(&world), [("a", 2, true)]);
    assert_eq!(world.account.market.marketplaces.len(), 1);
}

/// What this browser has brought for a library it may also retire after pairing with it once more.
#[test]
fn another_pairing_with_the_same_server_remembers_what_is_ours() {
    for revoked in [false, true] {
        let mut world = world(73);
        publish(&mut world, &[("a", "first"), ("b", "first")]);
        if revoked {
            world.server.revoked = true;
            world.run_for(60_000);
            world.server.revoked = false;
        }
        let mut world = world.paired();
        publish(&mut world, &[("a", "first")]);
        assert_eq!(uploads(&world), [("a", 1, true), ("b", 1, false)], "revoked: {revoked}");
        assert_eq!(world.shown()["former_plugins"], json!([]));
    }
}

/// After everything was erased nothing tells what was ours from what another library has brought: it is named and left alone.
#[test]
fn what_cannot_be_told_from_anothers_is_named_and_left_switched_on() {
    let mut world = world(74);
    publish(&mut world, &[("a", "first"), ("b", "first")]);
    world.account.market.by_hand("mine");
    world.command(skill_engine::io::Command::Disconnect);
    world.run_for(60_000);
    let mut world = world.paired();
    publish(&mut world, &[("a", "second")]);
    assert_eq!(uploads(&world), [("a", 2, true), ("b", 1, true), ("mine", 0, true)]);
    assert_eq!(world.shown()["former_plugins"], json!(["b"]));
    world.account.market.plugins.get_mut("b").expect("is there").enabled = false;
    publish(&mut world, &[("a", "third")]);
    assert_eq!(world.shown()["former_plugins"], json!([]), "somebody has switched it off");
}

#[test]
fn a_plugin_that_somebody_removed_is_uploaded_again() {
    let mut world = world(68);
    publish(&mut world, &[("a", "first")]);
    world.account.market.plugins.clear();
    publish(&mut world, &[("a", "first")]);
    assert_eq!(uploads(&world), [("a", 1, true)]);
}

#[test]
fn a_list_that_does_not_tell_the_switch_is_enough() {
    let mut world = world(69);
    world.account.market.silent = true;
    publish(&mut world, &[("a", "first"), ("b", "first")]);
    publish(&mut world, &[("b", "first")]);
    assert_eq!(uploads(&world), [("a", 1, false), ("b", 1, true)]);
}

#[test]
fn a_group_that_is_refused_keeps_no_other_from_arriving() {
    let mut world = world(70);
    let refusal = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "plugin.json is bad"}});
    world.interposed = reply::to_nth(1, "account-upload", reply::json(400, refusal));
    publish(&mut world, &[("a", "first"), ("b", "first"), ("c", "first")]);
    assert_eq!(uploads(&world).len(), 2);
    assert_eq!(world.server.ops.last().expect("an operation").state, State::Failed);
}

#[test]
fn the_reference_backend_ignores_tags_and_nothing_is_uploaded_twice() {
    let mut world = World::new(71);
    world.server.reference = true;
    let mut world = world.paired();
    publish(&mut world, &[("a", "first")]);
    publish(&mut world, &[("a", "first")]);
    assert_eq!(uploads(&world), [("a", 1, true)]);
    publish(&mut world, &[("a", "second")]);
    assert_eq!(uploads(&world), [("a", 2, true)]);
}

#[test]
fn an_end_at_every_step_of_a_publication_is_harmless() {
    let mut requests = 0;
    for step in 1.. {
        let mut world = world(72);
        world.server.groups = [("a".into(), "first".into()), ("b".into(), "first".into())].into();
        world.server.ask("publish_group", json!({}));
        let before = world.log.len();
        world.run_until(DAY, |world| world.log.len() >= before + step || !world.server.has_open_work());
        let over = !world.server.has_open_work();
        world.kill();
        world.run_until(DAY, |world| !world.server.has_open_work());
        assert_eq!(world.account.market.marketplaces.len(), 1, "killed after {step} requests");
        assert_eq!(
            uploads(&world).iter().map(|(name, _, on)| (*name, *on)).collect::<Vec<_>>(),
            [("a", true), ("b", true)]
        );
        assert_eq!(world.server.ops.last().expect("an operation").state, State::Completed);
        requests = step;
        if over {
            break;
        }
    }
    assert!(requests > 8, "only {requests} steps were tried");
}

/// Such a list does not say what is switched on, so that it has to be remembered before it may be.
#[test]
fn a_group_that_comes_back_and_goes_is_retired_wherever_the_background_ends() {
    for (content, step) in ["first", "second"].into_iter().flat_map(|content| (0..40).map(move |step| (content, step)))
    {
        let mut world = World::new(75);
        world.account.market.silent = true;
        let mut world = world.paired();
        publish(&mut world, &[("a", "first")]);
        publish(&mut world, &[]);
        assert_eq!(uploads(&world), [("a", 1, false)]);
        world.dies_after = Some(step);
        world.server.groups.insert("a".into(), content.into());
        world.server.ask("publish_group", json!({}));
        world.run_for(3_000);
        publish(&mut world, &[]);
        assert!(uploads(&world).iter().all(|(_, _, on)| !on), "{content}, step {step}");
    }
}
