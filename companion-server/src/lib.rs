//! The companion server: routes, domain, store, library and dashboard as a library, so that tests start it in process.
pub mod time;
