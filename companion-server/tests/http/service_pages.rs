//! What a person does about services, the pause and their own data with the pages alone, in any language.

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_wire::connectors::OperatorPause;
use internal_service_stand_in::Fault;
use serde_json::json;

use crate::accounts::{person, session};
use crate::call::Answer;
use crate::server::{Server, on_both};
use crate::services::{Scene, scene};

on_both!(
    the_page_does_all_of_it,
    every_outcome_is_said_in_the_persons_language,
    what_was_withdrawn_can_be_settled,
    a_first_try_that_was_refused_can_be_given_up,
    both_levers_stand_in_the_settings,
    an_account_is_deleted_on_its_page,
    the_last_admin_has_to_say_so_twice,
    no_form_does_anything_for_a_stranger,
);

/// Somebody in front of the dashboard.
struct Desk {
    scene: Scene,
    cookie: String,
}

async fn desk(server: Server) -> Desk {
    let scene = scene(server).await;
    let cookie = session(&scene.server, scene.user).await;
    Desk { scene, cookie }
}

impl Desk {
    async fn page(&self, path: &str) -> String {
        self.scene.server.at(Method::GET, path).header("cookie", &self.cookie).send().await.text()
    }

    async fn form(&self, path: &str, body: &str) -> Answer {
        let call = self.scene.server.at(Method::POST, path).header("cookie", &self.cookie);
        let call = call.header("origin", "http://127.0.0.1:8082");
        call.body("application/x-www-form-urlencoded", body.to_owned()).send().await
    }

    /// The same in this language.
    fn speaking(mut self, language: &str) -> Self {
        self.cookie = format!("{}; skillferry_language={language}", self.cookie);
        self
    }
}

async fn the_page_does_all_of_it(server: Server) {
    let desk = desk(server).await;
    let scene = &desk.scene;
    let page = async |path: &str| desk.page(path).await;
    let form = async |path: &str, body: &str| desk.form(path, body).await;
    let shown = page("/services").await;
    assert!(
        shown.contains("The po") && shown.contains("Connect</button>") && shown.contains("not configured"),
        "{shown}"
    );
    assert!(form("/services/po/connect", "").await.text().contains("The po is connected."));
    let shown = page("/services").await;
    assert!(
        shown.contains("Reconnect</button>") && shown.contains("2099-01-01") && !shown.contains("class=\"banner"),
        "{shown}"
    );
    scene.service.world().exchange = Some(Fault::Answer(400, r#"{"error":"invalid_grant"}"#.to_owned()));
    assert!(form("/services/po/connect", "").await.text().contains("The token exchange with The po failed"));
    let shown = page("/services").await;
    assert!(
        shown.contains("needs you")
            && shown.contains("access was revoked or expired.")
            && shown.contains("banner broken"),
        "{shown}"
    );
    // Until it is settled it stands above every page.
    let elsewhere = page("/activity").await;
    assert!(
        elsewhere.contains("banner broken") && elsewhere.contains("<a href=\"/services\">Reconnect"),
        "{elsewhere}"
    );
    let begun =
        scene.server.at(Method::POST, "/api/machines/pair").json(json!({ "label": "<Desk>" })).send().await.ok(201);
    assert!(form("/machines/approve", "code=WRONG2").await.text().contains("No machine is waiting"));
    let code = format!("code={}", begun["pairing_code"].as_str().expect("a code"));
    assert!(form("/machines/approve", &code).await.text().contains("fetches your keys"));
    let path = format!("/api/machines/pair/status?pairing_token={}", begun["pairing_token"].as_str().expect("token"));
    scene.server.at(Method::GET, &path).send().await.ok(200);
    let shown = page("/services").await;
    assert!(shown.contains("&#60;Desk&#62;, has fetched nothing yet"), "{shown}");
    assert!(shown.contains("id=\"machines\" data-live=\"machines\""), "it renews itself: {shown}");
    let id = scene.get("/api/machines").await[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(form(&format!("/machines/{id}/revoke"), "").await.header("location"), Some("/services"));
    assert_eq!(scene.get("/api/machines").await, json!([]));
    assert!(form("/services/po/disconnect", "").await.text().contains("The po is disconnected."));
    assert_eq!(scene.server.at(Method::GET, "/services").send().await.header("location"), Some("/login"));
}

async fn every_outcome_is_said_in_the_persons_language(server: Server) {
    let desk = desk(server).await.speaking("de");
    let service = &desk.scene.service;
    let press = async |path: &str| desk.form(path, "").await.text();
    for (fault, says) in [
        (Fault::Answer(503, String::new()), "hat mit dem Status 503 geantwortet"),
        (Fault::BreakOff, "ist nicht zu erreichen"),
        (Fault::Answer(200, String::new()), "hat nicht die vereinbarte Form"),
    ] {
        service.world().exchange = Some(fault);
        let shown = press("/services/po/connect").await;
        assert!(shown.contains("Der Token-Austausch mit The po ist fehlgeschlagen") && shown.contains(says), "{shown}");
    }
    service.world().exchange = None;
    assert!(press("/services/crm/connect").await.contains("The crm ist nicht eingerichtet"));
    assert!(press("/services/po/connect").await.contains("The po ist verbunden."));
    service.world().revoke = Some(Fault::Answer(500, String::new()));
    let shown = press("/services/po/disconnect").await;
    assert!(shown.contains("The po ist hier getrennt") && shown.contains("Status 500"), "{shown}");
    service.world().revoke = None;
    assert!(press("/services/po/disconnect").await.contains("The po war nicht verbunden."));
    service.world().says_little = true;
    press("/services/po/connect").await;
    assert!(press("/services/po/disconnect").await.contains("bis er abläuft"));
    assert!(press("/services/gone/connect").await.contains("Diesen Dienst gibt es nicht."));
    assert!(press("/services/gone/disconnect").await.contains("Diesen Dienst gibt es nicht."));
    let wrong = desk.form("/machines/approve", "code=WRONG2").await.text();
    assert!(wrong.contains("Kein Rechner wartet mit diesem Code."), "{wrong}");
    std::fs::write(desk.scene.folder.path().join("service.key"), "no key").expect("file");
    assert!(press("/services/po/connect").await.contains("Der Server kann seinen Schlüssel"));
    desk.scene.server.sql("UPDATE users SET name = 'ann'").await;
    assert!(press("/services/po/connect").await.contains("keine E-Mail-Adresse bekannt"));
}

async fn what_was_withdrawn_can_be_settled(server: Server) {
    let desk = desk(server).await;
    assert!(desk.scene.done("connect", "po").await.0);
    std::fs::write(desk.scene.folder.path().join("service_connectors.json"), "[]").expect("file");
    desk.scene.server.services.reload();
    let shown = desk.page("/services").await;
    let card = shown.split("data-service=").nth(1).expect("a card");
    assert!(card.contains("does not offer this service any more") && !card.contains("/services/po/connect"), "{card}");
    assert!(desk.form("/services/po/disconnect", "").await.text().contains("po is disconnected here"));
    assert!(!desk.page("/services").await.contains("data-service="));
}

async fn a_first_try_that_was_refused_can_be_given_up(server: Server) {
    let desk = desk(server).await;
    desk.scene.service.world().exchange = Some(Fault::Answer(403, r#"{"error":"access_denied"}"#.to_owned()));
    desk.form("/services/po/connect", "").await;
    let shown = desk.page("/services").await;
    assert!(shown.contains("banner broken") && shown.contains("Leave it unconnected"), "{shown}");
    assert!(desk.form("/services/po/disconnect", "").await.text().contains("The po was not connected."));
    let shown = desk.page("/services").await;
    assert!(!shown.contains("banner broken") && !shown.contains("Leave it unconnected"), "{shown}");
}

async fn both_levers_stand_in_the_settings(server: Server) {
    let desk = desk(server).await;
    let shown = desk.page("/settings").await;
    assert!(shown.contains("You hold nothing.") && shown.contains("operator holds nothing"), "{shown}");
    assert!(!shown.contains("id=\"resume\"") && shown.contains("id=\"hold\""));
    assert_eq!(
        desk.form("/services/pause", "paused=true&reason=On+holiday").await.header("location"),
        Some("/settings")
    );
    let shown = desk.page("/settings").await;
    assert!(shown.contains("You paused your work just now: On holiday") && shown.contains("Waiting: 0."), "{shown}");
    assert!(shown.contains("banner paused") && shown.contains("id=\"resume\""), "{shown}");
    assert!(desk.page("/skills").await.contains("Your work is paused by you: On holiday"));
    desk.form("/services/pause", "paused=false").await;
    assert!(!desk.page("/settings").await.contains("banner paused"));
    let reason = Some("Maintenance until noon".to_owned());
    desk.scene.server.store.set_operator_pause(OperatorPause { paused: true, reason }).await.expect("paused");
    let shown = desk.page("/settings").await;
    let (_, lever) = shown.split_once("id=\"operators-lever\"").expect("the lever");
    assert!(lever.split("</dd>").next().is_some_and(|text| text.contains("Maintenance until noon")), "{shown}");
    assert!(shown.contains("You hold nothing.") && shown.contains("id=\"hold\""), "only one's own can be moved");
    let nobody = desk.scene.server.at(Method::GET, "/settings").admin().send().await.text();
    assert!(!nobody.contains("own-lever"), "the preset admin token is nobody whose work could be held");
}

async fn an_account_is_deleted_on_its_page(server: Server) {
    let desk = desk(server).await;
    assert!(desk.scene.done("connect", "po").await.0);
    let shown = desk.page("/account").await;
    assert!(shown.contains("What goes, at once and for good") && shown.contains("What stays"), "{shown}");
    assert!(
        shown.contains(&format!("/api/users/{}/export", desk.scene.user)) && !shown.contains("last-admin"),
        "{shown}"
    );
    let shown = desk.form("/account/delete", "confirm=bob").await.text();
    assert!(shown.contains("Nothing was deleted") && shown.contains("ann@team.example"), "{shown}");
    let stranger = desk.scene.server.at(Method::POST, "/account/delete").header("cookie", &desk.cookie);
    let stranger = stranger.header("origin", "https://evil.example");
    let refused = stranger.body("application/x-www-form-urlencoded", "confirm=ann@team.example").send().await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let gone = desk.form("/account/delete", "confirm=+ANN@team.example").await;
    assert!(gone.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{gone:?}");
    assert!(gone.text().contains("Your account is deleted") && !gone.text().contains("id=\"nav\""), "{}", gone.text());
    let after = desk.scene.server.at(Method::GET, "/account").header("cookie", &desk.cookie).send().await;
    assert_eq!(after.header("location"), Some("/login"));
    assert!(desk.scene.server.store.user(desk.scene.user).await.expect("asked").is_none());
}

async fn the_last_admin_has_to_say_so_twice(server: Server) {
    let (root, token) = person(&server, "root", Role::Admin).await;
    let desk = Desk { cookie: session(&server, root).await, scene: scene(server).await };
    let shown = desk.page("/account").await;
    assert!(
        shown.contains("You are the last admin who may log in.") && shown.contains("name=\"last_admin\""),
        "{shown}"
    );
    let shown = desk.form("/account/delete", "confirm=root").await.text();
    assert!(shown.contains("This is the last admin who may log in. Make somebody else an admin first."), "{shown}");
    let promote = desk.scene.server.at(Method::PATCH, &format!("/v1/users/{}", desk.scene.user)).bearer(&token);
    promote.json(json!({ "role": "admin" })).send().await.ok(200);
    assert!(!desk.page("/account").await.contains("last_admin"));
    let demote = desk.scene.server.at(Method::PATCH, &format!("/v1/users/{}", desk.scene.user)).bearer(&token);
    demote.json(json!({ "role": "member" })).send().await.ok(200);
    assert!(
        desk.form("/account/delete", "confirm=root&last_admin=true").await.text().contains("Your account is deleted")
    );
}

async fn no_form_does_anything_for_a_stranger(server: Server) {
    let scene = scene(server).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for form in [
        "/services/po/connect".to_owned(),
        "/services/po/disconnect".to_owned(),
        "/services/pause".to_owned(),
        "/machines/approve".to_owned(),
        format!("/machines/{nobody}/revoke"),
        "/account/delete".to_owned(),
    ] {
        let call = scene.server.at(Method::POST, &form);
        let sent = "code=ABC234&paused=true&confirm=ann%40team.example&last_admin=true";
        let answer = call.body("application/x-www-form-urlencoded", sent).send().await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login")), "{form}");
    }
    assert_eq!(scene.service.world().asked.len(), 0);
    assert!(scene.server.store.user(scene.user).await.expect("asked").is_some());
}
