//! How long somebody who guessed wrong has to wait.

use std::time::Duration;

use crate::time::Timestamp;

/// Wrong guesses older than this say nothing any more.
pub const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Wrong pairing codes of one source until it is refused.
pub const WRONG_CODES: usize = 5;
/// Wrong logins from one address until it is refused.
pub const WRONG_LOGINS: usize = 10;
/// Wrong logins to one name that cost nothing: people mistype.
const FREE_LOGINS: usize = 5;
/// The longest pause for a name. Short, because strangers cause it: it must never keep the owner out.
const LONGEST_PAUSE: u64 = 30;

/// Seconds that a source is refused yet: `most` wrong guesses within [`WINDOW`] close it for as long again. `guesses` are the
/// newest ones first; what is refused adds none, so the wait ends by itself.
pub fn refused(guesses: &[Timestamp], most: usize, now: Timestamp) -> Option<u32> {
    let (newest, oldest) = (guesses.first()?, guesses.get(most.checked_sub(1)?)?);
    (newest.since(*oldest) <= WINDOW).then(|| left(newest.plus(WINDOW), now)).flatten()
}

/// Seconds until the next login to a name is looked at: from the fifth wrong one in [`WINDOW`] on a pause that doubles, up to half a minute.
pub fn pause(guesses: &[Timestamp], now: Timestamp) -> Option<u32> {
    let newest = guesses.first()?;
    let wrong = guesses.iter().filter(|guess| now.since(**guess) < WINDOW).count();
    let doublings = u32::try_from(wrong.checked_sub(FREE_LOGINS)?).unwrap_or(u32::MAX);
    let seconds = 1_u64.checked_shl(doublings).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
    left(newest.plus(Duration::from_secs(seconds)), now)
}

fn left(until: Timestamp, now: Timestamp) -> Option<u32> {
    let micros = until.0.saturating_sub(now.0);
    (micros > 0).then(|| u32::try_from(micros / 1_000_000 + 1).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn at_all(seconds: &[i64]) -> Vec<Timestamp> {
        seconds.iter().copied().map(at).collect()
    }

    #[test]
    fn five_wrong_codes_close_for_ten_minutes() {
        let four = at_all(&[1003, 1002, 1001, 1000]);
        assert_eq!(refused(&four, WRONG_CODES, at(1004)), None);
        let five = at_all(&[1004, 1003, 1002, 1001, 1000]);
        assert_eq!(refused(&five, WRONG_CODES, at(1004)), Some(601));
        assert_eq!(refused(&five, WRONG_CODES, at(1603)), Some(2));
        assert_eq!(refused(&five, WRONG_CODES, at(1604)), None);
        assert_eq!(refused(&at_all(&[1700, 1003, 1002, 1001, 1000]), WRONG_CODES, at(1700)), None, "too far apart");
        assert_eq!(refused(&[], WRONG_CODES, at(0)), None);
    }

    #[test]
    fn a_name_is_never_closed_for_long() {
        let wrong = |count: i64| at_all(&(0..count).map(|n| 1000 - n).collect::<Vec<_>>());
        assert_eq!(pause(&wrong(4), at(1000)), None);
        assert_eq!(pause(&wrong(5), at(1000)), Some(2));
        assert_eq!(pause(&wrong(5), at(1001)), None);
        assert_eq!(pause(&wrong(8), at(1000)), Some(9));
        for many in [10, 80, 500] {
            assert_eq!(pause(&wrong(many), at(1000)), Some(31), "{many}");
            assert_eq!(pause(&wrong(many), at(1030)), None, "{many}");
        }
    }
}
