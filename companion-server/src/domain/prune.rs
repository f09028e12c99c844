//! Which versions of skills may go for good.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::time::Timestamp;

/// A version as far as the rule looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// Its skill.
    pub skill: Uuid,
    /// Its number within the skill.
    pub number: i64,
    /// When it was made.
    pub created: Timestamp,
    /// It is the skill's newest.
    pub latest: bool,
}

/// What an operator wants to do without. A version goes when every named condition holds; with none, no version goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VersionRule {
    /// Older than this moment.
    pub before: Option<Timestamp>,
    /// Not among so many highest numbers of its skill.
    pub keep: Option<u32>,
}

/// The versions that go: those that the rule names, never a newest one, never one of `referred`.
pub fn expendable(versions: &[Kept], rule: VersionRule, referred: &BTreeSet<Uuid>) -> Vec<Uuid> {
    if rule == VersionRule::default() {
        return Vec::new();
    }
    let mut skills: BTreeMap<Uuid, Vec<&Kept>> = BTreeMap::new();
    for version in versions {
        skills.entry(version.skill).or_default().push(version);
    }
    let mut gone = Vec::new();
    for of_skill in skills.values_mut() {
        of_skill.sort_unstable_by_key(|version| std::cmp::Reverse(version.number));
        let old = of_skill.iter().skip(rule.keep.unwrap_or(0) as usize);
        let old = old.filter(|version| rule.before.is_none_or(|moment| version.created < moment));
        gone.extend(old.filter(|version| !version.latest && !referred.contains(&version.id)).map(|version| version.id));
    }
    gone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(skill: u128, number: i64, latest: bool) -> Kept {
        let id = Uuid::from_u128(skill * 1000 + number.unsigned_abs() as u128);
        Kept { id, skill: Uuid::from_u128(skill), number, created: Timestamp(number * 10), latest }
    }

    fn gone(rule: VersionRule, referred: &[Uuid]) -> Vec<u128> {
        // A snapshot of what stood on claude.ai has a higher number than the newest version.
        let versions = [of(1, 1, false), of(1, 2, false), of(1, 3, true), of(1, 4, false), of(2, 1, true)];
        expendable(&versions, rule, &referred.iter().copied().collect()).iter().map(|id| id.as_u128()).collect()
    }

    #[test]
    fn each_condition_and_both() {
        let (before, keep) = (Some(Timestamp(25)), Some(3));
        assert_eq!(gone(VersionRule::default(), &[]), []);
        assert_eq!(gone(VersionRule { before, keep: None }, &[]), [1002, 1001]);
        assert_eq!(gone(VersionRule { before: None, keep }, &[]), [1001]);
        assert_eq!(gone(VersionRule { before, keep }, &[]), [1001]);
        assert_eq!(gone(VersionRule { before: None, keep: Some(0) }, &[]), [1004, 1002, 1001]);
        assert_eq!(gone(VersionRule { before, keep: None }, &[Uuid::from_u128(1002)]), [1001]);
    }

    proptest! {
        #[test]
        fn the_newest_and_the_referred_stay(
            made in prop::collection::vec((0_u128..4, any::<bool>(), any::<bool>(), 0_i64..50), 0..30),
            before in prop::option::of(0_i64..60), keep in prop::option::of(0_u32..6),
        ) {
            let versions: Vec<Kept> = made.iter().enumerate().map(|(number, (skill, latest, _, created))| Kept {
                created: Timestamp(*created), ..of(*skill, number as i64, *latest)
            }).collect();
            let referred: BTreeSet<Uuid> =
                versions.iter().zip(&made).filter(|(_, (_, _, referred, _))| *referred).map(|(v, _)| v.id).collect();
            let rule = VersionRule { before: before.map(Timestamp), keep };
            let gone = expendable(&versions, rule, &referred);
            for version in versions.iter().filter(|version| gone.contains(&version.id)) {
                prop_assert!(!version.latest && !referred.contains(&version.id));
                prop_assert!(before.is_none_or(|before| version.created.0 < before));
                let newer = versions.iter().filter(|v| v.skill == version.skill && v.number > version.number).count();
                prop_assert!(keep.is_none_or(|keep| newer >= keep as usize));
            }
        }
    }
}
