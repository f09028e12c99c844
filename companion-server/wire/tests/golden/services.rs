//! Connectors, the pause, services and machines.

use companion_wire::connectors::{
    AutonomyState, ConnectorState, ConnectorStatus, ConnectorsStatus, DeleteAccount, OperatorPause, OwnPause, PausedBy,
    SetAutonomyPause,
};
use companion_wire::services::{
    ChooseService, Machine, MachinePairing, MachinePairingStatus, PairMachine, Pulled, Service, ServiceChanged,
    ServiceConnection, ServiceConnectors, ServiceHealth,
};

use super::{golden, id, moment};

#[test]
fn connectors() {
    let state = ConnectorState {
        status: ConnectorStatus::NeedsReauth,
        error_code: Some("invalid_grant".to_owned()),
        last_success_at: None,
        last_failure_at: Some(moment()),
    };
    let connectors = [("service:po".to_owned(), state.clone())].into();
    golden(
        &ConnectorsStatus { user_id: id(1), connectors, any_needs_reauth: true },
        concat!(
            r#"{"userId":"01920000-0000-7000-8000-000000000001","connectors":{"service:po":{"status":"needs_reauth","#,
            r#""errorCode":"invalid_grant","lastSuccessAt":null,"lastFailureAt":"2026-11-21T02:37:53.474348Z"}},"anyNeedsReauth":true}"#,
        ),
    );
    let paused = AutonomyState {
        user_id: id(1),
        operator: OperatorPause { paused: true, reason: Some("Maintenance".to_owned()) },
        person: OwnPause::default(),
        paused: true,
        paused_by: Some(PausedBy::Operator),
        reason: Some("Maintenance".to_owned()),
        held_operations: 3,
    };
    golden(
        &paused,
        concat!(
            r#"{"userId":"01920000-0000-7000-8000-000000000001","operator":{"paused":true,"reason":"Maintenance"},"#,
            r#""person":{"paused":false,"pausedAt":null,"reason":null},"paused":true,"pausedBy":"operator","#,
            r#""reason":"Maintenance","heldOperations":3}"#,
        ),
    );
    golden(&SetAutonomyPause { paused: true, reason: None }, r#"{"paused":true}"#);
    golden(&DeleteAccount { confirm: "ann".to_owned(), last_admin: false }, r#"{"confirm":"ann","last_admin":false}"#);
}

#[test]
fn services() {
    let service = Service {
        id: "po".to_owned(),
        name: "Purchase orders".to_owned(),
        description: "d".to_owned(),
        env_var_name: "PO_API_KEY".to_owned(),
        skill_file: "sc_po.md".to_owned(),
        configured: true,
    };
    let connection = ServiceConnection { connected: true, connected_at: Some(moment()), expires_at: None };
    let connections = [("po".to_owned(), connection.clone())].into();
    golden(
        &ServiceConnectors { services: vec![service], connections },
        concat!(
            r#"{"services":[{"id":"po","name":"Purchase orders","description":"d","env_var_name":"PO_API_KEY","skill_file":"sc_po.md","configured":true}],"#,
            r#""connections":{"po":{"connected":true,"connected_at":"2026-11-21T02:37:53.474348Z","expires_at":null}}}"#,
        ),
    );
    golden(&ChooseService { service_id: "po".to_owned() }, r#"{"service_id":"po"}"#);
    golden(&ServiceChanged { success: false, message: "m".to_owned() }, r#"{"success":false,"message":"m"}"#);
    golden(
        &ServiceHealth { service_id: "po".to_owned(), reachable: None, connection, expires_soon: false, health: None },
        concat!(
            r#"{"service_id":"po","reachable":null,"connection":{"connected":true,"connected_at":"2026-11-21T02:37:53.474348Z","#,
            r#""expires_at":null},"expires_soon":false,"health":null}"#,
        ),
    );
    golden(&PairMachine { label: None }, "{}");
    golden(
        &MachinePairing {
            machine_id: id(1),
            pairing_code: "ABC234".to_owned(),
            pairing_token: "sfp_x".to_owned(),
            expires_at: moment(),
        },
        concat!(
            r#"{"machine_id":"01920000-0000-7000-8000-000000000001","pairing_code":"ABC234","pairing_token":"sfp_x","#,
            r#""expires_at":"2026-11-21T02:37:53.474348Z"}"#,
        ),
    );
    golden(
        &MachinePairingStatus { approved: false, machine_token: None },
        r#"{"approved":false,"machine_token":null}"#,
    );
    golden(
        &Machine { id: id(1), label: None, paired_at: None, last_pull_at: None },
        r#"{"id":"01920000-0000-7000-8000-000000000001","label":null,"paired_at":null,"last_pull_at":null}"#,
    );
    let pulled = Pulled {
        variables: [("PO_API_KEY".to_owned(), "k".to_owned())].into(),
        skill_files: [("sc_po.md".to_owned(), "t".to_owned())].into(),
    };
    golden(&pulled, r#"{"variables":{"PO_API_KEY":"k"},"skill_files":{"sc_po.md":"t"}}"#);
    assert!(!format!("{pulled:?}").contains("\"k\""), "keys are not printed");
}
