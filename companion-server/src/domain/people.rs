//! Who somebody is to the server, and what they may see.

use uuid::Uuid;

/// What a person may do. Ordered: more rights are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees and approves their own browsers.
    Member,
    /// Everything.
    Admin,
}

impl Role {
    /// As the database and the wire have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// The role with this name; anything unknown has the fewest rights.
    pub fn named(text: &str) -> Self {
        if text == "admin" { Self::Admin } else { Self::Member }
    }
}

/// Somebody who has proved who they are, with the rights of that proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub user: Uuid,
    /// What may be done: the person's role, or less where a token has less.
    pub role: Role,
}

/// Which browsers somebody may see. One that lies outside does not exist for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All, also those that nobody owns.
    #[default]
    All,
    /// Those that this person approved.
    Of(Uuid),
}

impl Scope {
    /// The person whose browsers alone are seen.
    pub fn owner(self) -> Option<Uuid> {
        match self {
            Self::All => None,
            Self::Of(user) => Some(user),
        }
    }
}

/// Characters of a password at least: long ones resist guessing, whatever they are made of.
pub const PASSWORD_AT_LEAST: usize = 12;
/// Characters of a password at most.
pub const PASSWORD_AT_MOST: usize = 256;

/// A name as names are compared.
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_ordered_and_unknown_ones_are_few() {
        assert_eq!(Role::Admin.min(Role::Member), Role::Member);
        for role in [Role::Admin, Role::Member] {
            assert_eq!(Role::named(role.as_str()), role);
        }
        assert_eq!(Role::named("owner"), Role::Member);
        assert_eq!(folded(" Ånna "), "ånna");
    }
}
