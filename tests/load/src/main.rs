//! Puts load on the optimised server and prints one line a figure, `what<TAB>goal<TAB>measured`, for one database.
//! `cargo xtask bench server` runs it for both.

mod client;
mod crowd;
mod database;
mod figures;
mod kill;
mod library;
mod pages;
mod pairing;
mod polls;
mod queue;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, ValueEnum};

use database::Database;
use library::Library;
use server::Server;

/// Whatever ends the measurement early.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// Result of a step.
pub type Step<T = ()> = Result<T, Failure>;

/// What is measured, and where.
#[derive(Debug, Parser)]
struct Arguments {
    /// The server's program.
    #[arg(long)]
    server: PathBuf,
    /// The address of a throw-away PostgreSQL cluster; SQLite without it.
    #[arg(long)]
    postgres: Option<String>,
    /// Only these.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Figure>,
    /// How often the server is killed.
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// How many browsers make the crowd.
    #[arg(long, default_value_t = 10_000)]
    browsers: u32,
    /// Over how many connections the crowd asks; as many as browsers gives each its own.
    #[arg(long, default_value_t = 32)]
    crowd_connections: u32,
    /// Seconds for which the crowd is measured.
    #[arg(long, default_value_t = 120)]
    crowd_seconds: u64,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    Poll,
    Status,
    Queue,
    Pages,
    Crowd,
    Kill,
}

/// Skills of the library whose whole queue is timed.
const SKILLS: usize = 1000;
const LENGTH: Duration = Duration::from_secs(8);

// One thread: the server needs the other core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Step {
    let arguments = Arguments::parse();
    let chosen = |figure: Figure| arguments.only.is_empty() || arguments.only.contains(&figure);
    if chosen(Figure::Poll) || chosen(Figure::Status) {
        let (_folder, server) = started(&arguments, None).await?;
        if chosen(Figure::Poll) {
            let sqlite = "≥ 10,000/s, p99 ≤ 10 ms (PostgreSQL ≥ 5,000/s)";
            polls::operations(&server.address, sqlite, LENGTH).await?;
        }
        if chosen(Figure::Status) {
            polls::status(&server.address, LENGTH).await?;
        }
    }
    if chosen(Figure::Queue) {
        let (_folder, server) = started(&arguments, Some(SKILLS)).await?;
        queue::thousand(&server.address, SKILLS).await?;
    }
    if chosen(Figure::Pages) {
        let folder = tempfile::tempdir()?;
        let database = Database::fresh(arguments.postgres.as_deref(), folder.path()).await?;
        let server = begun(&arguments, folder.path(), &database, Some(pages::SKILLS))?;
        pages::wait(&server.address, &database).await?;
    }
    if chosen(Figure::Crowd) {
        let (_folder, server) = started(&arguments, None).await?;
        let length = Duration::from_secs(arguments.crowd_seconds);
        crowd::polls(&server, arguments.browsers, arguments.crowd_connections, length).await?;
    }
    if chosen(Figure::Kill) {
        let folder = tempfile::tempdir()?;
        let database = Database::fresh(arguments.postgres.as_deref(), folder.path()).await?;
        kill::again_and_again(&arguments.server, folder.path(), &database, arguments.kills).await?;
    }
    Ok(())
}

/// A server on a fresh database, with a library of so many skills or none. The folder holds its files.
async fn started(arguments: &Arguments, skills: Option<usize>) -> Step<(tempfile::TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    let database = Database::fresh(arguments.postgres.as_deref(), folder.path()).await?;
    let server = begun(arguments, folder.path(), &database, skills)?;
    // In this order, so that the server is gone before its folder is.
    Ok((folder, server))
}

fn begun(arguments: &Arguments, folder: &Path, database: &Database, skills: Option<usize>) -> Step<Server> {
    let library = skills.map(|skills| Library::write(folder, skills)).transpose()?;
    let path = library.map(|library| library.path());
    let source: Vec<&str> = path.as_deref().map_or(vec!["--no-library"], |path| vec!["--library", path]);
    let flags = [&["--listen", "127.0.0.1:0", "--database-url", &database.url], source.as_slice()].concat();
    Server::start(&arguments.server, folder, &flags)
}
