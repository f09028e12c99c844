//! Skills that a person brings: shown, chosen, taken against what was shown; and the way out as zips.

use std::path::Path;

use axum::http::Method;
use companion_server::domain::people::Role;
use companion_wire::error::ErrorCode;
use serde_json::{Value, json};
use skill_format::{File, RelativePath, SkillFolder, archive};

use crate::accounts::person;
use crate::call::{Answer, Call};
use crate::imports::{detail, work};
use crate::people::{folder, keep, lease, pair};
use crate::server::{Server, on_both};

on_both!(
    what_was_brought_is_shown_and_taken,
    nothing_is_overwritten_that_was_not_shown,
    of_two_that_were_shown_the_same_one_is_taken,
    a_folder_says_how_it_was_repaired,
    what_cannot_be_taken_is_said,
    uploads_that_are_none_are_refused,
    an_import_is_its_owners,
    whichever_process_is_asked_has_the_import,
    a_working_tree_on_the_server,
    folders_on_the_server_are_for_admins,
    a_mass_of_changes_waits_for_a_person,
    the_library_leaves_and_comes_back_unchanged,
    the_dashboard_shows_and_takes,
);

const BOUNDARY: &str = "----y";

/// A part of a form: its name, its file name and its bytes.
type Part<'a> = (&'a str, Option<&'a str>, Vec<u8>);

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn bring(call: Call<'_>, parts: &[Part<'_>]) -> Answer {
    call.body(&format!("multipart/form-data; boundary={BOUNDARY}"), form(parts)).send().await
}

fn begin(server: &Server) -> Call<'_> {
    server.at(Method::POST, "/v1/library/imports").admin()
}

/// A zip of these skills, each in its folder.
fn zip(skills: &[(&str, SkillFolder)]) -> Vec<u8> {
    let mut tree = SkillFolder::default();
    for (name, folder) in skills {
        for (path, file) in &folder.files {
            let path = RelativePath::try_from(format!("{name}/{path}")).expect("a path");
            tree.files.insert(path, file.clone());
        }
    }
    archive::write_tree(&tree)
}

async fn bring_zip(server: &Server, skills: &[(&str, SkillFolder)]) -> Value {
    bring(begin(server), &[("archive", Some("all.zip"), zip(skills))]).await.ok(201)
}

async fn at(server: &Server, method: Method, import: &Value, rest: &str) -> Answer {
    let id = import["id"].as_str().expect("an id");
    server.at(method, &format!("/v1/library/imports/{id}{rest}")).admin().send().await
}

/// Takes every folder that can be taken, as it was shown.
async fn apply(server: &Server, import: &Value) -> Value {
    let shown = import["skills"].as_array().expect("skills").iter().filter(|skill| !skill["digest"].is_null());
    let choice =
        |skill: &Value| json!({ "path": skill["path"], "digest": skill["digest"], "version_id": skill["version_id"] });
    let chosen: Vec<Value> = shown.map(choice).collect();
    let path = format!("/v1/library/imports/{}/apply", import["id"].as_str().expect("an id"));
    server.at(Method::POST, &path).admin().json(json!({ "skills": chosen })).send().await.ok(200)
}

fn results(applied: &Value) -> Vec<&str> {
    let outcomes = applied["outcomes"].as_array().expect("outcomes");
    outcomes.iter().map(|outcome| outcome["result"].as_str().expect("a result")).collect()
}

async fn what_was_brought_is_shown_and_taken(server: Server) {
    let browser = pair(&server, "Browser").await;
    apply(&server, &bring_zip(&server, &[("mail", folder("mail", "1"))]).await).await;
    let same = folder("mail", "1");
    work(&server, &browser).await;
    let import = bring_zip(&server, &[("mail", same), ("notes", folder("notes", "One"))]).await;
    assert_shape!("import_preview", import, {
        ".id" => "[id]", ".expires_at" => "[time]", ".skills[].version_id" => "[id]",
    });
    assert!(lease(&server, &browser, "").await.is_empty(), "a preview changes nothing");
    let applied = apply(&server, &import).await;
    assert_shape!("import_applied", applied, {
        ".preview.id" => "[id]", ".preview.expires_at" => "[time]", ".preview.skills[].version_id" => "[id]",
    });
    assert_eq!(detail(&server, "notes").await["content_md"], "One\n");
    assert_eq!(work(&server, &browser).await, ["upload notes"]);

    let changed = bring_zip(&server, &[("notes", folder("notes", "Two"))]).await;
    assert_eq!(changed["skills"][0]["effect"], "change");
    assert_eq!(changed["skills"][0]["files"], json!([{ "path": "SKILL.md", "state": "changed" }]));
    let shown = at(&server, Method::GET, &changed, "/skill?path=notes").await.ok(200);
    let diff = shown["skill"]["files"][0]["diff"].as_str().expect("a diff");
    assert!(diff.contains("-One\n+Two\n"), "{diff}");
    assert_eq!(results(&apply(&server, &changed).await), ["imported"]);
    assert_eq!(work(&server, &browser).await, ["update notes"]);
    let versions = server.at(Method::GET, "/v1/skills/notes/content-versions").admin().send().await.ok(200);
    assert_eq!(versions.as_array().map(Vec::len), Some(2), "the former one is kept");
}

async fn nothing_is_overwritten_that_was_not_shown(server: Server) {
    keep(&server, "notes", "1").await;
    let import = bring_zip(&server, &[("notes", folder("notes", "Brought")), ("new", folder("new", "Brought"))]).await;
    keep(&server, "notes", "2").await;
    keep(&server, "new", "2").await;
    let applied = apply(&server, &import).await;
    assert_eq!(results(&applied), ["library_moved", "library_moved"]);
    assert_eq!(detail(&server, "notes").await["content_md"], "2\n");
    // The answer shows what is there now; with that the person may choose again.
    assert_eq!(applied["preview"]["counts"]["change"], 2);
    assert_eq!(results(&apply(&server, &applied["preview"]).await), ["imported", "imported"]);
    assert_eq!(detail(&server, "notes").await["content_md"], "Brought\n");
    assert_eq!(results(&apply(&server, &applied["preview"]).await), ["unchanged", "unchanged"]);
}

async fn of_two_that_were_shown_the_same_one_is_taken(server: Server) {
    keep(&server, "notes", "1").await;
    let one = bring_zip(&server, &[("notes", folder("notes", "One"))]).await;
    let two = bring_zip(&server, &[("notes", folder("notes", "Two"))]).await;
    let (one, two) = tokio::join!(apply(&server, &one), apply(&server, &two));
    let mut both = [results(&one)[0], results(&two)[0]];
    both.sort_unstable();
    assert_eq!(both, ["imported", "library_moved"]);
}

async fn a_folder_says_how_it_was_repaired(server: Server) {
    let file = |path: &'static str, text: &str| (path, File { executable: false, content: text.as_bytes().to_vec() });
    let files = [file("skill.md", "---\nname: notes\ndescription: d\nauthor: me\n---\nBody\n")];
    let sloppy = SkillFolder {
        files: files.into_iter().map(|(path, file)| (RelativePath::try_from(path).expect("a path"), file)).collect(),
    };
    let import = bring_zip(&server, &[("notes", sloppy)]).await;
    assert_eq!((&import["skills"][0]["verdict"], &import["counts"]["repaired"]), (&json!("repaired"), &json!(1)));
    let shown = at(&server, Method::GET, &import, "/skill?path=notes").await.ok(200);
    let states: Vec<_> = shown["repairs"].as_array().expect("repairs").iter().map(|file| &file["state"]).collect();
    assert_eq!(states, ["added", "removed"], "SKILL.md for skill.md");
    assert!(shown["repairs"][0]["diff"].as_str().is_some_and(|diff| diff.contains("+metadata:\n+  author: \"me\"")));
    assert_eq!(results(&apply(&server, &import).await), ["imported"]);
    let again = at(&server, Method::GET, &import, "").await.ok(200);
    assert_eq!(again["skills"][0]["effect"], "same", "what is kept is the author's own text");
}

async fn what_cannot_be_taken_is_said(server: Server) {
    let body = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n").into_bytes();
    let import = bring(
        begin(&server),
        &[
            ("file", Some("lib/a/SKILL.md"), body("twin")),
            ("file", Some("lib/b/SKILL.md"), body("twin")),
            ("file", Some("lib/c/SKILL.md"), b"---\nname: c\n---\n".to_vec()),
            ("file", Some("lib/d/SKILL.md"), body("d")),
            ("file", Some("lib/d/nul"), b"x".to_vec()),
            ("path", None, b"lib/e/SKILL.md".to_vec()),
            ("executable", Some("blob"), body("e")),
            ("file", Some("lib/e/.git/config"), b"x".to_vec()),
            ("file", Some("lib/README.md"), b"x".to_vec()),
        ],
    )
    .await
    .ok(201);
    let ended: Vec<(&str, &str)> = import["skills"]
        .as_array()
        .expect("skills")
        .iter()
        .map(|skill| (skill["path"].as_str().expect("a path"), skill["reason"].as_str().unwrap_or("taken")))
        .collect();
    let wanted = [
        ("lib/a", "taken"),
        ("lib/b", "DUPLICATE_NAME"),
        ("lib/c", "DESCRIPTION_MISSING"),
        ("lib/d", "UNSAFE_FILE_NAME"),
        ("lib/e", "taken"),
    ];
    assert_eq!(ended, wanted);
    let counts = json!({ "found": 5, "new": 2, "same": 0, "change": 0, "repaired": 1, "refused": 3 });
    assert_eq!(import["counts"], counts, "a is repaired: its folder is not named like it");
    at(&server, Method::GET, &import, "/skill?path=lib/c").await.refused(404, ErrorCode::SkillNotFound);
    // Not even when somebody insists.
    let choice = json!({ "skills": [
        { "path": "lib/c", "digest": "0".repeat(64), "version_id": null },
        { "path": "../../etc", "digest": "0".repeat(64), "version_id": null },
        { "path": "lib/a", "digest": "0".repeat(64), "version_id": null },
    ] });
    let path = format!("/v1/library/imports/{}/apply", import["id"].as_str().expect("an id"));
    let applied = server.at(Method::POST, &path).admin().json(choice).send().await.ok(200);
    assert_eq!(results(&applied), ["source_changed"; 3]);
    server
        .at(Method::POST, &path)
        .admin()
        .json(json!({ "skills": [1] }))
        .send()
        .await
        .refused(422, ErrorCode::ValidationError);
}

async fn uploads_that_are_none_are_refused(server: Server) {
    bring(begin(&server), &[]).await.refused(422, ErrorCode::EmptyBundle);
    let archive = |bytes: &[u8]| vec![("archive", Some("x.zip"), bytes.to_vec())];
    bring(begin(&server), &archive(b"no zip")).await.refused(422, ErrorCode::InvalidZip);
    let mut stray = zip(&[("a", folder("a", "x"))]);
    stray.insert(0, b'x');
    bring(begin(&server), &archive(&stray)).await.refused(422, ErrorCode::InvalidBundle);
    bring(begin(&server), &[("else", None, Vec::new())]).await.refused(422, ErrorCode::ValidationError);
    begin(&server).json(json!({})).send().await.refused(422, ErrorCode::ValidationError);
    let unknown = json!({ "id": uuid::Uuid::nil() });
    at(&server, Method::GET, &unknown, "").await.refused(404, ErrorCode::ImportNotFound);
    let call = server.at(Method::POST, "/v1/library/imports");
    bring(call, &archive(b"x")).await.refused(401, ErrorCode::LoginRequired);
    let foreign = begin(&server).header("origin", "https://evil.example");
    bring(foreign, &archive(b"x")).await.refused(403, ErrorCode::OriginNotAllowed);
}

async fn an_import_is_its_owners(server: Server) {
    let (_, token) = person(&server, "Member", Role::Member).await;
    let call = || server.at(Method::POST, "/v1/library/imports").bearer(&token);
    let import = bring(call(), &[("archive", Some("x.zip"), zip(&[("notes", folder("notes", "x"))]))]).await.ok(201);
    let id = import["id"].as_str().expect("an id").to_owned();
    at(&server, Method::GET, &import, "").await.refused(404, ErrorCode::ImportNotFound);
    at(&server, Method::DELETE, &import, "").await.refused(404, ErrorCode::ImportNotFound);
    let own = |method| server.at(method, &format!("/v1/library/imports/{id}")).bearer(&token);
    own(Method::GET).send().await.ok(200);
    own(Method::DELETE).send().await.nothing();
    own(Method::GET).send().await.refused(404, ErrorCode::ImportNotFound);
}

async fn whichever_process_is_asked_has_the_import(server: Server) {
    let first = server.started(|_| {});
    let file = |name: &'static str, text: &str| ("file", Some(name), text.as_bytes().to_vec());
    let text = "---\nname: notes\ndescription: d\n---\nText\n";
    let parts = [
        file("notes/SKILL.md", text),
        ("executable", Some("notes/run.sh"), vec![b'x'; 3_000_000]),
        file("notes/nul", "x"),
    ];
    let import = bring(begin(&first), &parts).await.ok(201);
    assert_eq!(import["skills"][0]["reason"], "UNSAFE_FILE_NAME");
    let other = first.started(|_| {});
    let seen = at(&other, Method::GET, &import, "").await.ok(200);
    assert_eq!(seen, import, "also what could not be kept of it");

    let import = bring(begin(&first), &parts[..2]).await.ok(201);
    drop(first);
    let shown = at(&other, Method::GET, &import, "/skill?path=notes").await.ok(200);
    assert_eq!(shown["skill"]["digest"], import["skills"][0]["digest"], "bytes and rights are the same: {shown}");
    assert_eq!(results(&apply(&other.started(|_| {}), &import).await), ["imported"]);
    at(&other, Method::DELETE, &import, "").await.nothing();
    at(&server, Method::GET, &import, "").await.refused(404, ErrorCode::ImportNotFound);

    let roots = tempfile::tempdir().expect("a folder");
    write(roots.path(), "mail/SKILL.md", "---\nname: mail\ndescription: d\n---\n");
    let open = server.started(|settings| settings.import_roots = vec![roots.path().to_owned()]);
    let named = begin(&open).json(json!({ "path": roots.path() })).send().await.ok(201);
    at(&server, Method::GET, &named, "").await.refused(404, ErrorCode::ImportNotFound);
    assert_eq!(results(&apply(&open.started(|_| {}), &named).await), ["imported"]);
}

fn write(root: &Path, path: &str, text: &str) {
    let place = root.join(path);
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
    std::fs::write(place, text).expect("written");
}

async fn a_working_tree_on_the_server(server: Server) {
    let roots = tempfile::tempdir().expect("a folder");
    let tree = roots.path().join("tree");
    let skill = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n");
    write(&tree, ".git/HEAD", "ref: refs/heads/main\n");
    write(&tree, ".gitignore", "build/\n*.log\n");
    write(&tree, "notes/SKILL.md", &skill("notes"));
    write(&tree, "notes/run.log", "x");
    write(&tree, "build/made/SKILL.md", &skill("made"));
    let server = server.started(|settings| settings.import_roots = vec![roots.path().to_owned()]);
    let named = |path: &Path| begin(&server).json(json!({ "path": path })).send();
    let import = named(&tree).await.ok(201);
    assert_eq!(import["counts"]["found"], 1, "what Git ignores is left out: {import}");
    write(&tree, "notes/SKILL.md", &(skill("notes") + "Edited\n"));
    let applied = apply(&server, &import).await;
    assert_eq!(results(&applied), ["source_changed"], "the tree moved on");
    let taken = apply(&server, &applied["preview"]).await;
    assert_eq!(results(&taken), ["imported"]);
    assert_eq!(detail(&server, "notes").await["content_md"], "Edited\n");
    let shown = at(&server, Method::GET, &import, "/skill?path=notes").await.ok(200);
    assert_eq!(shown["skill"]["files"], json!([]), "no run.log: {shown}");
    std::fs::remove_dir_all(&tree).expect("gone");
    at(&server, Method::GET, &import, "").await.refused(503, ErrorCode::StorageUnavailable);
}

async fn folders_on_the_server_are_for_admins(server: Server) {
    let (roots, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    write(outside.path(), "secret/SKILL.md", "---\nname: secret\ndescription: d\n---\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), roots.path().join("link")).expect("a link");
    let closed = begin(&server).json(json!({ "path": roots.path() })).send().await;
    closed.refused(403, ErrorCode::ImportPathNotAllowed);
    let server = server.started(|settings| settings.import_roots = vec![roots.path().to_owned()]);
    let (_, member) = person(&server, "Member", Role::Member).await;
    let call = server.at(Method::POST, "/v1/library/imports").bearer(&member);
    call.json(json!({ "path": roots.path() })).send().await.refused(403, ErrorCode::AdminRequired);
    let sentences: Vec<String> = {
        let mut sentences = Vec::new();
        let link = roots.path().join("link");
        let above = roots.path().join("..");
        for path in [outside.path(), &link, &above, Path::new("relative"), Path::new("/no/such/folder")] {
            let answer = begin(&server).json(json!({ "path": path })).send().await;
            sentences.push(answer.refused(403, ErrorCode::ImportPathNotAllowed));
        }
        sentences
    };
    assert!(sentences.windows(2).all(|pair| pair[0] == pair[1]), "nobody learns what else there is: {sentences:?}");
    begin(&server).json(json!({ "path": roots.path() })).send().await.ok(201);
}

async fn a_mass_of_changes_waits_for_a_person(server: Server) {
    let browser = pair(&server, "Browser").await;
    let names: Vec<String> = (0..6).map(|number| format!("skill-{number}")).collect();
    let all = |body: &str| names.iter().map(|name| (name.as_str(), folder(name, body))).collect::<Vec<_>>();
    apply(&server, &bring_zip(&server, &all("One")).await).await;
    assert_eq!(
        work(&server, &browser).await.len() + work(&server, &browser).await.len(),
        6,
        "new ones need no question"
    );
    assert_eq!(results(&apply(&server, &bring_zip(&server, &all("Two")).await).await), ["imported"; 6]);
    assert!(lease(&server, &browser, "").await.is_empty());
    let held = server.call(Method::GET, "/held-batches").admin().send().await.ok(200);
    assert_eq!((&held[0]["side"], &held[0]["replace_count"]), (&json!("claude_ai"), &json!(6)));
}

async fn the_library_leaves_and_comes_back_unchanged(server: Server) {
    let both = bring_zip(&server, &[("notes", folder("notes", "1")), ("mail", folder("mail", "2"))]).await;
    apply(&server, &both).await;
    let whole = || server.at(Method::GET, "/v1/library/export.zip").admin().send();
    let (first, second) = (whole().await, whole().await);
    assert_eq!((first.status.as_u16(), first.header("content-type")), (200, Some("application/zip")));
    assert!(first.body == second.body, "the same library gives the same bytes");
    let read = archive::read(&first.body, &archive::Limits::default()).expect("a zip");
    let paths: Vec<&str> = read.folder.files.keys().map(RelativePath::as_str).collect();
    assert_eq!(paths, ["mail/SKILL.md", "mail/scripts/run.sh", "notes/SKILL.md", "notes/scripts/run.sh"]);
    assert!(read.folder.files.iter().all(|(path, file)| file.executable == path.as_str().ends_with(".sh")));
    let import = bring(begin(&server), &[("archive", Some("skills.zip"), first.body)]).await.ok(201);
    assert_eq!(import["counts"]["same"], 2, "{import}");
    let one = server.at(Method::GET, "/v1/skills/notes/export.zip").admin().send().await;
    assert_eq!(one.header("content-disposition"), Some("attachment; filename=\"notes.zip\""));
    assert!(one.body == archive::write("notes", &folder("notes", "1")));
    server.at(Method::GET, "/v1/skills/none/export.zip").admin().send().await.refused(404, ErrorCode::SkillNotFound);
    server.at(Method::GET, "/v1/library/export.zip").send().await.refused(401, ErrorCode::LoginRequired);
}

/// What a tick of the page sends, by skill.
fn ticks(page: &str) -> Vec<String> {
    let values = page.split("name=\"skill\" value=\"").skip(1);
    values.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

async fn press(server: &Server, path: &str, ticks: &[String]) -> Answer {
    let body: Vec<String> = ticks.iter().map(|tick| format!("skill={}", tick.replace('/', "%2F"))).collect();
    let call = server.at(Method::POST, path).admin();
    call.body("application/x-www-form-urlencoded", body.join("&")).send().await
}

#[track_caller]
fn led(answer: &Answer) -> String {
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    answer.header("location").expect("an address").to_owned()
}

async fn the_dashboard_shows_and_takes(server: Server) {
    let open = async |path: &str| {
        let answer = server.at(Method::GET, path).admin().send().await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text());
        answer.text()
    };
    assert!(open("/import").await.contains("webkitdirectory") && open("/skills").await.contains("href=\"/import\""));
    let sent = async |parts: Vec<Part<'static>>| bring(server.at(Method::POST, "/import").admin(), &parts).await;
    let nothing = sent(vec![("archive", Some(""), Vec::new()), ("file", Some(""), Vec::new())]).await;
    assert_eq!(led(&nothing), "/import?refused=EMPTY_BUNDLE");
    assert!(open("/import?refused=EMPTY_BUNDLE").await.contains("Nothing was chosen."));
    let all = zip(&[("notes", folder("notes", "One")), ("mail", folder("mail", "<b>One</b>"))]);
    let place = led(&sent(vec![("archive", Some("all.zip"), all), ("file", Some(""), Vec::new())]).await);
    let page = open(&place).await;
    assert!(page.contains("2 new") && page.contains("data-import=\"all/notes\""), "{page}");
    assert_eq!(led(&press(&server, &place, &[]).await), format!("{place}?refused=EMPTY_BUNDLE"));
    assert_eq!(led(&press(&server, &place, &ticks(&page)).await), "/skills?said=imported");

    let changed = zip(&[("mail", folder("mail", "Two"))]);
    let place = led(&sent(vec![("archive", Some("all.zip"), changed)]).await);
    let page = open(&place).await;
    let diff = open(&format!("{place}/skill?path=mail")).await;
    assert!(page.contains("changes version 1") && diff.contains("+Two") && diff.contains("-&#60;b&#62;One"), "{diff}");
    keep(&server, "mail", "meanwhile").await;
    let left = press(&server, &place, &ticks(&page)).await;
    assert!(left.status.is_success() && left.text().contains("1 skill was not taken"), "{}", left.text());
    assert_eq!(led(&press(&server, &place, &ticks(&left.text())).await), "/skills?said=imported");
    assert_eq!(detail(&server, "mail").await["content_md"], "Two\n");
    let dropped = server.at(Method::POST, "/import").admin().header("hx-request", "true");
    let dropped = bring(dropped, &[("archive", Some("one.zip"), zip(&[("mail", folder("mail", "Three"))]))]).await;
    assert_eq!(dropped.status.as_u16(), 204, "a script goes on by itself");
    let place = dropped.header("hx-redirect").expect("an address").to_owned();
    assert!(open(&place).await.contains("changes version 3"));
    let unknown = format!("/import/{}", uuid::Uuid::nil());
    let over = server.at(Method::GET, &unknown).admin().send().await;
    assert_eq!(led(&over), "/import?refused=IMPORT_NOT_FOUND");
    assert_eq!(led(&server.at(Method::GET, "/import").send().await), "/login");
    let german = server.at(Method::GET, "/import").admin().header("accept-language", "de").send().await;
    assert!(german.text().contains("Skills hereinholen"));
}
