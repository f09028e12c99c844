//! `skillferry prune`.

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::backup::{finish, run_async};
use super::serve::database;
use crate::domain::prune::VersionRule;
use crate::store::{self, Pruned, Unwanted};
use crate::time::Timestamp;

/// Arguments of `prune`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true)
        .args(["audit_older_than", "attempts_older_than", "uses_older_than", "pairings", "versions_older_than", "keep_versions"]),
    after_help = "Examples:
  skillferry prune --audit-older-than 90d --attempts-older-than 1d --pairings
  skillferry prune --versions-older-than 1y --keep-versions 10 --dry-run

A version goes when it is older than named and not among the newest named, as far as each is named. The newest version of a skill, and
one that a link, a staged conflict, an unfinished operation or the watched folder refers to, never goes. Files that no version holds any
more go with it. The audit log loses its beginning only and stays verifiable; if it was changed, it stays as it is.
Exit code 0 when it is done, 2 when something could not be."
)]
pub struct Arguments {
    /// Audit rows older than this: 90d, 12w, 1y
    #[arg(long, value_name = "AGE", value_parser = age)]
    audit_older_than: Option<Duration>,
    /// Recorded attempts to pair, approve and log in that are older than this
    #[arg(long, value_name = "AGE", value_parser = age)]
    attempts_older_than: Option<Duration>,
    /// Reported uses of skills that are older than this
    #[arg(long, value_name = "AGE", value_parser = age)]
    uses_older_than: Option<Duration>,
    /// Pairings that ended without being used
    #[arg(long)]
    pairings: bool,
    /// Versions of skills older than this
    #[arg(long, value_name = "AGE", value_parser = age)]
    versions_older_than: Option<Duration>,
    /// Versions of skills that are not among so many newest
    #[arg(long, value_name = "NUMBER")]
    keep_versions: Option<u32>,
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// sqlite:PATH or postgres://USER@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, env = "SKILLFERRY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// Prunes and says what went. What cannot work ends in one sentence and exit code 2.
pub fn run(arguments: Arguments) -> ExitCode {
    finish(run_async(async move {
        let unwanted = unwanted(&arguments, Timestamp::now());
        let url = database(arguments.database_url)?;
        let pruned = store::prune(&url, unwanted, Timestamp::now()).await?;
        Ok(report(&unwanted, &pruned))
    }))
}

fn unwanted(arguments: &Arguments, now: Timestamp) -> Unwanted {
    let before = |age: Option<Duration>| age.map(|age| now.minus(age));
    Unwanted {
        audit_before: before(arguments.audit_older_than),
        attempts_before: before(arguments.attempts_older_than),
        uses_before: before(arguments.uses_older_than),
        pairings: arguments.pairings,
        versions: VersionRule { before: before(arguments.versions_older_than), keep: arguments.keep_versions },
        dry_run: arguments.dry_run,
    }
}

fn report(unwanted: &Unwanted, pruned: &Pruned) -> String {
    let lines = [
        (unwanted.audit_before.is_some(), "audit rows", pruned.audit_rows),
        (unwanted.attempts_before.is_some(), "attempts", pruned.attempts),
        (unwanted.uses_before.is_some(), "uses", pruned.uses),
        (unwanted.pairings, "ended pairings", pruned.pairings),
        (unwanted.versions != VersionRule::default(), "versions", pruned.versions),
        (unwanted.versions != VersionRule::default(), "files that no version holds", pruned.blobs),
    ];
    let heading = if unwanted.dry_run { "These would go:" } else { "These went:" };
    let named = lines.into_iter().filter(|(named, ..)| *named).map(|(_, what, count)| format!("  {count} {what}"));
    std::iter::once(heading.to_owned()).chain(named).collect::<Vec<_>>().join("\n")
}

/// Reads an age as people write it.
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "write an age like 12h, 90d, 12w or 1y".to_owned();
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
    let rest = span.years(0).months(0).to_duration(days).map_err(|_| wrong())?;
    // Calendars do not matter here: a month is 30.4 days, a year 365.
    let rest = Duration::try_from(rest).map_err(|_| wrong())?;
    let months = u64::try_from(months).map_err(|_| wrong())?;
    Ok(rest + Duration::from_secs(months * 365 * 24 * 60 * 60 / 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        const DAY: u64 = 24 * 60 * 60;
        for (text, seconds) in
            [("90d", 90 * DAY), ("12h", DAY / 2), ("2w", 14 * DAY), ("1y", 365 * DAY), ("1d 12h", DAY * 3 / 2)]
        {
            assert_eq!(age(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "90", "-1d", "soon", "1y ago", "9999999999999999d"] {
            assert!(age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_was_named_is_reported() {
        let unwanted = Unwanted { pairings: true, dry_run: true, ..Unwanted::default() };
        assert_eq!(report(&unwanted, &Pruned::default()), "These would go:\n  0 ended pairings");
    }
}
