//! PostgreSQL for the store tests: present, loudly left out on a laptop, or a failure in CI.

use super::tally::Tally;
use crate::failure::Outcome;
use crate::postgres::Cluster;
use crate::prerequisites::ci;

/// Where the tests look for the cluster's address.
pub const VARIABLE: &str = "SKILLFERRY_TEST_POSTGRES_URL";

/// The cluster, or what leaving it out counts for.
pub fn start() -> Outcome<(Option<Cluster>, Tally)> {
    match Cluster::start() {
        Ok(cluster) => Ok((Some(cluster), Tally::default())),
        Err(failure) if ci() => Err(failure),
        Err(failure) => {
            println!("SKIPPED: the store tests on PostgreSQL. {failure}");
            Ok((None, Tally::SKIPPED))
        }
    }
}
