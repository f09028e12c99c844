//! Skills that a browser brings from claude.ai.

use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use skill_format::{File, RelativePath, SkillFolder, archive};

use crate::call::Answer;
use crate::people::{Browser, folder, keep, lease, pair, report};
use crate::server::{Server, on_both};

on_both!(
    a_new_skill_is_kept_whole_and_not_sent_back,
    what_is_known_makes_no_version,
    a_change_there_is_taken,
    a_change_here_is_kept,
    a_second_browser_of_the_same_person_links,
    another_skill_of_the_name_collides,
    a_skill_that_is_switched_off_stays,
    a_new_name_there_is_a_second_skill,
    what_was_removed_here_is_not_brought_back_unchanged,
    two_that_bring_the_same_are_one,
    zips_that_are_none_are_refused,
    forms_that_are_none_are_refused,
    policies_decide_without_asking,
    too_many_at_once_wait_for_a_person,
);

const BOUNDARY: &str = "----x";

/// A form with these texts and a file.
pub fn form(texts: &[(&str, &str)], bundle: Option<&[u8]>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in texts {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some(bundle) = bundle {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"bundle\"; filename=\"s.zip\"\r\nContent-Type: application/zip\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bundle);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// Sends a form.
pub async fn send(server: &Server, browser: &Browser, body: Vec<u8>) -> Answer {
    let call = server.call(Method::POST, "/extension/imported-skill").bearer(&browser.token);
    call.body(&format!("multipart/form-data; boundary={BOUNDARY}"), body).send().await
}

/// Brings a folder as a skill of the account.
pub async fn bring(server: &Server, browser: &Browser, id: &str, version: &str, folder: &SkillFolder) -> Answer {
    let texts = [("claude_ai_skill_id", id), ("name", "n"), ("description", "d"), ("claude_ai_version", version)];
    send(server, browser, form(&texts, Some(&archive::write("any", folder)))).await
}

/// The browser does its work, as kind and name.
pub async fn work(server: &Server, browser: &Browser) -> Vec<String> {
    let mut done = Vec::new();
    for operation in lease(server, browser, "").await {
        let name = operation["payload"]["name"].as_str().unwrap_or_default();
        done.push(format!("{} {name}", operation["kind"].as_str().expect("a kind")));
        let result = json!({ "claude_ai_skill_id": format!("sk_{name}"), "claude_ai_version": "1" });
        report(server, browser, &operation["id"], json!({ "success": true, "result": result })).await.nothing();
    }
    done
}

pub async fn detail(server: &Server, slug: &str) -> Value {
    server.at(Method::GET, &format!("/v1/skills/{slug}")).admin().send().await.ok(200)
}

pub async fn last(server: &Server, event: &str) -> Value {
    server.call(Method::GET, &format!("/activity?event={event}&limit=1")).admin().send().await.ok(200)[0]["detail"]
        .clone()
}

async fn a_new_skill_is_kept_whole_and_not_sent_back(server: Server) {
    let browser = pair(&server, "Browser").await;
    let brought = bring(&server, &browser, "sk_notes", "1", &folder("notes", "Body")).await.ok(201);
    assert_shape!("imported_skill", brought, { ".skillnote_skill_id" => "[id]" });
    assert_eq!(brought["created"], true);
    assert!(work(&server, &browser).await.is_empty(), "claude.ai holds it");
    let kept = detail(&server, "notes").await;
    assert_eq!(
        (&kept["content_md"], &kept["collections"], &kept["origin"]),
        (&json!("Body\n"), &json!([]), &Value::Null)
    );
    let status = server.call(Method::GET, "/skills/notes/sync-status").admin().send().await.ok(200);
    assert_eq!(
        (&status["links"][0]["direction"], &status["links"][0]["claude_ai_skill_id"]),
        (&json!("inbound"), &json!("sk_notes"))
    );
    let other = pair(&server, "Another account").await;
    let leased = lease(&server, &other, "").await;
    assert_eq!((leased.len(), &leased[0]["kind"]), (1, &json!("upload")));
    let address = format!(
        "/extension/skill-bundle?skill_id={}&version_id={}",
        leased[0]["skill_id"].as_str().expect("an id"),
        leased[0]["payload"]["version_id"].as_str().expect("an id")
    );
    let zip = server.call(Method::GET, &address).bearer(&other.token).send().await;
    let read = archive::read(&zip.body, &archive::Limits::default()).expect("a zip");
    assert_eq!(read.folder, folder("notes", "Body"), "scripts and all");
    assert_eq!(
        last(&server, "skill_imported").await,
        json!({ "applied": true, "new_skill": true, "claude_ai_skill_id": "sk_notes" })
    );
}

async fn what_is_known_makes_no_version(server: Server) {
    let browser = pair(&server, "Browser").await;
    for version in ["1", "2"] {
        let created =
            bring(&server, &browser, "sk_notes", version, &folder("notes", "Body")).await.ok(201)["created"].clone();
        assert_eq!(created, json!(version == "1"));
    }
    assert_eq!(detail(&server, "notes").await["total_versions"], 1);
}

async fn a_change_there_is_taken(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    assert_eq!(work(&server, &browser).await, ["upload notes"]);
    let mut changed = folder("notes", "there");
    let asset = RelativePath::try_from("a/b.bin").expect("a path");
    changed.files.insert(asset, File { executable: false, content: vec![0, 1, 255] });
    assert_eq!(bring(&server, &browser, "sk_notes", "2", &changed).await.ok(201)["created"], false);
    let kept = detail(&server, "notes").await;
    assert_eq!((&kept["content_md"], &kept["current_version"]), (&json!("there\n"), &json!(2)));
    assert!(work(&server, &browser).await.is_empty());
    assert_eq!(last(&server, "skill_imported").await, json!({ "applied": true, "claude_ai_skill_id": "sk_notes" }));
    let restored =
        server.at(Method::POST, "/v1/skills/notes/content-versions/1/restore").admin().json(json!({})).send().await;
    assert_eq!(restored.ok(200)["content_md"], "1\n");
    assert_eq!(work(&server, &browser).await, ["update notes"]);
}

async fn a_change_here_is_kept(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    work(&server, &browser).await;
    keep(&server, "notes", "2").await;
    bring(&server, &browser, "sk_notes", "1", &folder("notes", "1")).await.ok(201);
    assert_eq!(detail(&server, "notes").await["content_md"], "2\n");
    assert_eq!(work(&server, &browser).await, ["update notes"]);
}

async fn a_second_browser_of_the_same_person_links(server: Server) {
    let first = pair(&server, "First").await;
    let second = pair(&server, "Second").await;
    bring(&server, &first, "sk_notes", "1", &folder("notes", "Body")).await.ok(201);
    assert_eq!(bring(&server, &second, "sk_notes", "1", &folder("notes", "Body")).await.ok(201)["created"], false);
    assert!(work(&server, &second).await.is_empty(), "the upload that waited is not needed any more");
}

async fn another_skill_of_the_name_collides(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "mine").await;
    let answer = bring(&server, &browser, "sk_other", "1", &folder("notes", "somebody's")).await;
    answer.refused(409, ErrorCode::SlugCollisionUnlinked);
    assert_eq!(detail(&server, "notes").await["content_md"], "mine\n");
    let noted = json!({ "applied": false, "reason": "slug_collision_unlinked", "claude_ai_skill_id": "sk_other" });
    assert_eq!(last(&server, "skill_imported").await, noted);
}

async fn a_skill_that_is_switched_off_stays(server: Server) {
    let browser = pair(&server, "Browser").await;
    keep(&server, "notes", "1").await;
    work(&server, &browser).await;
    let off = server.call(Method::PATCH, "/skills/notes/sync").admin().json(json!({ "enabled": false }));
    off.send().await.nothing();
    for id in ["sk_notes", "sk_else"] {
        assert_eq!(bring(&server, &browser, id, "2", &folder("notes", "there")).await.ok(201)["created"], false);
        assert_eq!(last(&server, "skill_imported").await["reason"], "sync_disabled");
    }
    assert_eq!(detail(&server, "notes").await["total_versions"], 1);
}

async fn a_new_name_there_is_a_second_skill(server: Server) {
    let browser = pair(&server, "Browser").await;
    bring(&server, &browser, "sk_notes", "1", &folder("notes", "Body")).await.ok(201);
    assert_eq!(bring(&server, &browser, "sk_notes", "2", &folder("renamed", "Body")).await.ok(201)["created"], true);
    assert_eq!(detail(&server, "notes").await["total_versions"], 1, "the first one stays");
    let status = server.call(Method::GET, "/skills/renamed/sync-status").admin().send().await.ok(200);
    assert_eq!(status["links"][0]["claude_ai_skill_id"], "sk_notes");
}

async fn what_was_removed_here_is_not_brought_back_unchanged(server: Server) {
    let browser = pair(&server, "Browser").await;
    bring(&server, &browser, "sk_notes", "1", &folder("notes", "Body")).await.ok(201);
    server.at(Method::DELETE, "/v1/skills/notes").admin().send().await.nothing();
    bring(&server, &browser, "sk_notes", "1", &folder("notes", "Body")).await.ok(201);
    server.at(Method::GET, "/v1/skills/notes").admin().send().await.refused(404, ErrorCode::SkillNotFound);
    bring(&server, &browser, "sk_notes", "2", &folder("notes", "Changed")).await.ok(201);
    let conflicts = server.call(Method::GET, "/conflicts").admin().send().await.ok(200);
    assert_eq!(conflicts.as_array().map(Vec::len), Some(1), "removed here and changed there");
    assert!(work(&server, &browser).await.is_empty(), "held");
}

async fn two_that_bring_the_same_are_one(server: Server) {
    let (first, second) = (pair(&server, "First").await, pair(&server, "Second").await);
    let body = folder("race", "Body");
    let (one, two) =
        tokio::join!(bring(&server, &first, "sk_a", "1", &body), bring(&server, &second, "sk_b", "1", &body));
    let (one, two) = (one.ok(201), two.ok(201));
    assert_eq!(one["skillnote_skill_id"], two["skillnote_skill_id"]);
    assert_ne!(one["created"], two["created"]);
    let (left, right) = (folder("clash", "one"), folder("clash", "two"));
    let (one, two) =
        tokio::join!(bring(&server, &first, "sk_c", "1", &left), bring(&server, &second, "sk_d", "1", &right));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

async fn zips_that_are_none_are_refused(server: Server) {
    let browser = pair(&server, "Browser").await;
    let texts = [("claude_ai_skill_id", "sk"), ("name", "n"), ("description", "d")];
    let bundle = async |bytes: &[u8]| send(&server, &browser, form(&texts, Some(bytes))).await;
    bundle(b"").await.refused(422, ErrorCode::EmptyBundle);
    bundle(b"no zip").await.refused(422, ErrorCode::InvalidZip);
    bundle(&vec![7; 5 * 1024 * 1024 + 1]).await.refused(413, ErrorCode::BundleTooLarge);
    bundle(&vec![7; 6 * 1024 * 1024]).await.refused(413, ErrorCode::BundleTooLarge);
    bundle(&vec![7; 5 * 1024 * 1024]).await.refused(422, ErrorCode::InvalidZip);
    for body in
        ["---\nname: [\n---\n", "---\n- a\n---\n", "---\nname: {a: b}\ndescription: 1\n---\n", "no front matter"]
    {
        let skill_md = RelativePath::try_from("SKILL.md").expect("a path");
        let file = File { executable: false, content: body.as_bytes().to_vec() };
        let zip = archive::write("x", &SkillFolder { files: [(skill_md, file)].into() });
        bundle(&zip).await.refused(422, ErrorCode::InvalidBundle);
    }
}

async fn forms_that_are_none_are_refused(server: Server) {
    let browser = pair(&server, "Browser").await;
    let zip = archive::write("x", &folder("notes", "Body"));
    let message = send(&server, &browser, form(&[("name", ""), ("description", "")], None)).await;
    assert_eq!(
        message.refused(422, ErrorCode::ValidationError),
        "claude_ai_skill_id: Field required; name: Field required; description: Field required; bundle: Field required"
    );
    let long = "x".repeat(1025);
    for (name, value) in [
        ("claude_ai_skill_id", &long[..129]),
        ("name", &long[..65]),
        ("description", &long),
        ("claude_ai_version", &long[..65]),
    ] {
        let mut texts =
            vec![("claude_ai_skill_id", "sk"), ("name", "n"), ("description", "d"), ("claude_ai_version", "1")];
        texts.iter_mut().filter(|(known, _)| *known == name).for_each(|text| text.1 = value);
        send(&server, &browser, form(&texts, Some(&zip))).await.refused(422, ErrorCode::ValidationError);
    }
    let whole = form(&[("claude_ai_skill_id", "sk"), ("name", "n"), ("description", "d")], Some(&zip));
    for at in [0, 10, 60, whole.len() / 2, whole.len() - 5] {
        let answer = send(&server, &browser, whole[..at].to_vec()).await;
        assert_eq!(answer.status.as_u16(), 422, "cut at {at}: {}", answer.text());
    }
    let call = || server.call(Method::POST, "/extension/imported-skill");
    for kind in ["application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"] {
        let answer = call().bearer(&browser.token).body(kind, whole.clone()).send().await;
        assert_eq!(answer.status.as_u16(), 422, "{kind}: {}", answer.text());
    }
    call().body("application/json", "x").send().await.refused(401, ErrorCode::MissingBearerToken);
    send(&server, &browser, whole).await.ok(201);
}

async fn policies_decide_without_asking(server: Server) {
    let browser = pair(&server, "Browser").await;
    for (policy, name, wins) in [("skillnote_wins", "one", "here\n"), ("claude_ai_wins", "two", "there\n")] {
        let path = format!("/integrations/{}", browser.id);
        server.call(Method::PATCH, &path).admin().json(json!({ "conflict_policy": policy })).send().await.ok(200);
        keep(&server, name, "1").await;
        work(&server, &browser).await;
        keep(&server, name, "here").await;
        bring(&server, &browser, &format!("sk_{name}"), "2", &folder(name, "there")).await.ok(201);
        assert_eq!(detail(&server, name).await["content_md"], wins);
        assert_eq!(detail(&server, name).await["total_versions"], 3, "both are kept");
        let resolution = last(&server, "conflict_resolved").await["resolution"].clone();
        assert_eq!(resolution, format!("auto_keep_{}", policy.trim_end_matches("_wins")));
        assert_eq!(work(&server, &browser).await.len(), usize::from(policy == "skillnote_wins"));
    }
    assert_eq!(server.call(Method::GET, "/conflicts").admin().send().await.ok(200), json!([]));
}

async fn too_many_at_once_wait_for_a_person(server: Server) {
    let browser = pair(&server, "Browser").await;
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        bring(&server, &browser, &format!("sk_{name}"), "1", &folder(name, "1")).await.ok(201);
    }
    for name in names {
        bring(&server, &browser, &format!("sk_{name}"), "2", &folder(name, "2")).await.ok(201);
    }
    let texts = async || {
        let mut texts = Vec::new();
        for name in names {
            texts.push(detail(&server, name).await["content_md"].as_str().unwrap_or_default().trim().to_owned());
        }
        texts.join("")
    };
    assert_eq!(texts().await, "222211", "the fifth is one too many");
    assert_eq!(last(&server, "skill_imported").await["reason"], "held_batch");
    assert!(work(&server, &browser).await.is_empty(), "and nothing goes the other way");
    keep(&server, "f", "3").await;
    let held = server.call(Method::GET, "/held-batches").admin().send().await.ok(200);
    assert_eq!((&held[0]["side"], &held[0]["replace_count"]), (&json!("library"), &json!(2)));
    let path = format!("/held-batches/{}/agree", held[0]["id"].as_str().expect("an id"));
    server.call(Method::POST, &path).admin().send().await.nothing();
    assert_eq!(texts().await, "222223", "what has changed here meanwhile is not replaced");
    let conflicts = server.call(Method::GET, "/conflicts").admin().send().await.ok(200);
    assert_eq!(conflicts[0]["skillnote_skill_slug"], "f");
}
