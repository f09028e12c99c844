//! The companion server as a library, so that tests start it in process.
//!
//! Reading order: [`domain`] for the rules, [`store`] for what is remembered, [`library`] for the folder, [`routes`] and
//! [`dashboard`] for what is served, [`app`] for the layers round it, [`cli`] for how it starts.

pub mod app;
pub mod cli;
pub mod dashboard;
pub mod domain;
pub mod error;
pub mod extract;
pub mod host;
pub mod library;
pub mod oidc;
pub mod outgoing;
pub mod password;
pub mod pull;
pub mod routes;
pub mod services;
pub mod settings;
pub mod store;
mod telemetry;
pub mod time;
pub mod token;
