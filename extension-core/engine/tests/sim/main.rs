//! The engine in a simulated world: browser, network, clock, server and account in one thread and in virtual time, repeatable by seed.
//!
//! `SIM_SEED=7 cargo test -p skill-engine --test sim` repeats one world; `SIM_WORLDS=10000` makes many.

mod account;
mod chance;
mod convergence;
mod drift;
mod farewell;
mod identity;
mod inbound;
mod intent;
mod journeys;
mod market;
mod pairing;
mod pause;
mod publish;
mod queue;
mod reference;
mod reply;
mod reverse;
mod secret;
mod server;
mod session;
mod skill;
mod stored;
mod tab;
mod throughput;
mod usage;
mod world;
