//! What the browser can do for us, one file a capability. Each is a small function or type; none decides anything.

pub mod alarms;
pub mod body;
pub mod entropy;
pub mod fetch;
pub mod lifetime;
pub mod ports;
pub mod storage;
pub(crate) mod sys;
pub mod tab;
