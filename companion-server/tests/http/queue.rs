//! Looking at the queue.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::people::{keep, lease, pair};
use crate::server::{Server, on_both};

on_both!(what_waits_and_what_is_being_done, what_is_wrong_is_named);

async fn queue(server: &Server, query: &str) -> Value {
    server.call(Method::GET, &format!("/queue{query}")).admin().send().await.ok(200)
}

async fn what_waits_and_what_is_being_done(server: Server) {
    let empty =
        json!({ "items": [], "total": 0, "pending_count": 0, "in_progress_count": 0, "oldest_age_seconds": null });
    assert_eq!(queue(&server, "").await, empty);
    let (first, second) = (pair(&server, "One").await, pair(&server, "Two").await);
    for name in ["a", "b", "c"] {
        keep(&server, name, "1").await;
    }
    lease(&server, &first, "?limit=1").await;
    let own = queue(&server, &format!("?integration_id={}&limit=2", first.id)).await;
    assert_eq!(own["items"].as_array().expect("items").len(), 2);
    assert_eq!(own["items"][0]["started_at"].is_string(), own["items"][0]["status"] == "in_progress");
    assert_eq!(own["items"][0]["integration_label"], "One");
    assert_eq!(own["items"][0]["skill_slug"], "a");
    assert_eq!((own["total"].as_u64(), own["pending_count"].as_u64()), (Some(3), Some(2)));
    assert_eq!(own["in_progress_count"], 1);
    assert!(own["oldest_age_seconds"].as_f64().expect("a number") < 60.0);
    assert_eq!(queue(&server, "").await["total"], 6);
    let members: Vec<&String> = own["items"][0].as_object().expect("an object").keys().collect();
    assert_eq!(members.len(), 12, "{members:?}");
    let nobody = "?integration_id=00000000-0000-7000-8000-000000000000";
    assert_eq!(queue(&server, nobody).await, empty);
    assert_ne!(first.id, second.id);
}

async fn what_is_wrong_is_named(server: Server) {
    let refused = async |query: &str| {
        let answer = server.call(Method::GET, &format!("/queue{query}")).admin().send().await;
        answer.refused(422, ErrorCode::ValidationError)
    };
    assert!(refused("?limit=0").await.starts_with("query → limit: "));
    assert!(refused("?limit=201").await.starts_with("query → limit: "));
    assert!(refused("?integration_id=x").await.starts_with("query → integration_id: "));
    server.call(Method::GET, "/queue").send().await.refused(401, ErrorCode::LoginRequired);
}
