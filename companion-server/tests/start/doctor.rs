//! `skillferry doctor`: each check passes on a sound machine, and each can fail.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::browser::pair;
use crate::database::Database;
use crate::retention::{command, start};

/// Runs it on a database: exit code, and status, detail and remedy of each check.
fn examine(database: &Database, flags: &[&str]) -> (Option<i32>, Value) {
    let (code, said) = command(database, &[&["doctor", "--json"], flags].concat());
    let found: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("JSON: {said}"));
    for check in found["checks"].as_array().expect("checks") {
        let well = check["status"] == "pass";
        assert!(check["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{check}");
        assert_eq!(check["remedy"].is_string(), !well, "{check}");
    }
    (code, found)
}

#[track_caller]
fn status(found: &Value, id: &str) -> String {
    let checks = found["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id} in {found}"));
    check["status"].as_str().expect("text").to_owned()
}

/// A status and the exit code that goes with it as the worst of all.
#[track_caller]
fn finds(database: &Database, flags: &[&str], id: &str, expected: &str) -> Value {
    let (code, found) = examine(database, flags);
    assert_eq!(status(&found, id), expected, "{found}");
    let worst = found["overall"].as_str().expect("text");
    assert_eq!(
        code,
        Some(match worst {
            "pass" => 0,
            "warn" => 1,
            _ => 2,
        }),
        "{found}"
    );
    found
}

#[test]
fn a_sound_machine_passes_and_each_trouble_in_the_database_is_found() {
    for database in Database::each() {
        let server = start(&database, &[]);
        pair(&server);
        let listen = server.address().to_owned();
        let flags = ["--listen", &listen, "--no-library"];
        std::fs::set_permissions(database.folder(), PermissionsExt::from_mode(0o700)).expect("a mode");
        let found = finds(&database, &flags, "server", "pass");
        assert_eq!(found["overall"], "pass", "{found}");
        let ids: Vec<_> = found["checks"].as_array().expect("checks").iter().map(|check| check["id"].clone()).collect();
        let of_a_file: &[&str] = if database.sqlite { &["disk", "permissions"] } else { &[] };
        let rest = ["database", "schema", "audit_chain", "operations", "clock", "library", "server"];
        assert_eq!(ids, [&["configuration"], of_a_file, &rest].concat());

        let id = database.pick("randomblob(16)", "gen_random_uuid()");
        let old = database.pick("0", "to_timestamp(0)");
        database.run(&format!(
            "INSERT INTO claude_ai_sync_operations (id, integration_id, kind, status, started_at)
             SELECT {id}, id, 'list', 'in_progress', {old} FROM claude_ai_integrations"
        ));
        finds(&database, &flags, "operations", "warn");
        database.run("UPDATE claude_ai_sync_operations SET status = 'failed'");
        finds(&database, &flags, "operations", "warn");
        let ahead = database.pick("created_at + 600000000", "created_at + interval '10 minutes'");
        database.run(&format!("UPDATE claude_ai_audit_log SET created_at = {ahead} WHERE seq = 3"));
        let found = finds(&database, &flags, "clock", "warn");
        assert_eq!(status(&found, "audit_chain"), "fail", "{found}");

        let newest = "version = (SELECT MAX(m.version) FROM _sqlx_migrations m)";
        database.run(&format!("DELETE FROM _sqlx_migrations WHERE {newest}"));
        let older = finds(&database, &flags, "schema", "warn");
        assert!(older.to_string().contains(" 00"), "{older}");
        assert_eq!(status(&older, "server"), "fail", "the server says that it is degraded: {older}");
        database.run(&format!("UPDATE _sqlx_migrations SET version = 9999 WHERE {newest}"));
        finds(&database, &flags, "schema", "fail");
        database.run("DROP TABLE audit_chain");
        finds(&database, &flags, "audit_chain", "fail");
        database.run("ALTER TABLE _sqlx_migrations RENAME TO hidden");
        finds(&database, &flags, "database", "fail");
    }
}

#[test]
fn databases_that_are_away() {
    let database = Database::each().remove(0);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").to_string();
    let flags = ["--no-library", "--listen", &free];
    let found = finds(&database, &flags, "database", "warn");
    assert_eq!(status(&found, "server"), "warn", "nobody listens: {found}");
    assert!(!database.folder().join("skills.db").exists(), "it makes nothing");
    std::fs::write(database.folder().join("skills.db"), "a text of more than a few bytes, read as a header")
        .expect("written");
    finds(&database, &flags, "database", "fail");
    let away = format!("postgres://somebody:secret-word@{free}/skills");
    let found = finds(&database, &["--no-library", "--listen", &free, "--database-url", &away], "database", "fail");
    assert!(!found.to_string().contains("secret-word"));
    finds(&database, &["--no-library", "--database-url", "mysql://x"], "database", "fail");
}

#[test]
fn files_and_folders() {
    let database = Database::each().remove(0);
    let server = start(&database, &[]);
    let listen = server.address().to_owned();
    let flags = ["--listen", &listen, "--no-library"];
    let mode =
        |path: &std::path::Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
    mode(&database.folder().join("skills.db"), 0o644);
    finds(&database, &flags, "permissions", "warn");
    mode(database.folder(), 0o777);
    finds(&database, &flags, "permissions", "fail");
    mode(database.folder(), 0o700);

    std::fs::create_dir(database.folder().join("library")).expect("a folder");
    finds(&database, &["--listen", &listen, "--library", "library"], "library", "pass");
    for missing in ["no/such/library", "skills.db"] {
        finds(&database, &["--listen", &listen, "--library", missing], "library", "fail");
    }

    let config = |text: &str| std::fs::write(database.folder().join("my.toml"), text).expect("written");
    config(&format!("listen = {listen:?}\nlibrary = \"library\""));
    let found = finds(&database, &["--config", "my.toml"], "configuration", "pass");
    assert_eq!((status(&found, "server"), status(&found, "library")), ("pass".to_owned(), "pass".to_owned()));
    config("listn = 1");
    finds(&database, &["--config", "my.toml", "--no-library"], "configuration", "fail");
    finds(&database, &["--config", "no-such.toml", "--no-library"], "configuration", "fail");
}

#[test]
fn whoever_answers_instead_is_no_server() {
    let database = Database::each().remove(0);
    let stranger = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = stranger.local_addr().expect("its address").to_string();
    let answers = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = stranger.accept().expect("a guest");
        let mut request = [0; 1024];
        let _ = stream.read(&mut request);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").expect("an answer");
        stranger
    });
    finds(&database, &["--no-library", "--listen", &address], "server", "fail");
    // It listens still, and says nothing any more.
    let _silent = answers.join().expect("answered");
    finds(&database, &["--no-library", "--listen", &address], "server", "fail");
    finds(&database, &["--no-library", "--listen", "nowhere"], "server", "fail");
}

#[test]
fn people_read_lines_and_the_help_names_the_codes() {
    let database = Database::each().remove(0);
    let (code, said) = command(&database, &["doctor", "--no-library", "--listen", "nowhere"]);
    assert_eq!(code, Some(2));
    for line in ["pass  configuration: There is no file to read.", "FAIL  server: ", "      Write an address"] {
        assert!(said.lines().any(|found| found.starts_with(line)), "{line} in {said}");
    }
    let (_, help) = command(&database, &["doctor", "--help"]);
    assert!(
        help.contains("Exit code 0 when every check passes, 1 when a check warns, 2 when a check fails."),
        "{help}"
    );
}
