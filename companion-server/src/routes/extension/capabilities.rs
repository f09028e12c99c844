//! What this server offers beyond the reference contract.

use axum::Json;
use companion_wire::capability::{Capabilities, Capability, PROTOCOL};

/// `GET {PREFIX}/extension/capabilities`.
#[utoipa::path(get, path = "/extension/capabilities", tag = "extension",
    responses(
        (status = 200, description = "What this server offers beyond the reference contract.", body = Capabilities),
    ),
    security(())
)]
pub async fn get() -> Json<Capabilities> {
    Json(Capabilities {
        product: "skillferry".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL,
        capabilities: vec![Capability::LongPoll, Capability::RemoteSnapshot, Capability::Usage],
    })
}
