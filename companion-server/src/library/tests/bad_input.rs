//! What is broken is refused by name; the rest goes on, and what was good before stays.

use std::path::Path;
use std::time::Duration;

use super::{Fixture, skill_md};

async fn with_good_neighbour() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.skill("good");
    fixture
}

#[cfg(unix)]
fn link(target: impl AsRef<Path>, at: &Path) {
    std::os::unix::fs::symlink(target, at).expect("link");
}

#[cfg(unix)]
fn fifo(at: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(at).status().expect("mkfifo").success());
}

#[cfg(unix)]
#[tokio::test]
async fn links_and_special_files_are_refused_by_name() {
    let mut fixture = with_good_neighbour().await;
    std::fs::write(fixture.root.join("../secret.txt"), "secret").expect("write");
    for name in ["out", "dangling", "to-folder", "pipe", "loop"] {
        fixture.skill(name);
    }
    link("../../secret.txt", &fixture.root.join("out/data.txt"));
    link("nowhere", &fixture.root.join("dangling/data.txt"));
    link("..", &fixture.root.join("to-folder/up"));
    link("self", &fixture.root.join("loop/self"));
    fifo(&fixture.root.join("pipe/fifo"));
    tokio::time::timeout(Duration::from_secs(5), fixture.pass()).await.expect("nothing blocks");
    for name in ["out", "dangling", "to-folder", "loop"] {
        fixture.assert_refused(name, "LINK_LEAVES_SKILL").await;
    }
    fixture.assert_refused("pipe", "SPECIAL_FILE").await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_within_the_skill_is_its_file() {
    let mut fixture = with_good_neighbour().await;
    fixture.write("good/assets/real.txt", "content");
    link("assets/real.txt", &fixture.root.join("good/alias.txt"));
    assert_eq!(fixture.pass().await.counts.ok, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_a_link_is_refused_and_not_followed() {
    let mut fixture = with_good_neighbour().await;
    let elsewhere = fixture.root.join("../elsewhere");
    super::write(&elsewhere.join("SKILL.md"), skill_md("elsewhere", ""));
    link(&elsewhere, &fixture.root.join("linked"));
    link("/", &fixture.root.join("everything"));
    fixture.pass().await;
    fixture.assert_refused("linked", "LINKED_FOLDER").await;
    fixture.assert_refused("everything", "LINKED_FOLDER").await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[cfg(unix)]
#[tokio::test]
async fn skill_md_itself_may_be_anything_but_a_file() {
    let mut fixture = with_good_neighbour().await;
    for name in ["folder", "pipe", "link"] {
        std::fs::create_dir(fixture.root.join(name)).expect("folder");
    }
    fixture.write("folder/SKILL.md/inner.txt", "");
    fifo(&fixture.root.join("pipe/SKILL.md"));
    link("/etc/hostname", &fixture.root.join("link/SKILL.md"));
    fixture.pass().await;
    fixture.assert_refused("folder", "SPECIAL_FILE").await;
    fixture.assert_refused("pipe", "SPECIAL_FILE").await;
    fixture.assert_refused("link", "LINK_LEAVES_SKILL").await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let mut fixture = with_good_neighbour().await;
    fixture.skill("file");
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9");
    std::fs::write(fixture.root.join("file").join(odd), "").expect("write");
    super::write(&fixture.root.join(odd).join("SKILL.md"), skill_md("cafe", ""));
    super::write(&fixture.root.join(std::ffi::OsStr::from_bytes(b"caf\xe8")).join("SKILL.md"), skill_md("cafe", ""));
    fixture.pass().await;
    fixture.assert_refused("file", "FILE_NAME_NOT_UTF8").await;
    fixture.assert_refused("caf\u{fffd}", "FILE_NAME_NOT_UTF8").await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[tokio::test]
async fn too_much_is_refused_before_it_is_read() {
    let mut fixture = with_good_neighbour().await;
    fixture.skill("many");
    for number in 0..300 {
        fixture.write(&format!("many/files/{number}.txt"), "");
    }
    fixture.skill("large");
    // A sparse file: reading a terabyte would be noticed.
    std::fs::File::create(fixture.root.join("large/data.bin")).and_then(|file| file.set_len(1 << 40)).expect("file");
    fixture.skill("deep");
    fixture.write(&format!("deep/{}x.txt", "d/".repeat(40)), "");
    fixture.pass().await;
    fixture.assert_refused("many", "TOO_MANY_FILES").await;
    assert!(fixture.entry("many").await.notes[0].contains("301"), "the sentence has the number");
    fixture.assert_refused("large", "TOO_LARGE").await;
    fixture.assert_refused("deep", "FOLDERS_TOO_DEEP").await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[tokio::test]
async fn an_unclear_skillignore_keeps_its_skill_back() {
    let mut fixture = with_good_neighbour().await;
    fixture.skill("unclear");
    fixture.write("unclear/.skillignore", "secrets/[z-a]\n");
    fixture.write("unclear/secrets/key", "x");
    fixture.pass().await;
    fixture.assert_refused("unclear", "SKILLIGNORE_UNCLEAR").await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[tokio::test]
async fn a_skill_that_breaks_keeps_its_last_good_version() {
    let mut fixture = with_good_neighbour().await;
    fixture.settle().await;
    let before = fixture.store.newest_digests().await.expect("digests");
    fixture.write("good/SKILL.md", "broken\n");
    fixture.settle().await;
    fixture.assert_refused("good", "FRONT_MATTER_MISSING").await;
    assert_eq!(fixture.store.newest_digests().await.expect("digests"), before);
}

#[tokio::test]
async fn a_moved_skill_that_breaks_keeps_its_last_good_version_too() {
    let mut fixture = with_good_neighbour().await;
    fixture.settle().await;
    fixture.rename("good", "moved");
    fixture.settle().await;
    fixture.write("moved/SKILL.md", "broken\n");
    fixture.settle().await;
    assert_eq!(fixture.names().await, ["good"]);
}

#[tokio::test]
async fn of_two_skills_with_one_name_the_first_by_path_counts() {
    let mut fixture = Fixture::new().await;
    fixture.write("a/SKILL.md", skill_md("same", "first"));
    fixture.write("b/SKILL.md", skill_md("same", "second"));
    fixture.settle().await;
    fixture.assert_refused("b", "DUPLICATE_NAME").await;
    assert!(fixture.entry("b").await.notes[0].contains("“a”"), "it names the first");
    let first = fixture.store.newest_digests().await.expect("digests");
    fixture.remove("a");
    fixture.settle().await;
    let second = fixture.store.newest_digests().await.expect("digests");
    assert_eq!((second[0].source_path.as_str(), second.len()), ("b", 1));
    assert_ne!(first[0].source_digest, second[0].source_digest, "the other one takes over");
}

/// Runs as an ordinary user only: nothing is closed to root.
#[cfg(unix)]
#[tokio::test]
async fn what_is_closed_to_us_is_refused_and_removes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let mut fixture = with_good_neighbour().await;
    for name in ["closed-file", "closed-folder", "group/a", "group/b", "inner"] {
        fixture.write(&format!("{name}/SKILL.md"), skill_md(name.rsplit('/').next().expect("name"), ""));
    }
    fixture.write("inner/data/file.txt", "");
    fixture.settle().await;
    let mode = |path: &str, mode| {
        std::fs::set_permissions(fixture.root.join(path), std::fs::Permissions::from_mode(mode)).expect("mode");
    };
    let closed = ["closed-file/SKILL.md", "closed-folder", "group", "inner/data"];
    closed.iter().for_each(|path| mode(path, 0));
    if std::fs::read_dir(fixture.root.join("group")).is_ok() {
        eprintln!("SKIPPED: nothing is closed to root");
        return;
    }
    let outcome = fixture.pass().await;
    assert!(!outcome.again && outcome.held.is_empty(), "{outcome:?}");
    for path in ["closed-file", "closed-folder", "group", "inner"] {
        fixture.assert_refused(path, "UNREADABLE").await;
    }
    closed.iter().for_each(|path| {
        std::fs::set_permissions(fixture.root.join(path), std::fs::Permissions::from_mode(0o755)).expect("mode")
    });
    assert_eq!(fixture.names().await.len(), 6);
    assert_eq!(fixture.settle().await.counts.refused, 0, "it recovers by itself");
}
