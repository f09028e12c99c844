//! The command line of the build.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Builds, tests, packs and runs Skillferry.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Each sub-command sets up what it needs by itself.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build everything and start the server; the first command for a newcomer.
    Run(RunArgs),
    /// Build the extension into target/extension.
    Build(BuildArgs),
    /// Run every test; ends with "N passed, N failed".
    Test(TestArgs),
    /// Write the packages that the stores get into target/dist.
    Dist,
    /// Print the figures: sizes, times, memory.
    Bench(BenchArgs),
    /// Turn a recording of claude.ai (HAR) into fixtures without anybody's data in them.
    Fixtures(FixturesArgs),
    /// Check the house rules: edges, purity, docs, formatting.
    Tidy(TidyArgs),
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The folder with your skills [default: ~/.claude/skills, or a sample library when there is none].
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8082")]
    pub listen: String,
    /// Open this browser with a fresh profile and the extension in it.
    #[arg(long, value_enum)]
    pub browser: Option<Browser>,
    /// Show it at work without a claude.ai account: a stand-in plays claude.ai, and pairing happens by itself. In Chromium unless
    /// `--browser` says otherwise.
    #[arg(long)]
    pub demo: bool,
    /// Do not show a browser window (for machines without a screen).
    #[arg(long)]
    pub no_open: bool,
}

/// A browser that the extension runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Browser {
    /// Chromium.
    Chromium,
    /// Firefox 140 or newer.
    Firefox,
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Also the variant for the end-to-end tests, which has a fixed identity.
    #[arg(long)]
    pub e2e: bool,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Only these layers, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Layer>,
    /// Let the end-to-end tests take pictures, and put those of the documentation into docs/images when all of them passed.
    #[arg(long)]
    pub pictures: bool,
}

/// A layer of tests, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Layer {
    /// House rules.
    Tidy,
    /// Tables, properties and simulations, beside the code.
    Unit,
    /// Simulated worlds: some in CI, a hundred thousand when asked for.
    Worlds,
    /// Both databases.
    Store,
    /// HTTP in process.
    Http,
    /// The WebAssembly core as it is shipped.
    Wasm,
    /// The packages: their weight, the same bytes twice, Mozilla's check.
    Packages,
    /// Real browsers.
    E2e,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Only these figures.
    #[arg(value_enum)]
    pub only: Vec<Figure>,
}

/// A group of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// Bytes.
    Size,
    /// The server: memory at rest, and what it does under load, on both databases (about ten minutes).
    Server,
    /// Times in a real browser.
    Browser,
}

/// Arguments of `fixtures`.
#[derive(Debug, Args)]
pub struct FixturesArgs {
    /// What the browser exported, without cookies (“HAR (sanitized)”).
    #[arg(value_name = "HAR")]
    pub har: PathBuf,
    /// The call that paths belong to which are not known yet, as in list_skills.
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<String>,
}

/// Arguments of `tidy`.
#[derive(Debug, Args)]
pub struct TidyArgs {
    /// Put right what can be put right mechanically.
    #[arg(long)]
    pub fix: bool,
}
