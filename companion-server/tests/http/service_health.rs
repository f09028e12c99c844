//! Each way in which a connection to a service breaks after it was made, and how it comes back by itself.

use std::time::Duration;

use companion_server::services::probing;
use companion_server::time::Timestamp;
use internal_service_stand_in::Fault;
use serde_json::{Value, json};

use crate::server::{Server, on_both};
use crate::services::{patient_scene, scene};

on_both!(health_breaks_and_comes_back, services_are_looked_at, a_service_that_says_nothing_is_given_up);

async fn health_breaks_and_comes_back(server: Server) {
    let scene = scene(server).await;
    let probe = || scene.get("/api/service-connectors/health/po");
    assert_eq!(probe().await["reachable"], true);
    assert_eq!(scene.state().await, Value::Null, "who is not connected has no health");
    assert!(scene.done("connect", "po").await.0);
    for (fault, reachable, status, code) in [
        (Some(Fault::Answer(503, String::new())), false, "connected", None),
        (
            Some(Fault::Answer(401, r#"{"error":"unauthorized_client"}"#.to_owned())),
            false,
            "needs_reauth",
            Some("unauthorized_client"),
        ),
        (Some(Fault::BreakOff), false, "needs_reauth", Some("unauthorized_client")),
        (None, true, "connected", None),
    ] {
        scene.service.world().health = fault.clone();
        let health = probe().await;
        assert_eq!(health["reachable"], reachable, "{fault:?}");
        assert_eq!(
            (&health["health"]["status"], &health["health"]["errorCode"]),
            (&json!(status), &json!(code)),
            "{fault:?}"
        );
    }
    // A service that is well says nothing about a key that it has refused to renew.
    scene.service.world().exchange = Some(Fault::Answer(400, r#"{"error":"invalid_grant"}"#.to_owned()));
    assert!(!scene.done("connect", "po").await.0);
    assert_eq!(probe().await["health"]["status"], "needs_reauth");
    assert!(!scene.service.world().health_had_proof);
    scene.service.world().exchange = None;
    scene.service.world().expires_at = Some(Timestamp::now().plus(Duration::from_secs(13 * 86_400)).rfc3339());
    assert!(scene.done("connect", "po").await.0);
    let health = probe().await;
    assert_eq!((&health["expires_soon"], &health["health"]["status"]), (&json!(true), &json!("connected")));
}

async fn services_are_looked_at(server: Server) {
    let scene = scene(server).await;
    let look = async || {
        probing::run(&scene.server.services, &scene.server.store, Timestamp::now()).await.expect("looked");
        let state = scene.state().await;
        (state["status"].clone(), state["errorCode"].clone())
    };
    look().await;
    assert_eq!(scene.service.world().asked.get("health"), None, "nobody is connected");
    assert!(scene.done("connect", "po").await.0);
    let refused = |code: &str| Some(Fault::Answer(401, json!({ "error": code }).to_string()));
    for (fault, status, code) in [
        (None, "connected", Value::Null),
        (Some(Fault::Answer(503, String::new())), "connected", Value::Null),
        (Some(Fault::Answer(429, String::new())), "connected", Value::Null),
        (refused("unauthorized_client"), "needs_reauth", json!("unauthorized_client")),
        (refused("invalid_grant"), "needs_reauth", json!("invalid_grant")),
        (Some(Fault::BreakOff), "needs_reauth", json!("invalid_grant")),
        (Some(Fault::Answer(403, "no JSON".to_owned())), "needs_reauth", Value::Null),
        (None, "connected", Value::Null),
    ] {
        scene.service.world().health = fault.clone();
        assert_eq!(look().await, (json!(status), code), "{fault:?}");
    }
    // That the service is well says nothing about a key that it has refused to renew, or that has run out.
    scene.service.world().exchange = refused("invalid_grant");
    assert!(!scene.done("connect", "po").await.0);
    assert_eq!(look().await.0, "needs_reauth");
    scene.service.world().exchange = None;
    scene.service.world().expires_at = Some(Timestamp::now().rfc3339());
    assert!(scene.done("connect", "po").await.0);
    probing::tell_of_expired(&scene.server.store, Timestamp::now()).await.expect("told");
    assert_eq!(look().await, (json!("needs_reauth"), json!("key_expired")));
    scene.service.world().expires_at = None;
    assert!(scene.done("connect", "po").await.0);
    probing::tell_of_expired(&scene.server.store, Timestamp::now()).await.expect("told");
    assert_eq!(look().await, (json!("connected"), Value::Null), "a reconnect puts it right");
    assert!(scene.done("disconnect", "po").await.0);
    let asked = scene.service.world().asked["health"];
    assert_eq!((look().await.0, scene.service.world().asked["health"]), (json!("disabled"), asked));
}

async fn a_service_that_says_nothing_is_given_up(server: Server) {
    let scene = patient_scene(server, Duration::from_millis(500)).await;
    scene.service.world().exchange = Some(Fault::Silence);
    let (done, said) = scene.done("connect", "po").await;
    assert!(!done && said.contains("did not answer"), "{said}");
    let state = scene.state().await;
    assert_eq!(
        (&state["status"], &state["errorCode"]),
        (&json!("connected"), &Value::Null),
        "it may be back at any moment"
    );
    assert!(state["lastFailureAt"].is_string());
}
