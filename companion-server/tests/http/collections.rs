//! Collections: names in any letter case, counts, and the switch that publishes them.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::imports::{bring, detail};
use crate::people::{folder, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    are_made_described_listed_and_removed,
    are_found_by_part_state_and_limit,
    wrong_names_and_strangers_are_refused,
    exist_as_soon_as_a_skill_names_them,
    are_published_by_one_waiting_operation,
    changes_of_what_is_published_travel,
    take_nobody_back_beyond_fifteen,
    are_not_overfilled_by_an_old_version,
);

async fn send(server: &Server, method: Method, path: &str, body: Value) -> Answer {
    server.at(method, &format!("/v1/collections{path}")).admin().json(body).send().await
}

async fn get(server: &Server, path: &str) -> Answer {
    server.at(Method::GET, &format!("/v1/collections{path}")).admin().send().await
}

async fn remove(server: &Server, name: &str) -> Answer {
    server.at(Method::DELETE, &format!("/v1/collections/{name}")).admin().send().await
}

async fn skill(server: &Server, name: &str, collections: Value) {
    let body = json!({ "name": name, "slug": name, "description": "d", "collections": collections });
    server.at(Method::POST, "/v1/skills").admin().json(body).send().await.ok(201);
}

/// Fifteen fill a collection. One that left comes back, however it comes, without the place that somebody else has by now.
async fn take_nobody_back_beyond_fifteen(server: Server) {
    let browser = pair(&server, "Browser").await;
    for name in ["from-there", "from-here"] {
        skill(&server, name, json!(["office", name])).await;
        server.at(Method::DELETE, &format!("/v1/skills/{name}")).admin().send().await.nothing();
    }
    for number in 0..14 {
        skill(&server, &format!("skill-{number}"), json!(["office"])).await;
    }
    bring(&server, &browser, "sk_there", "1", &folder("from-there", "Back")).await.ok(201);
    assert_eq!(detail(&server, "from-there").await["collections"], json!(["office", "from-there"]), "there is room");
    keep(&server, "from-here", "Back").await;
    assert_eq!(detail(&server, "from-here").await["collections"], json!(["from-here"]), "there is none");
    keep(&server, "from-there", "Again").await;
    assert_eq!(
        detail(&server, "from-there").await["collections"],
        json!(["office", "from-there"]),
        "who is in stays in"
    );
}

async fn are_not_overfilled_by_an_old_version(server: Server) {
    skill(&server, "wanderer", json!(["office"])).await;
    let left = json!({ "collections": [] });
    server.at(Method::PATCH, "/v1/skills/wanderer").admin().json(left).send().await.ok(200);
    for number in 0..15 {
        skill(&server, &format!("skill-{number}"), json!(["office"])).await;
    }
    for action in ["restore", "set-latest"] {
        let path = format!("/v1/skills/wanderer/content-versions/1/{action}");
        let refused = server.at(Method::POST, &path).admin().json(json!({})).send().await;
        refused.refused(422, ErrorCode::CollectionLimitReached);
        assert_eq!(detail(&server, "wanderer").await["current_version"], 2, "{action}");
    }
    server.at(Method::DELETE, "/v1/skills/skill-0").admin().send().await.nothing();
    let path = "/v1/skills/wanderer/content-versions/1/set-latest";
    server.at(Method::POST, path).admin().json(json!({})).send().await.ok(200);
    assert_eq!(detail(&server, "wanderer").await["collections"], json!(["office"]));
}

async fn are_made_described_listed_and_removed(server: Server) {
    let made =
        send(&server, Method::POST, "", json!({ "name": " office ", "description": "For the office" })).await.ok(201);
    assert_shape!("collection_detail", made, { ".created_at" => "[time]", ".updated_at" => "[time]" });
    assert_eq!(get(&server, "/OFFICE").await.ok(200), made);
    send(&server, Method::POST, "", json!({ "name": "office" })).await.refused(409, ErrorCode::CollectionExists);
    let described = send(&server, Method::PUT, "/Office", json!({ "description": "Other" })).await.ok(200);
    assert_eq!((&described["name"], &described["description"]), (&json!("office"), &json!("Other")));
    skill(&server, "notes", json!(["office"])).await;
    let listed = get(&server, "").await;
    assert_eq!(listed.header("x-total-count"), Some("1"));
    assert_shape!("collections_listed", listed.ok(200));
    remove(&server, "office").await.refused(409, ErrorCode::CollectionInUse);
    server.at(Method::DELETE, "/v1/skills/notes").admin().send().await.nothing();
    remove(&server, "OFFICE").await.nothing();
    remove(&server, "office").await.refused(404, ErrorCode::CollectionNotFound);
}

async fn are_found_by_part_state_and_limit(server: Server) {
    for name in ["a_b", "a-b", "azb", "other"] {
        send(&server, Method::POST, "", json!({ "name": name })).await.ok(201);
    }
    send(&server, Method::PUT, "/azb/claude-ai", json!({ "published": "yes" })).await.ok(200);
    let names = async |query: &str| {
        let answer = get(&server, query).await;
        let listed = answer.ok(200);
        let names =
            listed.as_array().expect("an array").iter().map(|one| one["name"].as_str().unwrap_or("").to_owned());
        (names.collect::<Vec<_>>().join(" "), answer.header("x-total-count").unwrap_or("").to_owned())
    };
    let found = |names: &str, total: &str| (names.to_owned(), total.to_owned());
    assert_eq!(names("?q=A_B").await, found("a_b", "1"), "no wildcard");
    assert_eq!(names("?q=%25").await, found("", "0"));
    assert_eq!(names("?published=true").await, found("azb", "1"));
    assert_eq!(names("?published=false&limit=1").await, found("a-b", "3"));
    assert_eq!(names("?limit=0").await.1, "4");
    for query in ["?limit=501", "?limit=-1", "?limit=x", "?published=perhaps"] {
        get(&server, query).await.refused(422, ErrorCode::ValidationError);
    }
}

async fn wrong_names_and_strangers_are_refused(server: Server) {
    for name in ["", "A", "a b", "my-claude", &"x".repeat(129)] {
        let answer = send(&server, Method::POST, "", json!({ "name": name })).await;
        answer.refused(422, ErrorCode::CollectionNameInvalid);
    }
    let message = send(&server, Method::POST, "", json!({})).await.refused(422, ErrorCode::ValidationError);
    assert_eq!(message, "name: Field required");
    let tag = json!({ "name": "a", "description": "<b>" });
    send(&server, Method::POST, "", tag).await.refused(422, ErrorCode::ValidationError);
    for name in ["none", "%00", "%F0%9F%A6%80"] {
        get(&server, &format!("/{name}")).await.refused(404, ErrorCode::CollectionNotFound);
        remove(&server, name).await.refused(404, ErrorCode::CollectionNotFound);
        let path = format!("/{name}/claude-ai");
        send(&server, Method::PUT, &path, json!({ "published": true }))
            .await
            .refused(404, ErrorCode::CollectionNotFound);
    }
    send(&server, Method::PUT, "/none", json!({ "description": "d" }))
        .await
        .refused(404, ErrorCode::CollectionNotFound);
    send(&server, Method::PUT, "/none", json!({})).await.refused(422, ErrorCode::ValidationError);
    server.at(Method::GET, "/v1/collections").send().await.refused(401, ErrorCode::LoginRequired);
    let stranger = server.at(Method::PUT, "/v1/collections/a/claude-ai").json(json!({}));
    stranger.send().await.refused(401, ErrorCode::LoginRequired);
}

async fn exist_as_soon_as_a_skill_names_them(server: Server) {
    skill(&server, "notes", json!(["office"])).await;
    assert_eq!(get(&server, "").await.ok(200)[0]["count"], 1);
    server.at(Method::DELETE, "/v1/skills/notes").admin().send().await.nothing();
    remove(&server, "office").await.nothing();
    // A name that lives only inside a skill: its row is gone, and the skill lives again.
    skill(&server, "notes", json!(["office"])).await;
    server.sql("DELETE FROM collections").await;
    get(&server, "/office").await.refused(404, ErrorCode::CollectionNotFound);
    assert_eq!(get(&server, "").await.ok(200)[0]["name"], "office");
    let published = send(&server, Method::PUT, "/OFFICE/claude-ai", json!({ "published": true })).await.ok(200);
    assert_eq!((&published["name"], &published["published_to_claude_ai"]), (&json!("office"), &json!(true)));
}

async fn are_published_by_one_waiting_operation(server: Server) {
    let browser = pair(&server, "Browser").await;
    send(&server, Method::POST, "", json!({ "name": "office" })).await.ok(201);
    assert!(lease(&server, &browser, "").await.is_empty());
    for published in [true, true, false] {
        send(&server, Method::PUT, "/office/claude-ai", json!({ "published": published })).await.ok(200);
    }
    let leased = lease(&server, &browser, "").await;
    assert_eq!(leased.len(), 1, "{leased:?}");
    assert_eq!((&leased[0]["kind"], &leased[0]["payload"]), (&json!("publish_group"), &json!({})));
    send(&server, Method::PUT, "/office/claude-ai", json!({ "published": true })).await.ok(200);
    assert_eq!(lease(&server, &browser, "").await.len(), 1, "the one under way may have begun too early");
    report(&server, &browser, &leased[0]["id"], json!({ "success": true, "result": { "group_count": 1 } }))
        .await
        .nothing();
}

async fn changes_of_what_is_published_travel(server: Server) {
    let browser = pair(&server, "Browser").await;
    send(&server, Method::POST, "", json!({ "name": "office" })).await.ok(201);
    let published = async || {
        let leased = lease(&server, &browser, "").await;
        leased.iter().filter(|operation| operation["kind"] == "publish_group").count()
    };
    send(&server, Method::PUT, "/office", json!({ "description": "one" })).await.ok(200);
    assert_eq!(published().await, 0, "it is not published");
    send(&server, Method::PUT, "/office/claude-ai", json!({ "published": true })).await.ok(200);
    assert_eq!(published().await, 1);
    send(&server, Method::PUT, "/office", json!({ "description": "one" })).await.ok(200);
    assert_eq!(published().await, 0, "nothing changed");
    send(&server, Method::PUT, "/office", json!({ "description": "two" })).await.ok(200);
    assert_eq!(published().await, 1);
    skill(&server, "notes", json!(["office"])).await;
    assert_eq!(published().await, 1);
    server.at(Method::PATCH, "/v1/skills/notes").admin().json(json!({})).send().await.ok(200);
    assert_eq!(published().await, 1);
    server.at(Method::DELETE, "/v1/skills/notes").admin().send().await.nothing();
    assert_eq!(published().await, 1);
}
