//! `skillferry doctor`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use companion_wire::diagnostic::CheckStatus;
use serde_json::json;

use super::config_file::{self, ConfigFile};
use super::{answering, folders, serve, sign_in};
use crate::domain::doctor::{self, Finding};
use crate::store::{self, DatabaseUrl, Examined, schema_head};
use crate::time::Timestamp;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "It takes the flags, the environment and the configuration file of `serve`, looks at what a server with them would use,
and changes nothing. It may run beside a server.
Exit code 0 when every check passes, 1 when a check warns, 2 when a check fails."
)]
pub struct Arguments {
    /// Print JSON: {\"overall\": …, \"checks\": [{\"id\", \"status\", \"detail\", \"remedy\"}]}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    serve: serve::Flags,
}

/// Runs every check and prints what was found.
pub fn run(arguments: Arguments) -> ExitCode {
    let as_json = arguments.json;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let findings = match runtime {
        Ok(runtime) => runtime.block_on(examine(arguments.serve)),
        Err(error) => vec![Finding::fail("configuration", format!("No check can start: {error}."), "Try again.")],
    };
    let overall = doctor::overall(&findings);
    if as_json {
        println!("{}", json!({ "overall": overall, "checks": findings }));
    } else {
        findings.iter().for_each(|finding| println!("{}", line(finding)));
    }
    ExitCode::from(match overall {
        CheckStatus::Pass => 0,
        CheckStatus::Warn => 1,
        CheckStatus::Fail => 2,
    })
}

fn line(finding: &Finding) -> String {
    let mark = match finding.status {
        CheckStatus::Pass => "pass",
        CheckStatus::Warn => "WARN",
        CheckStatus::Fail => "FAIL",
    };
    let remedy = finding.remedy.iter().map(|remedy| format!("\n      {remedy}")).collect::<String>();
    format!("{mark}  {}: {}{remedy}", finding.id, finding.detail)
}

async fn examine(flags: serve::Flags) -> Vec<Finding> {
    let mut findings = Vec::new();
    let file = match flags.config.as_deref().map(config_file::read).transpose() {
        Ok(file) => {
            let read = flags.config.as_ref().map(|path| format!("{} is read.", path.display()));
            findings
                .push(Finding::pass("configuration", read.unwrap_or_else(|| "There is no file to read.".to_owned())));
            file.unwrap_or_default()
        }
        Err(sentence) => {
            findings.push(Finding::fail(
                "configuration",
                sentence,
                "Put the file right; a server does not start with it.",
            ));
            ConfigFile::default()
        }
    };
    let public_url = flags.public_url.or(file.public_url.clone());
    let signing_in = sign_in::examine(flags.sign_in, &file, public_url.as_deref()).await;
    match database(flags.database_url.or(file.database_url)) {
        Ok(url) => findings.extend(on_database(&url).await),
        Err(sentence) => findings.push(Finding::fail("database", sentence, "Name a database with --database-url.")),
    }
    findings.push(library(flags.no_library, flags.library.or(file.library)));
    findings.extend(signing_in);
    let listen = flags.listen.or(file.listen).unwrap_or_else(|| serve::DEFAULT_LISTEN.to_owned());
    findings.push(answering::check(&listen).await);
    findings
}

/// As `serve` finds it, but nothing is made.
fn database(url: Option<String>) -> Result<DatabaseUrl, String> {
    match url {
        Some(url) => url.parse().map_err(|error: store::OpenError| error.to_string()),
        None => {
            let folder = folders::data().ok_or("There is no home folder to keep data in.")?;
            Ok(DatabaseUrl::Sqlite(folder.join("skillferry.db")))
        }
    }
}

async fn on_database(url: &DatabaseUrl) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let DatabaseUrl::Sqlite(path) = url {
        if !path.exists() {
            let detail = format!("{} does not exist yet.", path.display());
            return vec![Finding::warn(
                "database",
                detail,
                "Start the server once, or name another with --database-url.",
            )];
        }
        findings.extend(on_disk(path));
    }
    let now = Timestamp::now();
    match store::examine(url, now).await {
        Ok(examined) => findings.extend(in_database(url, &examined, now)),
        Err(sentence) => {
            let remedy = "Check --database-url, and that the database runs and may be read.";
            findings.push(Finding::fail("database", sentence, remedy));
        }
    }
    findings
}

fn in_database(url: &DatabaseUrl, examined: &Examined, now: Timestamp) -> Vec<Finding> {
    let Ok(schema) = &examined.schema else {
        let detail = format!("{url} is no Skillferry database, or was never used.");
        return vec![Finding::fail(
            "database",
            detail,
            "Name another with --database-url, or start the server on it once.",
        )];
    };
    let unread = |id, error: &dyn std::fmt::Display| {
        Finding::fail(id, format!("It cannot be read ({error})."), "See the other checks; the schema first.")
    };
    vec![
        Finding::pass("database", format!("{url} answers.")),
        doctor::schema(schema, &schema_head()),
        examined.chain.as_ref().map_or_else(|error| unread("audit_chain", error), doctor::audit_chain),
        match &examined.operations {
            Ok((stuck, failed)) => doctor::operations(*stuck, *failed),
            Err(error) => unread("operations", error),
        },
        match &examined.clock {
            Ok((database, newest)) => doctor::clock(now, *database, *newest),
            Err(error) => unread("clock", error),
        },
    ]
}

fn library(none: bool, named: Option<PathBuf>) -> Finding {
    let id = "library";
    if none {
        return Finding::pass(id, "No folder is followed.");
    }
    let Some(folder) = named.or_else(|| folders::claude_skills().filter(|folder| folder.is_dir())) else {
        return Finding::pass(id, "No folder is named; a sample is followed.");
    };
    match std::fs::read_dir(&folder).and_then(|mut entries| entries.try_for_each(|entry| entry.map(drop))) {
        Ok(()) => Finding::pass(id, format!("{} can be read.", folder.display())),
        Err(error) => {
            let detail = format!("The library folder {} cannot be read: {error}.", folder.display());
            Finding::fail(
                id,
                detail,
                "Bring it back, let the server's account read it, or name another with --library.",
            )
        }
    }
}

#[cfg(unix)]
fn on_disk(path: &Path) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.permissions().mode());
    let permissions = match (mode(path), mode(folder)) {
        (Ok(file), Ok(folder)) => doctor::permissions(file, folder),
        (Err(error), _) | (_, Err(error)) => {
            Finding::fail("permissions", format!("They cannot be read: {error}."), "Run this as the server's account.")
        }
    };
    let disk = match rustix::fs::statvfs(folder) {
        Ok(room) => doctor::disk(room.f_bavail.saturating_mul(room.f_frsize)),
        Err(error) => Finding::warn("disk", format!("The room cannot be read: {error}."), "Look at it by hand."),
    };
    vec![disk, permissions]
}

#[cfg(not(unix))]
fn on_disk(_: &Path) -> Vec<Finding> {
    Vec::new()
}
