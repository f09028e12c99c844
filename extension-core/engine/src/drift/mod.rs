//! Doubt about claude.ai: what each call's answer has to look like, and what is done when it does not.
//!
//! ```text
//!            compare               repeat, canary                 hold
//!  answer ──────────▶ findings ──────────────────▶ confirmed ─────────────▶ told: server, page
//!            contract              watch                    breaker    │
//!                                    ▲                                 │ after a while, or when a person asks:
//!                                    └────── contract met ◀── one call ◀┘ the canary read succeeds
//! ```
//!
//! * [`contract`] is the language of contracts, [`catalogue`] the contracts themselves, as data.
//! * [`compare`] and [`judge`] turn an answer into findings. They see everything and hand out structure only.
//! * [`watch`] remembers, across lives of the background, how often a contract was broken; [`breaker`] holds the endpoint.
//! * [`calls`] is what one life knows, [`report`] what people are told, and [`guard`] joins it all to the engine: it looks at each answer first and decides whether a write may start.
//!
//! Invariant: a writing endpoint is off for as long as its contract has an unresolved breaking finding, whatever life the background
//! is in. Only a canary read that succeeds resolves one; the first call afterwards goes alone and has the last word.

pub(crate) mod breaker;
pub(crate) mod calls;
pub(crate) mod catalogue;
pub(crate) mod compare;
pub(crate) mod contract;
pub(crate) mod guard;
pub(crate) mod judge;
pub(crate) mod report;
pub(crate) mod watch;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
