//! When a skill that no folder has any more is gone for good.
//!
//! A half-finished checkout looks like a deletion. So nothing goes at first sight, and many at once wait for a person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::domain::mass::is_mass;

/// How long a skill must be gone before it is removed.
pub const SECOND_LOOK: Duration = Duration::from_secs(1);

/// What is known about skills that are gone from the folder but not removed yet.
#[derive(Debug, Default)]
pub struct Removals {
    since: BTreeMap<String, Instant>,
    held: BTreeSet<String>,
    agreed: BTreeSet<String>,
}

/// What to do with them now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Remove these.
    pub remove: Vec<String>,
    /// These wait for a person.
    pub held: Vec<String>,
    /// Some have only just gone: look again after [`SECOND_LOOK`].
    pub again: bool,
}

impl Removals {
    /// These were held before the server was started, or refused by a person: they stay held while they are gone.
    pub fn recall(&mut self, names: Vec<String>) {
        self.held.extend(names);
    }

    /// A person agrees to these removals.
    pub fn agree(&mut self, names: Vec<String>) {
        self.agreed.extend(names);
    }

    /// What people agreed to and is not removed yet.
    pub fn agreed(&self) -> impl Iterator<Item = &String> {
        self.agreed.iter()
    }

    /// Decides about `gone`, the skills of `total` that no folder has. One that is back is forgotten, and so is a person's
    /// agreement to its removal. One that is held stays held until it is back or agreed to, however many others return:
    /// a checkout brings them back one by one.
    pub fn decide(&mut self, gone: &BTreeSet<String>, total: usize, now: Instant) -> Decision {
        self.since.retain(|name, _| gone.contains(name));
        self.agreed.retain(|name| gone.contains(name));
        self.held.retain(|name| gone.contains(name) && !self.agreed.contains(name));
        let open: Vec<&String> = gone.iter().filter(|name| !self.agreed.contains(*name)).collect();
        if is_mass(open.len(), total) {
            self.held.extend(open.into_iter().cloned());
        }
        let mut decision = Decision { held: self.held.iter().cloned().collect(), ..Decision::default() };
        for name in gone {
            let since = *self.since.entry(name.clone()).or_insert(now);
            if self.held.contains(name) {
                continue;
            }
            if now.saturating_duration_since(since) < SECOND_LOOK {
                decision.again = true;
            } else {
                decision.remove.push(name.clone());
            }
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::mass::MASS;

    fn names(numbers: std::ops::Range<usize>) -> BTreeSet<String> {
        numbers.map(|number| format!("skill-{number}")).collect()
    }

    #[test]
    fn one_goes_at_the_second_look() {
        let (mut removals, begin) = (Removals::default(), Instant::now());
        let first = removals.decide(&names(0..1), 10, begin);
        assert_eq!(first, Decision { again: true, ..Decision::default() });
        let second = removals.decide(&names(0..1), 10, begin + SECOND_LOOK);
        assert_eq!(second.remove, ["skill-0"]);
    }

    #[test]
    fn one_that_comes_back_in_between_starts_anew() {
        let (mut removals, begin) = (Removals::default(), Instant::now());
        removals.decide(&names(0..1), 10, begin);
        removals.decide(&names(0..0), 10, begin + SECOND_LOOK);
        assert!(removals.decide(&names(0..1), 10, begin + SECOND_LOOK * 2).again);
    }

    #[test]
    fn many_wait_and_stay_held_while_others_return() {
        let (mut removals, begin) = (Removals::default(), Instant::now());
        assert_eq!(removals.decide(&names(0..6), 20, begin).held.len(), 6);
        let rest = removals.decide(&names(0..2), 20, begin + SECOND_LOOK * 5);
        assert_eq!((rest.held.len(), rest.remove.len()), (2, 0));
        removals.agree(vec!["skill-0".to_owned()]);
        let agreed = removals.decide(&names(0..2), 20, begin + SECOND_LOOK * 6);
        assert_eq!((agreed.remove, agreed.held), (vec!["skill-0".to_owned()], vec!["skill-1".to_owned()]));
    }

    #[test]
    fn an_agreement_ends_when_the_skill_is_back() {
        let (mut removals, begin) = (Removals::default(), Instant::now());
        removals.decide(&names(0..6), 6, begin);
        removals.agree(names(0..6).into_iter().collect());
        removals.decide(&names(0..0), 6, begin + SECOND_LOOK);
        assert_eq!(removals.decide(&names(0..6), 6, begin + SECOND_LOOK * 9).held.len(), 6);
    }

    #[test]
    fn four_of_four_and_a_fifth_exactly_are_no_mass() {
        for (gone, total, held) in [(4, 4, 0), (5, 25, 0), (5, 24, 5), (6, 25, 6)] {
            let decision = Removals::default().decide(&names(0..gone), total, Instant::now());
            assert_eq!(decision.held.len(), held, "{gone} of {total}");
        }
    }

    proptest! {
        /// Whatever comes and goes: no skill is removed that is there, that was not gone for a second, or that is held.
        #[test]
        fn nothing_goes_too_early(steps in proptest::collection::vec((proptest::collection::btree_set(0usize..12, 0..12), 0u64..3), 1..30)) {
            let (mut removals, mut now) = (Removals::default(), Instant::now());
            let mut gone_since: BTreeMap<String, Instant> = BTreeMap::new();
            for (gone, seconds) in steps {
                now += Duration::from_secs(seconds);
                let gone: BTreeSet<String> = gone.into_iter().map(|number| format!("skill-{number}")).collect();
                gone_since.retain(|name, _| gone.contains(name));
                for name in &gone { gone_since.entry(name.clone()).or_insert(now); }
                let decision = removals.decide(&gone, 12, now);
                for name in &decision.remove {
                    prop_assert!(gone.contains(name) && !decision.held.contains(name));
                    prop_assert!(now - gone_since[name] >= SECOND_LOOK);
                }
                prop_assert!(gone.len() < MASS || decision.remove.is_empty());
            }
        }
    }
}
