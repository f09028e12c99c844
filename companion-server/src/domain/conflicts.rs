//! What an import from claude.ai means: who has changed since both sides were last the same.

use skill_format::Digest;

/// One skill as three sides know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// What both had when they were last in step; none when nobody knows.
    pub base: Option<Digest>,
    /// The library's newest version, as it is uploaded; none when the skill was removed.
    pub local: Option<Digest>,
    /// What claude.ai holds.
    pub remote: Digest,
}

/// What a person has said about skills that changed on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Ask each time.
    Ask,
    /// The library's version goes on.
    SkillnoteWins,
    /// claude.ai's version goes on.
    ClaudeAiWins,
}

impl Policy {
    /// The policy by the text that the database's CHECK allows.
    pub fn named(text: &str) -> Self {
        match text {
            "skillnote_wins" => Self::SkillnoteWins,
            "claude_ai_wins" => Self::ClaudeAiWins,
            _ => Self::Ask,
        }
    }
}

/// What to do about it. Whatever it is, both versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Both are the same.
    InStep,
    /// Only claude.ai has changed: its version becomes the newest.
    TakeRemote,
    /// Only the library has changed: its version still has to be written.
    KeepLocal,
    /// Both have changed, and a person decides.
    Ask,
    /// Both have changed, and the policy keeps the library's.
    PolicyKeepsLocal,
    /// Both have changed, and the policy takes claude.ai's.
    PolicyTakesRemote,
}

/// Decides. An unknown base counts as a change of both sides: nothing shows that either is the older one.
pub fn decide(sides: Sides, policy: Policy) -> Decision {
    let Sides { base, local, remote } = sides;
    if local == Some(remote) {
        return Decision::InStep;
    }
    match (local.is_some() && base == local, base == Some(remote)) {
        (true, _) => Decision::TakeRemote,
        (_, true) => Decision::KeepLocal,
        (false, false) => match policy {
            Policy::Ask => Decision::Ask,
            Policy::SkillnoteWins => Decision::PolicyKeepsLocal,
            Policy::ClaudeAiWins => Decision::PolicyTakesRemote,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn decided(base: Option<u8>, local: u8, remote: u8, policy: Policy) -> Decision {
        decide(Sides { base: base.map(digest), local: Some(digest(local)), remote: digest(remote) }, policy)
    }

    #[test]
    fn what_was_removed_here_comes_back_only_where_it_has_changed_there() {
        let decided =
            |base: Option<u8>, policy| decide(Sides { base: base.map(digest), local: None, remote: digest(1) }, policy);
        assert_eq!(decided(Some(1), Policy::ClaudeAiWins), Decision::KeepLocal);
        assert_eq!(decided(Some(2), Policy::Ask), Decision::Ask);
        assert_eq!(decided(None, Policy::ClaudeAiWins), Decision::PolicyTakesRemote);
    }

    #[test]
    fn table() {
        use Policy::{Ask, ClaudeAiWins, SkillnoteWins};
        for policy in [Ask, SkillnoteWins, ClaudeAiWins] {
            assert_eq!(decided(Some(1), 1, 1, policy), Decision::InStep);
            assert_eq!(decided(None, 1, 1, policy), Decision::InStep);
            assert_eq!(decided(Some(3), 1, 1, policy), Decision::InStep, "the same edit on both sides");
            assert_eq!(decided(Some(1), 1, 2, policy), Decision::TakeRemote);
            assert_eq!(decided(Some(1), 2, 1, policy), Decision::KeepLocal);
        }
        for base in [None, Some(3)] {
            assert_eq!(decided(base, 1, 2, Ask), Decision::Ask);
            assert_eq!(decided(base, 1, 2, SkillnoteWins), Decision::PolicyKeepsLocal);
            assert_eq!(decided(base, 1, 2, ClaudeAiWins), Decision::PolicyTakesRemote);
        }
    }

    proptest! {
        /// A side that has changed is never given up without the policy or a person having said so.
        #[test]
        fn no_change_is_lost(base in proptest::option::of(0..4u8), local in 0..4u8, remote in 0..4u8) {
            match decided(base, local, remote, Policy::Ask) {
                Decision::InStep => prop_assert_eq!(local, remote),
                Decision::TakeRemote => prop_assert_eq!(base, Some(local)),
                Decision::KeepLocal => prop_assert_eq!(base, Some(remote)),
                Decision::Ask => prop_assert!(base != Some(local) && base != Some(remote)),
                Decision::PolicyKeepsLocal | Decision::PolicyTakesRemote => prop_assert!(false, "asked for"),
            }
        }
    }
}
