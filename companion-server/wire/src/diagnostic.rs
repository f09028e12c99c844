//! What an operator is shown when something does not work and it is not clear what.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// How a check ended; the order is the order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// As it should be.
    Pass,
    /// Works, but a person should look.
    Warn,
    /// Does not work.
    Fail,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// A stable name that programs may rely on.
    pub id: String,
    /// What is checked, for a person.
    pub label: String,
    /// How it ended.
    pub status: CheckStatus,
    /// What was found, and what to do where it is not as it should be.
    pub detail: String,
}

/// Answer of `GET {PREFIX}/diagnostic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diagnostic {
    /// The worst of all checks.
    pub overall: CheckStatus,
    /// In a fixed order.
    pub checks: Vec<Check>,
    /// When they were made.
    pub generated_at: Timestamp,
}
