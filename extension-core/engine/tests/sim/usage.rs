//! Which skills are used: only after somebody has agreed, names only, once each.

use serde_json::{Value, json};
use skill_engine::io::{Answer, Command, TransportFailure};

use crate::skill::folder;
use crate::world::World;

const HOUR: u64 = 3_600_000;
const CHAT: &str = "0b0a1c2d-0000-4000-8000-000000000001";

/// After the beginning of every world (2027-01-15T08:00:00).
fn used(id: &str, skill: &str) -> Value {
    json!({"id": id, "start_timestamp": "2027-01-15T09:00:00.5Z", "type": "tool_use",
        "input": {"path": format!("/mnt/skills/user/{skill}/SKILL.md")}})
}

fn conversation(blocks: &[Value]) -> Value {
    json!({"name": "Something private", "chat_messages": [{"created_at": "2027-01-15T08:59:00Z", "content": blocks}]})
}

/// One synced skill `a`, one that belongs to the team and is not synced, and an open conversation.
fn world(seed: u64) -> World {
    let mut world = World::new(seed).paired();
    world.server.change("a", Some(folder("a", "first")));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.conversations = vec![CHAT.to_owned()];
    let before =
        json!({"id": "0", "start_timestamp": "2027-01-15T07:00:00Z", "input": {"path": "/mnt/skills/user/a/SKILL.md"}});
    let blocks = [before, used("1", "a"), used("2", "of-the-team"), used("3", "a")];
    world.account.conversations.insert(CHAT.to_owned(), conversation(&blocks));
    world
}

#[test]
fn nothing_is_read_before_somebody_agrees() {
    let mut world = world(60);
    assert_eq!(world.shown()["usage"], false);
    world.run_for(HOUR);
    assert_eq!((world.sent("chat_conversations"), world.server.used.len()), (0, 0));
}

#[test]
fn synced_skills_are_counted_once_by_name() {
    let mut world = world(61);
    world.command(Command::SetUsage { on: true });
    world.run_for(HOUR);
    assert_eq!(world.shown()["usage"], true);
    assert_eq!(world.server.used, ["a", "a"]);
    assert!(world.sent("chat_conversations") <= 13, "{}", world.sent("chat_conversations"));
    let stored = world.stored().to_string();
    assert!(!stored.contains("private") && !stored.contains(CHAT), "nothing of the conversation is kept");
    world.account.conversations.insert(CHAT.to_owned(), conversation(&[used("3", "a"), used("4", "a")]));
    world.run_for(HOUR);
    assert_eq!(world.server.used.len(), 3);
}

/// Skills of a published group have no line in the account's list.
#[test]
fn skills_in_groups_of_ours_are_counted_too() {
    let mut world = World::new(67).paired();
    world.server.groups.insert("team".into(), "content".into());
    world.server.ask("publish_group", json!({}));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.conversations = vec![CHAT.to_owned()];
    let in_group = |id: &str, path: &str| {
        let path = format!("/mnt/skills/plugins/{path}/SKILL.md");
        json!({"id": id, "start_timestamp": "2027-01-15T09:00:00.5Z", "input": {"path": path}})
    };
    let blocks =
        [in_group("1", "team:ours"), in_group("2", "another:theirs"), in_group("3", "ours"), used("4", "ours")];
    world.account.conversations.insert(CHAT.to_owned(), conversation(&blocks));
    world.command(Command::SetUsage { on: true });
    world.run_for(HOUR);
    assert_eq!(world.server.used, ["ours"]);
    world.server.groups.clear();
    world.server.ask("publish_group", json!({}));
    world.run_until(HOUR, |world| !world.server.has_open_work());
    world.account.conversations.insert(CHAT.to_owned(), conversation(&[in_group("5", "team:ours")]));
    world.run_for(HOUR);
    assert_eq!(world.server.used.len(), 1, "it is no group of ours any more");
}

#[test]
fn switched_off_nothing_is_left_of_it() {
    let mut world = world(62);
    world.command(Command::SetUsage { on: true });
    world.run_for(600_000);
    world.command(Command::SetUsage { on: false });
    let read = world.sent("chat_conversations");
    world.run_for(HOUR);
    assert_eq!((world.sent("chat_conversations"), world.server.used.len()), (read, 2));
    assert_eq!(world.stored()["usage"], json!({"on": false, "since": "", "seen": [], "waiting": []}));
}

#[test]
fn a_server_that_does_not_offer_it_gets_nothing() {
    let mut world = World::new(63);
    world.server.reference = true;
    let mut world = world.paired();
    world.conversations = vec![CHAT.to_owned()];
    world.command(Command::SetUsage { on: true });
    world.run_for(HOUR);
    assert_eq!((world.shown()["usage"].clone(), world.sent("chat_conversations")), (Value::Null, 0));
}

#[test]
fn a_report_is_repeated_until_the_server_takes_it() {
    let mut world = world(64);
    world.command(Command::SetUsage { on: true });
    world.interpose("skill-used", Answer::Failed(TransportFailure::Unreachable));
    world.run_for(HOUR);
    assert_eq!(world.stored()["usage"]["waiting"], json!(["a", "a"]));
    world.kill();
    world.interposed = None;
    world.conversations.clear();
    world.run_for(HOUR);
    assert_eq!(world.server.used, ["a", "a"]);
    assert_eq!(world.shown()["state"], "paired");
}

#[test]
fn a_kill_at_any_step_counts_nothing_twice_but_what_was_on_its_way() {
    for step in 0..30 {
        let mut world = world(65);
        world.command(Command::SetUsage { on: true });
        world.dies_after = Some(step);
        world.run_for(HOUR);
        assert!((2..=3).contains(&world.server.used.len()), "step {step}: {:?}", world.server.used);
    }
}
