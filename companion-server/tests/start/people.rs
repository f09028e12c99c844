//! What an operator does about people and their tokens from the command line, beside a running server.

use crate::database::Database;
use crate::program::Running;
use crate::retention::{command, start};

const ACCOUNT: &str = "/v1/account";

/// What a command says that works.
#[track_caller]
fn done(database: &Database, arguments: &[&str]) -> String {
    let (code, said) = command(database, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    said.trim_end().to_owned()
}

/// What a command says that does not work.
#[track_caller]
fn refused(database: &Database, arguments: &[&str]) -> String {
    let (code, said) = command(database, arguments);
    assert_eq!(code, Some(2), "{arguments:?}: {said}");
    said.trim_end().to_owned()
}

/// Opens a login link; the cookie, or `None` when it lets nobody in.
fn opened(server: &Running, link: &str) -> Option<String> {
    let (address, token) = link.split_once("/login#").expect("a login link");
    assert_eq!(address, "https://skills.example.org");
    let body = format!(r#"{{"token":"{token}"}}"#);
    let (status, head, _) =
        server.ask_whole(&format!("POST /login HTTP/1.1\ncontent-type: application/json\n\n{body}"));
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    (status == 204).then(|| cookie.expect("a cookie").to_owned())
}

fn account(server: &Running, cookie: &str) -> (u16, serde_json::Value) {
    let (status, body) = server.ask(&format!("GET {ACCOUNT} HTTP/1.1\ncookie: {cookie}"));
    (status, serde_json::from_str(&body).unwrap_or_default())
}

#[test]
fn links_let_people_in_until_they_are_disabled() {
    const PUBLIC: [&str; 2] = ["--public-url", "https://skills.example.org/"];
    for database in Database::each() {
        let server = start(&database, &[]);
        let link = |name: &str| done(&database, &["login-link", "--user", name, PUBLIC[0], PUBLIC[1]]);
        let owner = opened(&server, &done(&database, &["login-link", PUBLIC[0], PUBLIC[1]])).expect("the first admin");
        assert_eq!(account(&server, &owner).1["role"], "admin");
        assert_eq!(done(&database, &["user", "add", "Ada"]), "Ada was added.");
        assert_eq!(refused(&database, &["user", "add", "ADA"]), "skillferry: Somebody is called ADA already.");
        assert_eq!(refused(&database, &["login-link", "--user", "Bob"]), "skillferry: Nobody is called Bob.");
        let ada = opened(&server, &link("ada")).expect("a session");
        let (status, known) = account(&server, &ada);
        assert_eq!((status, &known["name"], &known["role"]), (200, &"Ada".into(), &"member".into()));
        assert_eq!(done(&database, &["user", "set-role", "Ada", "admin"]), "Ada is admin now.");
        assert_eq!(account(&server, &ada).1["role"], "admin", "at once");
        let waiting = link("Ada");
        assert_eq!(done(&database, &["user", "disable", "Ada"]), "Ada may not log in any more.");
        assert_eq!(account(&server, &ada).0, 401, "the session is over");
        assert_eq!(opened(&server, &waiting), None, "an older link lets nobody in");
        let last = done(&database, &["user", "list"]);
        let owner_name = last.lines().find_map(|line| line.strip_suffix("\tadmin")).expect("the owner").to_owned();
        assert!(last.contains("Ada\tadmin\tdisabled"), "{last}");
        let kept = refused(&database, &["user", "disable", &owner_name]);
        assert!(kept.ends_with("is the last admin who may log in. Make another one first."), "{kept}");
        assert_eq!(done(&database, &["user", "enable", "Ada"]), "Ada is admin now.");
        let again = opened(&server, &link("Ada")).expect("let in again");
        done(&database, &["user", "reset-password", "Ada"]);
        assert_eq!(account(&server, &again).0, 401, "all sessions have ended");
        assert_eq!(account(&server, &owner).0, 200, "nobody else's");
    }
}

#[test]
fn tokens_do_what_their_owner_may_until_they_are_revoked() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let ask =
            |token: &str, path: &str| server.ask(&format!("GET {path} HTTP/1.1\nauthorization: Bearer {token}")).0;
        done(&database, &["user", "add", "Ada"]);
        let token = done(&database, &["admin-token", "create", "nightly", "--user", "ada", "--role", "admin"]);
        assert_eq!([ask(&token, ACCOUNT), ask(&token, "/v1/users")], [200, 403], "never more than its owner");
        let listed = done(&database, &["admin-token", "list"]);
        let fields: Vec<&str> = listed.split('\t').collect();
        assert_eq!(fields[1..4], ["nightly", "Ada", "member"], "{listed}");
        assert!(!listed.contains(&token) && !fields[4].contains("never"), "{listed}");
        assert_eq!(done(&database, &["admin-token", "revoke", fields[0]]), "The token is revoked.");
        assert_eq!(ask(&token, ACCOUNT), 401);
        let again = refused(&database, &["admin-token", "revoke", fields[0]]);
        assert_eq!(again, "skillferry: There is no such token.");
        assert_eq!(done(&database, &["admin-token", "list"]), "");
    }
}
