//! Keys of a service on a person's machine: the whole way, with the program itself at both ends.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use internal_service_stand_in::{Fault, SECRET, Service};
use serde_json::{Value, json};

use crate::program::{Running, serve};

const ANN: &str = "ann@team.example";

/// The program with a home of its own.
fn skillferry(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillferry"));
    command.env_clear().env("HOME", home).env("HOSTNAME", "desk").args(arguments).current_dir(home);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[track_caller]
fn done(output: &Output) -> String {
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    said.into_owned()
}

fn run(home: &Path, arguments: &[&str]) -> String {
    done(&skillferry(home, arguments).output().expect("the program"))
}

/// A server with one service, run with this further environment.
fn server(folder: &Path, service: &Service, more: &[(&str, &str)]) -> Running {
    let entry = json!([{
        "id": "po", "name": "Purchase orders", "description": "Orders and suppliers",
        "token_exchange_url": service.url("/api/internal/token-exchange"),
        "token_revoke_url": service.url("/api/internal/token-revoke"),
        "health_url": service.url("/health"),
        "env_var_name": "PO_API_KEY", "skill_file": "sc_po.md",
    }]);
    std::fs::write(folder.join("service_connectors.json"), entry.to_string()).expect("file");
    std::fs::write(folder.join("sc_po.md"), "# Orders\n").expect("file");
    std::fs::write(folder.join("ca.pem"), &service.certificate).expect("file");
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--no-library",
        "--service-connectors",
        "service_connectors.json",
        "--service-ca-file",
        "ca.pem",
        "--service-probe-seconds",
        "1",
    ];
    let mut command = serve(folder, &arguments);
    command.env("SC_SECRET_PO", SECRET).envs(more.iter().copied()).env("SKILLFERRY_LOG", "debug");
    Running::start(command)
}

fn ask(server: &Running, token: &str, method: &str, path: &str, body: &Value) -> (u16, String) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.ask(&format!(
        "{method} {path} HTTP/1.1\nauthorization: Bearer {token}\ncontent-type: application/json\n\n{body}"
    ))
}

fn choose(server: &Running, token: &str, what: &str) {
    let (status, said) =
        ask(server, token, "POST", &format!("/api/service-connectors/{what}"), &json!({ "service_id": "po" }));
    assert!(status == 200 && said.contains("\"success\":true"), "{said}");
}

/// What an ordinary program finds in the file.
fn read(env: &Path) -> BTreeMap<String, String> {
    dotenvy::from_path_iter(env).expect("a file").collect::<Result<_, _>>().expect("that can be read")
}

/// Pulls for the first time: waits for the code, has it approved, and waits for the end.
fn pair(home: &Path, project: &str, server: &Running, token: &str) -> String {
    let address = format!("http://{}", server.address());
    let mut child = skillferry(home, &["pull", "--dir", project, "--server", &address]).spawn().expect("the program");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped")).lines();
    let line = stdout.next().expect("a line").expect("text");
    let code = line.strip_prefix("Pairing code: ").unwrap_or_else(|| panic!("no code: {line}"));
    let (status, said) = ask(server, token, "POST", "/api/machines/approve", &json!({ "pairing_code": code }));
    assert_eq!(status, 204, "{said}");
    let rest: Vec<String> = stdout.map(|line| line.expect("text")).collect();
    assert!(child.wait().expect("ended").success(), "{rest:?}");
    rest.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_comes_is_read_and_goes() {
    let (data, home) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let service = Service::start().await.expect("a service");
    let running = server(data.path(), &service, &[]);
    run(data.path(), &["user", "add", ANN]);
    let token = run(data.path(), &["admin-token", "create", "tests", "--user", ANN]).trim().to_owned();
    let project = home.path().join("project");
    std::fs::create_dir(&project).expect("folder");
    let env = project.join(".env");
    std::fs::write(&env, "OWN='as it was'").expect("file");
    let dir = project.to_str().expect("text");
    assert!(pair(home.path(), dir, &running, &token).contains("Everything is as it should be."));

    choose(&running, &token, "connect");
    let planned = run(home.path(), &["pull", "--dir", dir, "--dry-run"]);
    assert!(planned.contains("changed") && planned.contains(".env"), "{planned}");
    assert_eq!(std::fs::read(&env).expect("file"), b"OWN='as it was'", "a dry run does nothing");
    let said = run(home.path(), &["pull", "--dir", dir]);
    let key = service.in_force()[0].key.clone();
    assert!(said.contains(".env") && said.contains("sc_po.md") && !said.contains(&key[..6]), "{said}");
    let expected = BTreeMap::from([("OWN".to_owned(), "as it was".to_owned()), ("PO_API_KEY".to_owned(), key.clone())]);
    assert_eq!(read(&env), expected);
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    let rules = project.join(".claude/rules");
    assert_eq!((mode(&env), mode(&rules), mode(&rules.join("sc_po.md"))), (0o600, 0o700, 0o600));
    assert!(run(home.path(), &["pull", "--dir", dir]).contains("Everything is as it should be."));

    // Everything is encrypted with another key while the server runs, and the pull still works.
    assert!(run(data.path(), &["keys", "rotate"]).starts_with("1 keys were encrypted anew."));
    assert!(run(home.path(), &["pull", "--dir", dir]).contains("Everything is as it should be."));
    let database = std::fs::read(data.path().join(".local/share/skillferry/skillferry.db")).expect("database");
    assert!(!database.windows(6).any(|bytes| bytes == &key.as_bytes()[..6]), "no dump shows a key");

    // The service is away when the person disconnects; the server is restarted; the revocation is made good.
    service.world().revoke = Some(Fault::Answer(503, String::new()));
    choose(&running, &token, "disconnect");
    run(home.path(), &["pull", "--dir", dir]);
    assert_eq!(read(&env), BTreeMap::from([("OWN".to_owned(), "as it was".to_owned())]));
    assert_eq!(std::fs::read(&env).expect("file"), b"OWN='as it was'");
    assert!(!rules.join("sc_po.md").exists());
    running.signal("TERM");
    let (_, log) = running.end();
    for secret in [SECRET, &key[..6], &token] {
        assert!(!log.contains(secret), "{log}");
    }
    assert_eq!(service.in_force().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn uninstalling_leaves_nothing_and_ends_the_pairing() {
    let (data, home) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let service = Service::start().await.expect("a service");
    let running = server(data.path(), &service, &[]);
    run(data.path(), &["user", "add", ANN]);
    let token = run(data.path(), &["admin-token", "create", "tests", "--user", ANN]).trim().to_owned();
    choose(&running, &token, "connect");
    let project = home.path().join("project");
    std::fs::create_dir(&project).expect("folder");
    let dir = project.to_str().expect("text");
    pair(home.path(), dir, &running, &token);
    assert_eq!(read(&project.join(".env")).len(), 1);
    let (_, machines) = ask(&running, &token, "GET", "/api/machines", &Value::Null);
    assert!(machines.contains("desk"), "{machines}");
    assert!(run(home.path(), &["pull", "--uninstall"]).contains("Nothing is left"));
    assert_eq!(std::fs::read_dir(&project).expect("folder").count(), 0);
    assert!(!home.path().join(".local/share/skillferry").exists());
    assert_eq!(ask(&running, &token, "GET", "/api/machines", &Value::Null).1, "[]");
    assert!(run(home.path(), &["pull", "--uninstall"]).contains("nothing to take back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_looked_at_by_itself() {
    let data = tempfile::tempdir().expect("folder");
    let service = Service::start().await.expect("a service");
    let running = server(data.path(), &service, &[]);
    run(data.path(), &["user", "add", ANN]);
    let token = run(data.path(), &["admin-token", "create", "tests", "--user", ANN]).trim().to_owned();
    choose(&running, &token, "connect");
    let (_, account) = ask(&running, &token, "GET", "/v1/account", &Value::Null);
    let account: Value = serde_json::from_str(&account).expect("JSON");
    let path = format!("/api/connectors/{}/status", account["id"].as_str().expect("an id"));
    for (fault, needs_person) in [(Some(Fault::Answer(401, String::new())), "true"), (None, "false")] {
        service.world().health = fault;
        let expected = format!("\"anyNeedsReauth\":{needs_person}");
        let seen = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            ask(&running, &token, "GET", &path, &Value::Null).1.contains(&expected)
        });
        assert!(seen, "{expected}");
    }
    running.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_server_and_a_revoked_machine_are_told() {
    let (data, home) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let service = Service::start().await.expect("a service");
    let running = server(data.path(), &service, &[]);
    run(data.path(), &["user", "add", ANN]);
    let token = run(data.path(), &["admin-token", "create", "tests", "--user", ANN]).trim().to_owned();
    let dir = home.path().to_str().expect("text");
    pair(home.path(), dir, &running, &token);
    let address = running.address().to_owned();
    running.kill();
    let port = format!("127.0.0.1:{}", address.rsplit(':').next().expect("a port"));
    let mut command = serve(data.path(), &["--listen", &port, "--no-library"]);
    command.env("SKILLFERRY_PAUSE", "Maintenance until noon");
    let running = Running::start(command);
    let refused = skillferry(home.path(), &["pull", "--dir", dir]).output().expect("the program");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("paused"), "{refused:?}");
    running.kill();
    let running = Running::start(serve(data.path(), &["--listen", &port, "--no-library"]));
    run(home.path(), &["pull", "--dir", dir]);
    let (_, machines) = ask(&running, &token, "GET", "/api/machines", &Value::Null);
    let machines: Value = serde_json::from_str(&machines).expect("JSON");
    let path = format!("/api/machines/{}", machines[0]["id"].as_str().expect("an id"));
    assert_eq!(ask(&running, &token, "DELETE", &path, &Value::Null).0, 204);
    let refused = skillferry(home.path(), &["pull", "--dir", dir]).output().expect("the program");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("revoked"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_wrong_starts_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("services.json");
    std::fs::write(&file, r#"[{"id": "po", "name": "Purchase orders"}]"#).expect("file");
    let said = crate::program::refused_in_a_sentence(serve(
        folder.path(),
        &["--no-library", "--service-connectors", "services.json"],
    ));
    assert!(
        said.contains("services.json") && said.contains("entry 1 (“po”)") && said.contains("`description` is missing"),
        "{said}"
    );
}
