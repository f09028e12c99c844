//! Judges what the database knows about the connector: nine questions, each with its answer and remedy.

use companion_wire::diagnostic::{Check, CheckStatus, Diagnostic};

use crate::time::Timestamp;

/// Pairing attempts an hour above which somebody may be guessing.
const MANY_ATTEMPTS: u64 = 30;
/// Skills that changed on both sides above which something is wrong as a whole.
const MANY_CONFLICTS: u64 = 20;

/// Figures of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The newest applied migration.
    pub schema_version: String,
    /// Browsers that are paired, signed in to claude.ai or not.
    pub paired: u64,
    /// Paired browsers that are signed out of claude.ai.
    pub signed_out: u64,
    /// Operations that a browser took more than five minutes ago and has not reported.
    pub stuck: u64,
    /// Paired browsers that finished something within the last hour.
    pub recently_synced: u64,
    /// Skills that changed on both sides.
    pub diverged: u64,
    /// Attempts to pair or approve within the last hour.
    pub attempts: u64,
    /// `endpoint_changed` events of the last day.
    pub endpoint_changes: u64,
}

/// Judges. Without facts the database did not answer, and nothing else can be known.
pub fn judge(facts: Option<&Facts>, expected_schema: &str, now: Timestamp) -> Diagnostic {
    let checks = match facts {
        None => unanswered(),
        Some(facts) => answered(facts, expected_schema),
    };
    let overall = checks.iter().map(|check| check.status).max().unwrap_or(CheckStatus::Pass);
    Diagnostic { overall, checks, generated_at: now.rfc3339() }
}

/// Whether the registry of internal services can be read as it stands now.
pub fn service_registry(problem: Option<&str>) -> Check {
    let (id, label) = ("service_registry", "Registry of services");
    match problem {
        None => check(id, label, CheckStatus::Pass, "It can be read."),
        Some(problem) => check(id, label, CheckStatus::Fail, &format!("{problem}. The last good one stays in force.")),
    }
}

fn unanswered() -> Vec<Check> {
    let detail = "The database does not answer. Check that it runs and that the disk is not full; the log says more.";
    vec![
        check("backend_db", "Database", CheckStatus::Fail, detail),
        check("schema_migrated", "Schema", CheckStatus::Fail, "It cannot be read while the database does not answer."),
    ]
}

fn answered(facts: &Facts, expected_schema: &str) -> Vec<Check> {
    let mut checks = vec![
        check("backend_db", "Database", CheckStatus::Pass, "It answers."),
        schema(&facts.schema_version, expected_schema),
        paired(facts.paired),
        signed_in(facts.signed_out),
        not_stuck(facts.stuck),
    ];
    if facts.paired > 0 {
        checks.push(recent(facts.recently_synced));
    }
    checks.extend([conflicts(facts.diverged), attempts(facts.attempts), endpoints(facts.endpoint_changes)]);
    checks
}

fn schema(found: &str, expected: &str) -> Check {
    let (id, label) = ("schema_migrated", "Schema");
    if found == expected {
        return check(id, label, CheckStatus::Pass, found);
    }
    let detail = format!("The database is at {found}, this program at {expected}. Run one version of the program.");
    check(id, label, CheckStatus::Warn, &detail)
}

fn paired(count: u64) -> Check {
    let bad = (CheckStatus::Warn, "No browser is paired. Install the extension and pair one.".to_owned());
    counted("integrations_paired", "Paired browsers", count > 0, format!("{count} paired."), bad)
}

fn signed_in(count: u64) -> Check {
    let remedy =
        format!("{count} signed out. Sign in to claude.ai in that browser; the work waits and goes on by itself.");
    let good = "Every paired browser is signed in, as far as is known.".to_owned();
    counted("no_cookie_expired", "claude.ai sessions", count == 0, good, (CheckStatus::Fail, remedy))
}

fn not_stuck(count: u64) -> Check {
    let remedy = format!(
        "{count} taken more than five minutes ago. They are given back by themselves; open that browser if they stay."
    );
    let good = "Nothing is stuck.".to_owned();
    counted("no_stuck_in_progress", "Work in progress", count == 0, good, (CheckStatus::Warn, remedy))
}

fn recent(count: u64) -> Check {
    let remedy = "No browser finished anything within the last hour. That is fine when nothing changed; else open a paired browser.";
    let good = format!("{count} within the last hour.");
    counted("sync_recent", "Browsers that synced", count > 0, good, (CheckStatus::Warn, remedy.to_owned()))
}

fn conflicts(count: u64) -> Check {
    let remedy = format!("{count} skills changed on both sides. Decide them on the dashboard.");
    let good = format!("{count} waiting.");
    counted("conflicts_low", "Conflicts", count < MANY_CONFLICTS, good, (CheckStatus::Warn, remedy))
}

fn attempts(count: u64) -> Check {
    let remedy =
        format!("{count} within the last hour. If that was not you, see the runbook for where they came from.");
    let good = format!("{count} within the last hour.");
    counted("pair_attempts_quiet", "Pairing attempts", count < MANY_ATTEMPTS, good, (CheckStatus::Warn, remedy))
}

fn endpoints(count: u64) -> Check {
    let remedy = format!("{count} changes seen within the last day. Writing there is held; update the extension.");
    let good = "No change was seen within the last day.".to_owned();
    counted("extension_endpoint_stable", "claude.ai endpoints", count == 0, good, (CheckStatus::Fail, remedy))
}

fn counted(id: &str, label: &str, good: bool, when_good: String, when_bad: (CheckStatus, String)) -> Check {
    let (status, detail) = if good { (CheckStatus::Pass, when_good) } else { when_bad };
    check(id, label, status, &detail)
}

fn check(id: &str, label: &str, status: CheckStatus, detail: &str) -> Check {
    Check { id: id.to_owned(), label: label.to_owned(), status, detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use CheckStatus::{Fail, Pass, Warn};

    use super::*;

    const NOW: Timestamp = Timestamp(0);

    fn healthy() -> Facts {
        Facts { schema_version: "0002_b".to_owned(), paired: 1, recently_synced: 1, ..Facts::default() }
    }

    #[test]
    fn a_healthy_server_passes_nine_checks() {
        let found = judge(Some(&healthy()), "0002_b", NOW);
        assert_eq!((found.overall, found.checks.len()), (Pass, 9), "{found:?}");
        assert!(found.checks.iter().all(|check| check.status == Pass && !check.detail.is_empty()));
    }

    #[test]
    fn each_check_can_fail_alone() {
        let cases = [
            ("schema_migrated", Warn, Facts { schema_version: "0001_a".to_owned(), ..healthy() }),
            ("integrations_paired", Warn, Facts { paired: 0, recently_synced: 0, ..healthy() }),
            ("no_cookie_expired", Fail, Facts { signed_out: 1, ..healthy() }),
            ("no_stuck_in_progress", Warn, Facts { stuck: 1, ..healthy() }),
            ("sync_recent", Warn, Facts { recently_synced: 0, ..healthy() }),
            ("conflicts_low", Warn, Facts { diverged: 20, ..healthy() }),
            ("pair_attempts_quiet", Warn, Facts { attempts: 30, ..healthy() }),
            ("extension_endpoint_stable", Fail, Facts { endpoint_changes: 1, ..healthy() }),
        ];
        for (id, status, facts) in cases {
            let found = judge(Some(&facts), "0002_b", NOW);
            let bad: Vec<_> = found.checks.iter().filter(|check| check.status != Pass).collect();
            assert_eq!((bad.len(), bad[0].id.as_str(), bad[0].status, found.overall), (1, id, status, status));
        }
    }

    #[test]
    fn the_limits_themselves_are_quiet() {
        let facts = Facts { diverged: 19, attempts: 29, ..healthy() };
        assert_eq!(judge(Some(&facts), "0002_b", NOW).overall, Pass);
    }

    #[test]
    fn without_a_paired_browser_nobody_asks_when_it_synced() {
        let facts = Facts { paired: 0, recently_synced: 0, ..healthy() };
        assert!(judge(Some(&facts), "0002_b", NOW).checks.iter().all(|check| check.id != "sync_recent"));
    }

    #[test]
    fn a_silent_database_fails() {
        let found = judge(None, "0002_b", NOW);
        let ids: Vec<_> = found.checks.iter().map(|check| check.id.as_str()).collect();
        assert_eq!((found.overall, ids), (Fail, vec!["backend_db", "schema_migrated"]));
    }
}
