//! A copy made beside a running server, and the way back.

use std::path::Path;
use std::process::{Command, Output};

use crate::browser::{P, pair};
use crate::program::{Running, serve};

const FLAGS: [&str; 5] = ["--no-library", "--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db"];

fn run(folder: &Path, command: &str) -> (Option<i32>, String) {
    let arguments = [command, "copy.db", "--database-url", "sqlite:skills.db"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_skillferry"));
    let Output { status, stdout, stderr } =
        program.env_clear().args(arguments).current_dir(folder).output().expect("the program");
    (status.code(), String::from_utf8([stdout, stderr].concat()).expect("text"))
}

#[test]
fn a_copy_is_made_beside_the_server_and_put_back_without_it() {
    let folder = tempfile::tempdir().expect("temp folder");
    let server = Running::start(serve(folder.path(), &FLAGS));
    let (before, status) = (pair(&server), format!("GET {P}/extension/status HTTP/1.1\nauthorization: Bearer "));
    let (code, said) = run(folder.path(), "backup");
    assert_eq!((code, said.ends_with("was copied to copy.db.\n")), (Some(0), true), "{said}");
    let (code, said) = run(folder.path(), "backup");
    assert_eq!((code, said.contains("copy.db exists already")), (Some(2), true), "{said}");
    let after = pair(&server);
    let (code, said) = run(folder.path(), "restore");
    assert_eq!((code, said.contains("Another Skillferry server already uses")), (Some(2), true), "{said}");
    assert_eq!(server.ask(&(status.clone() + &after)).0, 200, "nothing happened");
    server.signal("TERM");
    assert!(server.end().0.success());
    let (code, said) = run(folder.path(), "restore");
    assert_eq!((code, said.contains("What was there is now")), (Some(0), true), "{said}");
    let server = Running::start(serve(folder.path(), &FLAGS));
    assert_eq!(server.ask(&(status.clone() + &before)).0, 200);
    assert_eq!(server.ask(&(status + &after)).0, 401, "issued after the copy");
}
