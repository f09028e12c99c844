//! Flags, environment and file say the same things, in this order of weight.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::program::{ADMIN, Running, refused_in_a_sentence, serve};

fn library(folder: &Path) {
    let skill = folder.join("library/notes");
    std::fs::create_dir_all(&skill).expect("a folder");
    std::fs::write(skill.join("SKILL.md"), "---\nname: notes\ndescription: Takes notes\n---\nWrite.\n")
        .expect("a file");
}

#[test]
fn four_lines_say_where_everything_is() {
    let folder = tempfile::tempdir().expect("temp folder");
    library(folder.path());
    let arguments = ["--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db", "--library", "library"];
    let mut command = serve(folder.path(), &arguments);
    command.env("SKILLFERRY_LOG", "trace");
    let server = Running::start(command);
    let names: Vec<&str> = server.lines.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert_eq!(names, ["Dashboard", "Library", "Database", "Ready"]);
    let (page, token) = server.line("Dashboard").split_once("/login#").expect("a link");
    assert_eq!(page, server.line("Ready"));
    assert!(server.line("Library").ends_with("/library") && server.line("Library").starts_with('/'));
    assert_eq!(server.line("Database"), "SQLite skills.db");
    let json = "content-type: application/json";
    let (status, _) = server.ask(&format!("POST /login HTTP/1.1\n{json}\n\n{{\"token\": \"{token}\"}}"));
    assert_eq!(status, 204);
    let token = token.to_owned();
    server.signal("TERM");
    let (_, log) = server.end();
    assert!(log.contains("/login") && !log.contains(&token[4..]), "the link's token is not logged");
}

#[test]
fn nothing_named_takes_the_homes_folders() {
    let folder = tempfile::tempdir().expect("temp folder");
    let server = Running::start(serve(folder.path(), &["--listen", "127.0.0.1:0"]));
    let (home, data) = (folder.path().display(), ".local/share/skillferry");
    assert_eq!(server.line("Database"), format!("SQLite {home}/{data}/skillferry.db"));
    assert_eq!(server.line("Library"), format!("{home}/{data}/sample-library"));
    drop(server);
    let skills = folder.path().join(".claude/skills");
    std::fs::create_dir_all(&skills).expect("a folder");
    let server = Running::start(serve(folder.path(), &["--listen", "127.0.0.1:0"]));
    assert_eq!(server.line("Library"), skills.display().to_string());
}

/// Checks that a server has taken every setting of `SETTINGS`.
#[track_caller]
fn has_taken_all(server: &Running, folder: &Path) {
    let address = server.line("Ready").strip_prefix("http://127.0.0.1:").expect("the public URL");
    assert_eq!(server.line("Library"), folder.canonicalize().expect("a folder").join("library").display().to_string());
    assert_eq!(server.line("Database"), "SQLite mine.db");
    assert!(folder.join("mine.db").is_file());
    let listens = format!("127.0.0.1:{address}");
    let ask = |request: &str| Running::finish(Running::begin(&listens, request)).0;
    for (host, status) in [("skills.lan", 200), ("tools.lan:99", 200), ("evil.example", 403)] {
        assert_eq!(ask(&format!("GET /health HTTP/1.1\nhost: {host}")), status, "{host}");
    }
    let pair = |client: &str| {
        let head = "POST /v1/integrations/claude-ai/extension/pair HTTP/1.1\ncontent-type: application/json";
        ask(&format!("{head}\nx-forwarded-for: {client}\n\n{{}}"))
    };
    let statuses = [pair("198.51.100.1"), pair("198.51.100.1"), pair("198.51.100.1"), pair("198.51.100.2")];
    assert_eq!(statuses, [201, 201, 429, 201], "the limit is 2, and the proxy is believed");
    let integrations = "GET /v1/integrations/claude-ai/integrations HTTP/1.1\nauthorization: Bearer";
    assert_eq!(ask(&format!("{integrations} {ADMIN}")), 200);
}

/// A free port, another each time: the public URL has to name it beforehand. Below those that the system hands out, so that nobody else
/// takes it.
pub fn free_port() -> u16 {
    let begin = 20_000 + u16::try_from(std::process::id() % 10_000).expect("less than 10,000");
    static HANDED_OUT: AtomicU16 = AtomicU16::new(0);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    loop {
        let port = begin + HANDED_OUT.fetch_add(1, Ordering::Relaxed);
        assert!(port < 32_000, "no port is free");
        if is_free(&port) {
            return port;
        }
    }
}

/// Name, value in a file, value elsewhere.
fn settings(port: u16) -> [(&'static str, String, String); 9] {
    let same = |name, value: String| (name, format!("{value:?}"), value);
    [
        same("listen", format!("127.0.0.1:{port}")),
        same("database-url", "sqlite:mine.db".to_owned()),
        same("library", "library".to_owned()),
        same("delivery", "skills".to_owned()),
        same("public-url", format!("http://127.0.0.1:{port}/")),
        ("pair-rate-limit", "2".to_owned(), "2".to_owned()),
        ("audit-retention-days", "90".to_owned(), "90".to_owned()),
        ("trusted-proxies", "[\"10.0.0.0/8\", \"127.0.0.1\"]".to_owned(), "10.0.0.0/8,127.0.0.1".to_owned()),
        ("allowed-hosts", "[\"skills.lan\", \"tools.lan\"]".to_owned(), "skills.lan,tools.lan".to_owned()),
    ]
}

/// The same server, told in each of three ways.
fn told(how: &str, folder: &Path) -> Command {
    let settings = settings(free_port());
    let flags: Vec<String> =
        settings.iter().flat_map(|(name, _, value)| [format!("--{name}"), value.clone()]).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let file: String = settings.iter().map(|(name, value, _)| format!("{name} = {value}\n")).collect();
    std::fs::write(folder.join("config.toml"), file).expect("written");
    let mut command = serve(folder, if how == "flags" { &flags } else { &[] });
    match how {
        "environment" => command.envs(settings.iter().map(|(name, _, value)| (variable(name), value))),
        "file" => command.env("SKILLFERRY_CONFIG", "config.toml"),
        _ => &mut command,
    };
    command
}

fn variable(flag: &str) -> String {
    format!("SKILLFERRY_{}", flag.replace('-', "_").to_uppercase())
}

#[test]
fn flags_environment_and_file_are_alike() {
    for how in ["flags", "environment", "file"] {
        let folder = tempfile::tempdir().expect("temp folder");
        library(folder.path());
        has_taken_all(&Running::start(told(how, folder.path())), folder.path());
    }
}

#[test]
fn flags_outweigh_the_environment_and_that_the_file() {
    let folder = tempfile::tempdir().expect("temp folder");
    std::fs::write(folder.path().join("config.toml"), "database-url = \"sqlite:file.db\"").expect("written");
    let database = |flag: &[&str], variable: Option<&str>| {
        let mut command =
            serve(folder.path(), &[&["--listen", "127.0.0.1:0", "--config", "config.toml"], flag].concat());
        command.env("SKILLFERRY_NO_LIBRARY", "true");
        command.envs(variable.map(|value| ("SKILLFERRY_DATABASE_URL", value)));
        let server = Running::start(command);
        assert_eq!(server.line("Library"), "none");
        server.line("Database").to_owned()
    };
    assert_eq!(database(&[], None), "SQLite file.db");
    assert_eq!(database(&[], Some("sqlite:variable.db")), "SQLite variable.db");
    assert_eq!(database(&["--database-url", "sqlite:flag.db"], Some("sqlite:variable.db")), "SQLite flag.db");
}

#[test]
fn the_environment_is_checked_like_flags() {
    let folder = tempfile::tempdir().expect("temp folder");
    for (name, value, complaint) in [
        ("SKILLFERRY_DELIVERY", "pigeon", "--delivery must be “skills” or “groups”"),
        ("SKILLFERRY_ENDPOINT_PATHS", "tea=1", "is no choice like list_skills=1"),
        ("SKILLFERRY_LISTEN", "0.0.0.0:8082", "can be reached from other machines"),
        ("SKILLFERRY_LIBRARY", "/no/such/library", "cannot be opened"),
        ("SKILLFERRY_TRUSTED_PROXIES", "x", "neither an IP address nor a network"),
        ("SKILLFERRY_PUBLIC_URL", "ftp://x", "--public-url must be"),
        ("SKILLFERRY_CONFIG", "no-such.toml", "cannot be read"),
    ] {
        let mut command = serve(folder.path(), &[]);
        command.env(name, value);
        let said = refused_in_a_sentence(command);
        assert!(said.contains(complaint), "{said}");
    }
}

#[test]
fn no_library_wins_over_a_named_one() {
    let folder = tempfile::tempdir().expect("temp folder");
    let common = ["--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db"];
    let mut by_flag = serve(folder.path(), &[common.as_slice(), &["--no-library"]].concat());
    by_flag.env("SKILLFERRY_LIBRARY", folder.path());
    let mut by_environment = serve(folder.path(), &[common.as_slice(), &["--library", "."]].concat());
    by_environment.env("SKILLFERRY_NO_LIBRARY", "1");
    for command in [by_flag, by_environment] {
        let running = Running::start(command);
        assert_eq!(running.line("Library"), "none");
        running.signal("TERM");
        assert!(running.end().0.success());
    }
}
