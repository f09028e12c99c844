//! How skills reach an account, and what that means for one of them.

/// How skills reach the accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Each by itself, but for those that a published collection brings.
    #[default]
    Skills,
    /// By published collections only.
    Groups,
}

impl Delivery {
    /// The word on the command line and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Groups => "groups",
        }
    }

    /// The delivery of this name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Skills, Self::Groups].into_iter().find(|delivery| delivery.as_str() == text)
    }
}

/// A skill as far as its way to one account is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// It is in the library.
    pub live: bool,
    /// A person lets it be kept in step.
    pub switched_on: bool,
    /// A published collection lists its newest version.
    pub grouped: bool,
    /// This account is known to have it by its group, as it is now.
    pub carried: bool,
    /// The account holds a copy that came by itself.
    pub linked: bool,
}

/// What is to become of the skill's own copy on the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCopy {
    /// It should be there, as the library has it.
    Wanted,
    /// It should not be there.
    Unwanted,
    /// Whatever is there stays as it is, and nothing waits.
    LeftAlone,
}

/// Decides. The copy of a skill that has a group now goes only when the group has arrived: until then it is kept, and in step where
/// skills are delivered by themselves, so that the account never lacks the skill.
pub const fn own_copy(delivery: Delivery, standing: Standing) -> OwnCopy {
    let Standing { live, switched_on, grouped, carried, linked } = standing;
    match (delivery, live) {
        _ if !switched_on => OwnCopy::LeftAlone,
        (_, false) => OwnCopy::Unwanted,
        _ if grouped && (carried || !linked) => OwnCopy::Unwanted,
        (Delivery::Skills, true) => OwnCopy::Wanted,
        (Delivery::Groups, true) => OwnCopy::LeftAlone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Standing = Standing { live: true, switched_on: true, grouped: false, carried: false, linked: true };

    #[test]
    fn a_copy_goes_only_when_its_group_has_arrived() {
        let skills = |standing| own_copy(Delivery::Skills, standing);
        let grouped = Standing { grouped: true, ..PLAIN };
        assert_eq!(skills(PLAIN), OwnCopy::Wanted);
        assert_eq!(skills(grouped), OwnCopy::Wanted, "the group is still on its way");
        assert_eq!(skills(Standing { carried: true, ..grouped }), OwnCopy::Unwanted);
        assert_eq!(skills(Standing { linked: false, ..grouped }), OwnCopy::Unwanted, "not twice");
        assert_eq!(skills(Standing { switched_on: false, carried: true, ..grouped }), OwnCopy::LeftAlone);
        assert_eq!(skills(Standing { live: false, ..PLAIN }), OwnCopy::Unwanted);
    }

    #[test]
    fn groups_bring_nothing_by_itself() {
        let groups = |standing| own_copy(Delivery::Groups, standing);
        assert_eq!(groups(PLAIN), OwnCopy::LeftAlone);
        assert_eq!(groups(Standing { linked: false, ..PLAIN }), OwnCopy::LeftAlone);
        assert_eq!(groups(Standing { grouped: true, ..PLAIN }), OwnCopy::LeftAlone);
        assert_eq!(groups(Standing { grouped: true, carried: true, ..PLAIN }), OwnCopy::Unwanted);
        assert_eq!(groups(Standing { live: false, ..PLAIN }), OwnCopy::Unwanted);
        assert_eq!(Delivery::named("groups"), Some(Delivery::Groups));
        assert_eq!(Delivery::named("both"), None);
    }
}
