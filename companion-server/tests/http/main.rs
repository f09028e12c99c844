//! The companion server's HTTP surface, called in process: real routes, layers and store, no socket.
//!
//! Each scenario runs on SQLite and, where `SKILLFERRY_TEST_POSTGRES_URL` names a throw-away cluster, on PostgreSQL.

/// With members in the order of their names: which order `serde_json` keeps depends on what else is built.
macro_rules! assert_shape {
    ($($what:tt)*) => {
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!($($what)*) })
    };
}

mod absurd;
mod accounts;
mod activity;
mod arbitrary;
mod autonomy;
mod bearer;
mod browser_settings;
mod bundles;
mod call;
mod collections;
mod compatibility;
mod conflicts;
mod conformity;
mod dashboard;
mod described;
mod failures;
mod gate;
mod groups;
mod held_batches;
mod hosts;
mod imports;
mod library_imports;
mod limits;
mod login;
mod monitoring;
mod operations;
mod pairing;
mod people;
#[cfg(feature = "oidc")]
mod provider;
mod queue;
mod reports;
mod server;
mod service_health;
mod service_pages;
mod services;
mod shapes;
#[cfg(feature = "oidc")]
mod sign_in;
mod skill_sync;
mod skills;
mod usage;
