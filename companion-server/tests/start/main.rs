//! The real program: what it refuses to start with, what it prints, and how it ends.
#![cfg(unix)]

mod backup;
mod browser;
mod ending;
mod program;
mod refusals;
mod settings;
mod together;
