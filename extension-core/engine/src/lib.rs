//! The sync engine of the extension: a function of snapshot, input, now and random.
//!
//! ```text
//!              Input ──▶ ┌──────────── machine ────────────┐ ──▶ Output
//!                        │ pairing   unpaired → … → linked  │
//!                        │ polling   asks the server        │
//!                        │ session   who we are at claude.ai│
//!                        │ sync      carries a batch out    │
//!                        └──────────────────────────────────┘
//!                          companion        remote
//!                          (the server)     (claude.ai)
//! ```
//!
//! Invariants:
//!
//! * No I/O, no clock, no chance, no unordered map: see `clippy.toml`.
//! * Every turn puts [`io::Output::Persist`] before everything that depends on it, and what is persisted says which writes may
//!   have happened. Doing a turn again after the browser has ended the background is harmless.
//! * Nothing on claude.ai is overwritten or removed unless it is known to be ours, or a copy of it is kept on the server.
//! * An end is persisted before the server is told of it: what the server takes for done or undone is not begun again in another life.
//! * No request outlives 25 s. Bytes of a bundle are never stored.
//! * A list whose key is missing is never an empty list.
//! * Secrets are never in `Debug`.
//!
//! * Nothing is written through a call whose answers have stopped to look as they are known to: see `drift/`.
//!
//! Reading order: [`io`] (the whole vocabulary), `machine` (one turn), `state` (what is remembered), `pairing`, `farewell`, `polling`,
//! `session`, [`identity`] (whose account it is), `drift/` (doubt about claude.ai), `sync/` (a batch of operations), [`ledger`] (what the
//! account held when it was looked at last), `companion` and `remote/` (the two other sides), [`view`] (what a page shows).
#![warn(missing_docs)]

mod address;
mod companion;
mod drift;
pub mod error;
mod farewell;
pub mod identity;
pub mod io;
pub mod json;
pub mod ledger;
mod live;
mod machine;
mod pairing;
mod parallel;
mod pause;
mod polling;
pub mod redact;
mod remote;
mod session;
mod standing;
pub mod state;
mod sync;
mod tab;
mod turn;
mod usage;
pub mod view;

pub use machine::Engine;
