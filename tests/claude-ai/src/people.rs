//! Who can sign in: the address typed on the sign-in page decides.

use serde_json::{Value, json};

use crate::account::{DECOY, ORGANISATION};

/// Somebody else's organisation; also the one that a member has joined.
pub const OTHER: &str = "6f1b0a52-0000-4000-8000-0000000007e2";

/// Somebody with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Whose account it is.
    Owner,
    /// Of an organisation of their own.
    Stranger,
    /// Of the owner's organisation, with an account of their own.
    Colleague,
    /// The owner, after joining a second organisation.
    Member,
}

impl Person {
    /// By the part of the address before the `@`; everybody else is the owner.
    pub fn by_address(address: &str) -> Self {
        match address.split('@').next() {
            Some("stranger") => Self::Stranger,
            Some("colleague") => Self::Colleague,
            Some("member") => Self::Member,
            _ => Self::Owner,
        }
    }

    /// The account's id.
    pub const fn account(self) -> &'static str {
        match self {
            Self::Owner | Self::Member => "acc-0000-4000-8000-000000000001",
            Self::Stranger => "acc-0000-4000-8000-000000000002",
            Self::Colleague => "acc-0000-4000-8000-000000000003",
        }
    }

    /// May have skills there.
    pub fn belongs_to(self, organisation: &str) -> bool {
        organisation != DECOY && self.organisations().iter().any(|own| own["uuid"] == organisation)
    }

    /// What the account belongs to, in the order of claude.ai.
    pub fn organisations(self) -> Vec<Value> {
        let chats = |id: &str, name: &str| json!({ "uuid": id, "name": name, "capabilities": ["chat", "claude_max"] });
        let own = chats(ORGANISATION, "Personal");
        let other = chats(OTHER, "Other company");
        let decoy = json!({ "uuid": DECOY, "name": "API console", "capabilities": ["api", "api_individual"] });
        match self {
            Self::Owner | Self::Colleague => vec![decoy, own],
            Self::Stranger => vec![decoy, other],
            Self::Member => vec![decoy, other, own],
        }
    }
}
