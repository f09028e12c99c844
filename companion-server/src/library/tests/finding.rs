//! What is a skill, and what of it is taken.

use super::{Fixture, skill_md};
use crate::library::discover::{Ignoring, discover};
use crate::store::EntryState;

/// Paths of skills and, after a colon, of their files.
fn found(fixture: &Fixture) -> Vec<String> {
    let survey = discover(&fixture.root, Ignoring::SkillIgnore).expect("survey");
    let line = |found: super::super::discover::Found| {
        let files: Vec<String> = found.files.into_iter().map(|file| file.path).collect();
        format!("{}: {}", found.source_path, files.join(" "))
    };
    survey.found.into_iter().map(line).collect()
}

#[tokio::test]
async fn a_folder_with_skill_md_is_a_skill_with_everything_in_it() {
    let fixture = Fixture::new().await;
    fixture.skill("one");
    fixture.write("one/scripts/run.sh", "#!/bin/sh\n");
    fixture.write("one/A.txt", "sorted before SKILL.md");
    fixture.write("group/two/skill.MD", skill_md("two", ""));
    fixture.write("group/readme.txt", "in no skill");
    fixture.write("one-more/SKILL.md", skill_md("one-more", ""));
    assert_eq!(found(&fixture), ["group/two: skill.MD", "one: A.txt SKILL.md scripts/run.sh", "one-more: SKILL.md"]);
}

#[tokio::test]
async fn a_skill_is_not_searched_for_others() {
    let fixture = Fixture::new().await;
    fixture.skill("outer");
    fixture.skill("outer/a-inner");
    assert_eq!(found(&fixture), ["outer: SKILL.md a-inner/SKILL.md"]);
}

#[tokio::test]
async fn the_root_can_be_the_one_skill() {
    let mut fixture = Fixture::new().await;
    fixture.write("SKILL.md", skill_md("library", ""));
    fixture.write("notes/more.md", "more");
    assert_eq!(found(&fixture), [".: SKILL.md notes/more.md"]);
    fixture.pass().await;
    assert_eq!(fixture.names().await, ["library"]);
}

#[tokio::test]
async fn what_belongs_to_others_is_left_out() {
    let fixture = Fixture::new().await;
    fixture.skill("kept");
    for folder in
        ["synced", "Synced", ".trash", ".git", "node_modules", "kept/.git", "kept/node_modules", "group/.trash"]
    {
        fixture.skill(&format!("{folder}/other"));
    }
    for dropping in [".DS_Store", "Thumbs.db", "SKILL.md~", ".SKILL.md.swp", "desktop.ini"] {
        fixture.write(&format!("kept/{dropping}"), "");
    }
    fixture.write("kept/synced/data.txt", "only directly below the root does it belong to somebody else");
    assert_eq!(found(&fixture), ["kept: SKILL.md synced/data.txt"]);
}

#[tokio::test]
async fn skillignore_leaves_out_at_the_root_and_within() {
    let fixture = Fixture::new().await;
    fixture.write(".skillignore", "drafts/\n*.log\n");
    fixture.skill("drafts/one");
    fixture.skill("two");
    fixture.write("two/run.log", "");
    fixture.write("two/.skillignore", "/data\n!keep.log\n");
    fixture.write("two/data/big.csv", "");
    fixture.write("two/keep.log", "");
    fixture.write("two/.gitignore", "*.md\n");
    assert_eq!(found(&fixture), ["two: .gitignore SKILL.md keep.log"], "only .skillignore decides");
}

#[tokio::test]
async fn a_skill_lies_at_most_six_deep() {
    let fixture = Fixture::new().await;
    fixture.skill("1/2/3/4/5/six");
    fixture.skill("1/2/3/4/5/6/seven");
    assert_eq!(found(&fixture), ["1/2/3/4/5/six: SKILL.md"]);
}

#[tokio::test]
async fn a_home_folder_named_by_mistake_is_not_searched_for_ever() {
    let mut fixture = Fixture::new().await;
    fixture.skill("a-skill");
    fixture.pass().await;
    for number in 0..2001 {
        std::fs::create_dir_all(fixture.root.join(format!("b/{number}"))).expect("folder");
    }
    fixture.remove("a-skill");
    tokio::time::sleep(super::super::removal::SECOND_LOOK).await;
    assert!(fixture.pass().await.too_many_folders);
    assert_eq!(fixture.names().await, ["a-skill"], "what was not looked through removes nothing");
}

#[tokio::test]
async fn repairs_and_refusals_are_told() {
    let mut fixture = Fixture::new().await;
    fixture.skill("fine");
    fixture.write("repaired/SKILL.md", skill_md("repaired", "").replace('\n', "\r\n"));
    fixture.write("refused/SKILL.md", "no front matter\n");
    let counts = fixture.pass().await.counts;
    assert_eq!((counts.ok, counts.repaired, counts.refused), (1, 1, 1));
    let repaired = fixture.entry("repaired").await;
    assert!(repaired.state == EntryState::Repaired && !repaired.notes.is_empty());
    fixture.assert_refused("refused", "FRONT_MATTER_MISSING").await;
}
