//! What a server is told about internal services: the registry, the skill files beside it, and how to trust and convince the service.

use std::path::PathBuf;

use internal_service_stand_in::{SECRET, Service};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::Step;

/// The files of one service, `po`.
#[derive(Debug)]
pub struct Services {
    folder: TempDir,
}

impl Services {
    /// What the skill file says.
    pub const SKILL_TEXT: &str = "# How to order\n\nAsk the service with the key in PO_API_KEY.\n";

    /// Writes them for a service that runs.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn of(service: &Service) -> Step<Self> {
        let services = Self { folder: tempfile::tempdir()? };
        let registry = json!([{
            "id": "po", "name": "Purchase orders", "description": "Orders and suppliers of the team",
            "token_exchange_url": service.url("/api/internal/token-exchange"),
            "token_revoke_url": service.url("/api/internal/token-revoke"),
            "health_url": service.url("/health"),
            "env_var_name": "PO_API_KEY", "skill_file": "sc_po.md",
        }]);
        std::fs::write(services.file("service_connectors.json"), registry.to_string())?;
        std::fs::write(services.file("sc_po.md"), Self::SKILL_TEXT)?;
        std::fs::write(services.file("ca.pem"), &service.certificate)?;
        Ok(services)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds to how the server is started. It looks at services each second, so that nobody waits a minute for it.
    pub fn describe_to(&self, server: &mut Command) {
        server.arg("--service-connectors").arg(self.file("service_connectors.json"));
        server.arg("--service-ca-file").arg(self.file("ca.pem")).args(["--service-probe-seconds", "1"]);
        server.env("SC_SECRET_PO", SECRET);
    }
}
