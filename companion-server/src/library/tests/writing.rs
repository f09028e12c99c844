//! Versions that were made on the server reach their folders, whatever happens on the way.

use std::io;
use std::time::Duration;

use skill_format::{File, RelativePath, SkillFolder, folder_digest};

use super::{Fixture, skill_md};
use crate::library::bundle::stored;
use crate::library::journal::{Finished, finish, stage};
use crate::library::scan::Scanner;
use crate::library::start;
use crate::store::{NewVersion, SkillSummary};
use crate::time::Timestamp;

fn content(files: &[(&str, &str)]) -> SkillFolder {
    let file = |(path, text): &(&str, &str)| {
        let file = File { executable: path.ends_with(".sh"), content: text.as_bytes().to_vec() };
        (RelativePath::try_from(*path).expect("path"), file)
    };
    SkillFolder { files: files.iter().map(file).collect() }
}

/// What an edit on the server leaves: a newest version that the folder does not have.
async fn edit_on_server(fixture: &Fixture, name: &str, folder: SkillFolder) {
    let live = fixture.store.newest_digests().await.expect("digests");
    let skill = live.into_iter().find(|skill| skill.name == name).expect("the skill");
    let source_digest = folder_digest(&folder);
    let version = NewVersion {
        name: name.to_owned(),
        description: "Made on the server.".to_owned(),
        source_path: skill.source_path.clone(),
        source_digest,
        source_files: stored(folder),
        bundle_digest: source_digest,
        repaired_files: Vec::new(),
        now: Timestamp::now(),
    };
    fixture.store.import_version(version).await.expect("version");
    fixture.store.folder_holds(&skill.source_path, skill.folder_digest.expect("read before")).await.expect("digest");
}

async fn only(fixture: &Fixture) -> SkillSummary {
    let mut skills = fixture.store.skills().await.expect("skills");
    assert_eq!(skills.len(), 1);
    skills.remove(0)
}

fn text(fixture: &Fixture, path: &str) -> Option<String> {
    std::fs::read_to_string(fixture.root.join(path)).ok()
}

/// A skill of three files, with things beside it that are no part of it.
async fn notes() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.write("notes/SKILL.md", skill_md("notes", "One."));
    fixture.write("notes/old/gone.txt", "old");
    fixture.write("notes/run.sh", "echo 1");
    fixture.write("notes/.git/config", "git");
    fixture.write("notes/node_modules/x.js", "x");
    fixture.write("notes/.skillignore", "*.secret\nprivate\n");
    fixture.write("notes/my.secret", "mine");
    fixture.settle().await;
    fixture
}

fn newer() -> SkillFolder {
    let md = skill_md("notes", "Two.");
    content(&[("SKILL.md", &md), ("run.sh", "echo 2"), ("new/deep/file.txt", "new")])
}

fn assert_newer(fixture: &Fixture) {
    assert_eq!(text(fixture, "notes/SKILL.md"), Some(skill_md("notes", "Two.")));
    assert_eq!(text(fixture, "notes/new/deep/file.txt").as_deref(), Some("new"));
    assert!(!fixture.root.join("notes/old").exists(), "a file that the version does not have, and its empty folder");
    for kept in ["notes/.git/config", "notes/node_modules/x.js", "notes/.skillignore", "notes/my.secret"] {
        assert!(fixture.root.join(kept).exists(), "{kept}");
    }
    assert!(!fixture.root.join("notes/.skillferry~").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| fixture.root.join(path).metadata().expect("file").permissions().mode() & 0o111;
        assert_eq!((mode("notes/run.sh") & 0o100, mode("notes/SKILL.md")), (0o100, 0));
    }
}

#[tokio::test]
async fn a_version_of_the_server_reaches_the_folder_and_then_it_is_quiet() {
    let mut fixture = notes().await;
    edit_on_server(&fixture, "notes", newer()).await;
    fixture.settle().await;
    assert_newer(&fixture);
    assert!(fixture.store.folders_behind().await.expect("behind").is_empty());
    for _ in 0..3 {
        fixture.settle().await;
    }
    fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
    fixture.settle().await;
    assert_eq!(only(&fixture).await.version, 2, "no version beyond the server's own");
    fixture.write("notes/SKILL.md", skill_md("notes", "Three."));
    fixture.settle().await;
    assert_eq!(only(&fixture).await.version, 3, "and edits of the folder follow as ever");
    assert_eq!(fixture.entry("notes").await.notice, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_is_written_by_itself() {
    let fixture = notes().await;
    let library = start(fixture.store.clone(), fixture.root.clone(), true);
    library.scanned().await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    edit_on_server(&fixture, "notes", newer()).await;
    let begin = std::time::Instant::now();
    while fixture.root.join("notes/old").exists() || fixture.root.join("notes/.skillferry~").exists() {
        assert!(begin.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_newer(&fixture);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(only(&fixture).await.version, 2);
    let before = library.status().last_scan;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(library.status().last_scan, before, "no pass leads to another");
    library.shutdown().await;
}

#[tokio::test]
async fn when_both_changed_the_folder_wins_and_nothing_is_lost() {
    let mut fixture = notes().await;
    edit_on_server(&fixture, "notes", newer()).await;
    let server = fixture.store.newest_digests().await.expect("digests")[0].version;
    fixture.write("notes/SKILL.md", skill_md("notes", "Mine."));
    fixture.settle().await;
    assert_eq!(text(&fixture, "notes/SKILL.md"), Some(skill_md("notes", "Mine.")));
    assert_eq!(only(&fixture).await.version, 3);
    assert!(fixture.entry("notes").await.notice.expect("a notice").contains("both changed"));
    let files = fixture.store.version_files(server).await.expect("files").expect("kept");
    assert_eq!(files.len(), 3);
    fixture.write("notes/SKILL.md", skill_md("notes", "Later."));
    fixture.settle().await;
    assert_eq!(fixture.entry("notes").await.notice, None, "an edit like any other");
}

#[tokio::test]
async fn switched_off_it_says_so_and_an_edit_wins() {
    let mut fixture = notes().await;
    fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone()).writing_back(false);
    edit_on_server(&fixture, "notes", newer()).await;
    fixture.settle().await;
    assert_eq!(text(&fixture, "notes/SKILL.md"), Some(skill_md("notes", "One.")));
    assert!(fixture.entry("notes").await.notice.expect("a notice").contains("--library-write-back"));
    fixture.write("notes/SKILL.md", skill_md("notes", "Mine."));
    fixture.settle().await;
    assert_eq!(only(&fixture).await.version, 3);
}

#[tokio::test]
async fn what_cannot_be_written_is_said_and_touches_nothing() {
    for (path, said) in [
        ("a.secret", "leaves out"),
        ("private/file.txt", "leaves out"),
        ("node_modules/y.js", "leaves out"),
        ("my.secret", "leaves out"),
    ] {
        let mut fixture = notes().await;
        let md = skill_md("notes", "Two.");
        edit_on_server(&fixture, "notes", content(&[("SKILL.md", &md), (path, "x")])).await;
        fixture.settle().await;
        let entry = fixture.entry("notes").await;
        assert!(entry.notice.as_ref().is_some_and(|notice| notice.contains(said)), "{path}: {entry:?}");
        assert_eq!(text(&fixture, "notes/SKILL.md"), Some(skill_md("notes", "One.")));
        assert_eq!(text(&fixture, "notes/my.secret").as_deref(), Some("mine"));
        assert!(!fixture.pass().await.again, "no busy loop");
        edit_on_server(&fixture, "notes", newer()).await;
        fixture.settle().await;
        assert_newer(&fixture);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_lead_nowhere() {
    let mut fixture = notes().await;
    let outside = fixture.root.with_extension("outside");
    super::write(&outside.join("file.txt"), "theirs");
    fixture.write("notes/.skillignore", "*.secret\nprivate\n/link\n");
    std::os::unix::fs::symlink(&outside, fixture.root.join("notes/link")).expect("link");
    std::os::unix::fs::symlink("run.sh", fixture.root.join("notes/again.sh")).expect("link");
    fixture.settle().await;
    let md = skill_md("notes", "Two.");
    edit_on_server(&fixture, "notes", content(&[("SKILL.md", &md), ("link/file.txt", "ours")])).await;
    fixture.settle().await;
    assert_eq!(std::fs::read_to_string(outside.join("file.txt")).expect("file"), "theirs");
    edit_on_server(&fixture, "notes", content(&[("SKILL.md", &md), ("run.sh", "echo 1"), ("again.sh", "echo 3")]))
        .await;
    fixture.settle().await;
    assert_eq!(
        text(&fixture, "notes/run.sh").as_deref(),
        Some("echo 1"),
        "a link within the skill is replaced, not followed"
    );
    assert_eq!(text(&fixture, "notes/again.sh").as_deref(), Some("echo 3"));
}

/// A gate that closes after so many steps, as a crash would.
fn closing_after(mut steps: usize) -> impl FnMut() -> io::Result<()> {
    move || {
        steps = steps.checked_sub(1).ok_or_else(|| io::Error::other("crash"))?;
        Ok(())
    }
}

/// One folder, three files and a journal that is written and put in place; one removal and three replacements.
const ALL_STEPS: usize = 10;

/// Stages and finishes up to the crash. True when it got to the end.
fn write_until(fixture: &Fixture, after: &SkillFolder, steps: usize) -> bool {
    let md = skill_md("notes", "One.");
    let mut before = content(&[("SKILL.md", &md), ("old/gone.txt", "old"), ("run.sh", "echo 1")]);
    before.files.values_mut().for_each(|file| file.executable = false);
    let (folder, mut gate) = (fixture.root.join("notes"), closing_after(steps));
    stage(&folder, &before, after, &mut gate).is_ok() && matches!(finish(&folder, &mut gate), Ok(Finished::Written(_)))
}

/// All at once: each waits until its files are old enough to be believed.
async fn side_by_side<F: Future<Output = ()> + Send + 'static>(
    cases: std::ops::Range<usize>,
    case: impl Fn(usize) -> F,
) {
    let mut running = tokio::task::JoinSet::new();
    for steps in cases {
        running.spawn(case(steps));
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_step_is_finished_by_the_next_pass() {
    side_by_side(0..12, |steps| async move {
        let mut fixture = notes().await;
        edit_on_server(&fixture, "notes", newer()).await;
        assert_eq!(write_until(&fixture, &newer(), steps), steps >= ALL_STEPS, "{steps}");
        fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
        fixture.settle().await;
        assert_newer(&fixture);
        assert_eq!(only(&fixture).await.version, 2, "after {steps} steps: nothing half is kept as a version");
        assert!(fixture.store.folders_behind().await.expect("behind").is_empty(), "after {steps} steps");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_and_then_an_even_newer_version() {
    side_by_side(3..ALL_STEPS, |steps| async move {
        let mut fixture = notes().await;
        edit_on_server(&fixture, "notes", newer()).await;
        write_until(&fixture, &newer(), steps);
        let md = skill_md("notes", "Newest.");
        edit_on_server(&fixture, "notes", content(&[("SKILL.md", &md)])).await;
        fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
        fixture.settle().await;
        assert_eq!(text(&fixture, "notes/SKILL.md"), Some(md), "after {steps} steps");
        assert_eq!(only(&fixture).await.version, 3);
        assert!(!fixture.root.join("notes/new").exists() && !fixture.root.join("notes/run.sh").exists());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_after_a_crash_is_kept() {
    side_by_side(3..ALL_STEPS, |steps| async move {
        let mut fixture = notes().await;
        edit_on_server(&fixture, "notes", newer()).await;
        write_until(&fixture, &newer(), steps);
        fixture.write("notes/run.sh", "echo mine");
        fixture.scanner = Scanner::new(fixture.store.clone(), fixture.root.clone());
        fixture.settle().await;
        assert_eq!(text(&fixture, "notes/run.sh").as_deref(), Some("echo mine"), "after {steps} steps");
        let newest = fixture.store.newest_digests().await.expect("digests")[0].version;
        let files = fixture.store.version_files(newest).await.expect("files").expect("kept");
        assert!(files.iter().any(|file| file.content == b"echo mine"), "after {steps} steps");
        assert!(!fixture.root.join("notes/.skillferry~").exists());
    })
    .await;
}
