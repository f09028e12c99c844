//! The command line. Every flag is also an environment variable and a key of the configuration file.

mod answering;
mod audit;
mod backup;
mod config_file;
mod doctor;
mod folders;
mod keys;
mod people;
mod prune;
mod pull;
mod serve;
mod services;
mod sign_in;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(flags) => serve::run(*flags),
        Command::Audit(command) => audit::run(command),
        Command::LoginLink(flags) => people::login_link(flags),
        Command::User(command) => people::user(command),
        Command::AdminToken(command) => people::admin_token(command),
        Command::Pull(arguments) => pull::run(arguments),
        Command::Keys(command) => keys::run(command),
        Command::Backup(arguments) => backup::backup(arguments),
        Command::Restore(arguments) => backup::restore(arguments),
        Command::Prune(arguments) => prune::run(arguments),
        Command::Doctor(arguments) => doctor::run(*arguments),
        Command::Status(arguments) => terminal::status(arguments),
        Command::Skills(arguments) => terminal::skills(arguments),
        Command::Browsers(arguments) => terminal::browsers(arguments),
        Command::Conflicts(arguments) => terminal::conflicts(arguments),
        Command::Activity(arguments) => terminal::activity(arguments),
        Command::Push(arguments) => terminal::push(arguments),
    }
}

/// Keeps a folder of Agent Skills in step with your claude.ai account, through your own browser.
#[derive(Debug, Parser)]
#[command(
    name = "skillferry",
    version,
    after_help = "Not made or endorsed by Anthropic. claude.ai has no public API for skills; see the README for what that means."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch a library folder and serve the dashboard and the paired browsers.
    Serve(Box<serve::Flags>),
    /// Check the audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print a new one-time link that logs in to the dashboard, also while a server runs
    LoginLink(people::LoginLink),
    /// Add, list and change the people who may log in, also while a server runs
    #[command(subcommand)]
    User(people::User),
    /// Make, list and revoke tokens for programs, also while a server runs
    #[command(subcommand)]
    AdminToken(people::AdminToken),
    /// Fetch the keys of connected services and their skill files to this machine
    Pull(pull::Arguments),
    /// Change the key that the keys of internal services are encrypted with, also while a server runs
    #[command(subcommand)]
    Keys(keys::Command),
    /// Write a consistent copy of the SQLite database to a new file, also while a server runs
    Backup(backup::Arguments),
    /// Put a copy in the database's place, while no server runs; what was there is kept beside it
    Restore(backup::Arguments),
    /// Remove what is old and not needed, also while a server runs
    Prune(prune::Arguments),
    /// Say what does not work on this machine, and what to do about it
    Doctor(Box<doctor::Arguments>),
    /// Ask a running server whether everything is in step, and what needs you
    Status(terminal::Plain),
    /// List the library's skills and where each stands
    Skills(terminal::Plain),
    /// List the browsers that are paired, and how each is
    Browsers(terminal::Plain),
    /// List skills that changed on both sides, show one, decide about one
    Conflicts(terminal::Conflicts),
    /// Show what happened, and go on showing it
    Activity(terminal::Activity),
    /// Bring the skills of a folder into the library, after showing what that would change
    Push(terminal::Push),
}
