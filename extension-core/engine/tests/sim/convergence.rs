//! Many hostile worlds: whatever is lost, delayed, refused, edited on either side or killed, in the end both sides are the same, or
//! what keeps them apart has a name, and nobody's work is gone.

use std::time::Instant;

use serde_json::json;
use skill_engine::io::Command;

use crate::chance::Chance;
use crate::skill::folder;
use crate::world::{Weather, World};

const NAMES: u64 = 9;
const TURNS: u32 = 25;

/// Longer than the account is left alone.
const ROUND: u64 = 1_200_000;

/// What makes one world unlike another, beside its seed.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    weather: Weather,
    /// So many live when nobody says how many.
    few: u64,
    /// One for so many that are asked for: the larger, the slower.
    one_in: u64,
    /// Skills that are there from the beginning.
    library: u32,
}

const SMALL: Kind = Kind { name: "", weather: CALM, few: 20, one_in: 1, library: 0 };
const CALM: Weather = Weather { kill: 0, remote: 0, server: 0, clock: 0 };

#[test]
fn hostile_worlds_converge() {
    let weather = Weather { kill: 12, remote: 60, server: 60, clock: 3 };
    worlds(Kind { name: "hostile", few: 40, weather, ..SMALL });
}

#[test]
fn worlds_that_end_the_background_all_the_time_converge() {
    worlds(Kind { name: "deadly", weather: Weather { kill: 80, ..CALM }, ..SMALL });
}

#[test]
fn stormy_worlds_converge() {
    worlds(Kind { name: "stormy", weather: Weather { remote: 300, server: 200, ..CALM }, ..SMALL });
}

/// With more skills than are handed out at a time.
#[test]
fn large_worlds_converge() {
    let weather = Weather { kill: 4, remote: 20, server: 20, clock: 1 };
    worlds(Kind { name: "large", weather, few: 3, one_in: 100, library: 130 });
}

fn worlds(kind: Kind) {
    let Kind { name, few, one_in, .. } = kind;
    let number = |name: &str| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    let first = number("SIM_SEED");
    let asked = number("SIM_WORLDS").map(|asked| asked.div_ceil(one_in));
    let count = asked.unwrap_or(if first.is_some() { 1 } else { few });
    let seeds = first.unwrap_or(0)..first.unwrap_or(0) + count;
    println!("{name} worlds, SIM_SEED={} and the {count} from there on", seeds.start);
    #[expect(clippy::disallowed_methods, reason = "measures the test itself")]
    let begin = Instant::now();
    for seed in seeds {
        // Printed when it fails, with the seed last.
        let named = Named { kind: name, seed };
        live(seed, kind);
        drop(named);
    }
    let took = begin.elapsed();
    println!("{count} {name} worlds in {took:.1?}, {:.1} a second", count as f64 / took.as_secs_f64());
}

/// Says which world it was that failed.
struct Named {
    kind: &'static str,
    seed: u64,
}

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{} world, SIM_SEED={}", self.kind, self.seed);
        }
    }
}

fn live(seed: u64, kind: Kind) {
    let mut chance = Chance(seed ^ 0xabcd);
    let mut world = World::new(seed);
    world.server.reference = chance.happens(100);
    world.server.decides = chance.happens(800);
    world.account.market.silent = chance.happens(300);
    let mut world = world.paired();
    world.weather = kind.weather;
    for n in 0..kind.library {
        let name = format!("one-of-many-{n}");
        world.server.change(&name, Some(folder(&name, "first")));
    }
    for turn in 0..TURNS {
        something_happens(&mut world, &mut chance, turn);
        let pause = [500, 5_000, 60_000][usize::try_from(chance.below(3)).expect("is small")];
        world.run_for(chance.below(pause));
    }
    calm_down(&mut world);
    all_is_well(&world);
}

fn something_happens(world: &mut World, chance: &mut Chance, turn: u32) {
    let name = format!("skill-{}", chance.below(NAMES));
    let now = world.now();
    match chance.below(21) {
        0..=6 => world.server.change(&name, Some(folder(&name, &format!("ours {turn}")))),
        7 => world.server.change(&name, None),
        8 | 9 => world.account.foreign_edit(&name, folder(&name, &format!("theirs {turn}")), now),
        10 => {
            world.account.skills.remove(&name);
        }
        11 => world.account.signed_out = !world.account.signed_out,
        12 => world.open_pages(u32::try_from(chance.below(2)).expect("is small")),
        13 | 14 => {
            let group = format!("group-{}", chance.below(4));
            if chance.happens(700) {
                world.server.groups.insert(group, format!("content {turn}"));
            } else {
                world.server.groups.remove(&group);
            }
            world.server.publish();
        }
        15 => world.server.ask("list", json!({"reason": "user_triggered"})),
        // The reference backend makes no such operation any more.
        16 if world.server.reference => {}
        16 => {
            let id = world.account.skills.get(&name).map(|skill| skill.id.clone());
            world.server.ask("fetch_one", json!({"claude_ai_skill_id": id, "name": name}));
        }
        17 => world.server.resolve(chance.happens(500)),
        18 => world.command(Command::SyncNow),
        // The reference backend has no such lever.
        19 if !world.server.reference => {
            let lever = if turn.is_multiple_of(2) { "person" } else { "operator" };
            world.server.paused = if world.server.paused.is_some() { None } else { Some(lever) };
        }
        _ => world.kill(),
    }
}

/// Good weather, everybody signed in, and a person who retries what has failed.
fn calm_down(world: &mut World) {
    world.weather = Weather::default();
    world.account.signed_out = false;
    world.server.paused = None;
    let mut before = None;
    for round in 0..6 {
        world.run_for(ROUND);
        world.server.resolve(round % 2 == 0);
        world.server.retry_failed();
        world.server.publish();
        // Two rounds, each longer than it takes to the next look, in which nothing happens: nothing will.
        let done = Some(written(world));
        if before == done && world.server.conflicts.is_empty() {
            break;
        }
        before = done;
    }
    world.run_for(ROUND);
}

/// All that was ever written on either side.
fn written(world: &World) -> (u32, usize, usize, u32) {
    let plugins = world.account.market.plugins.values().map(|plugin| plugin.uploads).sum();
    (world.account.uploads, world.account.skills.len(), world.server.imports.len(), plugins)
}

fn all_is_well(world: &World) {
    let server = &world.server;
    assert!(!server.has_open_work(), "open work in calm weather: {:?}", server.ops);
    assert!(server.reference || !server.cookie_expired, "the session works, and the server has not heard of it");
    for (name, wanted) in &server.library {
        let foreign = world.account.skills.get(name).is_some_and(|skill| skill.foreign_since.is_some());
        let is = world.account.digest(name);
        let wanted = wanted.as_ref().map(|folder| skill_format::folder_digest(folder).to_string());
        match server.failed.get(name) {
            Some((_, code)) if code == "REMOTE_NAME_TAKEN" => assert!(foreign, "{name} was ours"),
            Some((_, code)) if code == "REMOTE_CHANGED" => assert!(server.reference && foreign, "{name} could be kept"),
            Some(failure) => panic!("{name} failed: {failure:?}"),
            None if wanted.is_none() && !server.links.contains_key(name) => {
                assert!(
                    is.is_none() || foreign || server.orphans.contains(name),
                    "{name} was not removed: {:?}",
                    server.ops.iter().filter(|op| op.name == *name).collect::<Vec<_>>()
                );
            }
            // Somebody's edit after our last write is no business of the queue before the library changes.
            None => assert!(is == wanted || foreign || was_removed_there(world, name), "{name} did not arrive"),
        }
    }
    nothing_stands_on_one_side_only(world);
    groups_stand(world);
    let lost: Vec<_> = world.account.destroyed.difference(&server.kept).collect();
    assert!(lost.is_empty(), "somebody's work is gone: {lost:?}");
}

/// What the account holds the library holds as well, or the person is told why not. The exception is what a server is linked to that judges
/// by marks alone: it is told once, and neither repeated nor compared.
fn nothing_stands_on_one_side_only(world: &World) {
    let server = &world.server;
    let not_copied = world.shown()["not_copied"].to_string();
    for (name, skill) in &world.account.skills {
        let there = Some(skill_format::folder_digest(&skill.folder).to_string());
        let here = server.library.get(name).cloned().flatten();
        let here = here.map(|folder| skill_format::folder_digest(&folder).to_string());
        let named = not_copied.contains(&format!("\"{name}\"")) || server.failed.contains_key(name);
        // It was written here, removed here before anybody heard of that, and stays there.
        let orphan = server.library.get(name) == Some(&None) && server.orphans.contains(name);
        let linked = server.links.contains_key(name);
        let blind = server.reference || !server.decides;
        assert!(
            here == there || named || orphan || (blind && linked),
            "{name} stands on claude.ai only; blind: {blind}, linked: {}, imports: {:?}",
            linked,
            server.imports
        );
    }
}

fn groups_stand(world: &World) {
    let market = &world.account.market;
    assert!(market.marketplaces.len() <= 1, "{:?}", market.marketplaces);
    for (name, content) in &world.server.groups {
        let plugin = market.plugins.get(name).unwrap_or_else(|| panic!("{name} did not arrive"));
        assert!(
            plugin.enabled && plugin.content.ends_with(&format!("|{content}")),
            "{name}: {plugin:?}, not {content}"
        );
    }
    let left: Vec<_> = market.plugins.iter().filter(|(name, _)| !world.server.groups.contains_key(*name)).collect();
    assert!(left.iter().all(|(_, plugin)| !plugin.enabled), "not retired: {left:?}");
}

/// Somebody removed it on claude.ai after it had arrived; it comes back with the library's next change.
fn was_removed_there(world: &World, name: &str) -> bool {
    !world.account.skills.contains_key(name) && world.server.links.contains_key(name)
}
