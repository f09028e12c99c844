//! A program that plays `https://claude.ai` for tests and the demo.
//!
//! It keeps one account in memory and enforces claude.ai's upload rules by its own reading of them: it shares no code with the
//! engine, so that it cannot share its mistakes. [`proxy`] is the door (a CONNECT proxy that answers for `claude.ai` and refuses every
//! other host), [`weather`] what may happen on the way, [`site`] what stands behind it, [`control`] the way in for tests: faults and inspection.

pub mod account;
pub mod answer;
pub mod control;
pub mod conversations;
pub mod faults;
pub mod marketplace;
pub mod people;
pub mod proxy;
pub mod rules;
pub mod site;
pub mod skills;
pub mod weather;
pub mod world;
