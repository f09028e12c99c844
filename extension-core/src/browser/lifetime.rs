//! Keeps the background alive for the length of one request.
//!
//! The browser ends a background that has called no extension API for 30 s, and `fetch` is none. A request takes at
//! most 25 s, so one call shortly before its beginning is enough, and a background with nothing to do still sleeps.

use std::cell::Cell;

use skill_engine::io::Millis;

use super::{entropy, sys};

/// A call covers the requests of so many milliseconds after it: with the longest of them it stays below 30 s.
const COVERS: u64 = 2_000;

thread_local! {
    static TOUCHED: Cell<Millis> = const { Cell::new(Millis(0)) };
}

/// Counts as activity from now on. `getPlatformInfo` is the cheapest call that both browsers have; its answer is of no
/// interest, and a refusal costs nothing, because the alarm finishes what is cut off.
pub fn touch() {
    let now = entropy::now();
    if now.is_past(TOUCHED.get().after(COVERS), COVERS) {
        TOUCHED.set(now);
        sys::forget(sys::platform_info());
    }
}
