//! A browser that attaches the session in open tabs only: the same requests go through one of these tabs.
//!
//! ```text
//!  background refused, cookie is there ──▶ trying ──a tab answers──▶ through the tab ──no tab──▶ TabNeeded ──a tab answers──▶ …
//!                                             └─ no tab, or refused ──▶ SignedOut
//! ```
//!
//! The background is tried first again whenever the cookie changes. Who is signed in is looked at through the tab as well, so that a tab
//! of another account is noticed before anything is written.

use crate::io::{Request, Target, Through};
use crate::machine::Engine;
use crate::state::Gate;
use crate::turn::Turn;

impl Engine {
    /// The background is refused although there is a session, and a tab was not tried yet.
    pub(crate) fn may_try_tab(&self) -> bool {
        !self.goes_through_tab() && self.live.session_present == Some(true)
    }

    /// Asks once more, through a tab.
    pub(crate) fn try_tab(&mut self, turn: &mut Turn) {
        self.live.trying_tab = true;
        self.ask_for_organisations(turn);
    }

    /// Where requests to claude.ai go at present.
    pub(crate) const fn goes_through_tab(&self) -> bool {
        self.memory.through_tab || self.live.trying_tab
    }

    /// A tab that is missing is waited for; a session that works nowhere is tried in the background first again.
    pub(crate) fn tab_gate_closed(&mut self, gate: Gate) {
        self.live.trying_tab = false;
        match gate {
            Gate::TabNeeded => self.memory.through_tab = true,
            Gate::SignedOut => self.memory.through_tab = false,
            _ => {}
        }
    }
}

/// The request, sent by the part of the browser that has the session. What is for the server stays in the background.
pub(crate) fn directed(request: Request, through_tab: bool) -> Request {
    let through = if through_tab && request.target == Target::ClaudeAi { Through::Tab } else { Through::Background };
    Request { through, ..request }
}
