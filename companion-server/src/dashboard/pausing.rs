//! The kill switch in the settings: the person's own lever, to be pulled and let go, and the operator's, to be seen.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use companion_wire::connectors::AutonomyState;
use serde::Deserialize;

use super::frame::Visitor;
use super::pages;
use super::texts::Text;
use crate::app::App;
use crate::domain::pause::LONGEST_REASON;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::routes::account::person;
use crate::time::Timestamp;

/// How both levers stand, in words.
#[derive(Debug)]
pub struct Levers {
    /// The person's own lever is pulled.
    pub own: bool,
    /// Since when and why it is.
    pub own_line: String,
    /// How the operator's lever stands.
    pub operators_line: String,
    /// How much waits; nothing is held without a lever.
    pub held: Option<u64>,
}

impl Levers {
    /// The levers of whoever looks. Who uses the preset admin token is nobody whose work could be held.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn of(app: &App, operator: &Operator, t: Text) -> ApiResult<Option<Self>> {
        let Some(user) = operator.user else { return Ok(None) };
        let state = app.store.autonomy_state(user).await?;
        Ok(state.map(|state| Self::said(&state, t)))
    }

    fn said(state: &AutonomyState, t: Text) -> Self {
        let since = t.age_of(state.person.paused_at.as_deref(), Timestamp::now());
        let own_line = match &state.person.reason {
            _ if !state.person.paused => t.say("pause-own-off"),
            Some(reason) => t.why("pause-own-on-why", since, reason),
            None => t.name("pause-own-on", since),
        };
        let operators_line = match &state.operator.reason {
            _ if !state.operator.paused => t.say("pause-operator-off"),
            Some(reason) => t.name("services-paused-operator-why", reason),
            None => t.say("services-paused-operator"),
        };
        Self { own: state.person.paused, own_line, operators_line, held: state.paused.then_some(state.held_operations) }
    }
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Pause {
    paused: bool,
    #[serde(default)]
    reason: String,
}

/// `POST /services/pause`.
pub async fn set(
    State(app): State<App>,
    Visitor { operator, from }: Visitor,
    Form(form): Form<Pause>,
) -> ApiResult<Response> {
    let reason = pages::cleaned(&form.reason, LONGEST_REASON);
    let reason = (!reason.is_empty()).then_some(reason);
    app.store.set_autonomy_pause(person(&operator)?, form.paused, reason, Timestamp::now()).await?;
    // The banner with its button stands above every page.
    Ok(Redirect::to(from.as_deref().unwrap_or("/settings")).into_response())
}
