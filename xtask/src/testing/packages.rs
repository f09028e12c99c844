//! The packages as the stores get them: their weight, the same bytes twice, Mozilla's own check.

use super::lint;
use super::tally::Tally;
use crate::dist::{self, Package};
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Packs twice and lints.
pub fn run(workspace: &Workspace) -> Outcome<Tally> {
    let mut tally = packed(dist::packages(workspace), dist::packages(workspace));
    tally += lint::run(workspace)?;
    Ok(tally)
}

/// A package that is too heavy, or not there, counts as a failed test.
fn packed(once: Outcome<Vec<Package>>, again: Outcome<Vec<Package>>) -> Tally {
    let other = once.and_then(|once| again.map(|again| dist::differing(&once, &again)));
    match other {
        Ok(other) if other.is_empty() => {
            println!("  ✓ packages: within their limits, and the same bytes twice");
            return Tally::PASSED;
        }
        Ok(other) => println!("  ✗ packages: packed twice, these are not the same: {}", other.join(", ")),
        Err(failure) => println!("  ✗ packages: {failure}"),
    }
    Tally::FAILED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    fn package(bytes: &[u8]) -> Outcome<Vec<Package>> {
        Ok(vec![Package { name: "a.zip".into(), bytes: bytes.to_vec() }])
    }

    #[test]
    fn only_the_same_bytes_pass() {
        assert_eq!(packed(package(b"x"), package(b"x")), Tally::PASSED);
        assert_eq!(packed(package(b"x"), package(b"y")), Tally::FAILED);
        assert_eq!(packed(package(b"x"), Ok(Vec::new())), Tally::FAILED);
        assert_eq!(packed(package(b"x"), Err(Failure::new("too heavy"))), Tally::FAILED);
    }
}
