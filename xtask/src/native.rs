//! Native programs and test programs, built by one cargo call with one feature set, so that no crate is compiled twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Artifact, Message, TargetKind};

use crate::failure::{Context, Failure, Outcome};
use crate::progress;
use crate::toolchain::{cargo, cargo_for_tests};
use crate::workspace::Workspace;

/// What cargo made.
#[derive(Debug, Default)]
pub struct Built {
    /// Programs by name.
    pub programs: BTreeMap<String, PathBuf>,
    /// Test programs.
    pub tests: Vec<TestProgram>,
}

/// The tests of one target.
#[derive(Debug, Clone)]
pub struct TestProgram {
    /// The folder of its package, from the workspace's root.
    pub package: String,
    /// The name of the target.
    pub target: String,
    /// Whether it tests from outside (`tests/…`) rather than from within.
    pub integration: bool,
    /// The program.
    pub executable: PathBuf,
}

impl Built {
    /// The program called `name`.
    pub fn program(&self, name: &str) -> Outcome<&Path> {
        self.programs
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| Failure::new(format!("cargo built no program {name}")))
    }
}

/// All programs and tests of the workspace.
pub fn everything(workspace: &Workspace) -> Outcome<Built> {
    let mut built = build(workspace, "programs and tests", cargo_for_tests(), &["--all-targets"])?;
    // xtask apart, with the features it was started with: it would otherwise replace itself by a twin.
    let mut command = cargo_for_tests();
    command.args(["test", "--no-run", "--package", "xtask", "--all-targets"]);
    built.tests.extend(read(workspace, &run(workspace, "tests of the build", command)?)?.tests);
    Ok(built)
}

/// Only the named programs, compiled as [`everything`] compiles them on a laptop, or optimised.
pub fn programs(workspace: &Workspace, names: &[&str], optimised: bool) -> Outcome<Built> {
    let mut arguments: Vec<&str> = names.iter().flat_map(|name| ["--bin", name]).collect();
    arguments.extend(optimised.then_some("--release"));
    build(workspace, &names.join(", "), cargo(), &arguments)
}

fn build(workspace: &Workspace, title: &str, mut command: Command, arguments: &[&str]) -> Outcome<Built> {
    // The whole workspace is named also where one program is wanted: that is what fixes the feature set.
    command.args(["build", "--workspace", "--exclude", "xtask"]).args(arguments);
    read(workspace, &run(workspace, title, command)?)
}

fn run(workspace: &Workspace, title: &str, mut command: Command) -> Outcome<String> {
    command.arg("--message-format=json-render-diagnostics").current_dir(workspace.root());
    progress::run(&format!("building {title}"), &mut command)
}

fn read(workspace: &Workspace, messages: &str) -> Outcome<Built> {
    let mut built = Built::default();
    for message in Message::parse_stream(messages.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message.cannot(|| "understand cargo's answer".to_owned())? {
            sort_in(workspace, &mut built, &artifact);
        }
    }
    Ok(built)
}

fn sort_in(workspace: &Workspace, built: &mut Built, artifact: &Artifact) {
    let Some(executable) = &artifact.executable else { return };
    if artifact.profile.test {
        let folder = artifact.manifest_path.parent().map(|folder| folder.as_std_path().to_owned()).unwrap_or_default();
        let package = folder.strip_prefix(workspace.root()).unwrap_or(&folder).to_string_lossy().replace('\\', "/");
        let integration = artifact.target.kind.contains(&TargetKind::Test);
        let target = artifact.target.name.clone();
        built.tests.push(TestProgram { package, target, integration, executable: executable.clone().into() });
    } else if artifact.target.kind.contains(&TargetKind::Bin) {
        built.programs.insert(artifact.target.name.clone(), executable.clone().into());
    }
}
