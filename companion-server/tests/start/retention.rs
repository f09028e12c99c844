//! What is old goes, by the server's own clean-up and by `skillferry prune`, and the audit log stays verifiable.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::browser::pair;
use crate::database::Database;
use crate::program::{ADMIN, Running, refused_in_a_sentence, serve};

/// Runs a command beside or without a server: exit code and everything it said.
pub fn command(database: &Database, arguments: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_skillferry"));
    program.env_clear().env("HOME", database.folder()).env("SKILLFERRY_DATABASE_URL", &database.url);
    let Output { status, stdout, stderr } =
        program.args(arguments).current_dir(database.folder()).output().expect("the program");
    (status.code(), String::from_utf8([stdout, stderr].concat()).expect("text"))
}

/// Starts a server on the database, without a library.
pub fn start(database: &Database, flags: &[&str]) -> Running {
    let common = ["--no-library", "--listen", "127.0.0.1:0", "--database-url", &database.url];
    Running::start(serve(database.folder(), &[&common, flags].concat()))
}

const ROWS: &str = "SELECT COUNT(*) FROM claude_ai_audit_log";

/// Makes the audit log some days older: a log from before the chain, which joins it at the next start.
pub fn grow_old(database: &Database, days: u32) {
    let (sqlite, postgres) =
        (format!("created_at - {days} * 86400000000"), format!("created_at - interval '{days} days'"));
    let older = database.pick(&sqlite, &postgres);
    database.run(&format!(
        "UPDATE claude_ai_audit_log SET created_at = {older}, seq = NULL, previous_hash = NULL, hash = NULL"
    ));
    let not = database.pick("0", "FALSE");
    database.run(&format!("UPDATE audit_chain SET seq = 0, hash = '', created_at = NULL, adopted = {not}"));
}

#[test]
fn the_server_forgets_what_is_beyond_the_retention() {
    for database in Database::each() {
        let server = start(&database, &[]);
        pair(&server);
        server.kill();
        grow_old(&database, 10);
        let kept = start(&database, &["--audit-retention-days", "11"]);
        assert_eq!(database.number(ROWS), 3);
        kept.kill();
        let _server = start(&database, &["--audit-retention-days", "9"]);
        let deadline = Instant::now() + Duration::from_secs(20);
        while database.number(ROWS) > 0 {
            assert!(Instant::now() < deadline, "nothing is forgotten");
            std::thread::sleep(Duration::from_millis(20));
        }
        let (code, said) = command(&database, &["audit", "verify"]);
        assert_eq!((code, said.as_str()), (Some(0), "The audit log is intact: 0 rows; it was pruned up to row 3.\n"));
    }
}

#[test]
fn uses_are_forgotten_too() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let head = format!("authorization: Bearer {ADMIN}\ncontent-type: application/json");
        let used = format!("POST /v1/hooks/skill-used HTTP/1.1\n{head}\n\n{{\"skill_slug\": \"notes\"}}");
        assert_eq!(server.ask(&used).0, 202);
        server.kill();
        let count = "SELECT COUNT(*) FROM skill_call_events";
        assert_eq!(database.number(count), 1);
        let (code, said) = command(&database, &["prune", "--uses-older-than", "1d"]);
        assert_eq!((code, said.as_str()), (Some(0), "These went:\n  0 uses\n"));
        let older = database.pick("created_at - 10 * 86400000000", "created_at - interval '10 days'");
        database.run(&format!("UPDATE skill_call_events SET created_at = {older}"));
        let _server = start(&database, &["--usage-retention-days", "9"]);
        let deadline = Instant::now() + Duration::from_secs(20);
        while database.number(count) > 0 {
            assert!(Instant::now() < deadline, "nothing is forgotten");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn prune_says_what_went_beside_a_server() {
    for database in Database::each() {
        let server = start(&database, &[]);
        pair(&server);
        let all =
            ["prune", "--audit-older-than", "0s", "--attempts-older-than", "0s", "--pairings", "--keep-versions", "1"];
        let counts =
            "\n  3 audit rows\n  2 attempts\n  0 ended pairings\n  0 versions\n  0 files that no version holds\n";
        let (code, said) = command(&database, &[&all[..], &["--dry-run"]].concat());
        assert_eq!((code, said), (Some(0), format!("These would go:{counts}")));
        let (code, said) = command(&database, &all);
        assert_eq!((code, said), (Some(0), format!("These went:{counts}")));
        pair(&server);
        let (code, said) = command(&database, &["audit", "verify"]);
        assert_eq!((code, said.as_str()), (Some(0), "The audit log is intact: 3 rows; it was pruned up to row 3.\n"));
        database.run("UPDATE claude_ai_audit_log SET event = 'op_failed' WHERE seq = 4");
        let (code, said) = command(&database, &["prune", "--audit-older-than", "0s"]);
        assert!(code == Some(2) && said.contains("was changed at row 4"), "{said}");
        let (code, said) = command(&database, &["audit", "verify"]);
        assert!(code == Some(1) && said.contains("at row 4"), "{said}");
    }
}

#[test]
fn what_cannot_be_pruned_is_said() {
    let database = Database::each().remove(0);
    let (code, said) = command(&database, &["prune", "--pairings"]);
    assert!(code == Some(2) && said.starts_with("skillferry: The database cannot be read"), "{said}");
    let (code, said) = command(&database, &["prune", "--dry-run"]);
    assert!(code == Some(2) && said.contains("required"), "{said}");
    let (code, said) = command(&database, &["prune", "--audit-older-than", "soon"]);
    assert!(code == Some(2) && said.contains("write an age like"), "{said}");
    let (code, said) = command(&database, &["audit", "verify"]);
    assert_eq!(code, Some(2), "{said}");
    let server = serve(database.folder(), &["--no-library", "--audit-retention-days", "0"]);
    let said = refused_in_a_sentence(server);
    assert_eq!(said, "--audit-retention-days must be 1 or more. Leave it out to keep everything");
}
