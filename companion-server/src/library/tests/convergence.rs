//! Whatever is done to the folder: in the end the store has what the folder has.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{Fixture, skill_md};
use crate::library::scan::Scanner;
use crate::store::NewestDigest;

/// Something a person or a tool does.
#[derive(Debug, Clone)]
enum Step {
    Write { folder: usize, name: usize, body: u8 },
    Extra { folder: usize, body: u8 },
    Break { folder: usize },
    Remove { folder: usize },
    Move { from: usize, to: usize },
    Pass,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let folder = || 0..6usize;
    prop_oneof![
        4 => (folder(), 0..5usize, any::<u8>()).prop_map(|(folder, name, body)| Step::Write { folder, name, body }),
        2 => (folder(), any::<u8>()).prop_map(|(folder, body)| Step::Extra { folder, body }),
        1 => folder().prop_map(|folder| Step::Break { folder }),
        2 => folder().prop_map(|folder| Step::Remove { folder }),
        2 => (folder(), folder()).prop_map(|(from, to)| Step::Move { from, to }),
        4 => Just(Step::Pass),
        1 => Just(Step::Restart),
    ]
}

/// Writes a file that looks hours old: a fresh one is read twice, seconds apart, which is a matter for another test.
fn write_aged(fixture: &Fixture, path: &str, content: &[u8]) {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    fixture.write(path, content);
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + WRITES.fetch_add(1, Ordering::Relaxed));
    let file = std::fs::File::options().write(true).open(fixture.root.join(path)).expect("open");
    file.set_modified(modified).expect("time");
}

async fn apply(fixture: &mut Fixture, step: &Step) {
    let path = |folder: &usize| format!("folder-{folder}");
    match step {
        Step::Write { folder, name, body } => {
            let content = skill_md(&format!("skill-{name}"), &body.to_string());
            write_aged(fixture, &format!("{}/SKILL.md", path(folder)), content.as_bytes());
        }
        Step::Extra { folder, body } => write_aged(fixture, &format!("{}/data.txt", path(folder)), &[*body]),
        Step::Break { folder } => write_aged(fixture, &format!("{}/SKILL.md", path(folder)), b"broken"),
        Step::Remove { folder } => drop(std::fs::remove_dir_all(fixture.root.join(path(folder)))),
        Step::Move { from, to } => {
            drop(std::fs::rename(fixture.root.join(path(from)), fixture.root.join(path(to))));
        }
        Step::Pass => drop(fixture.pass().await),
        Step::Restart => fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone()),
    }
}

/// All removals agreed to, as a person would.
async fn settle(fixture: &mut Fixture) {
    loop {
        let held = fixture.settle().await.held;
        if held.is_empty() {
            return;
        }
        fixture.decide(true).await;
    }
}

/// Name, folder and digest of each live skill, in the fixture and in a store that has seen nothing but the end.
async fn compare(mut fixture: Fixture) -> Result<(), TestCaseError> {
    settle(&mut fixture).await;
    let mut fresh = Fixture::new().await;
    fresh.scanner = Scanner::new(fresh.store.clone(), fixture.root.clone());
    settle(&mut fresh).await;
    let wanted = fresh.store.newest_digests().await.expect("digests");
    let have = fixture.store.newest_digests().await.expect("digests");
    for skill in &wanted {
        let same = |have: &NewestDigest| NewestDigest { version: skill.version, ..have.clone() } == *skill;
        prop_assert!(have.iter().any(same), "missing or old: {skill:?} in {have:?}");
    }
    let entries = fixture.store.entries().await.expect("entries");
    let refused: Vec<&str> =
        entries.iter().filter(|entry| entry.name.is_none()).map(|entry| entry.source_path.as_str()).collect();
    let wanted_paths: Vec<&str> = wanted.iter().map(|skill| skill.source_path.as_str()).collect();
    for skill in have.iter().filter(|skill| !wanted_paths.contains(&skill.source_path.as_str())) {
        prop_assert!(refused.contains(&skill.source_path.as_str()), "{skill:?} should have gone: {entries:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]
    /// The only skills beyond those of the folder are last good versions of folders that are broken now.
    #[test]
    fn the_store_ends_as_the_folder_does(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Runtime::new().expect("runtime");
        runtime.block_on(async {
            let mut fixture = Fixture::new().await;
            for step in &steps {
                apply(&mut fixture, step).await;
            }
            compare(fixture).await
        })?;
    }
}
