//! Growing pauses between attempts.

use serde::{Deserialize, Serialize};

use crate::io::Millis;

/// The longest pause after failures that nobody gave a time for.
pub(crate) const LONGEST: u64 = 300_000;

/// The longest pause that anybody may ask for by `Retry-After`.
pub(crate) const LONGEST_ASKED: u64 = 900_000;

/// How often in a row something has failed, and until when it is left alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Pause {
    pub failures: u32,
    pub until: Millis,
}

impl Pause {
    /// One more failure: 1 s, 2 s, 4 s … up to five minutes, each lengthened by up to a quarter so that browsers spread out. What fails
    /// during a pause was under way when it began, and fails for the same reason: that is no further failure.
    pub fn lengthen(&mut self, now: Millis, chance: u64) {
        if !self.is_over(now) {
            return;
        }
        let plain = 1_000_u64.saturating_mul(1 << self.failures.min(20)).min(LONGEST * 4 / 5);
        self.failures = self.failures.saturating_add(1);
        self.until = now.after(plain + chance % (plain / 4 + 1));
    }

    /// The same, with the time that the other side asked for; of several that it asked for, the last one counts.
    pub fn until_asked(&mut self, now: Millis, asked_ms: u64) {
        self.failures = self.failures.saturating_add(u32::from(self.is_over(now)));
        self.until = now.after(asked_ms.min(LONGEST_ASKED));
    }

    /// It may be tried again.
    pub const fn is_over(&self, now: Millis) -> bool {
        now.is_past(self.until, LONGEST_ASKED)
    }

    /// It worked, or a person wants it now.
    pub fn end(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_and_stay_below_five_minutes(chance: u64, failures in 0_u32..100) {
            let mut pause = Pause { failures, until: Millis(0) };
            pause.lengthen(Millis(5), chance);
            let length = pause.until.since(Millis(5));
            prop_assert!((1_000..=LONGEST).contains(&length));
            prop_assert!(failures < 20 || length >= LONGEST * 4 / 5);
        }
    }

    #[test]
    fn what_fails_together_is_one_failure() {
        let mut pause = Pause::default();
        for _ in 0..6 {
            pause.lengthen(Millis(1_000_000), 0);
        }
        assert_eq!(pause, Pause { failures: 1, until: Millis(1_001_000) });
        for asked in [9_000, 7_000] {
            pause.until_asked(Millis(1_001_000), asked);
        }
        assert_eq!(pause, Pause { failures: 2, until: Millis(1_008_000) });
        pause.lengthen(Millis(1_008_000), 0);
        assert_eq!(pause, Pause { failures: 3, until: Millis(1_012_000) });
    }

    #[test]
    fn a_clock_that_was_set_back_ends_a_pause() {
        let pause = Pause { failures: 1, until: Millis(10_000_000) };
        assert!(!pause.is_over(Millis(9_999_999)));
        assert!(pause.is_over(Millis(10_000_000)));
        assert!(pause.is_over(Millis(1)));
    }
}
