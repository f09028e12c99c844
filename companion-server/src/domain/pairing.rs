//! The server's half of the pairing handshake.

use std::time::Duration;

use crate::time::Timestamp;

/// How long a pairing waits for its approval.
pub const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// The window in which attempts are counted.
pub const ATTEMPT_WINDOW: Duration = Duration::from_secs(60);

/// A pairing that has not been redeemed, at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingState {
    /// Waits for a person.
    Waiting,
    /// Waits for the browser to fetch its token.
    Approved,
    /// Its time is over, approved or not.
    Expired,
}

/// Where an unredeemed pairing stands now.
pub fn state(expires: Timestamp, approved: Option<Timestamp>, now: Timestamp) -> PairingState {
    match approved {
        _ if now >= expires => PairingState::Expired,
        Some(_) => PairingState::Approved,
        None => PairingState::Waiting,
    }
}

/// The form in which codes are compared.
pub fn normalised_code(typed: &str) -> String {
    typed.trim().to_uppercase()
}

/// Seconds until the oldest attempt leaves the window; at least 1.
pub fn retry_after(oldest: Timestamp, now: Timestamp) -> u32 {
    let left = oldest.plus(ATTEMPT_WINDOW).0 - now.0;
    u32::try_from(left.max(0) / 1_000_000 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let (now, later) = (Timestamp(100), Timestamp(200));
        assert_eq!(state(later, None, now), PairingState::Waiting);
        assert_eq!(state(later, Some(now), now), PairingState::Approved);
        assert_eq!(state(now, Some(now), now), PairingState::Expired);
        assert_eq!(state(now, None, later), PairingState::Expired);
    }

    #[test]
    fn codes_and_waiting() {
        assert_eq!(normalised_code(" ab2cd3 "), "AB2CD3");
        assert_eq!(retry_after(Timestamp(0), Timestamp(0)), 61);
        assert_eq!(retry_after(Timestamp(0), Timestamp(59_900_000)), 1);
        assert_eq!(retry_after(Timestamp(0), Timestamp(99_000_000)), 1);
    }
}
