//! How a server ends, and what is there when it starts again.

use std::time::{Duration, Instant};

use crate::browser::{P, pair};
use crate::program::{Running, serve};

const FLAGS: [&str; 5] = ["--no-library", "--listen", "127.0.0.1:0", "--database-url", "sqlite:skills.db"];

#[test]
fn both_signals_end_it_well() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().expect("temp folder");
        let server = Running::start(serve(folder.path(), &FLAGS));
        assert_eq!(server.ask("GET /health HTTP/1.1").0, 200);
        server.signal(signal);
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{signal}: {log}");
        assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    }
}

#[test]
fn whoever_waits_is_answered_before_the_end() {
    let folder = tempfile::tempdir().expect("temp folder");
    let server = Running::start(serve(folder.path(), &FLAGS));
    let token = pair(&server);
    let poll = format!("GET {P}/extension/operations?wait=25 HTTP/1.1\nauthorization: Bearer {token}");
    let waiting = Running::begin(server.address(), &poll);
    let begin = Instant::now();
    server.signal("TERM");
    assert_eq!(Running::finish(waiting), (200, "[]".to_owned()));
    let (status, _) = server.end();
    assert_eq!(status.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}

#[test]
fn what_was_paired_is_paired_after_a_kill() {
    let folder = tempfile::tempdir().expect("temp folder");
    let server = Running::start(serve(folder.path(), &FLAGS));
    let token = pair(&server);
    let link = server.line("Dashboard").to_owned();
    server.signal("KILL");
    assert_eq!(server.end().0.code(), None);
    let server = Running::start(serve(folder.path(), &FLAGS));
    let own = format!("GET {P}/extension/status HTTP/1.1\nauthorization: Bearer {token}");
    assert_eq!(server.ask(&own).0, 200);
    let again = server.line("Dashboard");
    assert_ne!(
        again.split_once('#').expect("a link").1,
        link.split_once('#').expect("a link").1,
        "each start has its link"
    );
}
