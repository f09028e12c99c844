//! Whether a publication of groups changes so much that a person is asked first. It brings all groups at once, so that it is asked
//! about as a whole.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::mass::is_mass;

/// What would become of skills that the account has by its groups: another version, or none for those that would be gone.
pub type Changes = BTreeMap<Uuid, Option<Uuid>>;

/// What somebody said about the latest publication that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing yet.
    Nothing,
    /// It may go.
    Yes,
    /// It may not.
    No,
}

/// What becomes of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes: it changes little, or a person agreed to what it changes.
    Goes,
    /// It waits in the batch that was asked about already.
    Waits,
    /// A person is asked about it.
    Asks,
    /// A person refused this very publication.
    Refused,
}

/// From what the groups held to what they would hold: skills by id, with the digest of what travels and, for what would be, its version.
/// What comes for the first time destroys nothing and is no change here.
pub fn changes(had: &BTreeMap<Uuid, String>, have: &BTreeMap<Uuid, (Uuid, String)>) -> Changes {
    let changed = had.iter().filter_map(|(skill, digest)| match have.get(skill) {
        None => Some((*skill, None)),
        Some((version, now)) => (now != digest).then_some((*skill, Some(*version))),
    });
    changed.collect()
}

/// Judges, knowing how many skills the groups held and what was held and said last.
pub fn judge(changes: &Changes, total: usize, last: Option<(Said, &Changes)>) -> Verdict {
    if !is_mass(changes.len(), total) {
        return Verdict::Goes;
    }
    match last {
        Some((Said::Yes, agreed)) if changes.iter().all(|(skill, to)| agreed.get(skill) == Some(to)) => Verdict::Goes,
        Some((Said::No, refused)) if refused == changes => Verdict::Refused,
        Some((Said::Nothing, asked)) if asked == changes => Verdict::Waits,
        _ => Verdict::Asks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128 + 1)
    }

    fn had(count: usize) -> BTreeMap<Uuid, String> {
        (0..count).map(|number| (id(number), "old".to_owned())).collect()
    }

    /// The first `gone` are gone, the next `new` are replaced, and one comes for the first time.
    fn have(count: usize, gone: usize, new: usize) -> BTreeMap<Uuid, (Uuid, String)> {
        let digest = |number| if number < gone + new { "new" } else { "old" };
        (gone..=count).map(|number| (id(number), (id(1000 + number), digest(number).to_owned()))).collect()
    }

    #[test]
    fn many_changes_are_asked_about_once() {
        assert!(changes(&had(3), &have(3, 0, 0)).is_empty(), "what comes for the first time is no change");
        let few = changes(&had(30), &have(30, 2, 2));
        assert_eq!((few.len(), few.values().flatten().count()), (4, 2));
        assert_eq!(judge(&few, 30, None), Verdict::Goes);
        let many = changes(&had(10), &have(10, 3, 3));
        assert_eq!(judge(&many, 10, None), Verdict::Asks);
        for (said, verdict) in
            [(Said::Nothing, Verdict::Waits), (Said::Yes, Verdict::Goes), (Said::No, Verdict::Refused)]
        {
            assert_eq!(judge(&many, 10, Some((said, &many))), verdict);
        }
        let more = changes(&had(10), &have(10, 4, 3));
        for said in [Said::Nothing, Said::Yes, Said::No] {
            assert_eq!(judge(&more, 10, Some((said, &many))), Verdict::Asks, "nobody saw the seventh");
        }
        let fewer: Changes = many.iter().skip(1).map(|(skill, to)| (*skill, *to)).collect();
        assert_eq!(judge(&fewer, 10, Some((Said::Yes, &many))), Verdict::Goes, "part of what was agreed to");
        assert_eq!(judge(&fewer, 10, Some((Said::No, &many))), Verdict::Asks);
    }
}
