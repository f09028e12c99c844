//! The dashboard's facts for people who live in a terminal: `status`, `skills`, `browsers`, `conflicts`, `activity` and `push`.
//!
//! They ask a running server over HTTP, on this machine or elsewhere, with an admin token: one way for both, with the server's own
//! rights and refusals. Each is a list of facts (`standing` decides what they mean), printed as a table or as the wire's own JSON.

mod activity;
mod answer;
mod browsers;
mod client;
mod conflicts;
mod local;
mod place;
mod print;
mod push;
mod skills;
mod standing;
mod status;
pub mod token;

use std::process::ExitCode;

use clap::Args;

use client::Client;
use print::Printer;

pub use activity::Arguments as Activity;
pub use conflicts::Arguments as Conflicts;
pub use push::Arguments as Push;

/// What a command ends with. Documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing needs a person.
    Fine,
    /// Something needs a person.
    Attention,
}

/// Why a command did not do what it was asked: an exit code and a sentence.
#[derive(Debug)]
pub struct Failed {
    code: u8,
    sentence: String,
}

impl Failed {
    /// Something that no other code stands for.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { code: 1, sentence: sentence.into() }
    }

    /// The command was not called as it has to be.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { code: 2, sentence: sentence.into() }
    }
}

impl From<client::ClientError> for Failed {
    fn from(error: client::ClientError) -> Self {
        Self { code: error.exit_code(), sentence: error.to_string() }
    }
}

/// What a command comes to.
type Ended = Result<Ending, Failed>;

/// Which server, and how to print what it says.
#[derive(Debug, Clone, Args)]
pub struct Common {
    #[command(flatten)]
    place: place::Flags,
    /// Print JSON, as docs/protocol.md describes it
    #[arg(long, global = true)]
    json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing needs you, 1 it did not work, 2 wrong arguments, 3 something needs you,
4 no server answers, 5 the token is missing or refused.
A token comes from SKILLFERRY_TOKEN, --token-file, or the file that `skillferry admin-token create NAME --user NAME --save` writes.
Colours appear on a terminal only, and not when NO_COLOR is set.";

/// Arguments of `status`, `skills` and `browsers`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Plain {
    #[command(flatten)]
    common: Common,
}

/// Runs `status`.
pub fn status(arguments: Plain) -> ExitCode {
    run(&arguments.common, async |client, printer| status::run(&client, &printer).await)
}

/// Runs `skills`.
pub fn skills(arguments: Plain) -> ExitCode {
    run(&arguments.common, async |client, printer| skills::run(&client, &printer).await)
}

/// Runs `browsers`.
pub fn browsers(arguments: Plain) -> ExitCode {
    run(&arguments.common, async |client, printer| browsers::run(&client, &printer).await)
}

/// Runs `conflicts`.
pub fn conflicts(arguments: Conflicts) -> ExitCode {
    run(&arguments.common.clone(), async |client, printer| conflicts::run(arguments, &client, &printer).await)
}

/// Runs `activity`.
pub fn activity(arguments: Activity) -> ExitCode {
    run(&arguments.common.clone(), async |client, printer| activity::run(arguments, &client, &printer).await)
}

/// Runs `push`.
pub fn push(arguments: Push) -> ExitCode {
    run(&arguments.common.clone(), async |client, printer| push::run(arguments, &client, &printer).await)
}

fn run(common: &Common, work: impl AsyncFnOnce(Client, Printer) -> Ended) -> ExitCode {
    let printer = Printer::for_standard_output(common.json);
    let ended = place::server(&common.place).and_then(|(address, token)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failed::new(format!("The program cannot start: {error}.")))?;
        runtime.block_on(async { work(Client::new(address, token)?, printer).await })
    });
    match ended {
        Ok(Ending::Fine) => ExitCode::SUCCESS,
        Ok(Ending::Attention) => ExitCode::from(3),
        Err(failed) => {
            eprintln!("skillferry: {}", failed.sentence);
            ExitCode::from(failed.code)
        }
    }
}
