//! What people and browsers do again and again: pair, keep a skill, lease its work.

use axum::http::Method;
use companion_server::store::{Import, NewVersion, StoredFile};
use companion_server::time::Timestamp;
use serde_json::{Value, json};
use skill_format::{File, RelativePath, SkillFolder, content_digest, folder_digest};
use uuid::Uuid;

use crate::server::Server;

/// A paired browser.
pub struct Browser {
    pub id: Uuid,
    pub token: String,
}

/// An answer of `POST …/extension/pair`.
pub async fn begin(server: &Server, label: &str) -> Value {
    let call = server.call(Method::POST, "/extension/pair").json(json!({ "browser_label": label }));
    call.send().await.ok(201)
}

/// One look whether somebody has approved.
pub async fn poll(server: &Server, begun: &Value) -> crate::call::Answer {
    let token = begun["pairing_token"].as_str().expect("a token");
    server.call(Method::GET, &format!("/extension/pair/status?pairing_token={token}")).send().await
}

/// A person approves.
pub async fn approve(server: &Server, code: &str) -> crate::call::Answer {
    server.call(Method::POST, "/pair/approve").admin().json(json!({ "pairing_code": code })).send().await
}

/// The whole handshake.
pub async fn pair(server: &Server, label: &str) -> Browser {
    let begun = begin(server, label).await;
    approve(server, begun["pairing_code"].as_str().expect("a code")).await.nothing();
    let redeemed = poll(server, &begun).await.ok(200);
    let id = begun["integration_id"].as_str().expect("an id").parse().expect("a UUID");
    Browser { id, token: redeemed["extension_token"].as_str().expect("a token").to_owned() }
}

/// A skill's id and that of its newest version.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub skill: Uuid,
    pub version: Uuid,
}

/// The files that [`keep`] keeps.
pub fn folder(name: &str, body: &str) -> SkillFolder {
    let text = format!("---\nname: {name}\ndescription: A skill for tests\n---\n{body}\n");
    let file = |path: &str, content: &str| {
        let path = RelativePath::try_from(path).expect("a path");
        let executable = path.as_str().ends_with(".sh");
        (path, File { executable, content: content.as_bytes().to_vec() })
    };
    SkillFolder { files: [file("SKILL.md", &text), file("scripts/run.sh", "echo done\n")].into() }
}

/// Puts a skill, or a newer version of it, into the library.
pub async fn keep(server: &Server, name: &str, body: &str) -> Kept {
    let folder = folder(name, body);
    let digest = folder_digest(&folder);
    let stored =
        |(path, file): (RelativePath, File)| StoredFile { path, executable: file.executable, content: file.content };
    let new = NewVersion {
        name: name.to_owned(),
        description: "A skill for tests".to_owned(),
        source_path: name.to_owned(),
        source_digest: content_digest(format!("{name} {body}").as_bytes()),
        source_files: folder.files.into_iter().map(stored).collect(),
        bundle_digest: digest,
        repaired_files: Vec::new(),
        now: Timestamp::now(),
    };
    match server.store.import_version(new).await.expect("import") {
        Import::Imported { skill, version, .. } => Kept { skill, version },
        Import::Unchanged => panic!("{name} was there already"),
    }
}

/// What the browser is handed out.
pub async fn lease(server: &Server, browser: &Browser, query: &str) -> Vec<Value> {
    let call = server.call(Method::GET, &format!("/extension/operations{query}")).bearer(&browser.token);
    serde_json::from_value(call.send().await.ok(200)).expect("an array")
}

/// The browser reports on an operation.
pub async fn report(server: &Server, browser: &Browser, operation: &Value, body: Value) -> crate::call::Answer {
    let id = operation.as_str().expect("an id");
    let path = format!("/extension/operations/{id}/complete");
    server.call(Method::POST, &path).bearer(&browser.token).json(body).send().await
}
