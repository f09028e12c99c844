//! The WebAssembly core of the extension: adapters round [`skill_engine`], and no decision of its own.
//!
//! ```text
//!  background.js ──dispatch(event)──▶ api ──▶ shell ──Input──▶ skill_engine
//!                                              │  ◀──Output──
//!                                              ▼
//!                         browser::{storage, fetch, alarms, ports, …}
//! ```
//!
//! Reading order: [`api`] (what JavaScript calls), [`shell`] (the loop), [`browser`] (one file a capability),
//! [`boundary`] (conversions), [`failure`] (what is shown when the core itself cannot go on).

pub mod api;
pub mod boundary;
pub mod browser;
pub mod failure;
pub mod shell;
