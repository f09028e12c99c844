//! The server under load, on SQLite and on PostgreSQL side by side.

use std::process::Command;

use super::table::Row;
use crate::failure::Outcome;
use crate::postgres::Cluster;
use crate::workspace::Workspace;
use crate::{native, progress};

/// One row for each line of `server_bench`, with what came out on both databases.
pub fn rows(workspace: &Workspace) -> Outcome<Vec<Row>> {
    let built = native::programs(workspace, &["skillferry", "server_bench"], true)?;
    let (program, server) = (built.program("server_bench")?, built.program("skillferry")?);
    let measure = |title: &str, cluster: Option<&str>| {
        let mut command = Command::new(program);
        command.arg("--server").arg(server).args(cluster.map(|url| ["--postgres", url]).into_iter().flatten());
        let said = progress::run(title, &mut command)?;
        Ok(said.lines().filter_map(Row::read).collect::<Vec<_>>())
    };
    let sqlite = measure("the server under load, on SQLite", None)?;
    let cluster = Cluster::start()?;
    let postgres = measure("the server under load, on PostgreSQL", Some(&cluster.url()))?;
    Ok(sqlite
        .into_iter()
        .zip(postgres)
        .map(|(sqlite, postgres)| sqlite.beside("SQLite", &postgres, "PostgreSQL"))
        .collect())
}
