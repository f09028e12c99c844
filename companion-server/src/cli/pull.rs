//! `skillferry pull`: fetches the keys of connected services and their skill files to this machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use companion_wire::services::Pulled;

use super::backup::{finish, run_async};
use super::folders;
use crate::pull::client::{ClientError, Server};
use crate::pull::disk::Real;
use crate::pull::place::Place;
use crate::pull::state::{self, State};
use crate::token::PlainToken;

const STATE: &str = "pull.json";
const DEFAULT_SERVER: &str = "http://127.0.0.1:8082";
/// How often to ask whether somebody has approved.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Arguments of `pull`.
#[derive(Debug, Args)]
#[command(
    after_help = "The first run prints a code; type it on the server's page “Services”. From then on the keys of what you connect there
are written into .env, between two marked lines, and the services' skill files into .claude/rules. Nothing else is touched."
)]
pub struct Arguments {
    /// The server [default: the one from before, else http://127.0.0.1:8082]
    #[arg(long, env = "SKILLFERRY_SERVER", value_name = "URL")]
    server: Option<String>,
    /// The folder to write into [default: this one]
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Say what would be done, and do nothing
    #[arg(long, conflicts_with_all = ["watch", "uninstall"])]
    dry_run: bool,
    /// Stay, and pull again every so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60", conflicts_with = "uninstall",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    watch: Option<u64>,
    /// Take everything back, in every folder, and end this machine's pairing
    #[arg(long)]
    uninstall: bool,
}

/// Runs `pull`.
pub fn run(arguments: Arguments) -> ExitCode {
    finish(run_async(async move {
        let data = folders::data().ok_or("There is no home folder to remember the pairing in.")?;
        let file = data.join(STATE);
        if arguments.uninstall {
            return uninstall(&file).await;
        }
        let dir = arguments.dir.canonicalize();
        let dir = dir.map_err(|error| format!("{} cannot be opened: {error}.", arguments.dir.display()))?;
        let mut machine = Machine::paired(file, arguments.server).await?;
        let Some(seconds) = arguments.watch else {
            return machine.once(&dir, arguments.dry_run).await.map_err(|why| why.1);
        };
        loop {
            match machine.once(&dir, false).await {
                Ok(said) => println!("{said}"),
                Err((true, why)) => return Err(why),
                Err((false, why)) => eprintln!("skillferry: {why}"),
            }
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }))
}

/// A machine that is paired.
struct Machine {
    file: PathBuf,
    state: State,
    server: Server,
}

impl Machine {
    /// As it was paired before, or newly.
    async fn paired(file: PathBuf, wanted: Option<String>) -> Result<Self, String> {
        let known = remembered(&file)?;
        let moved = known.as_ref().zip(wanted.as_ref()).is_some_and(|(known, wanted)| known.server != *wanted);
        if let Some(state) = known.as_ref().filter(|known| !moved && !known.token.is_empty()) {
            let server = Server::at(&state.server).map_err(ended)?;
            return Ok(Self { file, state: state.clone(), server });
        }
        let former = known.as_ref().map(|known| known.server.clone());
        let address = wanted.or(former).unwrap_or_else(|| DEFAULT_SERVER.to_owned());
        let server = Server::at(&address).map_err(ended)?;
        let token = approved(&server).await.map_err(ended)?;
        let (folders, made) = known.map(|known| (known.folders, known.made)).unwrap_or_default();
        let state = State { server: address, token: token.expose().to_owned(), folders, made };
        let mut machine = Self { file, state, server };
        machine.remember()?;
        Ok(machine)
    }

    fn remember(&mut self) -> Result<(), String> {
        state::write(&self.file, &mut self.state).map_err(|error| format!("{}: {error}.", self.file.display()))
    }

    /// Pulls. An error says whether trying again is in vain, and why.
    async fn once(&mut self, dir: &Path, dry: bool) -> Result<String, (bool, String)> {
        let due = match self.server.pull(&PlainToken::presented(&self.state.token)).await {
            Ok(due) => due,
            Err(ClientError::Revoked) => {
                self.state.token.clear();
                self.remember().map_err(|why| (true, why))?;
                let next = "Pull again to pair it anew, or take everything back with --uninstall.";
                return Err((true, format!("This machine was revoked. {next}")));
            }
            Err(error) => return Err((false, ended(error))),
        };
        self.place(dir, &due, dry).map_err(|why| (false, why))
    }

    fn place(&mut self, dir: &Path, due: &Pulled, dry: bool) -> Result<String, String> {
        let place = Place::new(&Real, dir);
        let traces = self.state.folders.get(dir).cloned().unwrap_or_default();
        let ended = |error: crate::pull::place::PlaceError| format!("{error}.");
        let twice = place.set_elsewhere(due).map_err(ended)?;
        let done = if dry {
            place.plan(due, &traces).map_err(ended)?
        } else {
            let traces = place.traces(due, &traces).map_err(ended)?;
            self.state.folders.insert(dir.to_owned(), traces.clone());
            self.remember()?;
            place.apply(due, &traces).map_err(ended)?
        };
        let mut lines: Vec<String> = done.iter().map(|change| format!("{change}")).collect();
        if lines.is_empty() {
            lines.push("Everything is as it should be.".to_owned());
        }
        lines.extend(twice.into_iter().map(|name| {
            format!("{name} is also set outside of the block in .env; most programs take the first that they find.")
        }));
        Ok(lines.join("\n"))
    }
}

fn remembered(file: &Path) -> Result<Option<State>, String> {
    state::read(file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))
}

fn ended(error: ClientError) -> String {
    let said = error.to_string();
    let mut letters = said.chars();
    let begun: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if begun.ends_with('.') { begun } else { format!("{begun}.") }
}

/// Shows the code and waits until a person has approved it.
async fn approved(server: &Server) -> Result<PlainToken, ClientError> {
    let label = std::env::var("HOSTNAME").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let pairing = server.pair(label.map(|label| label.chars().take(128).collect())).await?;
    println!("Pairing code: {}", pairing.pairing_code);
    println!("Type it at {} within ten minutes.", server.page());
    loop {
        match server.approved(&pairing).await {
            Ok(Some(token)) => return Ok(token),
            // The pairing outlasts a server that is being restarted.
            Ok(None) | Err(ClientError::Unreachable) => tokio::time::sleep(ASK_EVERY).await,
            Err(error) => return Err(error),
        }
    }
}

/// Takes everything back first: a server that is away must not keep a key on the machine.
async fn uninstall(file: &Path) -> Result<String, String> {
    let Some(mut state) = remembered(file)? else { return Ok("There was nothing to take back.".to_owned()) };
    let mut lines = Vec::new();
    for (dir, traces) in std::mem::take(&mut state.folders) {
        if dir.is_dir() {
            let done = Place::new(&Real, &dir).uninstall(&traces);
            let done = done
                .map_err(|error| format!("{error}. What lies in other folders may still be there; run this again."))?;
            lines.extend(done.iter().map(ToString::to_string));
        }
    }
    if !state.token.is_empty() {
        let left = match Server::at(&state.server) {
            Ok(server) => server.leave(&PlainToken::presented(&state.token)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            // The token stays, so that the next run can end the pairing.
            state::write(file, &mut state).map_err(|error| format!("{}: {error}.", file.display()))?;
            let rest = "Revoke this machine on the page “Services”, or run this again.";
            return Err(format!(
                "Nothing is left in your folders, but the pairing has not ended. {} {rest}",
                ended(error)
            ));
        }
    }
    state::forget(file, &state).map_err(|error| format!("{}: {error}.", file.display()))?;
    lines.push("Nothing is left on this machine, and its pairing has ended.".to_owned());
    Ok(lines.join("\n"))
}
