//! Telling a server that this browser has left it.
//!
//! Whatever else was kept is erased at once. What the server has to hear is kept beside it for as long as it takes, and for a day at
//! most: where to say it, as whom, and the token that the server is to make void.
//!
//! ```text
//!  Disconnect, or another pairing in its place ──▶ farewell ──told, or unknown there──▶ forgotten
//!                                                     │ └──no answer, 429, 5xx──▶ a growing pause, again
//!                                                     └──refused, or a day has passed──▶ forgotten, and a person is told
//! ```

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::companion::{self, Parting};
use crate::error::ErrorCode;
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::pause::Pause;
use crate::redact::Secret;
use crate::state::{Activity, Link};
use crate::turn::Turn;

/// A token is kept no longer than this for the sake of being revoked.
const LONGEST: u64 = 86_400_000;

/// More servers than this are not left within a day.
const MOST: usize = 4;

/// A server that has to hear that this browser has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Farewell {
    pub origin: String,
    pub bearer: Secret,
    pub integration_id: Uuid,
    /// When this browser left.
    pub since: Millis,
    pub pause: Pause,
}

impl Engine {
    /// From now on nothing is done for this server but telling it so.
    pub(crate) fn leave(&mut self, link: Link, turn: &mut Turn) {
        let Link { place, bearer, integration_id, .. } = link;
        let farewells = &mut self.memory.farewells;
        farewells.push(Farewell {
            origin: place.origin,
            bearer,
            integration_id,
            since: turn.now,
            pause: Pause::default(),
        });
        let surplus = farewells.len().saturating_sub(MOST);
        farewells.drain(..surplus);
        turn.remember();
    }

    /// Says what has to be said, as far as it is time.
    pub(crate) fn drive_farewells(&mut self, turn: &mut Turn) {
        let over = |farewell: &Farewell| turn.now.is_past(farewell.since.after(LONGEST), LONGEST);
        for late in self.memory.farewells.extract_if(.., |farewell| over(farewell)).collect::<Vec<_>>() {
            self.never_told(late.origin, turn);
        }
        for farewell in &self.memory.farewells {
            let purpose = Purpose::Revoke(farewell.integration_id);
            if self.live.awaits(&purpose) {
                continue;
            }
            if farewell.pause.is_over(turn.now) {
                turn.requests.push(companion::revoke(self.live.expect(purpose), farewell));
            } else {
                turn.wake_at(farewell.pause.until);
            }
        }
    }

    /// What the server said to it.
    pub(crate) fn farewell_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        let Some(place) = self.memory.farewells.iter().position(|farewell| farewell.integration_id == id) else {
            return;
        };
        turn.remember();
        match companion::parted(answer) {
            Parting::Told => {
                let told = self.memory.farewells.remove(place);
                self.memory.untold = self.memory.untold.take().filter(|origin| *origin != told.origin);
            }
            Parting::Refused => {
                let refused = self.memory.farewells.remove(place);
                self.never_told(refused.origin, turn);
            }
            Parting::Later(asked) => {
                let chance = turn.chance();
                let farewell = &mut self.memory.farewells[place];
                match asked {
                    Some(asked) => farewell.pause.until_asked(turn.now, asked),
                    None => farewell.pause.lengthen(turn.now, chance),
                }
                // A first failure may be over within moments.
                if farewell.pause.failures > 1 {
                    self.memory.untold = Some(farewell.origin.clone());
                }
            }
        }
    }

    /// A person who asks has had a reason to believe that it works now.
    pub(crate) fn farewells_now(&mut self) {
        self.memory.farewells.iter_mut().for_each(|farewell| farewell.pause.end());
    }

    /// When it is to be tried again.
    pub(crate) fn next_farewell(&self) -> Option<Millis> {
        self.memory.farewells.iter().map(|farewell| farewell.pause.until).min()
    }

    fn never_told(&mut self, origin: String, turn: &mut Turn) {
        let (what, code) = ("left_server".to_owned(), Some(ErrorCode::ServerNotTold));
        self.memory.note(Activity { at: turn.now, what, name: origin.clone(), ok: false, code });
        self.memory.untold = Some(origin);
        turn.remember();
    }
}
