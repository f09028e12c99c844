//! `cargo xtask run --demo`: the whole way of a skill, from a folder on this disk to an account, without an account.
//!
//! claude.ai is played by a program of this project; the server, the extension and the browser are the real ones.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use e2e::Step;
use e2e::browser::{Browser, Kind, PATIENCE};
use e2e::companion::Companion;
use e2e::stand_in::{Files, StandIn};
use serde_json::json;

/// How often the account is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Nothing to do for so long means done: the first plan of a new pairing may still be on its way.
const QUIET: Duration = Duration::from_secs(2);
/// Long enough for a thousand skills on a slow machine.
const FIRST_SYNC: Duration = Duration::from_secs(300);

/// Shows Skillferry at work: skills of a folder arrive in an account that a program of this project plays.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of skills; a small sample library when left out
    #[arg(long)]
    library: Option<PathBuf>,
    /// The browser that it takes place in
    #[arg(long, value_enum, default_value = "chromium")]
    browser: Kind,
    /// Do not show the browser's window
    #[arg(long)]
    headless: bool,
    /// End as soon as every skill has arrived
    #[arg(long)]
    exit_when_done: bool,
}

type Account = BTreeMap<String, Files>;

#[tokio::main]
async fn main() -> Step {
    let arguments = Arguments::parse();
    tokio::select! {
        played = play(&arguments) => played,
        _ = tokio::signal::ctrl_c() => {
            println!("\nThe demo is over. Everything that it kept is gone with it; your library stays as it is.");
            Ok(())
        }
    }
}

async fn play(arguments: &Arguments) -> Step {
    let data = tempfile::tempdir()?;
    let stand_in = StandIn::start().await?;
    println!("A program that plays claude.ai is running. No request leaves this machine.");
    let companion = match &arguments.library {
        Some(folder) => Companion::start(folder, data.path()).await?,
        None => Companion::start_with_sample(data.path()).await?,
    };
    println!("The companion server is running at {} and reads {}", companion.origin(), companion.library().display());
    let browser = Browser::start(arguments.browser, &stand_in, arguments.headless).await?;
    println!("{} is running with the Skillferry extension.", browser.kind().name());
    sign_in(&browser).await?;
    let approved = pair(&browser, &companion).await?;
    let mut seen = Account::new();
    first_sync(&stand_in, &companion, &mut seen, approved).await?;
    if arguments.exit_when_done {
        return Ok(());
    }
    println!("\nThe dashboard, by a link that works once: {}", companion.login_link);
    println!("Edit, add or remove a skill in {}: the account follows.", companion.library().display());
    println!("Ctrl-C ends the demo.\n");
    loop {
        look(&stand_in, &mut seen).await?;
        tokio::time::sleep(LOOK).await;
    }
}

async fn sign_in(browser: &Browser) -> Step {
    browser.open("https://claude.ai/login").await?;
    browser.click("#sign-in").await?;
    browser.find("#sign-out").await?;
    println!("Signed in at the played claude.ai.");
    Ok(())
}

/// What a person does in the popup, and the approval that a person gives in the dashboard.
async fn pair(browser: &Browser, companion: &Companion) -> Step<Instant> {
    browser.open_popup().await?;
    browser.fill("#server", &companion.origin()).await?;
    browser.fill("#label", &format!("Demo {}", browser.kind().name())).await?;
    browser.click("#pair").await?;
    browser.popup_state(&["waiting"], PATIENCE).await?;
    let shown = browser.text("#code").await?;
    let code: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
    println!("The extension asks to be paired and shows the code {code}; the server approves it.");
    companion.post("/pair/approve", json!({ "pairing_code": code })).await?;
    let approved = Instant::now();
    browser.popup_state(&["paired", "working"], PATIENCE).await?;
    println!("Paired.\n");
    Ok(approved)
}

/// Names every skill as it arrives, until the server has had nothing left to do for a while.
async fn first_sync(stand_in: &StandIn, companion: &Companion, seen: &mut Account, approved: Instant) -> Step {
    let mut last_work = Instant::now();
    while last_work.elapsed() < QUIET {
        if approved.elapsed() > FIRST_SYNC {
            return Err(format!("the skills did not all arrive within {FIRST_SYNC:?}").into());
        }
        let changed = look(stand_in, seen).await?;
        let open = companion.get("/health").await?["pending_ops_total"].as_u64().unwrap_or(0);
        if changed || open > 0 {
            last_work = Instant::now();
        }
        tokio::time::sleep(LOOK).await;
    }
    let took = last_work.duration_since(approved).as_secs_f64();
    let skills = counted(seen.len(), "skill");
    println!("{skills} in the account, at most {took:.1} s after the approval. Nothing is left to do.");
    Ok(())
}

/// Says what is different in the account since the last look; whether anything is.
async fn look(stand_in: &StandIn, seen: &mut Account) -> Step<bool> {
    let now = stand_in.skills().await?;
    for (name, files) in &now {
        match seen.get(name) {
            None => println!("  arrived   {name} ({})", counted(files.len(), "file")),
            Some(before) if before != files => println!("  changed   {name} ({})", differing(before, files).join(", ")),
            Some(_) => {}
        }
    }
    seen.keys().filter(|name| !now.contains_key(*name)).for_each(|name| println!("  removed   {name}"));
    let changed = *seen != now;
    *seen = now;
    Ok(changed)
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Paths that came, went or have another content.
fn differing<'a>(before: &'a Files, after: &'a Files) -> Vec<&'a str> {
    let came_or_other = after.iter().filter(|(path, facts)| before.get(*path) != Some(facts)).map(|(path, _)| path);
    let went = before.keys().filter(|path| !after.contains_key(*path));
    came_or_other.chain(went).map(String::as_str).collect()
}
