//! Routes that extensions call.

pub mod bundle;
pub mod capabilities;
pub mod groups;
pub mod imported_skill;
pub mod operations;
pub mod pairing;
pub mod reconcile;
pub mod snapshot;
pub mod status;
pub mod telemetry;
