//! Skills that changed on both sides: held, shown, and resolved in every way, with every version kept.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use skill_format::{RelativePath, SkillFolder, archive};

use crate::call::Answer;
use crate::imports::{bring, detail, last, work};
use crate::people::{Browser, folder, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    is_held_shown_and_previewed,
    the_librarys_side_can_be_kept,
    the_accounts_side_can_be_kept,
    both_can_be_kept,
    edits_that_do_not_overlap_merge,
    files_of_any_size_are_answered,
    edits_that_overlap_need_a_text,
    what_was_put_aside_stays_until_something_changes,
    a_removed_skill_can_stay_or_come_back,
    what_cannot_be_resolved_is_refused,
    an_update_under_way_is_not_taken_for_what_was_seen,
    a_new_name_there_ends_the_conflict,
    a_later_import_replaces_what_is_staged_and_loses_nothing,
);

const BASE: &str = "one\ntwo\nthree\nfour\nfive\nsix";

/// A skill that both had, then changed here and there.
pub async fn conflict(server: &Server, here: &str, there: &str) -> (Browser, String) {
    let browser = pair(server, "Browser").await;
    keep(server, "notes", BASE).await;
    assert_eq!(work(server, &browser).await, ["upload notes"]);
    keep(server, "notes", here).await;
    bring(server, &browser, "sk_notes", "2", &folder("notes", there)).await.ok(201);
    let conflicts = list(server).await;
    (browser, conflicts[0]["link_id"].as_str().expect("a conflict").to_owned())
}

async fn list(server: &Server) -> Value {
    server.call(Method::GET, "/conflicts").admin().send().await.ok(200)
}

async fn preview(server: &Server, link: &str) -> Value {
    server.call(Method::GET, &format!("/conflicts/{link}/preview")).admin().send().await.ok(200)
}

async fn resolve(server: &Server, link: &str, body: Value) -> Answer {
    server.call(Method::POST, &format!("/conflicts/{link}/resolve")).admin().json(body).send().await
}

async fn texts(server: &Server, slug: &str) -> Vec<String> {
    let path = format!("/v1/skills/{slug}/content-versions");
    let versions = server.at(Method::GET, &path).admin().send().await.ok(200);
    let texts = versions.as_array().expect("versions").iter().map(|one| one["content_md"].as_str().unwrap_or_default());
    texts.map(|text| text.trim_end().to_owned()).collect()
}

async fn is_held_shown_and_previewed(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    assert!(work(&server, &browser).await.is_empty(), "held");
    let listed = list(&server).await;
    assert_shape!("conflicts", listed, {
        "[].link_id" => "[id]", "[].integration_id" => "[id]", "[].skillnote_skill_id" => "[id]", "[].last_seen_at" => "[time]",
    });
    let previewed = preview(&server, &link).await;
    assert_shape!("conflict_preview", previewed, {
        ".link_id" => "[id]", ".integration_id" => "[id]", ".skill_id" => "[id]", ".last_pushed_version_id" => "[id]",
        ".current_version_id" => "[id]", ".claude_ai_version_id" => "[id]", ".claude_ai_last_seen_at" => "[time]",
    });
    assert_eq!(detail(&server, "notes").await["content_md"], "here\n", "the library is untouched");
    let noted = last(&server, "conflict_detected").await;
    assert_eq!((&noted["claude_ai_skill_id"], &noted["remote_version"]), (&json!("sk_notes"), &json!("2")));
    let health = server.call(Method::GET, "/health").admin().send().await.ok(200);
    assert_eq!(health["diverged_links_total"], 1);
    keep(&server, "notes", "here again").await;
    assert!(work(&server, &browser).await.is_empty(), "still held");
}

async fn files_of_any_size_are_answered(server: Server) {
    let lines = |side: &str| (0..500_000).map(|line| format!("{side} {line}\n")).collect::<String>();
    let (_, link) = conflict(&server, &lines("here"), &lines("there")).await;
    let shown = preview(&server, &link).await;
    assert_eq!(shown["files"], json!([{ "path": "SKILL.md", "state": "changed", "diff": null, "too_large": true }]));
    let merge = json!({ "clean": false, "content_md": null, "overlapping": ["SKILL.md"] });
    assert_eq!(shown["merge"], merge, "a person decides");
    let page = server.at(Method::GET, &format!("/conflicts/{link}")).admin().send().await.text();
    assert!(page.contains("Too much of it has changed") && page.len() < 100_000, "{} bytes", page.len());
    for (side, begins) in [("ours", "here 0"), ("theirs", "there 0"), ("base", "one\ntwo")] {
        assert!(page.contains(&format!("{link}/sides/{side}.zip")) || side == "base");
        let zip = server.call(Method::GET, &format!("/conflicts/{link}/sides/{side}.zip")).admin().send().await;
        assert_eq!(zip.header("content-type"), Some("application/zip"));
        let archive = archive::read(&zip.body, &archive::Limits::default()).expect("a zip");
        let file = archive.folder.files.into_values().next().expect("a file");
        assert!(file.text().is_some_and(|text| text.contains(begins)), "{side}");
    }
    let nobodys = server.call(Method::GET, &format!("/conflicts/{link}/sides/nobodys.zip")).admin().send().await;
    nobodys.refused(404, ErrorCode::LinkNotFound);
    let stranger = server.call(Method::GET, &format!("/conflicts/{link}/sides/ours.zip")).send().await;
    stranger.refused(401, ErrorCode::LoginRequired);
    resolve(&server, &link, json!({ "resolution": "merge" })).await.refused(409, ErrorCode::MergeOverlaps);
    resolve(&server, &link, json!({ "resolution": "keep_claude_ai" })).await.nothing();
}

async fn the_librarys_side_can_be_kept(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    resolve(&server, &link, json!({ "resolution": "keep_skillnote" })).await.nothing();
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    assert_eq!(list(&server).await, json!([]));
    assert_eq!(texts(&server, "notes").await, ["there", "here", BASE]);
    let restored = server.at(Method::POST, "/v1/skills/notes/content-versions/3/restore").admin().json(json!({}));
    assert_eq!(restored.send().await.ok(200)["content_md"], "there\n");
    assert_eq!(last(&server, "conflict_resolved").await["resolution"], "keep_skillnote");
}

async fn the_accounts_side_can_be_kept(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    resolve(&server, &link, json!({ "resolution": "keep_claude_ai" })).await.nothing();
    assert!(work(&server, &browser).await.is_empty(), "the account holds it");
    assert_eq!(detail(&server, "notes").await["content_md"], "there\n");
    assert_eq!(texts(&server, "notes").await, ["there", "here", BASE]);
    let restored = server.at(Method::POST, "/v1/skills/notes/content-versions/2/restore").admin().json(json!({}));
    assert_eq!(restored.send().await.ok(200)["content_md"], "here\n");
    assert_eq!(work(&server, &browser).await, ["update notes"]);
}

async fn both_can_be_kept(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    resolve(&server, &link, json!({ "resolution": "keep_both" })).await.nothing();
    let mut done = work(&server, &browser).await;
    done.sort();
    assert_eq!(done, ["update notes", "upload notes-copy"]);
    let second = detail(&server, "notes-copy").await;
    assert_eq!((&second["content_md"], &second["name"]), (&json!("there\n"), &json!("notes-copy")));
    assert_eq!(last(&server, "conflict_resolved").await["second_skill"], "notes-copy");
}

async fn edits_that_do_not_overlap_merge(server: Server) {
    let (here, there) = (BASE.replace("one", "ONE"), BASE.replace("six", "SIX"));
    let (browser, link) = conflict(&server, &here, &there).await;
    let merged = format!("{}\n", BASE.replace("one", "ONE").replace("six", "SIX"));
    let shown = preview(&server, &link).await;
    assert_eq!(shown["merge"], json!({ "clean": true, "content_md": merged, "overlapping": [] }));
    resolve(&server, &link, json!({ "resolution": "merge" })).await.nothing();
    assert_eq!(detail(&server, "notes").await["content_md"], merged);
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    assert_eq!(texts(&server, "notes").await.len(), 4);
}

async fn edits_that_overlap_need_a_text(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    let shown = preview(&server, &link).await;
    assert_eq!((&shown["merge"]["clean"], &shown["merge"]["overlapping"]), (&json!(false), &json!(["SKILL.md"])));
    let marked = shown["merge"]["content_md"].as_str().expect("a text");
    assert!(marked.contains("<<<<<<<") && marked.contains("here") && marked.contains("there"), "{marked}");
    resolve(&server, &link, json!({ "resolution": "merge" })).await.refused(409, ErrorCode::MergeOverlaps);
    let text = json!({ "resolution": "merge", "merged_content_md": "both\n" });
    resolve(&server, &link, text).await.nothing();
    assert_eq!(detail(&server, "notes").await["content_md"], "both\n");
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    assert_eq!(texts(&server, "notes").await, ["both", "there", "here", BASE]);
}

async fn what_was_put_aside_stays_until_something_changes(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    resolve(&server, &link, json!({ "resolution": "skip" })).await.nothing();
    assert!(work(&server, &browser).await.is_empty(), "nothing is done");
    bring(&server, &browser, "sk_notes", "2", &folder("notes", "there")).await.ok(201);
    assert_eq!(list(&server).await, json!([]), "the same is not asked again");
    assert_eq!(detail(&server, "notes").await["content_md"], "here\n", "and replaces nothing");
    bring(&server, &browser, "sk_notes", "3", &folder("notes", "there again")).await.ok(201);
    assert_eq!(list(&server).await.as_array().map(Vec::len), Some(1), "another change there");
    resolve(&server, &link, json!({ "resolution": "skip" })).await.nothing();
    keep(&server, "notes", "here again").await;
    assert_eq!(work(&server, &browser).await, ["update notes"], "another change here");
    assert_eq!(texts(&server, "notes").await.len(), 5);
}

async fn a_removed_skill_can_stay_or_come_back(server: Server) {
    let browser = pair(&server, "Browser").await;
    for (name, resolution) in [("stays", "keep_skillnote"), ("comes", "keep_claude_ai")] {
        bring(&server, &browser, &format!("sk_{name}"), "1", &folder(name, "1")).await.ok(201);
        server.at(Method::DELETE, &format!("/v1/skills/{name}")).admin().send().await.nothing();
        bring(&server, &browser, &format!("sk_{name}"), "2", &folder(name, "2")).await.ok(201);
        let link = list(&server).await[0]["link_id"].as_str().expect("a conflict").to_owned();
        let shown = preview(&server, &link).await;
        assert_eq!((&shown["current_version_id"], &shown["merge"]), (&Value::Null, &Value::Null));
        resolve(&server, &link, json!({ "resolution": "merge" })).await.refused(409, ErrorCode::NoLatestVersion);
        resolve(&server, &link, json!({ "resolution": resolution })).await.nothing();
    }
    assert_eq!(work(&server, &browser).await, ["delete stays"]);
    assert_eq!(detail(&server, "comes").await["content_md"], "2\n");
}

async fn what_cannot_be_resolved_is_refused(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    for body in [json!({}), json!({ "resolution": "toss a coin" }), json!({ "resolution": 1 })] {
        resolve(&server, &link, body).await.refused(422, ErrorCode::ValidationError);
    }
    let none = uuid::Uuid::nil().to_string();
    resolve(&server, &none, json!({ "resolution": "skip" })).await.refused(404, ErrorCode::LinkNotFound);
    resolve(&server, "x", json!({ "resolution": "skip" })).await.refused(422, ErrorCode::ValidationError);
    let unknown = server.call(Method::GET, &format!("/conflicts/{none}/preview")).admin().send().await;
    unknown.refused(404, ErrorCode::LinkNotFound);
    for path in ["/conflicts", &format!("/conflicts/{link}/preview")] {
        server.call(Method::GET, path).bearer(&browser.token).send().await.refused(401, ErrorCode::LoginRequired);
    }
    server.call(Method::DELETE, &format!("/integrations/{}", browser.id)).admin().send().await.nothing();
    let inactive = resolve(&server, &link, json!({ "resolution": "keep_skillnote" })).await;
    inactive.refused(409, ErrorCode::IntegrationInactive);
    server.sql("UPDATE claude_ai_skill_links SET staged_version_id = NULL").await;
    for resolution in ["keep_claude_ai", "keep_both", "merge"] {
        let answer = resolve(&server, &link, json!({ "resolution": resolution })).await;
        let wanted = if resolution == "keep_claude_ai" {
            ErrorCode::ConflictNeedsResync
        } else {
            ErrorCode::IntegrationInactive
        };
        answer.refused(409, wanted);
    }
    resolve(&server, &link, json!({ "resolution": "skip" })).await.nothing();
    resolve(&server, &link, json!({ "resolution": "skip" })).await.refused(409, ErrorCode::LinkNotInConflict);
    server.sql("UPDATE claude_ai_skill_links SET skillnote_skill_id = NULL, conflict_state = 'diverged'").await;
    let sideless = resolve(&server, &link, json!({ "resolution": "keep_skillnote" })).await;
    sideless.refused(422, ErrorCode::NoSkillnoteSide);
    assert_eq!(preview(&server, &link).await["skill_slug"], Value::Null);
}

async fn a_later_import_replaces_what_is_staged_and_loses_nothing(server: Server) {
    let (browser, link) = conflict(&server, "here", "there").await;
    let mut later: SkillFolder = folder("notes", "there again");
    let script = RelativePath::try_from("scripts/run.sh").expect("a path");
    later.files.remove(&script);
    bring(&server, &browser, "sk_notes", "3", &later).await.ok(201);
    let shown = preview(&server, &link).await;
    assert_eq!(shown["claude_ai_content_md"], "there again\n");
    assert_eq!(shown["files"][1]["state"], "only_here");
    assert_eq!(texts(&server, "notes").await, ["there again", "there", "here", BASE]);
    bring(&server, &browser, "sk_notes", "3", &folder("notes", "here")).await.ok(201);
    assert_eq!(list(&server).await.as_array().map(Vec::len), Some(1), "a person still decides");
}

async fn an_update_under_way_is_not_taken_for_what_was_seen(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", BASE).await;
    assert_eq!(work(&server, &browser).await, ["upload notes"]);
    keep(&server, "notes", "here").await;
    let taken = lease(&server, &browser, "").await;
    bring(&server, &browser, "sk_notes", "2", &folder("notes", "there")).await.ok(201);
    let result = json!({ "claude_ai_skill_id": "sk_notes", "claude_ai_version": "3" });
    report(&server, &browser, &taken[0]["id"], json!({ "success": true, "result": result })).await.nothing();
    let link = list(&server).await[0]["link_id"].as_str().expect("a conflict").to_owned();
    resolve(&server, &link, json!({ "resolution": "keep_claude_ai" })).await.nothing();
    assert_eq!(work(&server, &browser).await, ["update notes"], "the account may hold the other text by now");
}

async fn a_new_name_there_ends_the_conflict(server: Server) {
    let (browser, _) = conflict(&server, "here", "there").await;
    assert_eq!(bring(&server, &browser, "sk_notes", "3", &folder("renamed", "there")).await.ok(201)["created"], true);
    assert_eq!(list(&server).await, json!([]));
    assert_eq!(last(&server, "conflict_resolved").await["resolution"], "renamed_on_claude_ai");
    assert_eq!(texts(&server, "notes").await, ["there", "here", BASE], "nothing is lost");
}
