//! A skill leaves only when its folder was seen to be gone.

use super::{Fixture, skill_md};
use crate::domain::people::Scope;
use crate::library::removal::SECOND_LOOK;
use crate::library::scan::{Pass, Scanner};

async fn library_of(count: usize) -> Fixture {
    let mut fixture = Fixture::new().await;
    for number in 0..count {
        fixture.skill(&format!("skill-{number}"));
    }
    fixture.settle().await;
    fixture
}

#[tokio::test]
async fn one_skill_goes_at_the_second_look() {
    let mut fixture = library_of(3).await;
    fixture.remove("skill-1");
    assert!(fixture.pass().await.again);
    assert_eq!(fixture.names().await.len(), 3, "not at first sight");
    fixture.settle().await;
    assert_eq!(fixture.names().await, ["skill-0", "skill-2"]);
    fixture.skill("skill-1");
    fixture.settle().await;
    assert_eq!(fixture.names().await.len(), 3, "and it can come back");
}

#[tokio::test]
async fn a_missing_root_removes_nothing() {
    let mut fixture = library_of(3).await;
    let away = fixture.root.with_extension("away");
    std::fs::rename(&fixture.root, &away).expect("rename");
    for _ in 0..2 {
        assert_eq!(fixture.scanner.pass().await, Pass::RootMissing);
        tokio::time::sleep(SECOND_LOOK).await;
    }
    std::fs::write(&fixture.root, "a file in its place").expect("write");
    assert_eq!(fixture.scanner.pass().await, Pass::RootMissing);
    std::fs::remove_file(&fixture.root).expect("remove");
    assert_eq!(fixture.names().await.len(), 3);
    std::fs::rename(&away, &fixture.root).expect("rename");
    assert_eq!(fixture.settle().await.counts.ok, 3);
}

#[tokio::test]
async fn many_at_once_wait_for_a_person() {
    let mut fixture = library_of(12).await;
    for number in 0..6 {
        fixture.remove(&format!("skill-{number}"));
    }
    fixture.pass().await;
    tokio::time::sleep(SECOND_LOOK).await;
    let held = fixture.pass().await.held;
    assert_eq!((held.len(), fixture.names().await.len()), (6, 12));
    assert_eq!(fixture.store.held_batches(Scope::All).await.expect("batches")[0].delete_count, 6);
    // A restart forgets since when they are gone, not that a person is to be asked.
    fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
    fixture.settle().await;
    for number in 1..6 {
        fixture.skill(&format!("skill-{number}"));
    }
    fixture.settle().await;
    tokio::time::sleep(SECOND_LOOK).await;
    assert_eq!(fixture.pass().await.held, ["skill-0"], "one left of many is still held");
    fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
    assert_eq!(fixture.pass().await.held, ["skill-0"], "after a restart too");
    fixture.decide(true).await;
    fixture.settle().await;
    assert_eq!(fixture.names().await.len(), 11);
}

#[tokio::test]
async fn refused_removals_stay_until_the_folders_are_back() {
    let mut fixture = library_of(12).await;
    for number in 0..6 {
        fixture.remove(&format!("skill-{number}"));
    }
    fixture.pass().await;
    fixture.decide(false).await;
    fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
    tokio::time::sleep(SECOND_LOOK).await;
    for _ in 0..2 {
        assert!(fixture.pass().await.held.is_empty(), "nobody is asked twice");
        tokio::time::sleep(SECOND_LOOK).await;
    }
    assert_eq!(fixture.names().await.len(), 12);
    for number in 0..6 {
        fixture.skill(&format!("skill-{number}"));
    }
    fixture.settle().await;
    fixture.remove("skill-0");
    fixture.settle().await;
    assert_eq!(fixture.names().await.len(), 11, "a refusal ends when the folder is back");
}

#[tokio::test]
async fn a_new_name_is_a_new_skill() {
    let mut fixture = library_of(2).await;
    fixture.write("skill-0/SKILL.md", skill_md("other-name", ""));
    fixture.settle().await;
    assert_eq!(fixture.names().await, ["other-name", "skill-1"]);
}

#[tokio::test]
async fn moving_folders_moves_no_skill() {
    let mut fixture = library_of(8).await;
    let versions = |skills: Vec<crate::store::SkillSummary>| skills.iter().map(|skill| skill.version).sum::<u32>();
    for number in 0..8 {
        std::fs::create_dir_all(fixture.root.join("group")).expect("group");
        fixture.rename(&format!("skill-{number}"), &format!("group/{number}"));
    }
    let outcome = fixture.settle().await;
    assert!(outcome.held.is_empty());
    let skills = fixture.store.skills().await.expect("skills");
    assert_eq!((skills.len(), versions(skills)), (8, 8), "no new version, nothing removed");
}

#[tokio::test]
async fn a_skill_that_is_ignored_now_goes() {
    let mut fixture = library_of(2).await;
    fixture.write(".skillignore", "skill-0\n");
    fixture.settle().await;
    assert_eq!(fixture.names().await, ["skill-1"]);
}
