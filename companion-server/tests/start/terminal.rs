//! The dashboard's facts in a terminal: the real program asks a real server, and says in one exit code whether a person is needed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::browser::{P, pair};
use crate::database::Database;
use crate::program::{ADMIN, Running};
use crate::retention::{command, start};

/// Runs a command that asks this server. Exit code, standard output, standard error.
fn ask_with(folder: &Path, url: &str, token: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
    let done = program(folder, url, token, arguments).output().expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (done.status.code().expect("a code"), text(done.stdout), text(done.stderr))
}

fn program(folder: &Path, url: &str, token: Option<&str>, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_skillferry"));
    program.env_clear().env("HOME", folder).env("SKILLFERRY_URL", url).env("TZ", "UTC").current_dir(folder);
    program.envs(token.map(|token| ("SKILLFERRY_TOKEN", token))).args(arguments).stdin(Stdio::null());
    program
}

/// What works, with the preset token.
#[track_caller]
fn ask(database: &Database, server: &Running, code: i32, arguments: &[&str]) -> String {
    let (ended, said, complaint) = ask_with(database.folder(), server.line("Ready"), Some(ADMIN), arguments);
    assert_eq!(ended, code, "{arguments:?}: {said}{complaint}");
    assert!(!said.contains('\u{1b}'), "no colours where there is no terminal: {said:?}");
    said
}

#[track_caller]
fn json(database: &Database, server: &Running, code: i32, arguments: &[&str]) -> Value {
    let said = ask(database, server, code, &[arguments, &["--json"]].concat());
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).expect("JSON")
}

fn write(folder: &Path, path: &str, text: &str) {
    let place = folder.join(path);
    std::fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
    std::fs::write(place, text).expect("written");
}

fn skill(name: &str, body: &str) -> String {
    format!("---\nname: {name}\ndescription: A skill for tests\n---\n{body}\n")
}

#[test]
fn why_there_is_no_answer() {
    let database = Database::each().remove(0);
    let folder = database.folder();
    let nobody = "http://127.0.0.1:1";
    let refused = |url: &str, token: Option<&str>, code: i32, part: &str| {
        let (ended, said, complaint) = ask_with(folder, url, token, &["status"]);
        assert_eq!((ended, said.as_str()), (code, ""), "{complaint}");
        assert!(complaint.starts_with("skillferry: ") && complaint.contains(part), "{complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        assert!(!complaint.contains("sfa_"), "{complaint}");
    };
    refused(nobody, Some("sfa_x"), 4, "No server answers at http://127.0.0.1:1.");
    refused(nobody, None, 5, "There is no token.");
    refused("http://skills.example", Some("sfa_x"), 2, "Use https");
    let server = start(&database, &[]);
    refused(server.line("Ready"), Some("sfa_x"), 5, "does not take the token");
    let file = folder.join("token");
    std::fs::write(&file, ADMIN).expect("written");
    let with_file = || {
        let arguments = ["status", "--token-file", file.to_str().expect("text")];
        ask_with(folder, server.line("Ready"), None, &arguments)
    };
    let (code, _, complaint) = with_file();
    assert!(code == 5 && complaint.contains("chmod 600"), "{complaint}");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    assert_eq!(with_file().0, 3, "it is asked; no browser is paired");
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", other.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().expect("a caller");
        let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
            .expect("sent");
    });
    let (code, _, complaint) = ask_with(folder, &url, Some("sfa_x"), &["browsers"]);
    assert!(code == 1 && complaint.contains("no Skillferry server"), "{code} {complaint}");
    thread.join().expect("ended");
}

#[test]
fn a_token_is_made_and_kept_once() {
    let database = Database::each().remove(0);
    let server = start(&database, &[]);
    assert_eq!(command(&database, &["user", "add", "Ada", "--role", "admin"]).0, Some(0));
    let (code, said) = command(&database, &["admin-token", "create", "terminal", "--user", "Ada", "--save"]);
    assert!(code == Some(0) && said.ends_with("terminal-token, for you alone.\n") && !said.contains("sfa_"), "{said}");
    let (code, said, complaint) = ask_with(database.folder(), server.line("Ready"), None, &["skills"]);
    assert!(code == 0 && said.starts_with("The library has no skill."), "{said}{complaint}");
}

#[test]
fn skills_are_pushed_and_shown() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let folder = database.folder();
        write(folder, "mine/notes/SKILL.md", &skill("notes", "One"));
        write(folder, "mine/notes/run.log", "x");
        write(folder, "mine/mail/SKILL.md", &skill("mail", "One"));
        write(folder, "mine/broken/SKILL.md", "---\nname: broken\n---\n");
        write(folder, "mine/.git/HEAD", "ref: refs/heads/main\n");
        write(folder, "mine/.gitignore", "*.log\n");
        let said = ask(&database, &server, 3, &["push", "mine", "--dry-run"]);
        assert!(said.contains("3 skills: 2 new, 0 changed, 0 as they are, 0 repaired, 1 refused."), "{said}");
        assert!(said.contains("DESCRIPTION_MISSING"), "{said}");
        assert_eq!(json(&database, &server, 0, &["skills"])["skills"], Value::Array(Vec::new()), "a dry run");
        let (code, _, asked) = ask_with(folder, server.line("Ready"), Some(ADMIN), &["push", "mine"]);
        assert!(code == 3 && asked.contains("Run it again with --yes"), "nobody can answer: {asked}");
        let said = ask(&database, &server, 3, &["push", "mine", "--yes"]);
        assert!(said.ends_with("2 skills taken.\n"), "{said}");
        std::fs::remove_dir_all(folder.join("mine/broken")).expect("gone");
        let said = ask(&database, &server, 0, &["push", "mine", "--yes"]);
        assert_eq!(said, "2 skills: 0 new, 0 changed, 2 as they are, 0 repaired, 0 refused.\n");

        write(folder, "mine/notes/SKILL.md", &skill("notes", "Two"));
        write(folder, "mine/mail/more.md", "x");
        let said = ask(&database, &server, 3, &["push", "mine", "--dry-run", "--diff", "--only", "notes"]);
        assert!(said.contains("changes version 1") && said.contains("-One\n+Two\n"), "{said}");
        let pushed = json(&database, &server, 0, &["push", "mine/notes", "--yes"]);
        assert_eq!(pushed["outcomes"][0]["result"], "imported");
        assert_eq!((&pushed["preview"]["counts"]["found"], &pushed["outcomes"][0]["version"]), (&1.into(), &2.into()));
        let shown = ask(&database, &server, 0, &["skills"]);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(
            lines[0].contains("SKILL") && lines[1].contains("mail") && lines[1].contains("on no account"),
            "{shown}"
        );
        std::fs::create_dir(folder.join("empty")).expect("a folder");
        let (code, _, complaint) = ask_with(folder, server.line("Ready"), Some(ADMIN), &["push", "empty"]);
        assert!(code == 1 && complaint.contains("There is no skill below empty"), "{complaint}");
        ask(&database, &server, 2, &["push", "mine", "--only", "nothing"]);
        ask(&database, &server, 1, &["push", "no-such-folder"]);
    }
}

#[test]
fn one_exit_code_says_whether_a_person_is_needed() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let folder = database.folder();
        let alone = json(&database, &server, 3, &["status"]);
        assert_eq!(alone["attention"][0]["code"], "NO_BROWSER");
        let token = pair(&server);
        assert_eq!(ask(&database, &server, 0, &["status"]), "Everything is in step: 0 skills, 1 browser.\n");
        write(folder, "notes/SKILL.md", &skill("notes", "One"));
        ask(&database, &server, 0, &["push", "notes", "--yes"]);
        assert_eq!(ask(&database, &server, 0, &["status"]), "On its way: 1 operation for 1 skill and 1 browser.\n");
        assert!(ask(&database, &server, 0, &["skills"]).contains("waiting (1)"));
        let bearer = format!("authorization: Bearer {token}");
        let (_, leased) = server.ask(&format!("GET {P}/extension/operations HTTP/1.1\n{bearer}"));
        let leased: Value = serde_json::from_str(&leased).expect("JSON");
        let id = leased[0]["id"].as_str().expect("an id");
        let report = r#"{"success": true, "result": {"claude_ai_skill_id": "sk", "claude_ai_version": "1"}}"#;
        let done = format!(
            "POST {P}/extension/operations/{id}/complete HTTP/1.1\n{bearer}\ncontent-type: application/json\n\n{report}"
        );
        assert_eq!(server.ask(&done).0, 204);
        assert_eq!(ask(&database, &server, 0, &["status"]), "Everything is in step: 1 skill, 1 browser.\n");
        let browsers = ask(&database, &server, 0, &["browsers"]);
        assert!(browsers.contains("working"), "{browsers}");
        assert_eq!(json(&database, &server, 0, &["browsers"])[0]["linked_skill_count"], 1);
        database.run("UPDATE claude_ai_integrations SET status = 'cookie_expired'");
        assert!(ask(&database, &server, 3, &["browsers"]).contains("signed out of claude.ai"));
        assert_eq!(json(&database, &server, 3, &["status"])["attention"][0]["code"], "SIGNED_OUT");
    }
}

#[test]
fn conflicts_are_listed_shown_and_decided() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let folder = database.folder();
        let token = pair(&server);
        write(folder, "notes/SKILL.md", &skill("notes", "One"));
        ask(&database, &server, 0, &["push", "notes", "--yes"]);
        let bearer = format!("authorization: Bearer {token}");
        let (_, leased) = server.ask(&format!("GET {P}/extension/operations HTTP/1.1\n{bearer}"));
        let leased: Value = serde_json::from_str(&leased).expect("JSON");
        let report = r#"{"success": true, "result": {"claude_ai_skill_id": "sk", "claude_ai_version": "1"}}"#;
        let id = leased[0]["id"].as_str().expect("an id");
        server.ask(&format!(
            "POST {P}/extension/operations/{id}/complete HTTP/1.1\n{bearer}\ncontent-type: application/json\n\n{report}"
        ));
        assert_eq!(ask(&database, &server, 0, &["conflicts"]), "No skill has changed on both sides.\n");
        write(folder, "notes/SKILL.md", &skill("notes", "Two"));
        ask(&database, &server, 0, &["push", "notes", "--yes"]);
        database.run(
            "UPDATE claude_ai_skill_links SET conflict_state = 'diverged',
                 staged_version_id = (SELECT id FROM skill_content_versions WHERE version = 1)",
        );
        let listed = json(&database, &server, 3, &["conflicts"]);
        let link = listed[0]["link_id"].as_str().expect("an id");
        let shown = ask(&database, &server, 3, &["conflicts", "show", "notes"]);
        assert!(shown.contains("SKILL.md (changed)") && shown.contains(link), "{shown}");
        let sides = ask(&database, &server, 3, &["conflicts", "--json", "show", link]);
        assert_eq!(serde_json::from_str::<Value>(&sides).expect("JSON")["link_id"], link);
        ask(&database, &server, 1, &["conflicts", "show", "other"]);
        ask(&database, &server, 2, &["conflicts", "resolve", "notes", "--keep", "ours", "--text", "x"]);
        let said = ask(&database, &server, 0, &["conflicts", "resolve", "notes", "--keep", "ours"]);
        assert_eq!(said, "notes is decided; what follows is queued.\n");
        ask(&database, &server, 0, &["conflicts", "list"]);
    }
}

#[test]
fn what_happens_is_followed() {
    let database = Database::each().remove(0);
    let server = start(&database, &[]);
    let folder = database.folder();
    for name in ["notes", "mail"] {
        write(folder, &format!("{name}/SKILL.md"), &skill(name, "One"));
    }
    ask(&database, &server, 0, &["push", "notes", "--yes"]);
    let events = json(&database, &server, 0, &["activity", "--event", "skill_created", "--skill", "notes"]);
    assert_eq!((events.as_array().map(Vec::len), &events[0]["skill_slug"]), (Some(1), &"notes".into()));
    assert!(ask(&database, &server, 0, &["activity"]).contains("skill_created"));
    assert_eq!(
        ask(&database, &server, 0, &["activity", "--event", "op_failed"]),
        "Nothing of that kind has happened.\n"
    );
    ask(&database, &server, 1, &["activity", "--event", "no_such_event"]);
    ask(&database, &server, 1, &["activity", "--browser", "Nobody"]);
    ask(&database, &server, 2, &["activity", "--limit", "0"]);
    let arguments = ["activity", "--follow", "--json", "--event", "skill_created"];
    let mut following = program(folder, server.line("Ready"), Some(ADMIN), &arguments);
    let mut child = following.stdout(Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().expect("a line").expect("text")).expect("JSON");
    assert_eq!(next()["skill_slug"], "notes");
    ask(&database, &server, 0, &["push", "mail", "--yes"]);
    assert_eq!(next()["skill_slug"], "mail", "as it happens");
    let asked = Command::new("sh").args(["-c", "kill -s INT \"$0\"", &child.id().to_string()]).status();
    assert!(asked.expect("a shell").success());
    assert_eq!(child.wait().expect("a child").code(), Some(0));
}
