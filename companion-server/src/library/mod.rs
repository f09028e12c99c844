//! The library: a folder that is watched, read, judged and kept.
//!
//! One pass goes `discover` (find the skills) → `look` (their files' stamps) → `judge` (`read` what changed, check it) →
//! `scan` (bring the store in line, or with `write_back` and `journal` the folder) → `removal` (what is gone for good). `watch` runs a pass whenever something changes.
//! [`import`] looks through what a person brings in the same way. [`bundle`] turns kept files into the zip that travels; [`sample`] is the library for those who have none.
//!
//! What holds throughout: nothing outside the root is read; nothing that is not a regular file is opened; at most one skill
//! is in memory; a skill leaves the account only when its folder was seen to be gone, never because something could not be read.

pub mod bundle;
mod discover;
pub mod import;
mod journal;
mod judge;
mod look;
mod notices;
mod problem;
mod read;
mod removal;
pub mod sample;
mod scan;
mod status;
#[cfg(test)]
mod tests;
mod watch;
mod write_back;

pub use status::{Counts, LibraryState, LibraryStatus};
pub use watch::{LibraryHandle, start};
