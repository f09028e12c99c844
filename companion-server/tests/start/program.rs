//! Runs `skillferry serve` and speaks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// An admin token for servers that are started with one.
pub const ADMIN: &str = "sfa_admin-token-of-the-tests-000000000000";

/// A server that is about to be started, with nothing of this machine's environment and `folder` as its home.
pub fn serve(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillferry"));
    command.env_clear().env("HOME", folder).env("RUST_BACKTRACE", "1").env("SKILLFERRY_ADMIN_TOKEN", ADMIN);
    command.arg("serve").args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a server that must not start. Returns what it says.
#[track_caller]
pub fn refused(mut command: Command) -> String {
    let mut child = command.spawn().expect("the program");
    let status = ended(&mut child, Duration::from_secs(30));
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut stdout).expect("text");
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("text");
    assert_eq!(status.and_then(|status| status.code()), Some(2), "{stdout}{stderr}");
    assert_eq!(stdout, "", "nothing says that it is ready");
    for trace in ["panicked", "backtrace", "RUST_BACKTRACE", ".rs:"] {
        assert!(!stderr.contains(trace), "{stderr}");
    }
    stderr
}

/// As [`refused`], where it must be one sentence or two on one line of its own.
#[track_caller]
pub fn refused_in_a_sentence(command: Command) -> String {
    let said = refused(command);
    let sentence = said.strip_prefix("skillferry: ").and_then(|said| said.strip_suffix(".\n"));
    let sentence = sentence.unwrap_or_else(|| panic!("no sentence: {said}"));
    assert!(!sentence.contains('\n'), "more than a line: {said}");
    sentence.to_owned()
}

fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("killed");
    None
}

/// A server that runs until it is told to stop, at the latest until the test ends.
pub struct Running {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    /// The four lines on standard output.
    pub lines: Vec<String>,
}

impl Running {
    /// Starts it and waits until it says that it is ready.
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program");
        let mut stderr = child.stderr.take().expect("piped");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("text");
            text
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut lines: Vec<String> = Vec::new();
        while !lines.last().is_some_and(|line| line.starts_with("Ready: ")) {
            match stdout.next() {
                Some(line) => lines.push(line.expect("text")),
                None => panic!("it did not start: {lines:?} {}", stderr.join().expect("read")),
            }
        }
        Self { child, stderr: Some(stderr), lines }
    }

    /// What follows `name: ` on standard output.
    pub fn line(&self, name: &str) -> &str {
        let found = self.lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.lines))
    }

    /// Begins a request to `address`.
    pub fn begin(address: &str, request: &str) -> TcpStream {
        Self::try_begin(address, request).expect("the server listens")
    }

    fn try_begin(address: &str, request: &str) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let host = if head.contains("host: ") { "" } else { "\r\nhost: localhost" };
        let (head, length) = (head.replace('\n', "\r\n"), body.len());
        write!(stream, "{head}{host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")?;
        Ok(stream)
    }

    /// One request to a server that may be killed at any moment; `None` when there was no whole answer.
    pub fn try_ask(address: &str, request: &str) -> Option<(u16, String)> {
        let mut text = String::new();
        Self::try_begin(address, request).ok()?.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        (length.unwrap_or(0) == body.len()).then(|| Some((head.get(9..12)?.parse().ok()?, body.to_owned())))?
    }

    /// Status and body of an answer.
    pub fn finish(stream: TcpStream) -> (u16, String) {
        let (status, _, body) = Self::finish_whole(stream);
        (status, body)
    }

    fn finish_whole(mut stream: TcpStream) -> (u16, String, String) {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let status = text.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        (status, head.to_owned(), body.to_owned())
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.line("Ready").strip_prefix("http://").expect("an origin")
    }

    /// One request: its line and headers, an empty line, its body.
    pub fn ask(&self, request: &str) -> (u16, String) {
        Self::finish(Self::begin(self.address(), request))
    }

    /// One request; status, headers and body of its answer.
    pub fn ask_whole(&self, request: &str) -> (u16, String, String) {
        Self::finish_whole(Self::begin(self.address(), request))
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status().expect("a shell");
        assert!(sent.success());
    }

    /// Waits for its end: how it ended and what it logged.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = ended(&mut self.child, Duration::from_secs(15)).expect("it ends in time");
        (status, self.stderr.take().expect("not read yet").join().expect("read"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
