//! One golden JSON text a message. Who renames a field sees it here first; then `docs/protocol.md` has to follow.
//!
//! Each text is read as well as written: what an older peer sent must stay readable.

mod queue;
mod services;

use std::fmt::Debug;

use companion_wire::Timestamp;
use companion_wire::capability::{Capabilities, Capability, PROTOCOL};
use companion_wire::diagnostic::{Check, CheckStatus, Diagnostic};
use companion_wire::error::{ErrorBody, ErrorCode, ErrorEnvelope};
use companion_wire::health::{ConnectorHealth, ServerHealth};
use companion_wire::integration::{ExtensionStatus, Integration, IntegrationStatus};
use companion_wire::operation::{
    CompleteOperation, Operation, OperationKind, OperationPayload, OperationResult, RemoteSnapshot,
};
use companion_wire::pairing::{ApprovePairing, PairingStarted, PairingStatus, PendingPairing, StartPairing};
use companion_wire::reconcile::{KnownSkillIds, Reconciled};
use companion_wire::rotation::TokenRotated;
use companion_wire::skill_sync::{CleanedUp, SkillLink, SkillSyncStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T, json: &str) {
    assert_eq!(serde_json::to_string(message).expect("writes"), json);
    assert_eq!(serde_json::from_str::<T>(json).expect("reads"), *message);
}

/// A text that is read as `message`, although it is not how this version writes it.
#[track_caller]
fn understood<T: DeserializeOwned + PartialEq + Debug>(json: &str, message: &T) {
    assert_eq!(serde_json::from_str::<T>(json).expect("reads"), *message);
}

fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 | u128::from(last))
}

fn moment() -> Timestamp {
    "2026-11-21T02:37:53.474348Z".to_owned()
}

#[test]
fn capabilities() {
    let message = Capabilities {
        product: "skillferry".to_owned(),
        version: "0.1.0".to_owned(),
        protocol: PROTOCOL,
        capabilities: vec![
            Capability::LongPoll,
            Capability::RemoteSnapshot,
            Capability::Conflicts,
            Capability::Recover,
            Capability::HeldWork,
        ],
        policy: None,
    };
    golden(
        &message,
        r#"{"product":"skillferry","version":"0.1.0","protocol":1,"capabilities":["long_poll","remote_snapshot","conflicts","recover","held_work"]}"#,
    );
    understood(r#""of_a_newer_server""#, &Capability::Unknown);
}

#[test]
fn errors() {
    let code = ErrorCode::PairingTokenUnknown.as_str().to_owned();
    let message = ErrorEnvelope { error: ErrorBody { code, message: "Pair again.".to_owned() } };
    golden(&message, r#"{"error":{"code":"PAIRING_TOKEN_UNKNOWN","message":"Pair again."}}"#);
}

#[test]
fn error_codes() {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let expected = [
        "NOT_FOUND",
        "METHOD_NOT_ALLOWED",
        "VALIDATION_ERROR",
        "INVALID_EVENT",
        "INVALID_DATE_RANGE",
        "HTTP_ERROR",
        "INTERNAL_ERROR",
        "STORAGE_UNAVAILABLE",
        "HOST_NOT_ALLOWED",
        "ORIGIN_NOT_ALLOWED",
        "LOGIN_REQUIRED",
        "ADMIN_REQUIRED",
        "OTHER_PERSON",
        "INVALID_USER_ID",
        "SERVICE_NOT_FOUND",
        "MACHINE_NOT_FOUND",
        "INVALID_MACHINE_TOKEN",
        "MACHINE_REVOKED",
        "KEYS_LOCKED",
        "AUTONOMY_PAUSED",
        "USER_NOT_FOUND",
        "USER_NAME_TAKEN",
        "LAST_ADMIN",
        "WRONG_PASSWORD",
        "PASSWORD_NOT_ALLOWED",
        "NO_USER",
        "SESSION_NOT_FOUND",
        "ADMIN_TOKEN_NOT_FOUND",
        "MISSING_BEARER_TOKEN",
        "INVALID_EXTENSION_TOKEN",
        "INTEGRATION_DISCONNECTED",
        "RATE_LIMITED",
        "PAIRING_CODE_EXHAUSTED",
        "PAIRING_NOT_FOUND",
        "PAIRING_EXPIRED",
        "PAIRING_TOKEN_UNKNOWN",
        "INTEGRATION_NOT_FOUND",
        "INTEGRATION_NOT_ACTIVE",
        "OPERATION_NOT_FOUND",
        "OPERATION_ALREADY_FINAL",
        "OPERATION_NOT_RETRYABLE",
        "VERSION_NOT_FOUND",
        "SKILL_NOT_FOUND",
        "SKILL_SLUG_EXISTS",
        "SKILL_IN_LIBRARY_FOLDER",
        "COLLECTION_NOT_FOUND",
        "COLLECTION_EXISTS",
        "COLLECTION_IN_USE",
        "COLLECTION_NAME_INVALID",
        "COLLECTION_LIMIT_REACHED",
        "GROUP_NOT_FOUND",
        "HELD_BATCH_NOT_FOUND",
        "HELD_BATCH_DECIDED",
        "BUNDLE_TOO_LARGE",
        "EMPTY_BUNDLE",
        "INVALID_ZIP",
        "SLUG_COLLISION_UNLINKED",
        "LINK_NOT_FOUND",
        "LINK_NOT_IN_CONFLICT",
        "NO_SKILLNOTE_SIDE",
        "INTEGRATION_INACTIVE",
        "NO_LATEST_VERSION",
        "CONFLICT_NEEDS_RESYNC",
        "MERGE_OVERLAPS",
        "INVALID_BUNDLE",
        "IMPORT_NOT_FOUND",
        "IMPORT_PATH_NOT_ALLOWED",
    ];
    assert_eq!(codes, expected, "a released code never changes its text");
}

#[test]
fn health() {
    let server =
        ServerHealth { status: "ok".to_owned(), db: "ok".to_owned(), migration: Some("0001_initial".to_owned()) };
    golden(&server, r#"{"status":"ok","db":"ok","migration":"0001_initial"}"#);
    let connector = ConnectorHealth {
        integrations_active: 1,
        integrations_with_errors: 2,
        pending_ops_total: 3,
        failed_ops_total: 4,
        diverged_links_total: 5,
        last_audit_at: Some(moment()),
        schema_version: "0001_initial".to_owned(),
    };
    golden(
        &connector,
        concat!(
            r#"{"integrations_active":1,"integrations_with_errors":2,"pending_ops_total":3,"failed_ops_total":4,"#,
            r#""diverged_links_total":5,"last_audit_at":"2026-11-21T02:37:53.474348Z","schema_version":"0001_initial"}"#,
        ),
    );
}

#[test]
fn integration() {
    let message = Integration {
        id: id(1),
        browser_label: Some("Work laptop".to_owned()),
        status: IntegrationStatus::Active,
        scope: "personal".to_owned(),
        claude_ai_org_id: None,
        last_sync_at: Some(moment()),
        last_error: None,
        conflict_policy: "ask".to_owned(),
        pending_op_count: 1,
        failed_op_count: 2,
        linked_skill_count: 3,
    };
    golden(
        &message,
        concat!(
            r#"{"id":"01920000-0000-7000-8000-000000000001","browser_label":"Work laptop","status":"active","#,
            r#""scope":"personal","claude_ai_org_id":null,"last_sync_at":"2026-11-21T02:37:53.474348Z","#,
            r#""last_error":null,"conflict_policy":"ask","pending_op_count":1,"failed_op_count":2,"#,
            r#""linked_skill_count":3}"#,
        ),
    );
}

#[test]
fn integration_states() {
    let states = [
        (IntegrationStatus::PendingApproval, "pending_approval"),
        (IntegrationStatus::Active, "active"),
        (IntegrationStatus::CookieExpired, "cookie_expired"),
        (IntegrationStatus::Disconnected, "disconnected"),
        (IntegrationStatus::Error, "error"),
    ];
    for (state, text) in states {
        assert_eq!(state.as_str(), text, "the database's text is the wire's");
        golden(&state, &format!("\"{text}\""));
    }
}

#[test]
fn extension_status() {
    let message = ExtensionStatus {
        integration_id: id(1),
        browser_label: None,
        status: IntegrationStatus::CookieExpired,
        linked_skill_count: 3,
        pending_op_count: 1,
        failed_op_count: 2,
        last_sync_at: None,
        last_error: Some("Sign in to claude.ai.".to_owned()),
    };
    golden(
        &message,
        concat!(
            r#"{"integration_id":"01920000-0000-7000-8000-000000000001","browser_label":null,"#,
            r#""status":"cookie_expired","linked_skill_count":3,"pending_op_count":1,"failed_op_count":2,"#,
            r#""last_sync_at":null,"last_error":"Sign in to claude.ai."}"#,
        ),
    );
}

fn operation(kind: OperationKind, skill_id: Option<Uuid>, payload: OperationPayload) -> Operation {
    Operation { id: id(2), kind, skill_id, payload, attempts: 1, created_at: moment() }
}

#[test]
fn update_operation() {
    let payload = OperationPayload {
        version_id: Some(id(4)),
        name: Some("my-skill".to_owned()),
        digest: Some("ab".repeat(32)),
        claude_ai_skill_id: Some("skill_01".to_owned()),
        base_digest: Some("cd".repeat(32)),
        claude_ai_version: Some("7".to_owned()),
        skillnote_skill_id: Some(id(3)),
        reason: Some("asked for".to_owned()),
    };
    let json = [
        r#"{"id":"01920000-0000-7000-8000-000000000002","kind":"update","#,
        r#""skill_id":"01920000-0000-7000-8000-000000000003","#,
        r#""payload":{"version_id":"01920000-0000-7000-8000-000000000004","name":"my-skill","digest":""#,
        &"ab".repeat(32),
        r#"","claude_ai_skill_id":"skill_01","base_digest":""#,
        &"cd".repeat(32),
        r#"","claude_ai_version":"7","skillnote_skill_id":"01920000-0000-7000-8000-000000000003","#,
        r#""reason":"asked for"},"attempts":1,"created_at":"2026-11-21T02:37:53.474348Z"}"#,
    ];
    golden(&operation(OperationKind::Update, Some(id(3)), payload), &json.concat());
}

#[test]
fn list_operation() {
    let message = operation(OperationKind::List, None, OperationPayload::default());
    golden(
        &message,
        concat!(
            r#"{"id":"01920000-0000-7000-8000-000000000002","kind":"list","skill_id":null,"payload":{},"#,
            r#""attempts":1,"created_at":"2026-11-21T02:37:53.474348Z"}"#,
        ),
    );
    let of_another_server = concat!(
        r#"{"id":"01920000-0000-7000-8000-000000000002","kind":"list","skill_id":null,"attempts":1,"#,
        r#""created_at":"2026-11-21T02:37:53.474348Z","of_a_newer_server":true}"#,
    );
    understood(of_another_server, &message);
    let more = r#"{"name":"my-skill","of_a_newer_server":[1]}"#;
    understood(more, &OperationPayload { name: Some("my-skill".to_owned()), ..OperationPayload::default() });
}

#[test]
fn operation_kinds() {
    let kinds = [
        (OperationKind::Upload, "upload"),
        (OperationKind::Update, "update"),
        (OperationKind::Delete, "delete"),
        (OperationKind::List, "list"),
        (OperationKind::FetchOne, "fetch_one"),
        (OperationKind::PublishGroup, "publish_group"),
    ];
    for (kind, text) in kinds {
        assert_eq!(kind.as_str(), text, "the database's text is the wire's");
        golden(&kind, &format!("\"{text}\""));
    }
    understood(r#""of_a_newer_server""#, &OperationKind::Unknown);
}

#[test]
fn completion() {
    let result = OperationResult {
        claude_ai_skill_id: Some("skill_01".to_owned()),
        claude_ai_version: Some("7".to_owned()),
        digest: Some("ab".to_owned()),
        unchanged: true,
        code: Some("REMOTE_NAME_TAKEN".to_owned()),
        ..OperationResult::default()
    };
    let full = CompleteOperation {
        success: false,
        result: Some(result),
        error: Some("Another skill has this name.".to_owned()),
        claude_ai_org_id: Some("org".to_owned()),
        auth_expired: true,
        held: true,
        permanent: true,
    };
    golden(
        &full,
        concat!(
            r#"{"success":false,"result":{"claude_ai_skill_id":"skill_01","claude_ai_version":"7","digest":"ab","#,
            r#""unchanged":true,"code":"REMOTE_NAME_TAKEN"},"error":"Another skill has this name.","#,
            r#""claude_ai_org_id":"org","auth_expired":true,"held":true,"permanent":true}"#,
        ),
    );
    let least = CompleteOperation { success: true, ..CompleteOperation::default() };
    golden(&least, r#"{"success":true,"auth_expired":false,"permanent":false}"#);
    understood(r#"{"success":true}"#, &least);
    golden(&OperationResult::default(), "{}");
    let account = OperationResult {
        imported_count: Some(2),
        removed: vec!["notes".to_owned()],
        group_count: Some(3),
        skill_count: Some(9),
        retired_count: Some(1),
        marketplace_id: Some("marketplace_01".to_owned()),
        ..OperationResult::default()
    };
    golden(
        &account,
        concat!(
            r#"{"imported_count":2,"removed":["notes"],"group_count":3,"skill_count":9,"retired_count":1,"#,
            r#""marketplace_id":"marketplace_01"}"#,
        ),
    );
}

#[test]
fn remote_snapshot() {
    let message = RemoteSnapshot { version_id: id(4), digest: "ab".to_owned() };
    golden(&message, r#"{"version_id":"01920000-0000-7000-8000-000000000004","digest":"ab"}"#);
}

#[test]
fn pairing() {
    let start = StartPairing { browser_label: Some("Work laptop".to_owned()) };
    golden(&start, r#"{"browser_label":"Work laptop"}"#);
    golden(&StartPairing::default(), "{}");
    let started = PairingStarted {
        integration_id: id(1),
        pairing_code: "ABCDEF".to_owned(),
        pairing_token: "secret-of-the-handshake".to_owned(),
        redemption_url: "http://127.0.0.1:8082/pair".to_owned(),
        expires_at: moment(),
    };
    golden(
        &started,
        concat!(
            r#"{"integration_id":"01920000-0000-7000-8000-000000000001","pairing_code":"ABCDEF","#,
            r#""pairing_token":"secret-of-the-handshake","redemption_url":"http://127.0.0.1:8082/pair","#,
            r#""expires_at":"2026-11-21T02:37:53.474348Z"}"#,
        ),
    );
    let waiting = PairingStatus { approved: false, extension_token: None };
    golden(&waiting, r#"{"approved":false,"extension_token":null}"#);
    let approved = PairingStatus { approved: true, extension_token: Some("secret-of-the-browser".to_owned()) };
    golden(&approved, r#"{"approved":true,"extension_token":"secret-of-the-browser"}"#);
    let shown = format!("{started:?} {approved:?}");
    assert!(!shown.contains("secret") && !shown.contains("ABCDEF"), "a secret in a debug text: {shown}");
}

#[test]
fn approval() {
    let pending = PendingPairing {
        integration_id: id(1),
        browser_label: None,
        pairing_code: "ABCDEF".to_owned(),
        created_at: Some("2026-11-21T02:37:53.474348+00:00".to_owned()),
        expires_at: None,
    };
    golden(
        &pending,
        concat!(
            r#"{"integration_id":"01920000-0000-7000-8000-000000000001","browser_label":null,"pairing_code":"ABCDEF","#,
            r#""created_at":"2026-11-21T02:37:53.474348+00:00","expires_at":null}"#,
        ),
    );
    golden(&ApprovePairing { pairing_code: "ABCDEF".to_owned() }, r#"{"pairing_code":"ABCDEF"}"#);
}

#[test]
fn diagnostic() {
    let check = |id: &str, status| Check { id: id.to_owned(), label: "L".to_owned(), status, detail: "D".to_owned() };
    let checks = vec![check("a", CheckStatus::Pass), check("b", CheckStatus::Warn), check("c", CheckStatus::Fail)];
    golden(
        &Diagnostic { overall: CheckStatus::Fail, checks, generated_at: moment() },
        concat!(
            r#"{"overall":"fail","checks":[{"id":"a","label":"L","status":"pass","detail":"D"},"#,
            r#"{"id":"b","label":"L","status":"warn","detail":"D"},"#,
            r#"{"id":"c","label":"L","status":"fail","detail":"D"}],"generated_at":"2026-11-21T02:37:53.474348Z"}"#,
        ),
    );
}

#[test]
fn reconcile() {
    golden(&Reconciled { enqueued: 2 }, r#"{"enqueued":2}"#);
    let known = KnownSkillIds { claude_ai_skill_ids: vec!["skill_01".to_owned()] };
    golden(&known, r#"{"claude_ai_skill_ids":["skill_01"]}"#);
}

#[test]
fn rotation() {
    let rotated = TokenRotated {
        integration_id: id(1),
        new_extension_token: "secret-of-the-browser".to_owned(),
        rotated_at: "2026-11-21T02:37:53.474348Z".to_owned(),
    };
    golden(
        &rotated,
        concat!(
            r#"{"integration_id":"01920000-0000-7000-8000-000000000001","new_extension_token":"secret-of-the-browser","#,
            r#""rotated_at":"2026-11-21T02:37:53.474348Z"}"#,
        ),
    );
    assert!(!format!("{rotated:?}").contains("secret"));
}

#[test]
fn skill_sync() {
    let link = SkillLink {
        integration_id: id(1),
        integration_label: Some("Work laptop".to_owned()),
        integration_status: IntegrationStatus::Active,
        claude_ai_skill_id: "skill_01".to_owned(),
        claude_ai_version: None,
        conflict_state: "none".to_owned(),
        last_seen_at: Some("2026-11-21T02:37:53.474348Z".to_owned()),
        direction: "outbound".to_owned(),
    };
    let status = SkillSyncStatus {
        skill_id: id(2),
        skill_slug: "notes".to_owned(),
        claude_ai_sync_enabled: true,
        links: vec![link],
        pending_op_count: 3,
    };
    golden(
        &status,
        concat!(
            r#"{"skill_id":"01920000-0000-7000-8000-000000000002","skill_slug":"notes","claude_ai_sync_enabled":true,"#,
            r#""links":[{"integration_id":"01920000-0000-7000-8000-000000000001","integration_label":"Work laptop","#,
            r#""integration_status":"active","claude_ai_skill_id":"skill_01","claude_ai_version":null,"#,
            r#""conflict_state":"none","last_seen_at":"2026-11-21T02:37:53.474348Z","direction":"outbound"}],"#,
            r#""pending_op_count":3}"#,
        ),
    );
    golden(&CleanedUp { expired: 1, reclaimed: 2 }, r#"{"expired":1,"reclaimed":2}"#);
}
