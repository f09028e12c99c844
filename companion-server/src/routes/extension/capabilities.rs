//! What this server offers beyond the reference contract.

use axum::Json;
use axum::extract::State;
use companion_wire::capability::{Capabilities, Capability, PROTOCOL};
use companion_wire::endpoint::EndpointPolicy;

use crate::app::App;

/// `GET {PREFIX}/extension/capabilities`.
#[utoipa::path(get, path = "/extension/capabilities", tag = "extension",
    responses(
        (status = 200, description = "What this server offers beyond the reference contract.", body = Capabilities),
    ),
    security(())
)]
pub async fn get(State(app): State<App>) -> Json<Capabilities> {
    let mut policy = app.settings.endpoint_policy.clone();
    // A browser in the middle of a batch hears of the operator's pause in the form that it knows.
    policy.read_only |= app.settings.pause.paused;
    Json(Capabilities {
        product: "skillferry".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL,
        capabilities: vec![
            Capability::LongPoll,
            Capability::RemoteSnapshot,
            Capability::Conflicts,
            Capability::Recover,
            Capability::HeldWork,
            Capability::Usage,
        ],
        policy: (policy != EndpointPolicy::default()).then_some(policy),
    })
}
