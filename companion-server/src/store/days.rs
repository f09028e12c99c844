//! Counting by days of UTC.

use std::time::Duration;

use crate::time::Timestamp;

/// A day.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// SQL, for SQLite and PostgreSQL, that counts by the day of a column: the day as [`number`] tells it, and the counts.
macro_rules! by_day {
    ($column:literal, $counts:literal, $from:literal) => {
        (
            concat!("SELECT ", $column, " / 86400000000, ", $counts, " FROM ", $from, " GROUP BY 1"),
            concat!(
                "SELECT CAST(FLOOR(EXTRACT(EPOCH FROM ",
                $column,
                ") / 86400) AS BIGINT), ",
                $counts,
                " FROM ",
                $from,
                " GROUP BY 1"
            ),
        )
    };
}
pub(super) use by_day;

/// When each of the last `count` days begins, today last.
pub(super) fn last(count: u32, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let today = Timestamp(now.0 - now.0.rem_euclid(DAY_MICROS));
    (0..count).rev().map(move |back| today.minus(DAY * back))
}

/// Days since 1970, of the moment at which one begins.
pub(super) const fn number(begin: Timestamp) -> i64 {
    begin.0 / DAY_MICROS
}

/// Year, month and day, of the moment at which one begins.
pub(super) fn date(begin: Timestamp) -> String {
    begin.rfc3339()[..10].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_last() {
        let now = Timestamp::lenient("2026-11-21T23:59:59Z").expect("a moment");
        assert_eq!(last(3, now).map(date).collect::<Vec<_>>(), ["2026-11-19", "2026-11-20", "2026-11-21"]);
        let numbers: Vec<i64> = last(2, now).map(number).collect();
        assert_eq!(numbers[1] - numbers[0], 1);
        assert_eq!(last(1, Timestamp(5)).map(number).collect::<Vec<_>>(), [0]);
    }
}
