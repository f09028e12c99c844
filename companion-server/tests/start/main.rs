//! The real program: what it refuses to start with, what it prints, and how it ends.
#![cfg(unix)]

mod backup;
mod browser;
mod database;
mod doctor;
mod ending;
mod killed;
mod people;
mod program;
mod pull;
mod refusals;
mod retention;
mod runbook;
mod settings;
#[cfg(feature = "oidc")]
mod sign_in;
mod terminal;
mod together;
