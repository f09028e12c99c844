//! Long steps say that they are alive; short ones say nothing.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::process::Running;

/// A step that takes less than this was not worth a line.
const WORTH_A_LINE: Duration = Duration::from_millis(1500);

/// Runs `command` as a step called `title` and gives back its standard output.
/// Its standard error is shown when it fails, and warnings of a compiler when it succeeds.
pub fn run(title: &str, command: &mut Command) -> Outcome<String> {
    let mut step = Step::begin(title);
    let finished = follow(&mut step, command, None)?;
    step.end(finished.success);
    if finished.success {
        show_warnings(&finished.stderr);
        return Ok(finished.stdout);
    }
    eprintln!("{}{}", readable(&finished.stdout), readable(&finished.stderr).trim_end());
    Err(Failure::new(format!("{title} failed")))
}

/// Runs `command` and gives back all that it said, whether it succeeded or not. What outlives `deadline` is ended and has failed.
pub fn watch(title: &str, command: &mut Command, deadline: Option<Duration>) -> Outcome<Finished> {
    let mut step = Step::begin(title);
    let finished = follow(&mut step, command, deadline);
    step.vanish();
    finished
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// Whether it said that it went well.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

/// One line of progress, rewritten in place on a terminal and repeated now and then elsewhere.
#[derive(Debug)]
pub struct Step {
    title: String,
    began: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

impl Step {
    /// Nothing is printed until the step has taken a moment.
    pub fn begin(title: &str) -> Self {
        Self { title: title.to_owned(), began: Instant::now(), shown: None, terminal: std::io::stderr().is_terminal() }
    }

    /// To be called often; `detail` is what the step is busy with.
    pub fn tick(&mut self, detail: &str) {
        let pause = if self.terminal { Duration::from_millis(250) } else { Duration::from_secs(20) };
        let due = self.shown.map_or(self.began + WORTH_A_LINE, |shown| shown + pause);
        if Instant::now() < due {
            return;
        }
        self.shown = Some(Instant::now());
        // Without the folder that cargo adds to a package of ours.
        let detail: String = detail.split(" (").next().unwrap_or_default().trim().chars().take(48).collect();
        let line = format!("  … {} ({} s)  {detail}", self.title, self.began.elapsed().as_secs());
        self.print(&line, !self.terminal);
    }

    /// Leaves no trace on a terminal; whoever called has a better closing line.
    pub fn vanish(self) {
        if self.terminal && self.shown.is_some() {
            self.print("", false);
        }
    }

    /// The closing line, when the step took long enough to have been noticed.
    pub fn end(self, success: bool) {
        if self.began.elapsed() < WORTH_A_LINE {
            return;
        }
        let mark = if success { "✓" } else { "✗" };
        self.print(&format!("  {mark} {} ({:.1} s)", self.title, self.began.elapsed().as_secs_f32()), true);
    }

    fn print(&self, line: &str, finished: bool) {
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        let end = if finished { "\n" } else { "" };
        let mut stderr = std::io::stderr().lock();
        // A closed standard error must not stop a build.
        let _ = write!(stderr, "{clear}{line}{end}");
        let _ = stderr.flush();
    }
}

fn follow(step: &mut Step, command: &mut Command, deadline: Option<Duration>) -> Outcome<Finished> {
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let latest = Arc::new(Mutex::new(String::new()));
    let stdout = running.child().stdout.take().map(|pipe| gather(pipe, Arc::default()));
    let stderr = running.child().stderr.take().map(|pipe| gather(pipe, latest.clone()));
    let began = Instant::now();
    let status = running.wait(deadline, || step.tick(&latest.lock().map(|line| line.clone()).unwrap_or_default()))?;
    let text = |thread: Option<JoinHandle<String>>| thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let success = status.is_some_and(|status| status.success());
    let mut stderr = text(stderr);
    if status.is_none() {
        stderr.push_str("ended because it took too long\n");
    }
    Ok(Finished { success, stdout: text(stdout), stderr, took: began.elapsed() })
}

/// Collects a pipe's text on a thread of its own and keeps the latest line at hand.
fn gather(pipe: impl Read + Send + 'static, latest: Arc<Mutex<String>>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            text.push_str(&line);
            text.push('\n');
            if let Ok(mut latest) = latest.lock() {
                *latest = line;
            }
        }
        text
    })
}

/// Compiler warnings deserve to be seen although the step succeeded; cargo's own messages do not.
fn show_warnings(stderr: &str) {
    if stderr.contains("\nwarning") || stderr.starts_with("warning") {
        eprintln!("{}", stderr.trim_end());
    }
}

/// Without cargo's machine-readable messages and its list of what it compiled.
fn readable(output: &str) -> String {
    let noise = ["{", "   Compiling ", "    Checking ", "  Downloaded ", " Downloading "];
    output
        .lines()
        .filter(|line| !noise.iter().any(|noise| line.starts_with(noise)))
        .map(|line| format!("{line}\n"))
        .collect()
}
