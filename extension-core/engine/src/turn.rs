//! What one turn of the engine collects: requests to start, the time to wake up, and whether memory has to be written first.

use uuid::Uuid;

use crate::io::{Millis, Request};

/// One call of [`crate::Engine::handle`].
#[derive(Debug)]
pub(crate) struct Turn {
    pub now: Millis,
    random: u64,
    pub requests: Vec<Request>,
    pub persist: bool,
    /// What was learnt about the account is worth writing down now.
    pub keep: bool,
    pub wake_at: Option<Millis>,
    /// Ask which conversations are open.
    pub find_conversations: bool,
}

impl Turn {
    pub const fn new(now: Millis, random: u64) -> Self {
        Self {
            now,
            random,
            requests: Vec::new(),
            persist: false,
            keep: false,
            wake_at: None,
            find_conversations: false,
        }
    }

    /// Memory has changed in a way that must survive before anything of this turn starts.
    pub const fn remember(&mut self) {
        self.persist = true;
    }

    /// There is something to do at that time, if this life lasts.
    pub fn wake_at(&mut self, at: Millis) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// An id that nobody else has.
    pub const fn fresh_id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.chance(), self.chance())
    }

    /// Chance for spreading out; each call gives another value (SplitMix64).
    pub const fn chance(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 31)
    }
}
