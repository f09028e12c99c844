//! Types on the companion server's HTTP boundary, shared by the server and the extension.
//!
//! Nothing here behaves: a type is what one JSON body looks like. The authoritative prose is
//! `docs/protocol.md`; `tests/golden` holds one JSON text a message, so that a renamed field is a
//! visible difference.
//!
//! Reading order: [`pairing`], [`operation`], [`integration`], [`health`], [`error`].
#![warn(missing_docs)]

pub mod account;
pub mod activity;
pub mod analytics;
pub mod capability;
pub mod collections;
pub mod conflicts;
pub mod connectors;
pub mod diagnostic;
pub mod endpoint;
pub mod error;
pub mod group;
pub mod health;
pub mod held_batch;
pub mod import;
pub mod integration;
pub mod library;
pub mod operation;
pub mod pairing;
pub mod queue;
pub mod reconcile;
pub mod rotation;
pub mod services;
pub mod skill_sync;
pub mod skills;
pub mod telemetry;
pub mod usage;

/// Prefix of every route that an extension or a dashboard calls.
pub const PREFIX: &str = "/v1/integrations/claude-ai";

/// A moment as the server writes it: RFC 3339, UTC, microseconds, `Z` suffix
/// (`2026-11-21T02:37:53.474348Z`). Kept as text: the extension only shows it.
pub type Timestamp = String;
