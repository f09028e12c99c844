//! What becomes of an operation (`docs/protocol.md`, "Life of an operation").

use std::time::Duration;

use serde_json::Value;

use crate::time::Timestamp;

/// Hand-outs before an operation fails for good.
pub const BUDGET: u32 = 3;
/// How long a browser may keep an operation.
pub const LEASE: Duration = Duration::from_secs(3 * 60);
/// What open operations of a disconnected browser fail with.
pub const DISCONNECTED: &str = "This browser was disconnected before the operation was done.";

/// What a browser reports.
#[derive(Debug, Clone, Default)]
pub struct CompletionReport {
    /// Done and verified.
    pub success: bool,
    /// Whatever object it sent along, or null.
    pub result: Value,
    /// A plain sentence.
    pub error: Option<String>,
    /// The organisation that was written to.
    pub claude_ai_org_id: Option<String>,
    /// claude.ai did not accept the session.
    pub auth_expired: bool,
    /// Writing on claude.ai is held.
    pub held: bool,
    /// Trying again cannot help.
    pub permanent: bool,
}

impl CompletionReport {
    /// A report of success that does not name the account's skill says nothing that could be remembered; taken as a success it
    /// would be asked for again and again. It counts as a failure that a person looks at.
    pub fn or_nameless(self, named: bool) -> Self {
        if named || !self.success {
            return self;
        }
        let error = Some("The browser reported success without naming the skill on claude.ai.".to_owned());
        Self { success: false, permanent: true, error, ..self }
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletionOutcome {
    /// Applied.
    Applied,
    /// A success that had been applied before: nothing happened.
    Replayed,
    /// The operation had ended otherwise.
    AlreadyFinal,
    /// No such operation, or another browser's.
    NotFound,
}

/// What a report means for its operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is done.
    Completed,
    /// It has failed for good; the sentence is shown to the person.
    Failed {
        /// For the browser's `last_error`.
        summary: String,
    },
    /// It is tried again, not before this moment.
    RetryLater {
        /// When.
        not_before: Timestamp,
    },
    /// It waits for the person to sign in and has used no attempt.
    WaitForSignIn,
    /// It waits until the browser writes again and has used no attempt; the sentence is shown to the person.
    Held {
        /// For the browser's `last_error`.
        summary: String,
    },
}

/// Judges a report about an operation that has been handed out `attempts` times. `random` spreads the retries of many browsers.
pub fn settle(attempts: u32, report: &CompletionReport, now: Timestamp, random: u32) -> Settlement {
    let error = error_text(report);
    if report.success {
        Settlement::Completed
    } else if report.auth_expired {
        Settlement::WaitForSignIn
    } else if report.held {
        Settlement::Held { summary: format!("Waiting: {error}") }
    } else if report.permanent {
        Settlement::Failed { summary: format!("Sync failed: {error}") }
    } else if attempts >= BUDGET {
        Settlement::Failed { summary: format!("Sync failed after {attempts} attempts: {error}") }
    } else {
        Settlement::RetryLater { not_before: now.plus(pause(attempts, random)) }
    }
}

/// The sentence of a report that did not succeed.
pub fn error_text(report: &CompletionReport) -> &str {
    report.error.as_deref().filter(|error| !error.trim().is_empty()).unwrap_or("The browser gave no reason.")
}

/// What becomes of a lease that has run out.
pub fn lapse(attempts: u32) -> Option<String> {
    (attempts >= BUDGET).then(|| {
        format!("Sync failed after {attempts} attempts: the browser took the work and never reported back. Retry it from the dashboard.")
    })
}

/// 2 s, then 8 s, up to half as much again.
fn pause(attempts: u32, random: u32) -> Duration {
    let base = 2_000 * 4_u64.saturating_pow(attempts.saturating_sub(1).min(4));
    Duration::from_millis(base + u64::from(random) % (base / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> CompletionReport {
        CompletionReport { error: Some("no".to_owned()), ..CompletionReport::default() }
    }

    #[test]
    fn the_budget_is_three() {
        let now = Timestamp(0);
        assert_eq!(settle(1, &failed(), now, 0), Settlement::RetryLater { not_before: Timestamp(2_000_000) });
        assert_eq!(settle(2, &failed(), now, 0), Settlement::RetryLater { not_before: Timestamp(8_000_000) });
        assert_eq!(
            settle(3, &failed(), now, 0),
            Settlement::Failed { summary: "Sync failed after 3 attempts: no".to_owned() }
        );
    }

    #[test]
    fn other_outcomes() {
        let now = Timestamp(0);
        let permanent = CompletionReport { permanent: true, ..failed() };
        assert_eq!(settle(1, &permanent, now, 0), Settlement::Failed { summary: "Sync failed: no".to_owned() });
        let signed_out = CompletionReport { auth_expired: true, permanent: true, ..failed() };
        assert_eq!(settle(3, &signed_out, now, 0), Settlement::WaitForSignIn);
        let held = CompletionReport { held: true, permanent: true, ..failed() };
        assert_eq!(settle(3, &held, now, 0), Settlement::Held { summary: "Waiting: no".to_owned() });
        assert_eq!(settle(9, &CompletionReport { success: true, ..failed() }, now, 0), Settlement::Completed);
        assert_eq!(lapse(2), None);
        assert!(lapse(3).is_some_and(|text| text.contains("Sync failed after") && text.contains("Retry")));
    }

    #[test]
    fn pauses_are_spread() {
        for random in [0, 1, 999, u32::MAX] {
            let pause = pause(1, random).as_millis();
            assert!((2_000..3_000).contains(&pause), "{pause}");
        }
    }
}
