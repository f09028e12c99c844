//! The mark on the extension's icon: what a person sees without opening anything.

use skill_engine::view::ViewState;

use super::sys;

const AMBER: &str = "#b45309";
const RED: &str = "#b91c1c";
const BLUE: &str = "#1d4ed8";

/// The mark of a state. Nothing to see means that all is well, or that nothing was begun.
pub fn show(state: ViewState) {
    let (text, colour) = mark(state);
    paint(text, colour);
}

/// The mark of a core that cannot go on.
pub fn alarm() {
    paint("!", RED);
}

const fn mark(state: ViewState) -> (&'static str, &'static str) {
    match state {
        ViewState::Unpaired | ViewState::Paired => ("", BLUE),
        ViewState::Waiting | ViewState::Working => ("…", BLUE),
        ViewState::SignedOut
        | ViewState::Held
        | ViewState::OtherAccount
        | ViewState::TabNeeded
        | ViewState::SkillsSwitchedOff => ("!", AMBER),
        ViewState::Error | ViewState::Revoked => ("!", RED),
    }
}

fn paint(text: &str, colour: &str) {
    // Best effort: the badge repeats what the pages say.
    sys::forget(sys::badge_colour(&sys::object([("color", &colour.into())])));
    sys::forget(sys::badge_text(&sys::object([("text", &text.into())])));
}
