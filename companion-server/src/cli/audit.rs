//! `skillferry audit verify`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::domain::chain::ChainReport;
use crate::store::{DatabaseUrl, verify_audit};

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look whether every row is as it was written: exit code 0 when it is, 1 when something was changed, 2 when the log cannot be read
    Verify(Flags),
}

/// Flags of `audit verify`.
#[derive(Debug, Args)]
pub struct Flags {
    /// sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(long, env = "SKILLFERRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: String,
}

/// Runs the command.
pub fn run(command: Command) -> ExitCode {
    let Command::Verify(flags) = command;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let report = match runtime {
        Ok(runtime) => runtime.block_on(verify(&flags.database_url)),
        Err(error) => Err(format!("The check cannot start: {error}.")),
    };
    match report {
        Ok(report) => {
            println!("{}", sentence(&report));
            ExitCode::from(u8::from(matches!(report, ChainReport::Broken { .. })))
        }
        Err(sentence) => {
            eprintln!("skillferry: {sentence}");
            ExitCode::from(2)
        }
    }
}

async fn verify(address: &str) -> Result<ChainReport, String> {
    let url: DatabaseUrl = address.parse().map_err(|error: crate::store::OpenError| error.to_string())?;
    verify_audit(&url).await
}

fn sentence(report: &ChainReport) -> String {
    match report {
        ChainReport::Intact { rows, pruned_to: 0 } => format!("The audit log is intact: {rows} rows."),
        ChainReport::Intact { rows, pruned_to } => {
            format!("The audit log is intact: {rows} rows; it was pruned up to row {pruned_to}.")
        }
        ChainReport::Broken { seq: 0, what } => format!("The audit log was changed: {}.", what.sentence()),
        ChainReport::Broken { seq, what } => format!("The audit log was changed at row {seq}: {}.", what.sentence()),
    }
}
