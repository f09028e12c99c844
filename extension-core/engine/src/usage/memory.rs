//! Which uses were counted and which wait for the server, in bounded space.

use serde::{Deserialize, Serialize};

use super::tree::Found;
use crate::io::Millis;

/// So many counted uses are remembered one by one.
const SEEN_KEPT: usize = 300;

/// So many wait at most for a server that is away; later ones are not counted.
const WAITING_MOST: usize = 100;

/// What is remembered of usage insight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    /// A person has switched it on.
    pub on: bool,
    /// Nothing up to this moment is counted (any more): `2026-11-21T02:37:53`.
    pub since: String,
    /// What was counted after it.
    pub seen: Vec<Seen>,
    /// Names that the server does not have yet, oldest first.
    pub waiting: Vec<String>,
}

/// A use that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub key: u64,
    pub at: String,
}

impl Usage {
    /// Switched on at this moment: what happened before is nobody's business.
    pub fn begun(now: Millis) -> Self {
        Self { on: true, since: to_the_second(now), ..Self::default() }
    }

    /// Counts what was not counted before; whether there was any.
    pub fn take(&mut self, uses: Vec<Found>) -> bool {
        let mut taken = false;
        for Found { key, at, skill, .. } in uses {
            let new = at > self.since && self.seen.iter().all(|seen| seen.key != key);
            if new && self.waiting.len() < WAITING_MOST {
                self.seen.push(Seen { key, at });
                self.waiting.push(skill);
                taken = true;
            }
        }
        self.forget_oldest();
        taken
    }

    /// The server has the oldest.
    pub fn delivered(&mut self) {
        self.waiting.drain(..1.min(self.waiting.len()));
    }

    /// Whatever is as old as something that was forgotten does not count any more, so that nothing counts twice.
    fn forget_oldest(&mut self) {
        let surplus = self.seen.len().saturating_sub(SEEN_KEPT);
        if surplus > 0 {
            self.seen.sort_by(|a, b| a.at.cmp(&b.at));
            self.since.clone_from(&self.seen[surplus - 1].at);
            self.seen.retain(|seen| seen.at > self.since);
        }
    }
}

/// `2026-11-21T02:37:53`, by the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn to_the_second(moment: Millis) -> String {
    let seconds = moment.0 / 1_000;
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(key: u64, second: u64) -> Found {
        Found {
            key,
            at: to_the_second(Millis(1_800_000_000_000 + second * 1_000)),
            skill: format!("s-{key}"),
            group: None,
        }
    }

    fn begun() -> Usage {
        Usage::begun(Millis(1_800_000_000_000))
    }

    #[test]
    fn moments_are_written_as_claude_ai_does() {
        let table = [
            (0, "1970-01-01T00:00:00"),
            (951_782_399_999, "2000-02-28T23:59:59"),
            (951_782_400_000, "2000-02-29T00:00:00"),
            (1_795_228_673_474, "2026-11-21T02:37:53"),
            (4_107_542_400_000, "2100-03-01T00:00:00"),
        ];
        for (moment, expected) in table {
            assert_eq!(to_the_second(Millis(moment)), expected);
        }
    }

    #[test]
    fn what_was_before_is_not_counted() {
        let mut usage = begun();
        assert!(!usage.take(vec![found(1, 0)]));
        assert!(usage.take(vec![found(2, 1)]));
        assert_eq!(usage.waiting, ["s-2"]);
    }

    #[test]
    fn a_server_that_is_away_does_not_fill_the_memory() {
        let mut usage = begun();
        for key in 0..1_000 {
            usage.take(vec![found(key, key + 1)]);
        }
        assert_eq!((usage.waiting.len(), usage.seen.len()), (WAITING_MOST, WAITING_MOST));
        usage.delivered();
        assert!(usage.take(vec![found(500, 501)]), "what found no room counts later");
    }

    proptest! {
        #[test]
        fn every_use_counts_once_at_most(readings in prop::collection::vec((0_u64..900, 1_u64..60), 1..60)) {
            let mut usage = begun();
            let mut counted = std::collections::BTreeSet::new();
            for (first, many) in readings {
                usage.take((first..first + many).map(|key| found(key, 1 + key / 2)).collect());
                for skill in std::mem::take(&mut usage.waiting) {
                    prop_assert!(counted.insert(skill.clone()), "{} counts twice", skill);
                }
                prop_assert!(usage.seen.len() <= SEEN_KEPT);
            }
        }
    }
}
