//! Judges what `skillferry doctor` finds on a machine: each check with its remedy.

use companion_wire::diagnostic::CheckStatus;
use serde::Serialize;

use super::chain::ChainReport;
use crate::time::Timestamp;

/// Less room than this and the next large skill may not fit.
const LITTLE_ROOM: u64 = 500_000_000;
/// Less room than this and nothing may fit.
const NO_ROOM: u64 = 50_000_000;
/// Seconds between two clocks that nobody notices.
const TOLERATED: u64 = 5;
/// Seconds between two clocks beyond which leases and pairings end at the wrong time.
const HARMFUL: u64 = 60;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub id: &'static str,
    /// How it stands.
    pub status: CheckStatus,
    /// What was found, in a sentence.
    pub detail: String,
    /// What to do about it; nothing when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn pass(id: &'static str, detail: impl Into<String>) -> Self {
        Self { id, status: CheckStatus::Pass, detail: detail.into(), remedy: None }
    }

    /// It works, and somebody should look.
    pub fn warn(id: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: CheckStatus::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    /// It does not work.
    pub fn fail(id: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { id, status: CheckStatus::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// The worst of all.
pub fn overall(findings: &[Finding]) -> CheckStatus {
    findings.iter().map(|finding| finding.status).max().unwrap_or(CheckStatus::Pass)
}

/// Compares the newest migration of the database with that of this program: `0029_skillferry_operations`.
pub fn schema(found: &str, expected: &str) -> Finding {
    let number = |name: &str| name.split('_').next().and_then(|number| number.parse::<u32>().ok());
    let detail = format!("The database is at {found}, this program expects {expected}.");
    match number(found).map(|found| Some(found).cmp(&number(expected))) {
        Some(_) if found == expected => Finding::pass("schema", format!("The database is at {found}.")),
        Some(std::cmp::Ordering::Less) => Finding::warn(
            "schema",
            detail,
            "Start this version's server on it once: it brings the database up to date.",
        ),
        _ => Finding::fail("schema", detail, "Update this program, or restore a backup from before the update."),
    }
}

/// Free bytes on the disk that holds the database.
pub fn disk(free: u64) -> Finding {
    let detail = format!("{} MB are free where the database lies.", free / 1_000_000);
    let remedy = "Make room, or prune with skillferry prune.";
    match free {
        ..NO_ROOM => Finding::fail("disk", detail, remedy),
        NO_ROOM..LITTLE_ROOM => Finding::warn("disk", detail, remedy),
        _ => Finding::pass("disk", detail),
    }
}

/// Permission bits of the database's file and of its folder.
pub fn permissions(file: u32, folder: u32) -> Finding {
    if folder & 0o022 != 0 {
        let detail = format!("Others may write in the database's folder (mode {:03o}).", folder & 0o777);
        return Finding::fail("permissions", detail, "Take it from them: chmod 700 FOLDER.");
    }
    if file & 0o077 != 0 {
        let detail = format!("Others may read the database, and with it every skill (mode {:03o}).", file & 0o777);
        return Finding::warn("permissions", detail, "Take it from them: chmod 600 FILE FILE-wal FILE-shm.");
    }
    Finding::pass("permissions", "Only the owner can read the database.")
}

/// What the check of the audit log found.
pub fn audit_chain(report: &ChainReport) -> Finding {
    match report {
        ChainReport::Intact { rows, .. } => {
            Finding::pass("audit_chain", format!("The audit log is intact: {rows} rows."))
        }
        ChainReport::Broken { seq, what } => Finding::fail(
            "audit_chain",
            format!("The audit log was changed at row {seq}: {}.", what.sentence()),
            "Find out who writes to the database, compare with a backup, and see “Audit chain” in the runbook.",
        ),
    }
}

/// Operations that a browser took long ago, and operations that have failed.
pub fn operations(stuck: u64, failed: u64) -> Finding {
    if stuck > 0 {
        let detail = format!("{stuck} operations were taken more than five minutes ago and not reported.");
        let remedy = "A running server gives them back by itself: check that it runs, then open that browser.";
        return Finding::warn("operations", detail, remedy);
    }
    if failed > 0 {
        let detail = format!("{failed} operations have failed.");
        return Finding::warn("operations", detail, "Read the reasons on the dashboard, then retry.");
    }
    Finding::pass("operations", "Nothing is stuck and nothing has failed.")
}

/// The clock of this machine, that of the database, and the newest moment that was ever written down.
pub fn clock(here: Timestamp, database: Timestamp, newest: Option<Timestamp>) -> Finding {
    let apart = here.since(database).max(database.since(here)).as_secs();
    let remedy = "Let both machines keep time by NTP.";
    let detail = format!("The clocks of this machine and of the database are {apart} s apart.");
    if apart > HARMFUL {
        return Finding::fail("clock", detail, remedy);
    }
    if apart > TOLERATED {
        return Finding::warn("clock", detail, remedy);
    }
    match newest.map(|newest| newest.since(here).as_secs()) {
        Some(ahead) if ahead > HARMFUL => Finding::warn(
            "clock",
            format!("The newest event lies {ahead} s in the future: a clock was set back."),
            "Set the clock right; pairings and leases end at the wrong time until then.",
        ),
        _ => Finding::pass("clock", "The clocks agree."),
    }
}

#[cfg(test)]
mod tests {
    use CheckStatus::{Fail, Pass, Warn};

    use super::super::chain::Break;
    use super::*;

    #[test]
    fn drift_is_named_both_ways() {
        let found = |found| schema(found, "0029_operations");
        assert_eq!(found("0029_operations").status, Pass);
        let (older, newer) = (found("0026_collections"), found("0031_future"));
        assert_eq!((older.status, newer.status, found("unknown").status), (Warn, Fail, Fail));
        for drift in [older, newer] {
            assert!(drift.detail.contains("expects 0029_operations") && drift.remedy.is_some(), "{drift:?}");
        }
        assert_eq!(found("0029_other").status, Fail, "the same number, another history");
    }

    #[test]
    fn room() {
        let of = |free| disk(free).status;
        assert_eq!(
            [of(0), of(NO_ROOM - 1), of(NO_ROOM), of(LITTLE_ROOM - 1), of(LITTLE_ROOM)],
            [Fail, Fail, Warn, Warn, Pass]
        );
    }

    #[test]
    fn modes() {
        let of = |file, folder| permissions(file, folder).status;
        assert_eq!([of(0o600, 0o700), of(0o600, 0o755), of(0o640, 0o700), of(0o604, 0o700)], [Pass, Pass, Warn, Warn]);
        assert_eq!([of(0o600, 0o770), of(0o600, 0o702), of(0o600, 0o1777)], [Fail, Fail, Fail]);
    }

    #[test]
    fn chains_and_operations() {
        assert_eq!(audit_chain(&ChainReport::Intact { rows: 3, pruned_to: 2 }).status, Pass);
        let broken = audit_chain(&ChainReport::Broken { seq: 7, what: Break::Changed });
        assert!(broken.status == Fail && broken.detail.contains("row 7"), "{broken:?}");
        assert_eq!(
            [operations(0, 0), operations(1, 0), operations(0, 1)].map(|found| found.status),
            [Pass, Warn, Warn]
        );
    }

    #[test]
    fn clocks() {
        let second = |number: i64| Timestamp(number * 1_000_000);
        let of = |database, newest: Option<i64>| clock(second(1000), second(database), newest.map(second)).status;
        assert_eq!([of(1000, None), of(1005, Some(900)), of(995, Some(1060))], [Pass; 3]);
        assert_eq!([of(1006, None), of(994, None), of(1000, Some(1061))], [Warn; 3]);
        assert_eq!([of(1061, None), of(939, None)], [Fail; 2]);
    }

    #[test]
    fn the_worst_counts() {
        let (pass, warn, fail) = (Finding::pass("a", ""), Finding::warn("b", "", ""), Finding::fail("c", "", ""));
        assert_eq!(overall(&[pass.clone(), warn.clone()]), Warn);
        assert_eq!((overall(&[warn, fail]), overall(&[pass])), (Fail, Pass));
    }
}
