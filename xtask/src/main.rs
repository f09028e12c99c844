//! The build in Rust: `cargo xtask run`, `build`, `test`, `dist`, `bench`, `fixtures` and `tidy`.
//!
//! Each command sets up what it needs by itself, says so when that takes long or installs something, and ends with one plain
//! sentence when it cannot go on.

mod archive;
mod bench;
mod cli;
mod dist;
mod extension;
mod failure;
mod family;
mod files;
mod fixtures;
mod interrupt;
mod native;
mod postgres;
mod prerequisites;
mod process;
mod progress;
mod running;
mod testing;
mod tidy;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use cli::{BuildArgs, Cli, Command};
use extension::Flavour;
use failure::Outcome;
use workspace::Workspace;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match interrupt::listen().and_then(|()| dispatch(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Outcome<()> {
    let workspace = Workspace::find();
    match command {
        Command::Build(args) => build(&workspace, &args),
        Command::Dist => dist::dist(&workspace),
        Command::Test(args) => testing::test(&workspace, &args),
        Command::Tidy(args) => tidy::tidy(&workspace, &args),
        Command::Run(args) => running::run(&workspace, &args),
        Command::Fixtures(args) => fixtures::fixtures(&workspace, &args),
        Command::Bench(args) => bench::bench(&workspace, &args),
    }
}

fn build(workspace: &Workspace, args: &BuildArgs) -> Outcome<()> {
    let mut flavours = Flavour::SHIPPED.to_vec();
    if args.e2e {
        flavours.push(Flavour::ChromeE2e);
    }
    for folder in extension::build(workspace, &flavours)? {
        println!("{}", folder.display());
    }
    extension::size::check_core(&Flavour::Chrome.folder(workspace))
}
