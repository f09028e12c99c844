//! When a change is so large that a person is asked first.
//!
//! A slip of the hand, a half-finished checkout or a defect looks like a wish to change everything. What adds skills needs no
//! question: it destroys nothing.

use std::time::Duration;

/// Fewer skills than these are no mass, however small the side is.
pub const MASS: usize = 5;
/// What is planned for one browser within this time counts as one batch: a checkout is seen in pieces.
pub const TOGETHER: Duration = Duration::from_secs(60);
/// What comes in from one browser within this time counts as one batch: browsers report skill by skill.
pub const INBOUND_TOGETHER: Duration = Duration::from_secs(10 * 60);

/// More than a fifth of a side with `total` skills, and at least [`MASS`].
pub const fn is_mass(changed: usize, total: usize) -> bool {
    changed >= MASS && changed * 5 > total
}

#[cfg(test)]
mod tests {
    use super::is_mass;

    #[test]
    fn the_line() {
        for (changed, total, mass) in [
            (0, 0, false),
            (4, 4, false),
            (5, 5, true),
            (5, 24, true),
            (5, 25, false),
            (6, 25, true),
            (200, 1000, false),
        ] {
            assert_eq!(is_mass(changed, total), mass, "{changed} of {total}");
        }
    }
}
