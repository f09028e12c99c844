//! Published collections as plugins.

use axum::http::Method;
use companion_server::domain::delivery::Delivery;
use companion_server::store::DatabaseUrl;
use companion_server::time::Timestamp;
use companion_wire::error::ErrorCode;
use serde_json::json;
use skill_format::archive;

use crate::call::Call;
use crate::people::{Browser, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    groups_are_listed,
    a_group_is_a_plugin,
    an_unchanged_group_is_not_sent_again,
    groups_that_are_none,
    a_group_is_published,
    sync_and_reconcile_of_groups,
);

/// A published collection with these skills.
async fn publish(server: &Server, collection: &str, skills: &[&str]) {
    let (id, text) = match &server.url {
        DatabaseUrl::Sqlite(_) => ("randomblob(16)", format!("'{collection}'")),
        DatabaseUrl::Postgres(_) => ("gen_random_uuid()", format!("'{collection}'")),
    };
    let columns = "(id, name, name_folded, description, published_to_claude_ai)";
    server
        .sql(&format!("INSERT INTO collections {columns} VALUES ({id}, {text}, lower({text}), 'Für alle', (1 = 1))"))
        .await;
    for skill in skills {
        server
            .sql(&format!(
                "INSERT INTO skill_version_collections (version_id, position, name, name_folded)
                 SELECT v.id, 0, {text}, lower({text})
                 FROM skill_content_versions v JOIN skills s ON s.id = v.skill_id AND v.is_latest WHERE s.name = '{skill}'"
            ))
            .await;
    }
}

fn bundle<'a>(server: &'a Server, browser: &Browser, group: &str) -> Call<'a> {
    server.call(Method::GET, &format!("/extension/plugin-bundle?group={group}")).bearer(&browser.token)
}

async fn groups_are_listed(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let list = || server.call(Method::GET, "/extension/plugin-groups").bearer(&browser.token);
    assert_eq!(list().send().await.ok(200), json!({ "marketplace_name": "SkillNote", "groups": [] }));
    keep(&server, "notes", "1").await;
    keep(&server, "mail", "1").await;
    publish(&server, "Team_X", &["notes", "mail"]).await;
    publish(&server, "team-x", &["notes"]).await;
    publish(&server, "empty", &[]).await;
    let listed = list().send().await.ok(200);
    assert_shape!("plugin_groups", listed);
    server.call(Method::GET, "/extension/plugin-groups").send().await.refused(401, ErrorCode::MissingBearerToken);
}

async fn a_group_is_a_plugin(server: Server) {
    let browser = pair(&server, "Laptop").await;
    keep(&server, "notes", "1").await;
    keep(&server, "mail", "1").await;
    keep(&server, "off", "1").await;
    publish(&server, "team_x", &["notes", "mail", "off"]).await;
    assert!(server.store.set_skill_sync("off", false, Timestamp::now()).await.expect("switch"));
    let answer = bundle(&server, &browser, "team-x").send().await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"team-x-plugin.zip\""));
    assert_eq!(answer.header("x-skill-count"), Some("2"));
    assert_eq!(answer.header("etag").map(str::len), Some(34));
    let read = archive::read(&answer.body, &archive::Limits::default()).expect("a zip");
    let text: Vec<String> = read
        .folder
        .files
        .iter()
        .map(|(path, file)| format!("{path}\n{}", String::from_utf8_lossy(&file.content)))
        .collect();
    assert_shape!("plugin_bundle", text);
    assert_eq!(bundle(&server, &browser, "team-x").send().await.body, answer.body, "byte for byte");
}

async fn an_unchanged_group_is_not_sent_again(server: Server) {
    let browser = pair(&server, "Laptop").await;
    keep(&server, "notes", "1").await;
    publish(&server, "team", &["notes"]).await;
    let first = bundle(&server, &browser, "team").send().await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = bundle(&server, &browser, "team").header("if-none-match", &format!("W/{tag}")).send().await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
    keep(&server, "mail", "1").await;
    publish(&server, "other", &["mail"]).await;
    server.sql("UPDATE collections SET description = 'changed' WHERE name = 'team'").await;
    let changed = bundle(&server, &browser, "team").header("if-none-match", &tag).send().await;
    assert_eq!(changed.status.as_u16(), 200);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

async fn groups_that_are_none(server: Server) {
    let browser = pair(&server, "Laptop").await;
    publish(&server, "empty", &[]).await;
    for group in ["empty", "unknown", "../x", "%00"] {
        let answer = bundle(&server, &browser, group).send().await;
        if group == "%00" {
            answer.refused(422, ErrorCode::ValidationError);
        } else {
            answer.refused(404, ErrorCode::GroupNotFound);
        }
    }
    let nameless = server.call(Method::GET, "/extension/plugin-bundle").bearer(&browser.token).send().await;
    assert_eq!(nameless.refused(422, ErrorCode::ValidationError), "query → group: Field required");
    let stranger = server.call(Method::GET, "/extension/plugin-bundle?group=empty").send().await;
    stranger.refused(401, ErrorCode::MissingBearerToken);
}

async fn a_group_is_published(server: Server) {
    let browser = pair(&server, "Laptop").await;
    keep(&server, "notes", "1").await;
    let upload = lease(&server, &browser, "").await;
    let linked = json!({ "success": true, "result": { "claude_ai_skill_id": "sk_1" } });
    report(&server, &browser, &upload[0]["id"], linked).await.nothing();
    publish(&server, "team", &["notes"]).await;
    let reconcile = server.call(Method::POST, "/extension/reconcile").bearer(&browser.token);
    assert_eq!(reconcile.send().await.ok(202), json!({ "enqueued": 1 }));
    let leased = lease(&server, &browser, "").await;
    assert_shape!("operation_publish_group", leased, { "[].id" => "[id]", "[].created_at" => "[time]" });
    let result = json!({ "group_count": 1, "skill_count": 1, "retired_count": 0, "marketplace_id": "m_1" });
    report(&server, &browser, &leased[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    let activity = server.call(Method::GET, "/activity?event=skill_pushed&limit=1").admin().send().await.ok(200);
    assert_eq!(activity[0]["detail"], json!({ "op_kind": "publish_group", "result": result }));
    let leased = lease(&server, &browser, "").await;
    assert_eq!((&leased[0]["kind"], &leased[0]["payload"]["claude_ai_skill_id"]), (&json!("delete"), &json!("sk_1")));
}

async fn sync_and_reconcile_of_groups(server: Server) {
    server.store.set_delivery(Delivery::Groups, Timestamp::now()).await.expect("delivery");
    keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    let leased = lease(&server, &browser, "").await;
    assert_eq!((leased.len(), &leased[0]["kind"]), (1, &json!("publish_group")));
    let refused = json!({ "success": false, "permanent": true, "error": "no such marketplace" });
    report(&server, &browser, &leased[0]["id"], refused).await.nothing();
    let reconcile = || server.call(Method::POST, "/extension/reconcile").bearer(&browser.token);
    assert_eq!(reconcile().send().await.ok(202), json!({ "enqueued": 1 }));
    assert_eq!(reconcile().send().await.ok(202), json!({ "enqueued": 0 }));
    for _ in 0..2 {
        let path = format!("/integrations/{}/trigger-sync", browser.id);
        server.call(Method::POST, &path).admin().send().await.nothing();
    }
    let leased = lease(&server, &browser, "").await;
    let mut kinds: Vec<_> = leased.iter().map(|operation| operation["kind"].as_str().expect("a kind")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["list", "publish_group"]);
    let list = leased.iter().find(|operation| operation["kind"] == "list").expect("a list");
    assert_eq!((&list["payload"], &list["skill_id"]), (&json!({ "reason": "user_triggered" }), &json!(null)));
    let found = json!({ "imported_count": 0 });
    report(&server, &browser, &list["id"], json!({ "success": true, "result": found })).await.nothing();
    let activity = server.call(Method::GET, "/activity?event=skill_imported&limit=1").admin().send().await.ok(200);
    assert_eq!(activity[0]["detail"], json!({ "op_kind": "list", "result": found }));
}
