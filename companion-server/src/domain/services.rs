//! When a person is to be told that a key runs out.

use std::time::Duration;

use crate::time::Timestamp;

/// The code of a connector whose key has run out.
pub const KEY_EXPIRED: &str = "key_expired";
/// How long before its end a key is worth a warning.
const WARNING: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Whether a key has run out or does so soon.
pub fn expires_soon(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_some_and(|expires| expires <= now.plus(WARNING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fortnight_before() {
        let (now, day) = (Timestamp(0), 24 * 60 * 60 * 1_000_000);
        for (expires, soon) in
            [(None, false), (Some(15 * day), false), (Some(14 * day), true), (Some(0), true), (Some(-day), true)]
        {
            assert_eq!(expires_soon(expires.map(Timestamp), now), soon, "{expires:?}");
        }
    }
}
