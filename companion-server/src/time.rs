//! One clock value for the whole server: microseconds since 1970, UTC.
//!
//! Decisions take it as an argument; only [`Timestamp::now`] reads a clock, and only the shells call that.

use std::time::{Duration, SystemTime};

/// Microseconds since 1970, UTC. Both databases keep exactly this precision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads the clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// `2026-11-21T02:37:53.474348Z`, the form of modelled answers.
    pub fn rfc3339(self) -> String {
        format!("{:.6}", self.jiff())
    }

    /// `2026-11-21T02:37:53.474348+00:00`, the form of the reference's hand-built answers.
    pub fn rfc3339_offset(self) -> String {
        self.rfc3339().replace('Z', "+00:00")
    }

    /// Later by `duration`.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `duration`.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_six_digits_and_z() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp(1_795_228_673_474_348).rfc3339_offset(), "2026-11-21T02:37:53.474348+00:00");
    }
}
