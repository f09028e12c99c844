//! Skills on their way out as zips, and what stood on claude.ai on its way in.

use axum::body::Body;
use axum::http::Method;
use companion_wire::error::ErrorCode;
use serde_json::json;
use skill_format::{File, RelativePath, archive, folder_digest};
use uuid::Uuid;

use crate::call::{Answer, Call};
use crate::people::{Browser, Kept, folder, keep, lease, pair};
use crate::server::{Server, on_both};

on_both!(
    a_bundle_is_the_folder,
    an_unchanged_bundle_is_not_sent_again,
    bundles_of_others,
    a_snapshot_is_kept,
    large_snapshots,
    snapshots_that_are_none,
);

const NOWHERE: Uuid = Uuid::from_u128(0x40008000000000000000);

fn bundle<'a>(server: &'a Server, browser: &Browser, of: Kept) -> Call<'a> {
    let path = format!("/extension/skill-bundle?skill_id={}&version_id={}", of.skill, of.version);
    server.call(Method::GET, &path).bearer(&browser.token)
}

async fn a_bundle_is_the_folder(server: Server) {
    let kept = keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    let answer = bundle(&server, &browser, kept).send().await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/zip"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"notes-v1.zip\""));
    let tag = answer.header("etag").expect("a tag");
    assert!(tag.len() == 34 && tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
    assert_eq!(answer.body, archive::write("notes", &folder("notes", "1")), "byte for byte");
    let read = archive::read(&answer.body, &archive::Limits::default()).expect("a zip of one skill");
    assert_eq!((read.top_folder.as_deref(), read.folder), (Some("notes"), folder("notes", "1")));
    let leased = lease(&server, &browser, "").await;
    assert_eq!(leased[0]["payload"]["digest"], folder_digest(&folder("notes", "1")).to_string());
}

async fn an_unchanged_bundle_is_not_sent_again(server: Server) {
    let kept = keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    let first = bundle(&server, &browser, kept).send().await;
    let tag = first.header("etag").expect("a tag").to_owned();
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let answer = bundle(&server, &browser, kept).header("if-none-match", &known).send().await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    for unknown in ["\"other\"", "", "nonsense", "ä"] {
        let answer = bundle(&server, &browser, kept).header("if-none-match", unknown).send().await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &first.body), "{unknown}");
    }
    let newer = keep(&server, "notes", "2").await;
    let answer = bundle(&server, &browser, newer).header("if-none-match", &tag).send().await;
    assert_eq!(answer.status.as_u16(), 200, "a newer version has another tag");
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"notes-v2.zip\""));
}

async fn bundles_of_others(server: Server) {
    let browser = pair(&server, "Laptop").await;
    let (kept, other) = (keep(&server, "notes", "1").await, keep(&server, "other", "1").await);
    let unknown = Kept { version: NOWHERE, ..kept };
    bundle(&server, &browser, unknown).send().await.refused(404, ErrorCode::VersionNotFound);
    let crossed = Kept { version: other.version, ..kept };
    bundle(&server, &browser, crossed).send().await.refused(404, ErrorCode::VersionNotFound);
    server.store.remove_skill("notes", companion_server::time::Timestamp::now()).await.expect("removed");
    bundle(&server, &browser, kept).send().await.refused(404, ErrorCode::SkillNotFound);
    server.sql("DELETE FROM claude_ai_sync_operations").await;
    bundle(&server, &browser, other).send().await.refused(404, ErrorCode::SkillNotFound);
    for query in ["", "?skill_id=x&version_id=%FF", "?skill_id=&version_id="] {
        let call = server.call(Method::GET, &format!("/extension/skill-bundle{query}")).bearer(&browser.token);
        let message = call.send().await.refused(422, ErrorCode::ValidationError);
        assert!(message.contains("query → skill_id: ") && message.contains("; query → version_id: "), "{message}");
    }
}

async fn snapshot(server: &Server, browser: &Browser, query: &str, zip: impl Into<Body>) -> Answer {
    let path = format!("/extension/remote-snapshot{query}");
    server.call(Method::POST, &path).bearer(&browser.token).body("application/zip", zip.into()).send().await
}

async fn a_snapshot_is_kept(server: Server) {
    let kept = keep(&server, "notes", "mine").await;
    let browser = pair(&server, "Laptop").await;
    let theirs = folder("notes", "somebody's edit");
    let query = format!("?skill_id={}&claude_ai_skill_id=skill_01&claude_ai_version=7", kept.skill);
    let answer = snapshot(&server, &browser, &query, archive::write("notes", &theirs)).await.ok(201);
    assert_eq!(answer["digest"], folder_digest(&theirs).to_string());
    let version = answer["version_id"].as_str().expect("an id").parse().expect("a UUID");
    let files = server.store.version_files(version).await.expect("files").expect("the version");
    let found = files.into_iter().map(|file| (file.path, File { executable: file.executable, content: file.content }));
    assert_eq!(found.collect::<std::collections::BTreeMap<_, _>>(), theirs.files);
    let newest = lease(&server, &browser, "").await;
    assert_eq!(newest[0]["payload"]["version_id"], json!(kept.version), "it is never the newest version");
    let query = format!("?skill_id={NOWHERE}&claude_ai_skill_id=skill_01");
    let zip = archive::write("notes", &theirs);
    snapshot(&server, &browser, &query, zip).await.refused(404, ErrorCode::SkillNotFound);
}

async fn large_snapshots(server: Server) {
    let kept = keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    let query = format!("?skill_id={}&claude_ai_skill_id=skill_01", kept.skill);
    let of = |bytes: usize| {
        let noise = std::iter::successors(Some(1_u32), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)));
        let content = noise.flat_map(|n| n.to_be_bytes()[..2].to_vec()).take(bytes).collect();
        let mut large = folder("notes", "1");
        let path = RelativePath::try_from("assets/large.bin").expect("a path");
        large.files.insert(path, File { executable: false, content });
        archive::write("notes", &large)
    };
    snapshot(&server, &browser, &query, of(5 << 20)).await.ok(201);
    snapshot(&server, &browser, &query, of(31 << 20)).await.refused(413, ErrorCode::BundleTooLarge);
    snapshot(&server, &browser, &query, vec![b'x'; 33 << 20]).await.refused(413, ErrorCode::BundleTooLarge);
}

async fn snapshots_that_are_none(server: Server) {
    let kept = keep(&server, "notes", "1").await;
    let browser = pair(&server, "Laptop").await;
    let query = format!("?skill_id={}&claude_ai_skill_id=skill_01", kept.skill);
    let whole = archive::write("notes", &folder("notes", "1"));
    let stray = [b"stray".as_slice(), &whole].concat();
    for body in [Vec::new(), b"no zip".to_vec(), whole[..whole.len() - 5].to_vec(), stray] {
        let message = snapshot(&server, &browser, &query, body).await.refused(422, ErrorCode::InvalidBundle);
        assert!(message.starts_with("The snapshot is not the zip of one skill: the archive "), "{message}");
    }
    let long = "x".repeat(129);
    for (query, complaint) in [
        (format!("?skill_id={}&claude_ai_skill_id=", kept.skill), "String should have at least 1 characters"),
        (format!("?skill_id={}&claude_ai_skill_id={long}", kept.skill), "String should have at most 128 characters"),
        (format!("?skill_id={}&claude_ai_skill_id=a%00b", kept.skill), "Input should not contain a NUL character"),
    ] {
        let message = snapshot(&server, &browser, &query, whole.clone()).await;
        let message = message.refused(422, ErrorCode::ValidationError);
        assert_eq!(message, format!("query → claude_ai_skill_id: {complaint}"));
    }
    let query = format!("?skill_id={}&claude_ai_skill_id=%FF%C3&claude_ai_version={}", kept.skill, "v".repeat(64));
    snapshot(&server, &browser, &query, whole).await.ok(201);
}
