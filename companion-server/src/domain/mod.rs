//! The rules, as functions of state, event, now and random numbers. No I/O and no clock.
//!
//! The store runs them inside its transactions, so that every database and every process follows the same ones.

pub mod audit;
pub mod authoring;
pub mod chain;
pub mod compare;
pub mod conflicts;
pub mod connector;
pub mod delivery;
pub mod diagnostic;
pub mod doctor;
pub mod endpoint_policy;
pub mod groups;
pub mod import;
pub mod inbound;
pub mod lockout;
pub mod mass;
pub mod merge;
pub mod naming;
pub mod operations;
pub mod pairing;
pub mod pause;
pub mod people;
pub mod plan;
pub mod prune;
pub mod publication;
pub mod redaction;
pub mod services;
pub mod sign_in;
pub mod usage;
