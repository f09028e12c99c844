//! Internal services from the click to the key on the machine, against a real one over TLS.

use std::time::Duration;

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::services::exchange::PATIENCE;
use companion_server::services::seal::KeySource;
use companion_server::services::{Secrets, ServiceSettings, revoking};
use companion_server::time::Timestamp;
use companion_wire::error::ErrorCode;
use internal_service_stand_in::{Fault, SECRET, Service};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::{person, session};
use crate::call::Answer;
use crate::server::{Server, on_both};

on_both!(
    the_whole_way,
    a_reconnect_replaces_and_revokes,
    each_way_an_exchange_fails,
    a_revocation_that_fails_is_tried_again,
    the_registry_is_followed,
    a_machine_is_paired_and_revoked,
    keys_are_nowhere,
    keys_of_a_lost_file_are_locked,
    somebody_without_an_address_is_not_asked_for,
    what_left_the_registry_can_still_be_disconnected,
    people_are_handed_and_removed,
);

/// A server with one service, a switched-off one and one without a secret; and somebody who may use them.
pub struct Scene {
    pub server: Server,
    pub service: Service,
    pub folder: tempfile::TempDir,
    pub user: Uuid,
    pub token: String,
}

fn entry(service: &Service, id: &str) -> Value {
    json!({
        "id": id, "name": format!("The {id}"), "description": format!("What {id} is for"),
        "token_exchange_url": service.url("/api/internal/token-exchange"),
        "token_revoke_url": service.url("/api/internal/token-revoke"),
        "health_url": service.url("/health"),
        "env_var_name": format!("{}_API_KEY", id.to_uppercase()), "skill_file": format!("sc_{id}.md"),
    })
}

/// Ann, who is a member, at a server that knows `po`, `crm` without a secret, and `off`.
pub async fn scene(server: Server) -> Scene {
    patient_scene(server, PATIENCE).await
}

/// The same, where services have this long to answer.
pub async fn patient_scene(server: Server, patience: Duration) -> Scene {
    let service = Service::start().await.expect("a service");
    let folder = tempfile::tempdir().expect("folder");
    for id in ["po", "crm", "off"] {
        std::fs::write(folder.path().join(format!("sc_{id}.md")), format!("# How to use {id}\n")).expect("file");
    }
    let mut off = entry(&service, "off");
    off["enabled"] = json!(false);
    let registry = folder.path().join("service_connectors.json");
    let text = json!([entry(&service, "po"), entry(&service, "crm"), off]).to_string();
    std::fs::write(&registry, text).expect("file");
    let secrets = [("SC_SECRET_PO", SECRET), ("SC_SECRET_OFF", SECRET), ("SC_SECRET_CRM", " "), ("PATH", "/bin")];
    let services = ServiceSettings {
        registry: Some(registry),
        certificates: Some(service.certificate.clone().into_bytes()),
        keys: KeySource::new(None, None, folder.path().join("service.key")),
        secrets: Secrets::from_variables(secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter()),
        patience,
        ..ServiceSettings::none()
    };
    let server = server.started(|settings| settings.services = services);
    let (user, token) = person(&server, "ann@team.example", Role::Member).await;
    Scene { server, service, folder, user, token }
}

impl Scene {
    pub async fn get(&self, path: &str) -> Value {
        self.server.at(Method::GET, path).bearer(&self.token).send().await.ok(200)
    }

    async fn post(&self, what: &str, id: &str) -> Answer {
        let path = format!("/api/service-connectors/{what}");
        self.server.at(Method::POST, &path).bearer(&self.token).json(json!({ "service_id": id })).send().await
    }

    /// Whether it was done, and what was said.
    pub async fn done(&self, what: &str, id: &str) -> (bool, String) {
        let answer = self.post(what, id).await.ok(200);
        assert!(!answer.to_string().contains(SECRET), "{answer}");
        (answer["success"] == true, answer["message"].as_str().expect("a sentence").to_owned())
    }

    pub async fn state(&self) -> Value {
        let path = format!("/api/connectors/{}/status", self.user);
        self.get(&path).await["connectors"]["service:po"].clone()
    }

    pub async fn machine(&self) -> String {
        let begun =
            self.server.at(Method::POST, "/api/machines/pair").json(json!({ "label": "Desk" })).send().await.ok(201);
        let approve = json!({ "pairing_code": begun["pairing_code"] });
        let path =
            format!("/api/machines/pair/status?pairing_token={}", begun["pairing_token"].as_str().expect("token"));
        let ask = || self.server.at(Method::GET, &path).send();
        assert_eq!(ask().await.ok(200), json!({ "approved": false, "machine_token": null }));
        self.server.at(Method::POST, "/api/machines/approve").bearer(&self.token).json(approve).send().await.nothing();
        let token = ask().await.ok(200)["machine_token"].as_str().expect("a token").to_owned();
        ask().await.refused(404, ErrorCode::PairingTokenUnknown);
        token
    }

    pub async fn pull(&self, machine: &str) -> Answer {
        self.server.at(Method::GET, "/api/machine/pull").bearer(machine).send().await
    }
}

async fn the_whole_way(server: Server) {
    let scene = scene(server).await;
    let listed = scene.get("/api/service-connectors").await;
    let ids: Vec<_> =
        listed["services"].as_array().expect("services").iter().map(|service| service["id"].clone()).collect();
    assert_eq!(ids, ["po", "crm"], "what is switched off is not listed");
    assert_eq!(
        (&listed["services"][0]["configured"], &listed["services"][1]["configured"]),
        (&json!(true), &json!(false))
    );
    assert!(!listed.to_string().contains("https://"), "no addresses: {listed}");
    assert_eq!(listed["connections"]["po"], json!({ "connected": false, "connected_at": null, "expires_at": null }));
    let machine = scene.machine().await;
    assert_eq!(scene.pull(&machine).await.ok(200), json!({ "variables": {}, "skill_files": {} }));

    let (done, said) = scene.done("connect", "po").await;
    assert!(done, "{said}");
    let issued = scene.service.in_force();
    assert_eq!((issued.len(), issued[0].email.as_str(), issued[0].ttl_days), (1, "ann@team.example", 365));
    let connection = &scene.get("/api/service-connectors").await["connections"]["po"];
    assert_eq!(
        (&connection["connected"], &connection["expires_at"]),
        (&json!(true), &json!("2099-01-01T00:00:00.000000Z"))
    );
    assert_eq!(scene.state().await["status"], "connected");
    let pulled = scene.pull(&machine).await.ok(200);
    assert_eq!(pulled["variables"], json!({ "PO_API_KEY": issued[0].key }));
    assert_eq!(pulled["skill_files"], json!({ "sc_po.md": "# How to use po\n" }));
    let skill = scene.get("/v1/skills/sc-po").await;
    assert_eq!(
        (&skill["description"], &skill["name"]),
        (&json!("What po is for"), &json!("sc-po")),
        "also a skill of the library"
    );
    assert!(skill["content_md"].as_str().is_some_and(|text| text.contains("# How to use po")), "{skill}");

    let (done, said) = scene.done("disconnect", "po").await;
    assert!(done && !said.contains("not revoked"), "{said}");
    assert!(scene.service.in_force().is_empty());
    assert_eq!(scene.pull(&machine).await.ok(200), json!({ "variables": {}, "skill_files": {} }));
    assert_eq!(scene.state().await["status"], "disabled");
    assert!(scene.done("disconnect", "po").await.0, "twice is harmless");
    for id in ["off", "gone"] {
        scene.post("connect", id).await.refused(404, ErrorCode::ServiceNotFound);
        scene
            .server
            .at(Method::GET, &format!("/api/service-connectors/health/{id}"))
            .bearer(&scene.token)
            .send()
            .await
            .refused(404, ErrorCode::ServiceNotFound);
    }
    let (done, said) = scene.done("connect", "crm").await;
    assert!(!done && said.contains("not configured") && said.contains("SC_SECRET_CRM"), "{said}");
    scene.server.at(Method::GET, "/api/service-connectors").send().await.refused(401, ErrorCode::LoginRequired);
}

async fn a_reconnect_replaces_and_revokes(server: Server) {
    let scene = scene(server).await;
    let machine = scene.machine().await;
    assert!(scene.done("connect", "po").await.0);
    let first = scene.pull(&machine).await.ok(200)["variables"]["PO_API_KEY"].clone();
    assert!(scene.done("connect", "po").await.0);
    let second = scene.pull(&machine).await.ok(200)["variables"]["PO_API_KEY"].clone();
    assert_ne!(first, second);
    revoking::run(&scene.server.services, &scene.server.store, Timestamp::now()).await.expect("run");
    let in_force: Vec<_> = scene.service.in_force().into_iter().map(|issued| json!(issued.key)).collect();
    assert_eq!(in_force, [second]);
    // A service that gives no ids can be told nothing, and nothing is queued.
    scene.service.world().says_little = true;
    assert!(scene.done("connect", "po").await.0);
    assert_eq!(scene.get("/api/service-connectors").await["connections"]["po"]["expires_at"], Value::Null);
    let (done, said) = scene.done("disconnect", "po").await;
    assert!(done && said.contains("works until it expires"), "{said}");
}

async fn each_way_an_exchange_fails(server: Server) {
    let scene = scene(server).await;
    let answer = |status, body: &str| Fault::Answer(status, body.to_owned());
    for (fault, says, status, code) in [
        (answer(500, "SECRET-BODY"), "500", "connected", None),
        (answer(429, "SECRET-BODY"), "429", "connected", None),
        (Fault::BreakOff, "cannot be reached", "connected", None),
        (answer(200, "SECRET-BODY"), "agreed form", "connected", None),
        (answer(200, r#"{"status":"error"}"#), "agreed form", "connected", None),
        (answer(201, r#"{"status":"ok","api_key":"k"}"#), "201", "connected", None),
        (Fault::Redirect, "307", "connected", None),
        (answer(403, "SECRET-BODY"), "403", "needs_reauth", None),
        (
            answer(400, r#"x {"error" : "invalid_grant", "hint": "SECRET-BODY"}"#),
            "400",
            "needs_reauth",
            Some("invalid_grant"),
        ),
        (answer(503, "SECRET-BODY"), "503", "needs_reauth", Some("invalid_grant")),
    ] {
        scene.service.world().exchange = Some(fault.clone());
        let (done, said) = scene.done("connect", "po").await;
        assert!(
            !done && said.contains(says) && said.contains("exchange") && !said.contains("SECRET"),
            "{fault:?}: {said}"
        );
        let state = scene.state().await;
        assert_eq!((&state["status"], &state["errorCode"]), (&json!(status), &json!(code)), "{fault:?}");
        assert_eq!(scene.get("/api/service-connectors").await["connections"]["po"]["connected"], false);
    }
    assert_eq!(scene.service.world().asked.get("elsewhere"), None, "the secret follows no redirect");
    let path = format!("/api/connectors/{}/status", scene.user);
    assert_eq!(scene.get(&path).await["anyNeedsReauth"], true);
    scene.service.world().exchange = None;
    assert!(scene.done("connect", "po").await.0, "and may click again");
    let state = scene.state().await;
    assert_eq!((&state["status"], &state["errorCode"]), (&json!("connected"), &Value::Null));
    assert!(state["lastFailureAt"].is_string());
}

async fn a_revocation_that_fails_is_tried_again(server: Server) {
    let scene = scene(server).await;
    assert!(scene.done("connect", "po").await.0);
    scene.service.world().revoke = Some(Fault::Answer(500, String::new()));
    let (done, said) = scene.done("disconnect", "po").await;
    assert!(done && said.contains("not revoked there yet") && said.contains("500"), "{said}");
    let run = async |seconds| {
        let now = Timestamp::now().plus(Duration::from_secs(seconds));
        revoking::run(&scene.server.services, &scene.server.store, now).await.expect("run");
        scene.service.world().asked["revoke"]
    };
    assert_eq!(run(0).await, 1, "not at once");
    assert_eq!(run(61).await, 2);
    assert_eq!(run(62).await, 2, "with a pause");
    scene.service.world().revoke = None;
    assert_eq!(run(24 * 60 * 60).await, 3);
    assert!(scene.service.in_force().is_empty());
    assert_eq!(run(48 * 60 * 60).await, 3, "and then no more");
}

async fn the_registry_is_followed(server: Server) {
    let scene = scene(server).await;
    assert!(scene.done("connect", "po").await.0);
    let machine = scene.machine().await;
    let file = scene.folder.path().join("service_connectors.json");
    let good = std::fs::read_to_string(&file).expect("file");
    std::fs::write(&file, good.replace("The crm", "Customers").replace("https://localhost", "http://localhost"))
        .expect("file");
    scene.server.services.reload();
    let problem = scene.server.services.problem().expect("a problem");
    assert!(problem.contains("service_connectors.json") && problem.contains("token_exchange_url"), "{problem}");
    assert_eq!(
        scene.get("/api/service-connectors").await["services"][1]["name"],
        "The crm",
        "the last good one counts"
    );
    let diagnostic = scene.server.call(Method::GET, "/diagnostic").admin().send().await.ok(200);
    let check = diagnostic["checks"].as_array().expect("checks").iter().find(|check| check["id"] == "service_registry");
    assert!(
        check.is_some_and(|check| check["status"] == "fail"
            && check["detail"] == json!(format!("{problem}. The last good one stays in force."))),
        "{diagnostic}"
    );
    std::fs::write(&file, good.replace("The crm", "Customers")).expect("file");
    std::fs::write(scene.folder.path().join("sc_po.md"), "# Another text\n").expect("file");
    scene.server.services.reload();
    assert_eq!(scene.server.services.problem(), None);
    assert_eq!(scene.get("/api/service-connectors").await["services"][1]["name"], "Customers");
    assert_eq!(scene.pull(&machine).await.ok(200)["skill_files"]["sc_po.md"], "# Another text\n");
    companion_server::services::library::refresh(&scene.server.services, &scene.server.store, Timestamp::now())
        .await
        .expect("refreshed");
    assert!(
        scene.get("/v1/skills/sc-po").await["content_md"].as_str().is_some_and(|text| text.contains("# Another text"))
    );
}

async fn a_machine_is_paired_and_revoked(server: Server) {
    let scene = scene(server).await;
    scene.server.at(Method::GET, "/api/machine/pull").send().await.refused(401, ErrorCode::MissingBearerToken);
    scene.pull("sfm_never-issued").await.refused(401, ErrorCode::InvalidMachineToken);
    scene.pull(&scene.token).await.refused(401, ErrorCode::InvalidMachineToken);
    let machine = scene.machine().await;
    scene
        .server
        .call(Method::GET, "/extension/status")
        .bearer(&machine)
        .send()
        .await
        .refused(401, ErrorCode::InvalidExtensionToken);
    scene.server.at(Method::GET, "/api/machines").bearer(&machine).send().await.refused(401, ErrorCode::LoginRequired);
    scene.pull(&machine).await.ok(200);
    let listed = scene.get("/api/machines").await;
    assert_eq!((&listed[0]["label"], listed[0]["last_pull_at"].is_string()), (&json!("Desk"), true));
    let (_, other) = person(&scene.server, "bob@team.example", Role::Admin).await;
    let path = format!("/api/machines/{}", listed[0]["id"].as_str().expect("an id"));
    let revoke = |token: &str| scene.server.at(Method::DELETE, &path).bearer(token).send();
    revoke(&other).await.refused(404, ErrorCode::MachineNotFound);
    revoke(&scene.token).await.nothing();
    scene.pull(&machine).await.refused(403, ErrorCode::MachineRevoked);
    let second = scene.machine().await;
    scene.server.at(Method::DELETE, "/api/machine").bearer(&second).send().await.nothing();
    scene.pull(&second).await.refused(403, ErrorCode::MachineRevoked);
    let third = scene.machine().await;
    scene.server.sql("UPDATE users SET disabled_at = created_at").await;
    scene.pull(&third).await.refused(403, ErrorCode::MachineRevoked);
}

async fn keys_are_nowhere(server: Server) {
    let scene = scene(server).await;
    assert!(scene.done("connect", "po").await.0);
    let key = scene.service.in_force()[0].key.clone();
    for path in ["/api/service-connectors", "/api/service-connectors/health/po", "/api/machines", "/v1/account"] {
        let text = scene.get(path).await.to_string();
        assert!(!text.contains(&key[..6]) && !text.contains(SECRET), "{path}: {text}");
    }
    let events = scene.server.store.recent_events(50).await.expect("events");
    assert!(events.iter().any(|event| event.event == "service_connected"));
    assert!(events.iter().all(|event| !event.detail.to_string().contains(&key[..6])));
    let kept = scene.server.store.connections(scene.user).await.expect("connections");
    assert!(!kept[0].sealed.bytes.windows(6).any(|bytes| bytes == &key.as_bytes()[..6]), "encrypted at rest");
}

async fn keys_of_a_lost_file_are_locked(server: Server) {
    let scene = scene(server).await;
    let machine = scene.machine().await;
    assert!(scene.done("connect", "po").await.0);
    std::fs::remove_file(scene.folder.path().join("service.key")).expect("lost");
    scene.pull(&machine).await.refused(503, ErrorCode::KeysLocked);
    assert!(scene.done("connect", "po").await.0, "a click helps");
    scene.pull(&machine).await.ok(200);
}

async fn somebody_without_an_address_is_not_asked_for(server: Server) {
    let scene = scene(server).await;
    let (user, token) = person(&scene.server, "ann", Role::Member).await;
    let other = Scene { token, user, ..scene };
    let (done, said) = other.done("connect", "po").await;
    assert!(!done && said.contains("e-mail address"), "{said}");
    assert_eq!(other.service.world().asked.get("exchange"), None);
    other.server.store.set_email(user, Some("ann@team.example".to_owned()), Timestamp::now()).await.expect("set");
    assert!(other.done("connect", "po").await.0);
}

async fn what_left_the_registry_can_still_be_disconnected(server: Server) {
    let scene = scene(server).await;
    assert!(scene.done("connect", "po").await.0);
    let file = scene.folder.path().join("service_connectors.json");
    let known = std::fs::read_to_string(&file).expect("file");
    std::fs::write(&file, "[]").expect("file");
    scene.server.services.reload();
    scene.post("connect", "po").await.refused(404, ErrorCode::ServiceNotFound);
    let (done, said) = scene.done("disconnect", "po").await;
    assert!(done && said.contains("not in the registry"), "{said}");
    assert_eq!((scene.state().await["status"].clone(), scene.service.in_force().len()), (json!("disabled"), 1));
    // The key is revoked as soon as somebody says where.
    std::fs::write(&file, known).expect("file");
    scene.server.services.reload();
    let later = Timestamp::now().plus(Duration::from_secs(24 * 60 * 60));
    revoking::run(&scene.server.services, &scene.server.store, later).await.expect("run");
    assert!(scene.service.in_force().is_empty());
}

async fn people_are_handed_and_removed(server: Server) {
    let scene = scene(server).await;
    let machine = scene.machine().await;
    assert!(scene.done("connect", "po").await.0);
    let cookie = session(&scene.server, scene.user).await;
    let own = format!("/api/users/{}", scene.user);
    let exported = scene.server.at(Method::GET, &format!("{own}/export")).bearer(&scene.token).send().await;
    assert_eq!(exported.header("content-disposition"), Some("attachment; filename=\"skillferry-export.json\""));
    assert_eq!(exported.ok(200)["person"]["name"], "ann@team.example");
    let (_, other) = person(&scene.server, "root", Role::Admin).await;
    let delete =
        async |token: &str, body: Value| scene.server.at(Method::DELETE, &own).bearer(token).json(body).send().await;
    delete(&other, json!({ "confirm": "root" })).await.refused(403, ErrorCode::OtherPerson);
    delete(&scene.token, json!({ "confirm": "root" })).await.refused(422, ErrorCode::ValidationError);
    delete(&scene.token, json!({ "confirm": "ANN@team.example" })).await.nothing();
    scene.pull(&machine).await.refused(403, ErrorCode::MachineRevoked);
    delete(&scene.token, json!({ "confirm": "ann@team.example" })).await.refused(401, ErrorCode::LoginRequired);
    assert_eq!(
        scene.server.at(Method::GET, "/services").header("cookie", &cookie).send().await.header("location"),
        Some("/login")
    );
    revoking::run(&scene.server.services, &scene.server.store, Timestamp::now()).await.expect("run");
    assert!(scene.service.in_force().is_empty(), "the service has revoked the key");
}
