//! The language in which contracts are written down. A contract is data: it is compiled in and never comes from anywhere else.

use companion_wire::endpoint::{Endpoint, Severity, Verdict};

use crate::remote::endpoints;

/// What is relied on at one call.
#[derive(Debug)]
pub(crate) struct Contract {
    pub name: Endpoint,
    /// Verb, paths and effect; calls that differ in nothing but a query stand together.
    pub calls: &'static [&'static endpoints::Endpoint],
    pub answer: Expected,
    /// What is done when the contract is broken.
    pub when_broken: Verdict,
    /// A 404 may be about the thing that was asked for as well as about the path: it counts only when another thing is missed, too.
    pub missing_is_about_one: bool,
}

/// What a success has to hold.
#[derive(Debug)]
pub(crate) enum Expected {
    /// JSON of this shape.
    Json(Shape),
    /// A zip.
    Zip,
    /// The status says everything.
    Anything,
}

/// The shape of a JSON value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Whatever it is.
    Any,
    /// A text that says something, or a whole number: what ids, names and marks are.
    Label,
    /// An array of these.
    List(&'static Shape),
    /// An array with something in it.
    Filled,
    /// An object with these members; others are noticed.
    Object(&'static [Member]),
    /// One of these. The first that fits without a breaking finding counts, else the first of the same kind.
    Either(&'static [Shape]),
}

/// One member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    /// The names it may have; one is enough.
    pub names: &'static [&'static str],
    pub shape: Shape,
    pub weight: Weight,
}

/// How much a member matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Nothing works without it.
    Needed,
    /// It is read, and missed when it is gone.
    Used,
    /// It is known and not read.
    Known,
}

impl Weight {
    /// How bad it is that the member is gone or of another kind.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Needed => Severity::Breaking,
            Self::Used => Severity::Warning,
            Self::Known => Severity::Notice,
        }
    }
}

impl Contract {
    /// Whether the call changes the account.
    pub fn writes(&self) -> bool {
        self.calls.iter().any(|call| call.effect == endpoints::Effect::Writes)
    }

    /// How many paths are compiled in.
    pub fn candidates(&self) -> usize {
        self.calls.iter().map(|call| call.candidates.len()).min().unwrap_or(1)
    }
}
