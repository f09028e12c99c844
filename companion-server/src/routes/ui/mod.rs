//! Routes that the dashboard and programs of the operator call.

pub mod integrations;
pub mod operations;
pub mod pairing;
