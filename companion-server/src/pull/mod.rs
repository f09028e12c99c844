//! What `skillferry pull` does on a person's machine: it fetches what is due there, and makes the folder say exactly that.
//!
//! Reading order: [`block`] for the lines in `.env`, [`disk`] for the few steps that touch the machine, [`place`] for making a folder
//! say what is due, [`client`] for the server, [`state`] for what is remembered between two runs.

#[cfg(test)]
mod arbitrary;
pub mod block;
pub mod client;
pub mod disk;
pub mod place;
pub mod state;
