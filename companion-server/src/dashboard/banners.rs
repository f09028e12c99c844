//! What stands above every page until it is settled: that work is held, and which connector needs its person. Neither can be dismissed.

use std::collections::BTreeMap;

use companion_wire::connectors::{AutonomyState, ConnectorState, ConnectorStatus};

use super::texts::Text;
use crate::app::App;
use crate::domain::connector::{COOKIE_EXPIRED, ENDPOINT_CHANGED};
use crate::domain::services::KEY_EXPIRED;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::services::registry::Registry;

/// A line above the page.
#[derive(Debug, PartialEq, Eq)]
pub struct Banner {
    /// `paused` or `broken`.
    pub kind: &'static str,
    /// What it says.
    pub sentence: String,
    /// What the person can do about it.
    pub action: Option<Action>,
}

/// The one thing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Let one's own work go on.
    Resume,
    /// Go where it is put right.
    Reconnect(&'static str),
}

/// The pause first, then what is broken.
///
/// # Errors
///
/// The store does not answer.
pub async fn of(app: &App, operator: &Operator, t: Text) -> ApiResult<Vec<Banner>> {
    // Who uses the preset admin token is nobody whose work could be held.
    let Some(user) = operator.user else { return Ok(Vec::new()) };
    let Some(state) = app.store.autonomy_state(user).await? else { return Ok(Vec::new()) };
    let connectors = app.store.connectors_of(user).await?;
    Ok(lines(&app.services.registry(), t, &state, &connectors))
}

/// The same for a page that has read both itself.
pub fn lines(
    registry: &Registry,
    t: Text,
    state: &AutonomyState,
    connectors: &BTreeMap<String, ConnectorState>,
) -> Vec<Banner> {
    let broken = connectors.iter().filter(|(_, state)| needs_person(state));
    let broken = broken.map(|(connector, state)| broken_line(registry, t, connector, state.error_code.as_deref()));
    paused(t, state).into_iter().chain(broken).collect()
}

/// A connector that waits for its person.
pub fn needs_person(state: &ConnectorState) -> bool {
    state.status == ConnectorStatus::NeedsReauth
}

/// Why a connector does not work, after its code.
pub fn wording(t: Text, code: Option<&str>) -> String {
    t.say(match code {
        Some("invalid_grant") => "services-why-grant",
        Some(COOKIE_EXPIRED) => "services-why-cookie",
        Some(ENDPOINT_CHANGED) => "services-why-endpoint",
        Some(KEY_EXPIRED) => "services-why-expired",
        Some("unauthorized_client" | "invalid_client") => "services-why-client",
        _ => "services-why-other",
    })
}

/// The operator's line and the person's own, each for itself.
fn paused(t: Text, state: &AutonomyState) -> Vec<Banner> {
    let line = |bare: &str, with_reason: &str, reason: &Option<String>| match reason {
        Some(reason) => t.name(with_reason, reason),
        None => t.say(bare),
    };
    let banner = |sentence, action| Banner { kind: "paused", sentence, action };
    let operators = state.operator.paused.then(|| {
        banner(line("services-paused-operator", "services-paused-operator-why", &state.operator.reason), None)
    });
    let own = state.person.paused.then(|| {
        let sentence = line("services-paused-own", "services-paused-own-why", &state.person.reason);
        banner(sentence, Some(Action::Resume))
    });
    operators.into_iter().chain(own).collect()
}

fn broken_line(registry: &Registry, t: Text, connector: &str, code: Option<&str>) -> Banner {
    let (who, place) = match connector.strip_prefix("service:") {
        Some(id) => {
            let named = registry.services.iter().find(|service| service.id == id).map(|service| service.name.clone());
            (named.unwrap_or_else(|| t.say("services-a-service")), "/services")
        }
        None => (t.say("services-a-browser"), "/browsers"),
    };
    let sentence = format!("{}: {}.", t.name("services-needs-you", who), wording(t, code));
    Banner { kind: "broken", sentence, action: Some(Action::Reconnect(place)) }
}
