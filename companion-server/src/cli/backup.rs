//! `skillferry backup` and `skillferry restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::serve::database;
use crate::store;

/// Arguments of both.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The copy
    file: PathBuf,
    /// sqlite:PATH [default: SQLite in the data folder]
    #[arg(long, env = "SKILLFERRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// Copies. What cannot work ends in one sentence and exit code 2.
pub fn backup(arguments: Arguments) -> ExitCode {
    finish(run_async(async move {
        let url = database(arguments.database_url)?;
        store::backup(&url, &arguments.file).await.map_err(|error| error.to_string())?;
        Ok(format!("{url} was copied to {}.", arguments.file.display()))
    }))
}

/// Puts a copy back. What cannot work ends in one sentence and exit code 2.
pub fn restore(arguments: Arguments) -> ExitCode {
    finish(run_async(async move {
        let url = database(arguments.database_url)?;
        let former = store::restore(&url, &arguments.file).await.map_err(|error| error.to_string())?;
        let kept = former.map(|former| format!(" What was there is now {}.", former.display())).unwrap_or_default();
        Ok(format!(
            "{url} is now the copy {}.{kept} Browsers that were paired since then have to be paired again.",
            arguments.file.display()
        ))
    }))
}

/// Runs a command that waits for a database.
pub(super) fn run_async(work: impl Future<Output = Result<String, String>>) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("The program cannot start: {error}."))?.block_on(work)
}

/// Prints what came of it: a sentence and exit code 0, or one and 2.
pub(super) fn finish(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(sentence) => {
            println!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("skillferry: {sentence}");
            ExitCode::from(2)
        }
    }
}
