//! Counting what test programs report.

use std::fmt;
use std::ops::AddAssign;

/// How many tests ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Did what they should.
    pub passed: u32,
    /// Did not.
    pub failed: u32,
    /// Were not run, on purpose.
    pub skipped: u32,
}

impl Tally {
    /// One test, or one suite that ended without counting.
    pub const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };
    /// One test that went well.
    pub const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    /// One thing that was left out.
    pub const SKIPPED: Self = Self { passed: 0, failed: 0, skipped: 1 };

    /// The sum of all lines "test result: …" in the output of Rust's test harness; none when there is no such line.
    pub fn read(output: &str) -> Option<Self> {
        let lines = output.lines().filter_map(|line| line.trim_start().strip_prefix("test result: "));
        lines.map(Self::of_line).reduce(|mut sum, line| {
            sum += line;
            sum
        })
    }

    /// Of "ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s".
    fn of_line(line: &str) -> Self {
        let counts = line.split_once(". ").map_or("", |(_, counts)| counts);
        let count = |what: &str| {
            let part = counts.split("; ").find_map(|part| part.strip_suffix(what));
            part.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
        };
        Self { passed: count(" passed"), failed: count(" failed"), skipped: count(" ignored") }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_up() {
        let output = "running 3 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s\n\
            test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        assert_eq!(Tally::read(output), Some(Tally { passed: 3, failed: 3, skipped: 1 }));
    }

    #[test]
    fn a_crash_has_no_result() {
        assert_eq!(Tally::read("running 1 test\nSIGSEGV"), None);
    }

    #[test]
    fn skipped_tests_are_mentioned_only_when_there_are_some() {
        assert_eq!(Tally::PASSED.to_string(), "1 passed, 0 failed");
        assert_eq!(Tally::SKIPPED.to_string(), "0 passed, 0 failed, 1 skipped");
    }
}
