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

    /// Reads what people and clients write: a date-time with or without a zone (then UTC), a date, Unix seconds or milliseconds.
    /// A `+` of the zone that a query turned into a space is understood.
    pub fn lenient(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse::<f64>() {
            return Self::unix(number);
        }
        let zoned = match text.rsplit_once(' ') {
            Some((moment, zone)) if moment.contains(':') => format!("{moment}+{zone}"),
            _ => text.to_owned(),
        };
        let utc = |civil: jiff::civil::DateTime| civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
        let moment = zoned.parse::<jiff::Timestamp>().ok();
        moment.or_else(|| text.parse().ok().and_then(utc)).map(|moment| Self(moment.as_microsecond()))
    }

    /// Seconds, or milliseconds where seconds would lie beyond the year 2600.
    fn unix(number: f64) -> Option<Self> {
        const MOST_SECONDS: f64 = 2e10;
        let seconds = if number.abs() > MOST_SECONDS { number / 1e3 } else { number };
        let moment = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
        Some(Self(jiff::Timestamp::from_duration(moment).ok()?.as_microsecond()))
    }

    /// Later by `duration`.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `duration`.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; nothing when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_as_people_write_them() {
        let moment = Some(Timestamp(1_795_228_673_000_000));
        for text in [
            "2026-11-21T02:37:53Z",
            "2026-11-21T02:37:53.000000+00:00",
            "2026-11-21T02:37:53 00:00",
            "2026-11-21T03:37:53+01:00",
            "2026-11-21T02:37:53",
            "2026-11-21 02:37:53",
            "1795228673",
            "1795228673000",
        ] {
            assert_eq!(Timestamp::lenient(text), moment, "{text}");
        }
        assert_eq!(Timestamp::lenient("1970-01-02"), Some(Timestamp(86_400_000_000)));
        for text in ["", "yesterday", "NaN", "inf", "1e300", "2026-13-01"] {
            assert_eq!(Timestamp::lenient(text), None, "{text}");
        }
    }

    #[test]
    fn always_six_digits_and_z() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp(1_795_228_673_474_348).rfc3339_offset(), "2026-11-21T02:37:53.474348+00:00");
    }
}
