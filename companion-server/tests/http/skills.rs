//! Skills through the API: exact shapes, every refusal, and what browsers are given to do about it.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};

use crate::call::Answer;
use crate::people::{Browser, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    is_made_read_and_listed,
    what_is_wrong_with_a_new_one_is_named,
    names_and_slugs_are_taken_once,
    every_change_makes_a_version,
    versions_can_be_restored_and_put_in_force,
    browsers_follow_every_change,
    a_new_name_moves_what_accounts_hold,
    a_name_can_be_taken_back,
    removal_keeps_the_versions,
    folder_skills_are_renamed_and_removed_in_the_folder,
    the_folder_takes_over_a_skill_of_the_server,
    what_pre_flight_moves_stays_where_its_author_put_it,
    a_version_from_claude_ai_keeps_the_collections,
    strangers_and_unknown_ones_are_refused,
    anything_may_be_sent,
);

fn body(name: &str) -> Value {
    json!({
        "name": name, "slug": name, "description": "Takes notes", "collections": ["writing", "work"],
        "content_md": "# Notes\n", "extra_frontmatter": { "license": "MIT", "metadata": { "team": "a" } }, "unknown": 1,
    })
}

async fn send(server: &Server, method: Method, path: &str, body: Value) -> Answer {
    server.at(method, &format!("/v1/skills{path}")).admin().json(body).send().await
}

async fn get(server: &Server, path: &str) -> Answer {
    server.at(Method::GET, &format!("/v1/skills{path}")).admin().send().await
}

async fn remove(server: &Server, slug: &str) -> Answer {
    server.at(Method::DELETE, &format!("/v1/skills/{slug}")).admin().send().await
}

/// What the browser has to do, as kind and name; each is reported as done.
async fn work(server: &Server, browser: &Browser) -> Vec<String> {
    let mut done = Vec::new();
    loop {
        let leased = lease(server, browser, "").await;
        if leased.is_empty() {
            return done;
        }
        for operation in leased {
            let name = operation["payload"]["name"].as_str().unwrap_or_default();
            done.push(format!("{} {name}", operation["kind"].as_str().expect("a kind")));
            let result = json!({ "claude_ai_skill_id": format!("sk_{name}"), "claude_ai_version": "1" });
            report(server, browser, &operation["id"], json!({ "success": true, "result": result })).await.nothing();
        }
    }
}

async fn is_made_read_and_listed(server: Server) {
    let made = send(&server, Method::POST, "", body("notes")).await.ok(201);
    assert_shape!("skill_detail", made, { ".id" => "[id]", ".created_at" => "[time]", ".updated_at" => "[time]" });
    assert_eq!(get(&server, "/notes").await.ok(200), made);
    send(
        &server,
        Method::POST,
        "",
        json!({ "name": "bare", "slug": "a_bare", "description": "d", "collections": ["Other".to_lowercase()] }),
    )
    .await
    .ok(201);
    let listed = get(&server, "").await.ok(200);
    assert_shape!("skills_listed", listed, { "[].id" => "[id]" });
    let count = async |query: &str| get(&server, query).await.ok(200).as_array().expect("an array").len();
    assert_eq!(count("?collections=WORK").await, 1);
    assert_eq!(count("?collections=work,other").await, 2);
    assert_eq!(count("?collections=none").await, 0);
    let with = get(&server, "?include=content").await.ok(200);
    assert_eq!((&with[0]["content_md"], &with[1]["content_md"]), (&json!(""), &json!("# Notes\n")));
    let events = server.call(Method::GET, "/activity?event=skill_created").admin().send().await.ok(200);
    assert_eq!(events[1]["detail"], json!({ "slug": "notes", "name": "notes" }));
}

async fn what_is_wrong_with_a_new_one_is_named(server: Server) {
    let empty = send(&server, Method::POST, "", json!({})).await.refused(422, ErrorCode::ValidationError);
    assert_eq!(
        empty,
        "name: Field required; slug: Field required; description: Field required; collections: Field required"
    );
    for (field, value, code) in [
        ("name", json!("No Blanks"), ErrorCode::ValidationError),
        ("name", json!("my-claude"), ErrorCode::ValidationError),
        ("name", json!("ns:sub"), ErrorCode::ValidationError),
        ("name", json!(5), ErrorCode::ValidationError),
        ("slug", json!("../../evil"), ErrorCode::ValidationError),
        ("slug", json!("a\u{0}b"), ErrorCode::ValidationError),
        ("slug", json!("x".repeat(65)), ErrorCode::ValidationError),
        ("description", json!("  "), ErrorCode::ValidationError),
        ("description", json!("<b>bold</b>"), ErrorCode::ValidationError),
        ("description", json!("x".repeat(1025)), ErrorCode::ValidationError),
        ("collections", json!([]), ErrorCode::ValidationError),
        ("collections", json!("work"), ErrorCode::ValidationError),
        ("collections", json!([1]), ErrorCode::ValidationError),
        ("collections", json!(["Not Legal"]), ErrorCode::CollectionNameInvalid),
        ("content_md", json!(5), ErrorCode::ValidationError),
        ("extra_frontmatter", json!({ "name": "x" }), ErrorCode::ValidationError),
        ("extra_frontmatter", json!({ "a": { "b": {} } }), ErrorCode::ValidationError),
        ("extra_frontmatter", json!([]), ErrorCode::ValidationError),
    ] {
        let mut body = body("notes");
        body[field] = value.clone();
        let answer = send(&server, Method::POST, "", body).await;
        assert_eq!(answer.status.as_u16(), 422, "{field} {value}: {}", answer.text());
        answer.refused(422, code);
    }
    assert_eq!(get(&server, "").await.ok(200), json!([]));
    for number in 0..15 {
        send(&server, Method::POST, "", body(&format!("s{number}"))).await.ok(201);
    }
    send(&server, Method::POST, "", body("one-more")).await.refused(422, ErrorCode::CollectionLimitReached);
    get(&server, "/one-more").await.refused(404, ErrorCode::SkillNotFound);
}

async fn names_and_slugs_are_taken_once(server: Server) {
    send(&server, Method::POST, "", body("notes")).await.ok(201);
    let other =
        |name: &str, slug: &str| json!({ "name": name, "slug": slug, "description": "d", "collections": ["c"] });
    for (name, slug) in [("notes", "notes"), ("notes", "other"), ("other", "notes")] {
        send(&server, Method::POST, "", other(name, slug)).await.refused(409, ErrorCode::SkillSlugExists);
    }
    send(&server, Method::POST, "", other("other", "other")).await.ok(201);
    send(&server, Method::PATCH, "/other", json!({ "name": "notes" })).await.refused(409, ErrorCode::SkillSlugExists);
    let (one, two) = tokio::join!(
        send(&server, Method::POST, "", other("race", "race")),
        send(&server, Method::POST, "", other("race", "race"))
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

async fn every_change_makes_a_version(server: Server) {
    let made = send(&server, Method::POST, "", body("notes")).await.ok(201);
    let same = send(&server, Method::PATCH, "/notes", json!({})).await.ok(200);
    assert_eq!((&same["current_version"], &same["content_md"]), (&json!(2), &made["content_md"]));
    assert_eq!(same["collections"], made["collections"], "inherited");
    let changed =
        send(&server, Method::PATCH, "/notes", json!({ "description": "Other", "collections": ["work"] })).await;
    let changed = changed.ok(200);
    assert_eq!((&changed["description"], &changed["collections"]), (&json!("Other"), &json!(["work"])));
    assert_eq!(
        (&changed["extra_frontmatter"], &changed["content_md"]),
        (&made["extra_frontmatter"], &made["content_md"])
    );
    let other =
        send(&server, Method::PATCH, "/notes", json!({ "extra_frontmatter": {}, "content_md": "New" })).await.ok(200);
    assert_eq!((&other["extra_frontmatter"], &other["content_md"]), (&Value::Null, &json!("New")));
    assert_eq!((&other["id"], &other["total_versions"]), (&made["id"], &json!(4)));
    let versions = get(&server, "/notes/content-versions").await.ok(200);
    assert_shape!("content_versions", versions, { "[].created_at" => "[time]" });
    let events = server.call(Method::GET, "/activity?event=skill_updated").admin().send().await.ok(200);
    assert_eq!(events[0]["detail"], json!({ "slug": "notes", "name": "notes", "version": 4 }));
    send(&server, Method::PATCH, "/notes", json!({ "description": "" })).await.refused(422, ErrorCode::ValidationError);
}

async fn versions_can_be_restored_and_put_in_force(server: Server) {
    send(&server, Method::POST, "", body("notes")).await.ok(201);
    send(&server, Method::PATCH, "/notes", json!({ "content_md": "two", "collections": ["other"] })).await.ok(200);
    let restored = send(&server, Method::POST, "/notes/content-versions/1/restore", json!({})).await.ok(200);
    assert_eq!((&restored["content_md"], &restored["current_version"]), (&json!("# Notes\n"), &json!(3)));
    assert_eq!(restored["collections"], json!(["writing", "work"]));
    let events = server.call(Method::GET, "/activity?event=skill_restored").admin().send().await.ok(200);
    assert_eq!(events[0]["detail"], json!({ "slug": "notes", "name": "notes", "restored_from_version": 1 }));
    let back = send(&server, Method::POST, "/notes/content-versions/2/set-latest", json!({})).await.ok(200);
    assert_eq!(
        (&back["content_md"], &back["current_version"], &back["total_versions"]),
        (&json!("two"), &json!(2), &json!(3))
    );
    let next = send(&server, Method::PATCH, "/notes", json!({})).await.ok(200);
    assert_eq!((&next["current_version"], &next["content_md"]), (&json!(4), &json!("two")), "no number twice");
    let versions = get(&server, "/notes/content-versions").await.ok(200);
    let latest: Vec<&Value> =
        versions.as_array().expect("an array").iter().map(|version| &version["is_latest"]).collect();
    assert_eq!(json!(latest), json!([true, false, false, false]));
    for action in ["restore", "set-latest"] {
        for number in ["9", "0", "-1", "99999999999"] {
            let path = format!("/notes/content-versions/{number}/{action}");
            send(&server, Method::POST, &path, json!({})).await.refused(404, ErrorCode::VersionNotFound);
        }
        let path = format!("/notes/content-versions/x/{action}");
        send(&server, Method::POST, &path, json!({})).await.refused(422, ErrorCode::ValidationError);
    }
}

async fn browsers_follow_every_change(server: Server) {
    let browser = pair(&server, "Browser").await;
    send(&server, Method::POST, "", body("notes")).await.ok(201);
    assert_eq!(work(&server, &browser).await, ["upload notes"]);
    send(&server, Method::PATCH, "/notes", json!({})).await.ok(200);
    assert_eq!(work(&server, &browser).await, [""; 0], "the same content");
    send(&server, Method::PATCH, "/notes", json!({ "content_md": "two" })).await.ok(200);
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    send(&server, Method::POST, "/notes/content-versions/1/set-latest", json!({})).await.ok(200);
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    send(&server, Method::POST, "/notes/content-versions/3/restore", json!({})).await.ok(200);
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    remove(&server, "notes").await.nothing();
    assert_eq!(work(&server, &browser).await, ["delete notes"]);
}

async fn a_new_name_moves_what_accounts_hold(server: Server) {
    let browser = pair(&server, "Browser").await;
    let made = send(&server, Method::POST, "", body("notes")).await.ok(201);
    assert_eq!(work(&server, &browser).await, ["upload notes"]);
    let renamed = send(&server, Method::PATCH, "/notes", json!({ "name": "new_notes" })).await;
    renamed.refused(422, ErrorCode::ValidationError);
    let renamed = send(&server, Method::PATCH, "/notes", json!({ "name": "new-notes" })).await.ok(200);
    assert_eq!(
        (&renamed["slug"], &renamed["id"], &renamed["current_version"]),
        (&json!("new-notes"), &made["id"], &json!(2))
    );
    get(&server, "/notes").await.refused(404, ErrorCode::SkillNotFound);
    let mut done = work(&server, &browser).await;
    done.sort();
    assert_eq!(done, ["delete notes", "upload new-notes"]);
    let titles = get(&server, "/new-notes/content-versions").await.ok(200);
    assert_eq!((&titles[0]["title"], &titles[1]["title"]), (&json!("new-notes"), &json!("notes")));
    let old = send(&server, Method::POST, "/new-notes/content-versions/1/set-latest", json!({})).await.ok(200);
    assert_eq!((&old["name"], &old["current_version"]), (&json!("new-notes"), &json!(3)), "under its present name");
}

async fn a_name_can_be_taken_back(server: Server) {
    let browser = pair(&server, "Browser").await;
    send(&server, Method::POST, "", body("notes")).await.ok(201);
    assert_eq!(work(&server, &browser).await, ["upload notes"]);
    send(&server, Method::PATCH, "/notes", json!({ "name": "other" })).await.ok(200);
    let back = send(&server, Method::PATCH, "/other", json!({ "name": "notes" })).await.ok(200);
    assert_eq!(back["current_version"], 4, "with the versions that the name had left behind");
    assert_eq!(work(&server, &browser).await, [""; 0], "the account holds it already");
    send(&server, Method::PATCH, "/notes", json!({ "name": "other" })).await.ok(200);
    let mut done = work(&server, &browser).await;
    done.sort();
    assert_eq!(done, ["delete notes", "upload other"]);
}

async fn removal_keeps_the_versions(server: Server) {
    let made = send(&server, Method::POST, "", body("notes")).await.ok(201);
    remove(&server, "notes").await.nothing();
    remove(&server, "notes").await.refused(404, ErrorCode::SkillNotFound);
    let events = server.call(Method::GET, "/activity?event=skill_deleted").admin().send().await.ok(200);
    assert_eq!(
        (&events[0]["detail"], &events[0]["skill_id"]),
        (&json!({ "slug": "notes", "name": "notes" }), &Value::Null)
    );
    let mut again = body("notes");
    again["content_md"] = json!("again");
    let revived = send(&server, Method::POST, "", again).await.ok(201);
    assert_eq!((&revived["id"], &revived["total_versions"]), (&made["id"], &json!(2)));
    let restored = send(&server, Method::POST, "/notes/content-versions/1/restore", json!({})).await.ok(200);
    assert_eq!(restored["content_md"], made["content_md"]);
}

async fn folder_skills_are_renamed_and_removed_in_the_folder(server: Server) {
    keep(&server, "notes", "1").await;
    let detail = get(&server, "/notes").await.ok(200);
    assert_eq!(
        (&detail["origin"]["source_type"], &detail["origin"]["path"]),
        (&json!("library_folder"), &json!("notes"))
    );
    let message = remove(&server, "notes").await.refused(409, ErrorCode::SkillInLibraryFolder);
    assert!(message.contains("“notes”"), "{message}");
    send(&server, Method::PATCH, "/notes", json!({ "name": "other" }))
        .await
        .refused(409, ErrorCode::SkillInLibraryFolder);
    let changed =
        send(&server, Method::PATCH, "/notes", json!({ "name": "notes", "collections": ["work"] })).await.ok(200);
    assert_eq!((&changed["collections"], &changed["current_version"]), (&json!(["work"]), &json!(2)));
    keep(&server, "notes", "2").await;
    assert_eq!(get(&server, "/notes").await.ok(200)["collections"], json!(["work"]), "an edit on disk keeps them");
}

async fn the_folder_takes_over_a_skill_of_the_server(server: Server) {
    let made = send(&server, Method::POST, "", body("notes")).await.ok(201);
    assert!(server.store.newest_digests().await.expect("digests").is_empty(), "nothing that a scan could miss");
    keep(&server, "notes", "from disk").await;
    let taken = get(&server, "/notes").await.ok(200);
    assert_eq!((&taken["id"], &taken["current_version"]), (&made["id"], &json!(2)));
    assert_eq!((&taken["collections"], &taken["content_md"]), (&made["collections"], &json!("from disk\n")));
    assert_eq!(server.store.newest_digests().await.expect("digests").len(), 1);
    let mut other = body("else");
    other["slug"] = json!("wanted");
    send(&server, Method::POST, "", other).await.ok(201);
    keep(&server, "wanted", "its slug is taken").await;
    assert_eq!(get(&server, "").await.ok(200).as_array().expect("an array").len(), 3);
}

async fn strangers_and_unknown_ones_are_refused(server: Server) {
    let browser = pair(&server, "Browser").await;
    for (method, path) in [
        (Method::GET, "/v1/skills"),
        (Method::POST, "/v1/skills"),
        (Method::GET, "/v1/skills/x"),
        (Method::PATCH, "/v1/skills/x"),
        (Method::DELETE, "/v1/skills/x"),
        (Method::GET, "/v1/skills/x/content-versions"),
        (Method::POST, "/v1/skills/x/content-versions/1/restore"),
        (Method::POST, "/v1/skills/x/content-versions/1/set-latest"),
    ] {
        let stranger = server.at(method.clone(), path).json(json!({})).send().await;
        stranger.refused(401, ErrorCode::LoginRequired);
        let extension = server.at(method.clone(), path).bearer(&browser.token).json(json!({})).send().await;
        extension.refused(401, ErrorCode::LoginRequired);
        if path.contains("/x") {
            for slug in ["x", "%00", "%F0%9F%A6%80"] {
                let call = server.at(method.clone(), &path.replace('x', slug)).admin().json(json!({}));
                call.send().await.refused(404, ErrorCode::SkillNotFound);
            }
        }
    }
}

/// Whatever is sent, the answer is the skill or a refusal, and what was taken is read back.
async fn anything_may_be_sent(server: Server) {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    let text = || prop_oneof!["\\PC{0,30}", "[a-z0-9_:-]{0,12}", any::<String>()];
    let value = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        proptest::collection::vec(text().prop_map(Value::from), 0..3).prop_map(Value::from),
        Just(Value::Null),
    ];
    let extra = proptest::collection::btree_map(text(), value, 0..3);
    let input = (text(), text(), text(), text(), proptest::collection::vec(text(), 0..3), extra);
    let mut runner = proptest::test_runner::TestRunner::default();
    let mut taken = 0;
    for _ in 0..150 {
        let (name, slug, description, content, listed, extra) = input.new_tree(&mut runner).expect("a value").current();
        let listed = if listed.len() == 2 { vec!["c".to_owned()] } else { listed };
        let body = json!({
            "name": name, "slug": slug, "description": description, "content_md": content, "collections": listed,
            "extra_frontmatter": extra,
        });
        let answer = send(&server, Method::POST, "", body.clone()).await;
        assert!(matches!(answer.status.as_u16(), 201 | 409 | 422), "{body}: {}", answer.text());
        if answer.status.as_u16() == 201 {
            taken += 1;
            assert_eq!(answer.json()["content_md"], json!(content), "{body}");
            remove(&server, slug.trim()).await.nothing();
        }
    }
    eprintln!("{taken} of 150 were taken");
}

async fn what_pre_flight_moves_stays_where_its_author_put_it(server: Server) {
    let mut new = body("notes");
    new["extra_frontmatter"] = json!({ "owner": "me", "license": "MIT" });
    send(&server, Method::POST, "", new.clone()).await.ok(201);
    for _ in 0..2 {
        let changed = send(&server, Method::PATCH, "/notes", json!({ "description": "Other" })).await.ok(200);
        assert_eq!(changed["extra_frontmatter"], new["extra_frontmatter"]);
        let restored = send(&server, Method::POST, "/notes/content-versions/1/restore", json!({})).await.ok(200);
        assert_eq!(restored["extra_frontmatter"], new["extra_frontmatter"]);
    }
}

async fn a_version_from_claude_ai_keeps_the_collections(server: Server) {
    let browser = pair(&server, "Browser").await;
    send(&server, Method::POST, "", body("notes")).await.ok(201);
    work(&server, &browser).await;
    send(&server, Method::PATCH, "/notes", json!({ "content_md": "here" })).await.ok(200);
    let there = crate::people::folder("notes", "there");
    crate::imports::bring(&server, &browser, "sk_notes", "2", &there).await.ok(201);
    for action in ["restore", "set-latest"] {
        let path = format!("/notes/content-versions/3/{action}");
        let taken = send(&server, Method::POST, &path, json!({})).await.ok(200);
        assert_eq!((&taken["content_md"], &taken["collections"]), (&json!("there\n"), &json!(["writing", "work"])));
    }
}
