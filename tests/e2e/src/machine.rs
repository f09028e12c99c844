//! A person's machine: a home folder, a project, and `skillferry pull` in it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use crate::process::Process;
use crate::{Step, inputs};

/// A machine.
#[derive(Debug)]
pub struct Machine {
    home: TempDir,
}

/// A first pull that waits until somebody approves its code.
#[derive(Debug)]
pub struct Waiting {
    process: Process,
    rest: BufReader<tokio::process::ChildStdout>,
    /// What it shows.
    pub code: String,
}

impl Machine {
    /// One with an empty project.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn new() -> Step<Self> {
        let machine = Self { home: tempfile::tempdir()? };
        std::fs::create_dir(machine.project())?;
        Ok(machine)
    }

    /// The project's folder.
    pub fn project(&self) -> PathBuf {
        self.home.path().join("project")
    }

    /// Everything below the home folder, files and folders, in order.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn everything(&self) -> Step<Vec<String>> {
        let mut found = Vec::new();
        collect(self.home.path(), self.home.path(), &mut found)?;
        found.sort();
        Ok(found)
    }

    /// Pulls for the first time, up to the code.
    ///
    /// # Errors
    ///
    /// It shows none.
    pub async fn first_pull(&self, server: &str) -> Step<Waiting> {
        let mut command = self.skillferry(&["pull", "--server", server]);
        command.stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut rest = BufReader::new(process.stdout().ok_or("no standard output")?);
        let mut line = String::new();
        rest.read_line(&mut line).await?;
        let code = line.trim().strip_prefix("Pairing code: ").ok_or_else(|| format!("no code: {line}"))?.to_owned();
        Ok(Waiting { process, rest, code })
    }

    /// Runs the program in the project; what it says.
    ///
    /// # Errors
    ///
    /// It fails.
    pub async fn run(&self, arguments: &[&str]) -> Step<String> {
        let output = self.skillferry(arguments).output().await?;
        let said = String::from_utf8(output.stdout)?;
        if output.status.success() { Ok(said) } else { Err(String::from_utf8(output.stderr)?.into()) }
    }

    /// What an ordinary program, `reader`, finds in a variable when it is started in the project.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub async fn reads(&self, reader: &str, variable: &str) -> Step<Option<String>> {
        let mut command = Command::new(reader);
        let output = command.arg(variable).env_clear().current_dir(self.project()).output().await?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    fn skillferry(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(inputs::server());
        command.env_clear().env("HOME", self.home.path()).env("HOSTNAME", "desk").args(arguments);
        command.current_dir(self.project()).stdin(Stdio::null());
        command
    }
}

impl Waiting {
    /// Waits until the pull has ended; what it said.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub async fn ended(mut self) -> Step<String> {
        let mut said = String::new();
        // Ends with the program.
        self.rest.read_to_string(&mut said).await?;
        self.process.kill().await?;
        Ok(said)
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) -> Step {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        found.push(path.strip_prefix(root)?.display().to_string());
        if path.is_dir() {
            collect(root, &path, found)?;
        }
    }
    Ok(())
}
