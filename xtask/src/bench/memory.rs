//! What the server needs when it has nothing to do.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::table::Row;
use crate::failure::{Context, Outcome};
use crate::native;
use crate::process::capture;
use crate::running::server::Server;
use crate::workspace::Workspace;

/// Long enough for the first scan and for start-up allocations to be given back.
const SETTLE: Duration = Duration::from_secs(5);

/// Resident memory of the optimised server with the sample library, some seconds after its start.
pub fn idle(workspace: &Workspace) -> Outcome<Row> {
    let built = native::programs(workspace, &["skillferry"], true)?;
    let folder = tempfile::tempdir().cannot(|| "create a folder".to_owned())?;
    let mut serve = Command::new(built.program("skillferry")?);
    // An empty home folder: the server unpacks its sample library there, and leaves the person's own data alone.
    serve.env("HOME", folder.path()).env_remove("XDG_DATA_HOME").args(["serve", "--listen", "127.0.0.1:0"]);
    let mut server = Server::start(&mut serve)?;
    thread::sleep(SETTLE);
    let resident = capture(Command::new("ps").args(["-o", "rss=", "-p", &server.id().to_string()]))?;
    server.stop();
    let kibibytes: f64 = resident.trim().parse().cannot(|| "read the server's memory".to_owned())?;
    Ok(Row::new("server memory, idle", "≤ 20 MB", &format!("{:.1} MB", kibibytes * 1024.0 / 1e6)))
}
