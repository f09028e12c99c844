//! The kill switch: two levers, one answer.

use companion_wire::connectors::{AutonomyState, OperatorPause, OwnPause, PausedBy};
use uuid::Uuid;

/// Characters of a reason at most.
pub const LONGEST_REASON: usize = 500;
/// Seconds after which a browser that is not served may look again: as often as the pages do.
pub const LOOK_AGAIN: u32 = 30;

/// Reads the operator's lever: a word for yes or no, or the reason itself. Nothing said means that nothing is held.
pub fn operator(text: Option<&str>) -> OperatorPause {
    let text = text.map(str::trim).unwrap_or_default();
    match text.to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" | "off" | "n" | "f" => OperatorPause::default(),
        "1" | "true" | "yes" | "on" | "y" | "t" => OperatorPause { paused: true, reason: None },
        _ => OperatorPause { paused: true, reason: Some(text.chars().take(LONGEST_REASON).collect()) },
    }
}

/// Both levers of somebody as they are shown: where both are set, the operator's counts.
pub fn state(user_id: Uuid, operator: OperatorPause, person: OwnPause, waiting: u64) -> AutonomyState {
    let paused_by = match (operator.paused, person.paused) {
        (true, _) => Some(PausedBy::Operator),
        (false, true) => Some(PausedBy::Person),
        (false, false) => None,
    };
    let reason = match paused_by {
        Some(PausedBy::Operator) => operator.reason.clone(),
        Some(PausedBy::Person) => person.reason.clone(),
        None => None,
    };
    let paused = paused_by.is_some();
    let held_operations = if paused { waiting } else { 0 };
    AutonomyState { user_id, operator, person, paused, paused_by, reason, held_operations }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_lever_takes_words_and_reasons() {
        for off in [None, Some(""), Some(" 0 "), Some("False"), Some("no"), Some("OFF")] {
            assert!(!operator(off).paused, "{off:?}");
        }
        for on in ["1", "true", " YES ", "on"] {
            assert_eq!(operator(Some(on)), OperatorPause { paused: true, reason: None }, "{on}");
        }
        let reason = Some("Maintenance until noon".to_owned());
        assert_eq!(operator(Some("Maintenance until noon")), OperatorPause { paused: true, reason });
    }

    #[test]
    fn the_operators_lever_is_the_one_shown() {
        let said = |text: &str| Some(text.to_owned());
        let (on, off) = (OperatorPause { paused: true, reason: said("o") }, OperatorPause::default());
        let own = OwnPause { paused: true, paused_at: said("then"), reason: said("p") };
        let table = [
            (on.clone(), own.clone(), Some(PausedBy::Operator), said("o"), 3),
            (on, OwnPause::default(), Some(PausedBy::Operator), said("o"), 3),
            (off.clone(), own, Some(PausedBy::Person), said("p"), 3),
            (off, OwnPause::default(), None, None, 0),
        ];
        for (operator, person, by, reason, held) in table {
            let state = state(Uuid::nil(), operator, person, 3);
            assert_eq!(
                (state.paused, state.paused_by, state.reason, state.held_operations),
                (by.is_some(), by, reason, held)
            );
        }
    }
}
