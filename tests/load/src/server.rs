//! The optimised server as a child process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Step;

/// The admin token of every server that is measured.
pub const ADMIN: &str = "sfa_admin-token-of-the-figures-00000000000";

/// A running server; dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts `program serve` with these flags and waits until it is ready. What it logs goes where this program's log goes.
    pub fn start(program: &Path, home: &Path, flags: &[&str]) -> Step<Self> {
        let mut command = Command::new(program);
        command
            .env("HOME", home)
            .env("SKILLFERRY_LOG", "warn")
            .env_remove("XDG_DATA_HOME")
            .env("SKILLFERRY_ADMIN_TOKEN", ADMIN);
        command.arg("serve").args(["--pair-rate-limit", "0"]).args(flags);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        for line in BufReader::new(stdout).lines() {
            if let Some(address) = line?.strip_prefix("Ready: http://") {
                return Ok(Self { child, address: address.to_owned() });
            }
        }
        Err("the server did not start; its own words are above".into())
    }

    /// As a power cut would.
    pub fn kill(mut self) -> Step {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// A figure of the system about its memory, such as `VmRSS` or `VmHWM`, in bytes.
    pub fn memory(&self, field: &str) -> Step<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kibibytes: f64 = line.and_then(|line| line.split_whitespace().next()).ok_or("no such figure")?.parse()?;
        Ok(kibibytes * 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
