//! What is written and taken back, with a fault at every step.

use std::cell::Cell;
use std::fs;

use proptest::prelude::*;

use super::*;
use crate::pull::arbitrary::{file, keys};
use crate::pull::disk::Real;

/// Lets the step of a number fail, and every one after it: what a stop at that step leaves. A file that was to be filled is half full.
struct Stopping {
    steps: Cell<usize>,
    at: usize,
}

impl Stopping {
    fn after(at: usize) -> Self {
        Self { steps: Cell::new(0), at }
    }

    fn step(&self) -> io::Result<()> {
        let step = self.steps.get();
        self.steps.set(step + 1);
        if step >= self.at { Err(io::Error::other("stopped")) } else { Ok(()) }
    }
}

impl Disk for Stopping {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        self.step().and_then(|()| Real.kind(path))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.step().and_then(|()| Real.read(path))
    }
    fn create(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.create(path))
    }
    fn fill(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step().map_err(|error| Real.fill(path, &bytes[..bytes.len() / 2]).err().unwrap_or(error))?;
        Real.fill(path, bytes)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.rename(from, to))
    }
    fn sync(&self, folder: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.sync(folder))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove(path))
    }
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.make_folder(path))
    }
    fn mode(&self, path: &Path) -> io::Result<Option<u32>> {
        self.step().and_then(|()| Real.mode(path))
    }
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.step().and_then(|()| Real.set_mode(path, mode))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<bool> {
        self.step().and_then(|()| Real.remove_folder(path))
    }
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.step().and_then(|()| Real.names(folder))
    }
}

fn due(key: &str) -> Pulled {
    Pulled {
        variables: [("PO_API_KEY".to_owned(), key.to_owned())].into(),
        skill_files: [("sc_po.md".to_owned(), format!("How to order with {key}\n"))].into(),
    }
}

fn nothing() -> Pulled {
    Pulled { variables: BTreeMap::new(), skill_files: BTreeMap::new() }
}

/// Every file of a folder and every folder in it, with what it says and its mode.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()) {
        let mode = Real.mode(&entry).expect("there").expect("a mode");
        if entry.is_dir() {
            found.extend(everything(&entry));
            found.insert(entry, (Vec::new(), mode));
        } else {
            found.insert(entry.clone(), (fs::read(&entry).expect("file"), mode));
        }
    }
    found
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join(ENV), "OWN=1\r\nLAST=2").expect("file");
    fs::create_dir_all(folder.path().join(".claude/rules")).expect("folders");
    for (name, text) in [("km_notes.md", "mine"), ("sc_old.md", "old"), ("sc_note.txt", "mine")] {
        fs::write(folder.path().join(".claude/rules").join(name), text).expect("file");
    }
    folder
}

fn pull(disk: &impl Disk, folder: &Path, due: &Pulled, traces: &Traces) -> Result<(Traces, Vec<Change>), PlaceError> {
    let place = Place::new(disk, folder);
    let traces = place.traces(due, traces)?;
    place.apply(due, &traces).map(|done| (traces, done))
}

#[test]
fn what_is_due_is_written_once_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = project();
    let place = Place::new(&Real, folder.path());
    let planned = place.plan(&due("k1"), &Traces::default()).expect("a plan");
    let (traces, done) = pull(&Real, folder.path(), &due("k1"), &Traces::default()).expect("pulled");
    assert_eq!(planned, done);
    let said: Vec<_> = done.iter().map(|change| change.what).collect();
    assert_eq!(said, [Done::Changed, Done::Made, Done::Removed]);
    let files = everything(folder.path());
    let (env, mode) = &files[&folder.path().join(ENV)];
    let expected = format!("OWN=1\r\nLAST=2\r\n{}\r\nPO_API_KEY=k1\r\n{}\r\n", block::START, block::END);
    assert_eq!((String::from_utf8_lossy(env).as_ref(), *mode), (expected.as_str(), 0o600));
    let rules = folder.path().join(".claude/rules");
    assert_eq!(files[&rules.join("sc_po.md")], (b"How to order with k1\n".to_vec(), 0o600));
    assert_eq!(files[&rules.join("km_notes.md")].0, b"mine");
    assert_eq!(files[&rules.join("sc_note.txt")].0, b"mine");
    assert!(!files.contains_key(&rules.join("sc_old.md")));
    assert_eq!(fs::metadata(&rules).expect("folder").permissions().mode() & 0o777, 0o700);
    let (_, again) = pull(&Real, folder.path(), &due("k1"), &traces).expect("pulled");
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(everything(folder.path()), files);
}

#[test]
fn uninstalling_leaves_no_trace() {
    let empty = tempfile::tempdir().expect("folder");
    let (traces, _) = pull(&Real, empty.path(), &due("k"), &Traces::default()).expect("pulled");
    assert!(traces.made_env && traces.made_claude && traces.made_rules);
    Place::new(&Real, empty.path()).uninstall(&traces).expect("gone");
    assert_eq!(fs::read_dir(empty.path()).expect("folder").count(), 0);
    let folder = project();
    let (traces, _) = pull(&Real, folder.path(), &due("k"), &Traces::default()).expect("pulled");
    let (traces, _) = pull(&Real, folder.path(), &due("k2"), &traces).expect("pulled");
    Place::new(&Real, folder.path()).uninstall(&traces).expect("gone");
    assert_eq!(fs::read(folder.path().join(ENV)).expect("file"), b"OWN=1\r\nLAST=2");
    let rules = Real.names(&folder.path().join(".claude/rules")).expect("names");
    assert_eq!(rules, ["km_notes.md", "sc_note.txt"]);
}

#[test]
fn a_stop_at_any_step_leaves_the_old_or_the_new() {
    for (first, second) in [(nothing(), due("k1")), (due("k1"), due("k2")), (due("k1"), nothing())] {
        stop_at_every_step(project, &first, &second);
    }
}

/// Pulls `first`, then `second` with a stop at each step: every file says the old or the new, and the next pull makes it the new.
fn stop_at_every_step(made: impl Fn() -> tempfile::TempDir, first: &Pulled, second: &Pulled) {
    let undisturbed = made();
    let (traces, _) = pull(&Real, undisturbed.path(), first, &Traces::default()).expect("pulled");
    let old = contents(undisturbed.path());
    let (_, done) = pull(&Real, undisturbed.path(), second, &traces).expect("pulled");
    let new = contents(undisturbed.path());
    for at in 0.. {
        let folder = made();
        let (traces, _) = pull(&Real, folder.path(), first, &Traces::default()).expect("pulled");
        let remembered = Place::new(&Real, folder.path()).traces(second, &traces).expect("traces");
        let disk = Stopping::after(at);
        let ended = Place::new(&disk, folder.path()).apply(second, &remembered);
        let found = contents(folder.path());
        for name in old.keys().chain(new.keys()) {
            let said = found.get(name);
            assert!(said == old.get(name) || said == new.get(name), "stop {at}: {name} is half written");
        }
        let (_, later) = pull(&Real, folder.path(), second, &remembered).expect("pulled");
        assert_eq!(contents_of_all(folder.path()), contents_of_all(undisturbed.path()), "stop {at}");
        if let Ok(at_once) = ended {
            assert!(later.is_empty() && at_once == in_folder(&done, undisturbed.path(), folder.path()));
            break;
        }
    }
}

/// The same changes, of files in another folder.
fn in_folder(changes: &[Change], from: &Path, to: &Path) -> Vec<Change> {
    let moved = |change: &Change| {
        let path = to.join(change.path.strip_prefix(from).expect("inside"));
        Change { path, ..change.clone() }
    };
    changes.iter().map(moved).collect()
}

#[test]
fn uninstalling_can_be_stopped_at_any_step() {
    for at in 0.. {
        let folder = project();
        // What was never due goes with the first pull: it has the prefix that is ours.
        fs::remove_file(folder.path().join(".claude/rules/sc_old.md")).expect("file");
        let before = everything(folder.path());
        let (traces, _) = pull(&Real, folder.path(), &due("k"), &Traces::default()).expect("pulled");
        let ended = Place::new(&Stopping::after(at), folder.path()).uninstall(&traces);
        Place::new(&Real, folder.path()).uninstall(&traces).expect("gone");
        assert_eq!(everything(folder.path()), before, "stop {at}: with the modes that they had");
        if ended.is_ok() {
            break;
        }
    }
}

/// A `.env` that a person might have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Missing,
    Mode(u32),
}

fn found() -> impl Strategy<Value = Found> {
    prop_oneof![1 => Just(Found::Missing), 4 => prop_oneof![Just(0o600), Just(0o644), Just(0o400)].prop_map(Found::Mode)]
}

fn with_env(file: &[u8], found: Found) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("folder");
    if let Found::Mode(mode) = found {
        fs::write(folder.path().join(ENV), file).expect("file");
        fs::set_permissions(folder.path().join(ENV), fs::Permissions::from_mode(mode)).expect("mode");
    }
    folder
}

fn with(variables: BTreeMap<String, String>) -> Pulled {
    let skill_files = variables.iter().map(|(name, value)| (format!("sc_{name}.md"), value.clone())).collect();
    Pulled { variables, skill_files }
}

proptest! {
    // Each case stops some thirty times.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_file_survives_a_stop_at_any_step(file in file(), found in found(), first in keys(), second in keys()) {
        stop_at_every_step(|| with_env(&file, found), &with(first), &with(second));
    }

    #[test]
    fn any_file_is_given_back(file in "([A-Z]{1,3}=[a-zé '\"]{0,5}(\r?\n)?){0,4}", found in found(), first in keys(), second in keys()) {
        let folder = with_env(file.as_bytes(), found);
        let before = everything(folder.path());
        let (traces, _) = pull(&Real, folder.path(), &with(first), &Traces::default()).expect("pulled");
        let (traces, _) = pull(&Real, folder.path(), &with(second), &traces).expect("pulled");
        Place::new(&Real, folder.path()).uninstall(&traces).expect("gone");
        prop_assert_eq!(everything(folder.path()), before);
    }

    #[test]
    fn what_a_link_leads_to_stays(file in file(), keys in keys()) {
        let (elsewhere, folder) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let target = elsewhere.path().join("target");
        fs::write(&target, &file).expect("file");
        std::os::unix::fs::symlink(&target, folder.path().join(ENV)).expect("link");
        let pulled = pull(&Real, folder.path(), &with(keys), &Traces::default());
        prop_assert!(matches!(pulled, Err(PlaceError::NotOurs(_))));
        prop_assert_eq!(fs::read(&target).expect("file"), file);
        prop_assert_eq!(fs::read_dir(elsewhere.path()).expect("folder").count(), 1);
    }
}

/// What the files say, but for those that a stop may leave behind.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    contents_of_all(folder).into_iter().filter(|(name, _)| !name.contains(".skillferry-pull-")).collect()
}

fn contents_of_all(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let short = |path: PathBuf| path.strip_prefix(folder).expect("inside").display().to_string();
    everything(folder).into_iter().map(|(path, (bytes, _))| (short(path), bytes)).collect()
}

#[test]
fn nothing_is_written_through_a_link() {
    let elsewhere = tempfile::tempdir().expect("folder");
    let target = elsewhere.path().join("target");
    fs::write(&target, "theirs").expect("file");
    for link in [ENV, ".claude", ".claude/rules", ".claude/rules/sc_po.md"] {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(link);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        let to = if link.ends_with(".env") || link.ends_with(".md") { &target } else { &elsewhere.path().to_owned() };
        std::os::unix::fs::symlink(to, &path).expect("link");
        let refused = pull(&Real, folder.path(), &due("k"), &Traces::default()).expect_err("refused");
        assert!(matches!(&refused, PlaceError::NotOurs(at) if *at == path), "{link}: {refused}");
        assert_eq!(fs::read(&target).expect("file"), b"theirs");
        assert_eq!(fs::read_dir(elsewhere.path()).expect("folder").count(), 1);
    }
}

#[test]
fn files_that_others_can_read_or_nobody_can_write_are_made_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = project();
    let (traces, _) = pull(&Real, folder.path(), &due("k"), &Traces::default()).expect("pulled");
    for mode in [0o644, 0o400] {
        let env = folder.path().join(ENV);
        fs::set_permissions(&env, fs::Permissions::from_mode(mode)).expect("mode");
        let (_, done) = pull(&Real, folder.path(), &due("k"), &traces).expect("pulled");
        assert_eq!(done, [Change { path: env.clone(), what: Done::Changed }]);
        assert_eq!(fs::metadata(&env).expect("file").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_server_names_no_other_files() {
    let folder = project();
    let before = everything(folder.path());
    for (variable, file) in [
        ("PATH=x\nA", "sc_po.md"),
        ("a", "sc_po.md"),
        ("", "sc_po.md"),
        ("A", "../sc_po.md"),
        ("A", "sc_.md"),
        ("A", "km_notes.md"),
        ("A", "sc_a/../../b.md"),
    ] {
        let due = Pulled {
            variables: [(variable.to_owned(), "k".to_owned())].into(),
            skill_files: [(file.to_owned(), String::new())].into(),
        };
        let refused = pull(&Real, folder.path(), &due, &Traces::default()).expect_err("refused");
        assert!(matches!(refused, PlaceError::BadName(_)), "{variable} {file}");
    }
    let lines = Pulled { variables: [("A".to_owned(), "k\nB=1".to_owned())].into(), skill_files: BTreeMap::new() };
    assert!(pull(&Real, folder.path(), &lines, &Traces::default()).is_err());
    assert_eq!(everything(folder.path()), before);
}
