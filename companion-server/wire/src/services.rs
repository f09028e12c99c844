//! Internal services whose keys a person's machine receives, and the machines that fetch them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::connectors::ConnectorState;

/// A service that can be connected. Never an address, never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Service {
    /// Its name in routes.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The variable that its key is delivered in.
    pub env_var_name: String,
    /// The file that teaches an agent to use it.
    pub skill_file: String,
    /// Whether the server has the service's shared secret; without it nobody can connect.
    pub configured: bool,
}

/// A person's connection to a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceConnection {
    /// Whether there is a key.
    pub connected: bool,
    /// Since when.
    pub connected_at: Option<Timestamp>,
    /// Until when the key works, where the service said so.
    pub expires_at: Option<Timestamp>,
}

/// Answer of `GET /api/service-connectors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceConnectors {
    /// In the order of the registry.
    pub services: Vec<Service>,
    /// One entry for each of them.
    pub connections: BTreeMap<String, ServiceConnection>,
}

/// Body of the calls that connect and disconnect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChooseService {
    /// Which service.
    pub service_id: String,
}

/// Answer of the calls that connect and disconnect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceChanged {
    /// Whether it is as was asked for now.
    pub success: bool,
    /// A plain sentence: what was done, or which step failed. Never a secret, never what the service answered.
    pub message: String,
}

/// Answer of `GET /api/service-connectors/health/{service_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceHealth {
    /// Which service.
    pub service_id: String,
    /// Whether it answers that it is well; null where it has no address to ask.
    pub reachable: Option<bool>,
    /// The caller's connection.
    pub connection: ServiceConnection,
    /// Whether the key has expired or does so within 14 days.
    pub expires_soon: bool,
    /// What is known of the caller's connector.
    pub health: Option<ConnectorState>,
}

/// Body of `POST /api/machines/pair`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairMachine {
    /// What the machine calls itself, at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Answer of `POST /api/machines/pair`: the only one that shows the pairing token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachinePairing {
    /// The machine's id.
    pub machine_id: Uuid,
    /// What a person types on the services page.
    pub pairing_code: String,
    /// What the machine asks with whether they did.
    pub pairing_token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Answer of `GET /api/machines/pair/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachinePairingStatus {
    /// Whether a person has approved.
    pub approved: bool,
    /// The machine's token; exactly one answer shows it.
    pub machine_token: Option<String>,
}

/// A paired machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Machine {
    /// Its id.
    pub id: Uuid,
    /// What it calls itself.
    pub label: Option<String>,
    /// When it was paired.
    pub paired_at: Option<Timestamp>,
    /// When it last fetched something.
    pub last_pull_at: Option<Timestamp>,
}

/// Answer of `GET /api/machine/pull`: everything that is due on the machine, and the only answer that has keys in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pulled {
    /// Variables by name.
    pub variables: BTreeMap<String, String>,
    /// Skill files by name.
    pub skill_files: BTreeMap<String, String>,
}

impl std::fmt::Debug for Pulled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pulled").field("variables", &self.variables.keys()).finish_non_exhaustive()
    }
}
