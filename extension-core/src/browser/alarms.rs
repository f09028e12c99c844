//! The one durable alarm. It repeats until it is replaced or cleared, so that a wake-up whose handling was cut off
//! comes again.

use super::sys;

const NAME: &str = "wake";

/// The shortest period that Chrome (120 and later) keeps.
const SHORTEST_MINUTES: f64 = 0.5;

/// Fires after so many milliseconds and in that rhythm from then on.
pub async fn set(after_ms: u32) {
    let minutes = minutes(after_ms).into();
    let schedule = sys::object([("delayInMinutes", &minutes), ("periodInMinutes", &minutes)]);
    // Refused only for periods out of range, which `minutes` excludes.
    let _ = sys::settled(sys::alarm_create(NAME, &schedule)).await;
}

/// Fires no more.
pub async fn clear() {
    // Answers whether there was one; both are fine.
    let _ = sys::settled(sys::alarm_clear(NAME)).await;
}

fn minutes(after_ms: u32) -> f64 {
    (f64::from(after_ms) / 60_000.0).max(SHORTEST_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn short_waits_are_raised_to_what_the_browser_keeps() {
        assert!((minutes(0) - 0.5).abs() < f64::EPSILON);
        assert!((minutes(30_000) - 0.5).abs() < f64::EPSILON);
        assert!((minutes(300_000) - 5.0).abs() < f64::EPSILON);
    }
}
