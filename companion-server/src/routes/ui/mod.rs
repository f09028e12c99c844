//! Routes that the dashboard and programs of the operator call.

pub mod activity;
pub mod analytics;
pub mod archives;
pub mod browser_settings;
pub mod cleanup;
pub mod collections;
pub mod conflicts;
pub mod export;
pub mod held_batches;
mod import_keeping;
pub mod import_preview;
pub mod imports;
pub mod integrations;
pub mod library;
pub mod operations;
pub mod pairing;
pub mod queue;
pub mod skill_sync;
pub mod skill_versions;
pub mod skills;
