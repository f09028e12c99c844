//! How many actions are carried out side by side: one more after two good rounds, half as many when claude.ai asks for a pause, a quarter
//! fewer when it stumbles or its answers take much longer than they could. (The additive increase and multiplicative decrease of TCP,
//! with delay as a second sign, as in TCP Vegas.)

use crate::io::Millis;

const FIRST: usize = 4;
const MOST: usize = 8;

/// Answers may take so many times the shortest, and so much longer, before fewer run side by side.
const SLOWER: u64 = 2;
const SLACK: u64 = 250;

/// The limit, and what it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parallel {
    pub limit: usize,
    /// Good answers since the limit was last changed.
    streak: usize,
    /// Milliseconds of the shortest answer; it creeps up, so that a network that has become slower becomes the measure.
    shortest: u64,
    /// Milliseconds of answers of late, smoothed.
    usual: u64,
    /// When the limit was lowered last. What was started before says nothing about the new limit.
    lowered_at: Millis,
}

impl Default for Parallel {
    fn default() -> Self {
        Self { limit: FIRST, streak: 0, shortest: 0, usual: 0, lowered_at: Millis(0) }
    }
}

impl Parallel {
    /// Two good rounds earn one more, unless answers have become slow.
    pub fn went_well(&mut self) {
        self.streak += 1;
        if self.streak >= 2 * self.limit && self.limit < MOST && !self.is_slow() {
            self.limit += 1;
            self.streak = 0;
        }
    }

    /// An answer to an action that was started at `started` took until `now`.
    pub fn measured(&mut self, started: Millis, now: Millis) {
        let took = now.since(started).max(1);
        self.shortest = if self.shortest == 0 { took } else { took.min(self.shortest + self.shortest / 64 + 1) };
        self.usual = if self.usual == 0 { took } else { (self.usual * 7 + took) / 8 };
        if self.is_slow() {
            self.lower(self.limit - self.limit / 4, started, now);
        }
    }

    /// claude.ai stumbled over an action that was started at `started`.
    pub fn went_badly(&mut self, started: Millis, now: Millis) {
        self.lower(self.limit - self.limit / 4, started, now);
    }

    /// claude.ai asked for a pause.
    pub fn was_too_fast(&mut self, started: Millis, now: Millis) {
        self.lower(self.limit / 2, started, now);
    }

    fn is_slow(&self) -> bool {
        self.usual > self.shortest * SLOWER + SLACK
    }

    /// Once for all that were under way together. A clock that was set back makes no difference for long: times of before are later.
    fn lower(&mut self, to: usize, started: Millis, now: Millis) {
        if started < self.lowered_at && self.lowered_at <= now {
            return;
        }
        self.limit = to.max(1);
        self.streak = 0;
        self.lowered_at = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grown() -> Parallel {
        let mut parallel = Parallel::default();
        (0..100).for_each(|_| parallel.went_well());
        parallel
    }

    #[test]
    fn it_grows_slowly_and_shrinks_fast() {
        let mut parallel = grown();
        assert_eq!(parallel.limit, MOST);
        parallel.was_too_fast(Millis(5), Millis(10));
        assert_eq!(parallel.limit, MOST / 2);
        for now in 11..20 {
            parallel.was_too_fast(Millis(now), Millis(now));
        }
        assert_eq!(parallel.limit, 1);
    }

    #[test]
    fn a_burst_that_is_refused_counts_once() {
        let mut parallel = grown();
        for now in 20..28 {
            parallel.was_too_fast(Millis(10), Millis(now));
        }
        assert_eq!(parallel.limit, MOST / 2);
    }

    #[test]
    fn answers_that_become_slow_lower_it_and_a_slow_network_does_not() {
        let mut slow_network = grown();
        for n in 0..200 {
            slow_network.measured(Millis(n * 3_000), Millis(n * 3_000 + 2_500));
        }
        assert_eq!(slow_network.limit, MOST);
        let mut congested = grown();
        (0..20).for_each(|n| congested.measured(Millis(n * 100), Millis(n * 100 + 100)));
        (0..20).for_each(|n| congested.measured(Millis(10_000 + n * 2_000), Millis(12_000 + n * 2_000)));
        assert!(congested.limit < MOST / 2, "{congested:?}");
        let mut calm_again = congested;
        for n in 0..200 {
            calm_again.measured(Millis(100_000 + n * 100), Millis(100_100 + n * 100));
            calm_again.went_well();
        }
        assert_eq!(calm_again.limit, MOST);
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(events in proptest::collection::vec((0_u8..4, 0_u64..100_000, 0_u64..100_000), 0..200)) {
            let mut parallel = Parallel::default();
            for (what, started, now) in events {
                match what {
                    0 => parallel.went_well(),
                    1 => parallel.measured(Millis(started), Millis(now)),
                    2 => parallel.went_badly(Millis(started), Millis(now)),
                    _ => parallel.was_too_fast(Millis(started), Millis(now)),
                }
                prop_assert!((1..=MOST).contains(&parallel.limit));
            }
        }
    }
}
