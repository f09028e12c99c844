//! A PostgreSQL cluster that lives as long as its guard, in a temporary folder, on a free port of the loopback interface.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::failure::{Context, Failure, Outcome};
use crate::prerequisites::{POSTGRESQL, apt, path};
use crate::process::{Running, capture};
use crate::{interrupt, progress};

/// PostgreSQL refuses to run as root; this account exists everywhere and owns nothing.
const UNPRIVILEGED: &str = "nobody";
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running cluster; dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    bin: PathBuf,
    // Declared before the folder, so that the server is gone when its files go.
    server: Running,
    folder: TempDir,
}

impl Cluster {
    /// Installs PostgreSQL where that is ours to do, then makes and starts a cluster.
    pub fn start() -> Outcome<Self> {
        let initdb = POSTGRESQL.require_at(find_initdb)?;
        let bin = initdb.parent().expect("a program lies in a folder").to_owned();
        let folder = tempfile::Builder::new()
            .prefix("skillferry-postgres-")
            .tempdir()
            .cannot(|| "create a folder".to_owned())?;
        hand_over(folder.path())?;
        let data = folder.path().join("data");
        let mut init = unprivileged(&initdb);
        init.arg("-D").arg(&data).args(["-U", "skillferry", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
        progress::run("a throw-away PostgreSQL cluster", init.current_dir(folder.path()))?;
        let port = free_port()?;
        let server = Running::start(&mut postgres(&bin, &data, port, folder.path())?)?;
        let mut cluster = Self { port, bin, server, folder };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The address of its maintenance database; tests make databases of their own.
    pub fn url(&self) -> String {
        format!("postgres://skillferry@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            interrupt::check()?;
            let mut ready = Command::new(self.bin.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if self.server.finished()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(Failure::new(format!("PostgreSQL did not start:\n{log}")))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The data is thrown away, so the quickest way to stop is the best; the guard of the process covers its failure.
        let mut stop = unprivileged(&self.bin.join("pg_ctl"));
        stop.arg("-D").arg(self.folder.path().join("data")).args(["stop", "-m", "immediate", "-s"]);
        let _ = stop.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn postgres(bin: &Path, data: &Path, port: u16, folder: &Path) -> Outcome<Command> {
    let log = fs::File::create(folder.join("log")).cannot(|| "create a log".to_owned())?;
    let mut command = unprivileged(&bin.join("postgres"));
    command.arg("-D").arg(data).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=200"] {
        command.args(["-c", setting]);
    }
    command.args(["-c", &format!("port={port}")]);
    Ok(command)
}

/// Debian keeps the programs out of `PATH`, one folder a version; the newest comes first.
fn find_initdb() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin/initdb")).filter(|path| path.is_file()).max();
    newest.or_else(|| path::find("initdb"))
}

/// `program` as an account that PostgreSQL accepts, and ended with us even when we are killed.
fn unprivileged(program: &Path) -> Command {
    if !apt::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let user = format!("--reuid={UNPRIVILEGED}");
    command.args([&user, "--regid=nogroup", "--clear-groups", "--pdeathsig=INT", "--"]).arg(program);
    command
}

/// As root the folder becomes the property of the account that runs the server.
#[cfg(unix)]
fn hand_over(folder: &Path) -> Outcome<()> {
    if !apt::is_root() {
        return Ok(());
    }
    let user = capture(Command::new("id").args(["-u", UNPRIVILEGED]))?.parse().ok();
    std::os::unix::fs::chown(folder, user, None).cannot(|| format!("hand {} over", folder.display()))
}

#[cfg(not(unix))]
fn hand_over(_: &Path) -> Outcome<()> {
    Ok(())
}

/// Free now; nobody else is expected to take it within the next second.
fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).cannot(|| "find a free port".to_owned())?;
    listener.local_addr().map(|address| address.port()).cannot(|| "find a free port".to_owned())
}
