//! `SKILL.md`: where the front matter is, what it says, and what is wrong with it. Never a panic, whatever the bytes.
//!
//! YAML is read by events, so that a scalar keeps its source text (`1.10` stays `1.10`) and aliases, tags and duplicate keys,
//! which claude.ai and other readers treat differently, are refused rather than guessed at.

mod split;
mod value;
mod yaml;

pub use split::{Split, SplitError, split};
pub use value::Value;
pub use yaml::{YamlError, parse_yaml};
