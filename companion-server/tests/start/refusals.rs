//! What cannot work ends at once, in one clear sentence and with exit code 2.

use std::net::TcpListener;
use std::path::Path;

use crate::program::{Running, refused, refused_in_a_sentence, serve};

const QUIET: [&str; 5] = ["--no-library", "--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db"];

/// Flags that would start a server, and then some.
fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&QUIET, arguments].concat()
}

#[track_caller]
fn says(arguments: &[&str], sentence: &str) {
    let folder = tempfile::tempdir().expect("temp folder");
    assert_eq!(refused_in_a_sentence(serve(folder.path(), arguments)), sentence);
}

#[test]
fn flags_that_cannot_work() {
    for (arguments, sentence) in [
        (
            vec!["--no-library", "--listen", "0.0.0.0:0"],
            "0.0.0.0:0 can be reached from other machines, and Skillferry speaks no TLS by itself. \
             Put a TLS proxy in front and name it with --trusted-proxies, or listen on 127.0.0.1",
        ),
        (
            vec!["--no-library", "--listen", "[::]:0"],
            "[::]:0 can be reached from other machines, and Skillferry speaks no TLS by itself. \
             Put a TLS proxy in front and name it with --trusted-proxies, or listen on 127.0.0.1",
        ),
        (vec!["--no-library", "--listen", "localhost"], "--listen must be an address and a port like 127.0.0.1:8082"),
        (with(&["--delivery", "pigeon"]), "--delivery must be “skills” or “groups”"),
        (
            with(&["--endpoint-paths", "list_skills=1,https://example.org=2"]),
            "--endpoint-paths: “https://example.org=2” is no choice like list_skills=1. \
             The calls are organisations, list_skills, upload_skill, delete_skill, download_skill, \
             list_marketplaces, create_marketplace, list_plugins, upload_plugin, switch_plugin",
        ),
        (
            with(&["--trusted-proxies", "10.0.0.1,proxy.lan"]),
            "--trusted-proxies: “proxy.lan” is neither an IP address nor a network like 10.0.0.0/8",
        ),
        (
            with(&["--public-url", "http://skills.example"]),
            "--public-url must be https://HOST, or http://127.0.0.1:PORT",
        ),
        (
            vec!["--no-library", "--database-url", "mysql://localhost/skills"],
            "The database address must be sqlite:PATH or postgres://USER@HOST/NAME",
        ),
    ] {
        says(&arguments, sentence);
    }
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address");
    let listen = address.to_string();
    let sentence = format!(
        "Port {} on 127.0.0.1 is already in use, perhaps by another Skillferry. \
         Stop it, or choose another port with --listen 127.0.0.1:PORT",
        address.port()
    );
    says(&["--no-library", "--listen", &listen, "--database-url", "sqlite:skills.db"], &sentence);
}

#[test]
fn folders_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("temp folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "a text").expect("written");
    let (file, below) = (file.display(), file.join("below"));
    let below = below.display();
    let in_home = ["--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db", "--library"];
    let database = format!("sqlite:{below}");
    for (arguments, sentence) in [
        (
            [in_home.as_slice(), &["/no/such/library"]].concat(),
            "The library folder /no/such/library cannot be opened: No such file or directory (os error 2). \
             Name another with --library"
                .to_owned(),
        ),
        ([in_home.as_slice(), &["file"]].concat(), format!("{} is not a folder. Name another with --library", "file")),
        (
            vec!["--no-library", "--listen", "127.0.0.1:0", "--database-url", &database],
            format!(
                "The database {below} cannot be opened for writing (Not a directory (os error 20)). \
                 Check the folder's permissions and free space"
            ),
        ),
        (
            vec!["--no-library", "--listen", "127.0.0.1:0", "--database-url", "sqlite:file"],
            format!("{file} is not a Skillferry database. Choose another file with --database-url"),
        ),
    ] {
        let said = refused_in_a_sentence(serve(folder.path(), &arguments));
        assert_eq!(said, sentence);
    }
    let mut command = serve(folder.path(), &["--no-library", "--listen", "127.0.0.1:0"]);
    command.env("XDG_DATA_HOME", file.to_string());
    let said = refused_in_a_sentence(command);
    assert_eq!(said, format!("The data folder {file}/skillferry cannot be made: Not a directory (os error 20)"));
}

#[test]
fn a_database_that_is_in_use() {
    let folder = tempfile::tempdir().expect("temp folder");
    let first = Running::start(serve(folder.path(), &QUIET));
    let path = folder.path().canonicalize().expect("the folder").join("skills.db");
    let said = refused_in_a_sentence(serve(folder.path(), &QUIET));
    let path = path.display();
    let sentence = format!(
        "Another Skillferry server already uses {path}. Stop it first, or give this one its own --database-url"
    );
    assert_eq!(said, sentence);
    assert_eq!(first.ask("GET /health HTTP/1.1").0, 200, "the first one goes on");
}

#[test]
fn a_database_server_that_is_away() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let url = format!("postgres://somebody:secret-word@{closed}/skills");
    let folder = tempfile::tempdir().expect("temp folder");
    let arguments = ["--no-library", "--listen", "127.0.0.1:0", "--database-url", &url];
    let said = refused_in_a_sentence(serve(folder.path(), &arguments));
    let ending = "Check --database-url and that the server runs";
    assert!(said.starts_with("PostgreSQL cannot be reached") && said.ends_with(ending), "{said}");
    assert!(!said.contains("secret-word"));
}

#[test]
fn configuration_files_that_cannot_be_read() {
    let folder = tempfile::tempdir().expect("temp folder");
    let config = |name: &str| serve(folder.path(), &["--config", name]);
    let said = refused_in_a_sentence(config("no-such.toml"));
    assert!(said.starts_with("The configuration file no-such.toml cannot be read: "), "{said}");
    std::fs::write(folder.path().join("bytes.toml"), b"\xff\xfe").expect("written");
    assert!(refused_in_a_sentence(config("bytes.toml")).contains("cannot be read"));
    for (text, complaint) in [
        ("listn = \"127.0.0.1:0\"", "unknown field `listn`"),
        ("listen = ", "line 1 is wrong"),
        ("\npair-rate-limit = \"many\"", "line 2 is wrong"),
        ("endpoint-paths = [\"x\"]", "“x” is no choice like list_skills=1"),
        ("delivery = \"pigeon\"", "--delivery must be “skills” or “groups”"),
    ] {
        std::fs::write(folder.path().join("wrong.toml"), text).expect("written");
        let said = refused_in_a_sentence(config("wrong.toml"));
        assert!(said.contains(complaint), "{said}");
    }
}

#[test]
fn values_that_are_none() {
    let none = Path::new("/");
    for arguments in [vec!["--pair-rate-limit", "many"], vec!["--no-such-flag"]] {
        let said = refused(serve(none, &arguments));
        assert!(said.starts_with("error: ") && said.contains(arguments[0]), "{said}");
    }
    let mut weak = serve(none, &QUIET);
    weak.env("SKILLFERRY_ADMIN_TOKEN", "hunter2-hunter2");
    let said = refused_in_a_sentence(weak);
    assert_eq!(said, "SKILLFERRY_ADMIN_TOKEN is shorter than 24 characters. Use a long random one");
}
