//! `cargo xtask run`: everything a newcomer needs, with one command.

pub mod browser;
mod demo;
pub mod server;
mod welcome;

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::cli::{Browser, RunArgs};
use crate::extension::{self, Flavour};
use crate::failure::Outcome;
use crate::workspace::Workspace;
use crate::{interrupt, native};
use browser::Wish;
use server::Server;

/// Builds the extension and the server, starts the server, says what to do next, and stays until Ctrl-C.
pub fn run(workspace: &Workspace, args: &RunArgs) -> Outcome<()> {
    if args.demo {
        return demo::run(workspace, args);
    }
    let built = native::programs(workspace, &["skillferry"], false)?;
    let flavours =
        args.browser.map_or(vec![Flavour::Chrome, Flavour::Firefox], |browser| vec![browser::flavour(browser)]);
    let folders = extension::build(workspace, &flavours)?;
    let mut server = Server::start(&mut serve(built.program("skillferry")?, args))?;
    println!("{}", welcome::text(&server.said, &folders, args.browser));
    let _open = args.browser.map(|browser| open(workspace, browser, &server, args)).transpose()?;
    let ended = stay(&mut server);
    server.stop();
    ended
}

/// Whose skills are shown when nobody says so is the server's choice.
fn serve(program: &Path, args: &RunArgs) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--listen", &args.listen]);
    if let Some(library) = &args.library {
        command.arg("--library").arg(library);
    }
    command
}

fn open(workspace: &Workspace, browser: Browser, server: &Server, args: &RunArgs) -> Outcome<browser::Open> {
    let headless = args.no_open || !browser::has_screen();
    if headless {
        println!("The browser runs without a window: there is no screen, or --no-open was given.");
    }
    // The link works once; without a window it is left to the person who reads it.
    let page = if headless { "about:blank" } else { &server.said.dashboard };
    let extension = browser::flavour(browser).folder(workspace);
    browser::open(workspace, browser, &Wish { extension, page, headless })
}

/// Until Ctrl-C, which is the ordinary end, or until the server fails.
fn stay(server: &mut Server) -> Outcome<()> {
    while !interrupt::requested() {
        server.check()?;
        thread::sleep(Duration::from_millis(100));
    }
    println!("\nStopping.");
    Ok(())
}
