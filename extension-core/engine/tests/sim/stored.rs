//! What the browser has stored.

use skill_engine::json::Json;
use skill_engine::state::Snapshot;

/// It becomes JSON when somebody reads it: most of it is written over before.
pub enum Stored {
    Given(Box<Snapshot>),
    Written(Json),
}

impl Stored {
    pub fn json(&mut self) -> &mut Json {
        if let Self::Given(snapshot) = self {
            *self = Self::Written(Json::encode(snapshot));
        }
        match self {
            Self::Written(json) => json,
            Self::Given(_) => unreachable!("was just written"),
        }
    }
}
