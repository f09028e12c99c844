//! Logs: one line an event, to standard error. Nothing leaves the machine.
//!
//! No event holds a body, a query, a header or a token; `tests/no_secrets.rs` reads a whole flow's log to make sure.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The watcher of the operating system names every folder that vanished, at its highest harmless level.
const DEFAULT: &str = "info,sqlx=warn,notify=warn";

/// Starts logging as `SKILLFERRY_LOG` and `SKILLFERRY_LOG_FORMAT` say. Does nothing when a subscriber exists already.
pub fn start() {
    let filter = EnvFilter::try_from_env("SKILLFERRY_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let builder = builder.with_ansi(std::io::stderr().is_terminal());
    let json = std::env::var("SKILLFERRY_LOG_FORMAT").is_ok_and(|format| format == "json");
    let _ = if json { builder.json().try_init() } else { builder.compact().try_init() };
}
