//! Held batches over HTTP and on the dashboard.

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_server::time::Timestamp;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::accounts::person;
use crate::call::Answer;
use crate::people::{Browser, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    a_held_batch_is_shown_and_agreed_to,
    a_refused_one_stays_away,
    strangers_decide_nothing,
    members_decide_about_their_own_accounts,
    the_dashboard_asks,
);

/// A browser whose account holds six skills, all of which would be removed now.
async fn held(server: &Server) -> (Browser, String) {
    let browser = pair(server, "Browser").await;
    for number in 0..6 {
        keep(server, &format!("skill-{number}"), "1").await;
    }
    for operation in lease(server, &browser, "?limit=10").await {
        let result = json!({ "claude_ai_skill_id": operation["payload"]["name"], "claude_ai_version": "1" });
        report(server, &browser, &operation["id"], json!({ "success": true, "result": result })).await.nothing();
    }
    for number in 0..6 {
        server.store.keep_removal(&format!("skill-{number}"), Timestamp::now()).await.expect("removal");
    }
    server.store.plan_kept(Timestamp::now()).await.expect("planned");
    let listed = list(server).await;
    (browser, listed[0]["id"].as_str().expect("an id").to_owned())
}

async fn list(server: &Server) -> Value {
    server.call(Method::GET, "/held-batches").admin().send().await.ok(200)
}

async fn decide(server: &Server, id: &str, what: &str) -> Answer {
    server.call(Method::POST, &format!("/held-batches/{id}/{what}")).admin().send().await
}

async fn a_held_batch_is_shown_and_agreed_to(server: Server) {
    let (browser, id) = held(&server).await;
    assert!(lease(&server, &browser, "").await.is_empty());
    let listed = list(&server).await;
    assert_shape!("held_batches", listed, {
        "[].id" => "[id]", "[].integration_id" => "[id]", "[].held_since" => "[time]", "[].skills[].skill_id" => "[id]",
    });
    decide(&server, &id, "agree").await.nothing();
    assert_eq!(list(&server).await, json!([]));
    decide(&server, &id, "agree").await.refused(409, ErrorCode::HeldBatchDecided);
    decide(&server, &id, "refuse").await.refused(409, ErrorCode::HeldBatchDecided);
    assert_eq!(lease(&server, &browser, "?limit=10").await.len(), 6);
}

async fn a_refused_one_stays_away(server: Server) {
    let (browser, id) = held(&server).await;
    decide(&server, &id, "refuse").await.nothing();
    decide(&server, &id, "agree").await.refused(409, ErrorCode::HeldBatchDecided);
    assert!(lease(&server, &browser, "").await.is_empty());
    let path = format!("/integrations/{}/trigger-sync", browser.id);
    server.call(Method::POST, &path).admin().send().await;
    assert_eq!(list(&server).await[0]["delete_count"], 6, "whoever asks for a sync is asked again");
}

async fn strangers_decide_nothing(server: Server) {
    let (browser, id) = held(&server).await;
    for (method, path) in [
        (Method::GET, "/held-batches".to_owned()),
        (Method::POST, format!("/held-batches/{id}/agree")),
        (Method::POST, format!("/held-batches/{id}/refuse")),
    ] {
        server.call(method.clone(), &path).send().await.refused(401, ErrorCode::LoginRequired);
        server.call(method, &path).bearer(&browser.token).send().await.refused(401, ErrorCode::LoginRequired);
    }
    let nobody = "00000000-0000-0000-0000-000000000000";
    decide(&server, nobody, "agree").await.refused(404, ErrorCode::HeldBatchNotFound);
    decide(&server, nobody, "refuse").await.refused(404, ErrorCode::HeldBatchNotFound);
    decide(&server, "x", "agree").await.refused(422, ErrorCode::ValidationError);
    assert_eq!(list(&server).await[0]["id"], id.as_str());
}

async fn the_dashboard_asks(server: Server) {
    let (browser, id) = held(&server).await;
    let overview = server.at(Method::GET, "/").admin().send().await.text();
    assert!(overview.contains("data-todo=\"held\"") && overview.contains("href=\"/held\""), "{overview}");
    let page = server.at(Method::GET, "/held").admin().send().await.text();
    for shown in [
        "6 skills of the claude.ai account in Browser would change at once.",
        "6 would be removed",
        "<li>skill-5</li>",
        &format!("action=\"/held-batches/{id}/agree\""),
        &format!("action=\"/held-batches/{id}/refuse\""),
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let answer = server.at(Method::POST, &format!("/held-batches/{id}/agree")).admin().send().await;
    assert_eq!(answer.status.as_u16(), 303);
    let again = server.at(Method::POST, &format!("/held-batches/{id}/refuse")).admin().send().await;
    assert_eq!(again.status.as_u16(), 303, "somebody else was quicker");
    assert!(again.header("location").is_some_and(|page| page.ends_with("refused=HELD_BATCH_DECIDED")));
    assert!(!server.at(Method::GET, "/held").admin().send().await.text().contains(&id));
    assert_eq!(lease(&server, &browser, "?limit=10").await.len(), 6);
}

async fn members_decide_about_their_own_accounts(server: Server) {
    let (_, batch) = held(&server).await;
    let (owner, token) = person(&server, "bert", Role::Member).await;
    let seen = async || server.call(Method::GET, "/held-batches").bearer(&token).send().await.ok(200);
    let agree = async || {
        let call = server.call(Method::POST, &format!("/held-batches/{batch}/agree")).bearer(&token);
        call.send().await
    };
    assert_eq!(seen().await, json!([]));
    agree().await.refused(404, ErrorCode::HeldBatchNotFound);
    let id = match server.url {
        companion_server::store::DatabaseUrl::Sqlite(_) => format!("x'{}'", owner.simple()),
        companion_server::store::DatabaseUrl::Postgres(_) => format!("'{owner}'"),
    };
    server.sql(&format!("UPDATE claude_ai_integrations SET user_id = {id}")).await;
    server.sql("UPDATE held_batches SET side = 'library'").await;
    assert_eq!(seen().await, json!([]), "the library is everybody's");
    server.sql("UPDATE held_batches SET side = 'claude_ai'").await;
    assert_eq!(seen().await.as_array().map(Vec::len), Some(1));
    agree().await.nothing();
}
