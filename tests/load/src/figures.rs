//! What was measured, in words.

use std::time::Duration;

/// Times of answers.
#[derive(Debug, Default)]
pub struct Times {
    microseconds: Vec<u64>,
    /// Requests that were not answered as they must be.
    pub errors: u64,
}

impl Times {
    /// Takes one more.
    pub fn add(&mut self, time: Duration) {
        self.microseconds.push(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Takes all of another's.
    pub fn join(&mut self, other: Self) {
        self.microseconds.extend(other.microseconds);
        self.errors += other.errors;
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.microseconds.len()).unwrap_or(u32::MAX)
    }

    /// The smallest time, in milliseconds, that `percent` of all do not exceed.
    pub fn percentile(&mut self, percent: usize) -> f64 {
        self.microseconds.sort_unstable();
        let rank = (self.microseconds.len() * percent).div_ceil(100).max(1);
        let found = self.microseconds.get(rank - 1).copied().unwrap_or(u64::MAX);
        Duration::from_micros(found).as_secs_f64() * 1000.0
    }

    /// Requests a second and two percentiles.
    pub fn rate(&mut self, took: Duration) -> String {
        let rate = f64::from(self.count()) / took.as_secs_f64();
        let (middle, high) = (self.percentile(50), self.percentile(99));
        format!("{rate:.0}/s, p50 {middle:.1} ms, p99 {high:.1} ms{}", self.failures())
    }

    /// Says how many errors there were, if any.
    pub fn failures(&self) -> String {
        if self.errors == 0 { String::new() } else { format!(", {} ERRORS", self.errors) }
    }
}

/// Prints a figure as `cargo xtask bench` reads it.
pub fn figure(what: &str, goal: &str, measured: &str) {
    println!("{what}\t{goal}\t{measured}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let mut times = Times::default();
        (1..=100).rev().for_each(|number| times.add(Duration::from_millis(number)));
        assert_eq!((times.percentile(50), times.percentile(99), times.percentile(100)), (50.0, 99.0, 100.0));
        assert_eq!(times.rate(Duration::from_secs(2)), "50/s, p50 50.0 ms, p99 99.0 ms");
        times.errors = 3;
        assert!(times.rate(Duration::from_secs(2)).ends_with(", 3 ERRORS"));
    }
}
