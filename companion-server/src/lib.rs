//! The companion server as a library, so that tests start it in process.
//!
//! Reading order: [`domain`] for the rules, [`store`] for what is remembered, [`token`] and [`time`] for its values.

pub mod domain;
pub mod store;
pub mod time;
pub mod token;
