//! Ctrl-C and termination: remembered here, so that every wait can end, and every guard can clean up.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Context, Failure, Outcome};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM no longer end the program at once.
pub fn listen() -> Outcome<()> {
    ctrlc::set_handler(|| REQUESTED.store(true, Ordering::SeqCst)).cannot(|| "listen for Ctrl-C".to_owned())
}

/// Whether the person, or the machine, asked to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Fails when the person asked to stop; for loops that wait.
pub fn check() -> Outcome<()> {
    if requested() { Err(Failure::new("stopped on request")) } else { Ok(()) }
}
