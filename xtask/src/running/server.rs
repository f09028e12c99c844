//! The companion server as a child process: started, understood by its start lines, stopped with its guard.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::interrupt;
use crate::process::Running;

const START_LIMIT: Duration = Duration::from_secs(60);

/// A server that answers.
#[derive(Debug)]
pub struct Server {
    process: Running,
    /// What it said of itself.
    pub said: StartLines,
}

/// The lines that the server prints when it starts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StartLines {
    /// The one-time link.
    pub dashboard: String,
    /// The library's folder.
    pub library: String,
    /// Where the data lies.
    pub database: String,
    /// The address; printed last.
    pub ready: Option<String>,
}

impl Server {
    /// Starts `skillferry serve …` and waits until it is ready.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let mut process = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let lines = lines(&mut process);
        let said = wait(&mut process, &lines)?;
        Ok(Self { process, said })
    }

    /// The server's process id.
    pub fn id(&mut self) -> u32 {
        self.process.child().id()
    }

    /// Fails when the server has ended.
    pub fn check(&mut self) -> Outcome<()> {
        match self.process.finished()? {
            None => Ok(()),
            Some(status) => Err(Failure::new(format!("the server has ended ({status})"))),
        }
    }

    /// Asks the server to finish what it is doing, and waits for it.
    pub fn stop(mut self) {
        self.process.stop();
    }
}

impl StartLines {
    fn take(&mut self, line: &str) {
        match line.split_once(": ") {
            Some(("Dashboard", link)) => link.clone_into(&mut self.dashboard),
            Some(("Library", folder)) => folder.clone_into(&mut self.library),
            Some(("Database", place)) => place.clone_into(&mut self.database),
            Some(("Ready", address)) => self.ready = Some(address.to_owned()),
            _ => {}
        }
    }
}

/// Reads on for as long as the server lives, so that a full pipe never stops it.
fn lines(process: &mut Running) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    let stdout = process.child().stdout.take();
    thread::spawn(move || {
        for line in stdout.into_iter().flat_map(|pipe| BufReader::new(pipe).lines()).map_while(Result::ok) {
            // Nobody listens any more once the server is ready.
            let _ = sender.send(line);
        }
    });
    receiver
}

fn wait(process: &mut Running, lines: &Receiver<String>) -> Outcome<StartLines> {
    let (deadline, mut said) = (Instant::now() + START_LIMIT, StartLines::default());
    while Instant::now() < deadline {
        interrupt::check()?;
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => said.take(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if said.ready.is_some() {
            return Ok(said);
        }
    }
    process.stop();
    Err(Failure::new("the server did not start; its own words are above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_lines_are_understood() {
        let mut said = StartLines::default();
        for line in [
            "Dashboard: http://127.0.0.1:8082/login#sfl_x",
            "Library: /home/a b/skills",
            "Database: sqlite:/x",
            "Ready: http://127.0.0.1:8082",
        ] {
            said.take(line);
        }
        assert_eq!(said.dashboard, "http://127.0.0.1:8082/login#sfl_x");
        assert_eq!(said.library, "/home/a b/skills");
        assert_eq!(said.ready.as_deref(), Some("http://127.0.0.1:8082"));
    }
}
