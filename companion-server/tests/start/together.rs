//! Two server processes on one PostgreSQL, twenty browsers that ask both, and one process that is killed again and again:
//! every operation is done once, and its event is written once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::browser::{P, pair};
use crate::program::{ADMIN, Running, serve};

const BROWSERS: usize = 20;
const SKILLS: usize = 30;
const KILLS: usize = 10;
const TOTAL: i64 = (BROWSERS * SKILLS) as i64;

const ALL: &str = "SELECT COUNT(*) FROM claude_ai_sync_operations";
const PENDING: &str = "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'pending'";
const COMPLETED: &str = "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'completed'";
const THREE_MINUTES_PASS: &str = "UPDATE claude_ai_sync_operations SET started_at = started_at - interval '4 minutes'
    WHERE status = 'in_progress'";

#[test]
fn two_processes_and_twenty_browsers_lose_and_double_nothing() {
    let Some(database) = fresh_database() else { return };
    let folder = tempfile::tempdir().expect("temp folder");
    library(folder.path());
    let first = Running::start(process(folder.path(), &database, "127.0.0.1:0", &["--library", "library"]));
    let mut killed = Running::start(process(folder.path(), &database, "127.0.0.1:0", &["--no-library"]));
    let address = killed.address().to_owned();
    let tokens: Vec<String> = (0..BROWSERS).map(|_| pair(&first)).collect();
    let over = AtomicBool::new(false);
    let addresses = [first.address(), &address];
    let done = std::thread::scope(|scope| {
        let browsers: Vec<_> = tokens.iter().map(|token| scope.spawn(|| work(addresses, token, &over))).collect();
        for _ in 0..KILLS {
            std::thread::sleep(Duration::from_millis(100));
            killed.kill();
            killed = Running::start(process(folder.path(), &database, &address, &["--no-library"]));
        }
        until(&first, || query(&database, ALL) == TOTAL && query(&database, PENDING) == 0);
        // Answers that the kill swallowed left leases behind. Three minutes pass, and the next process to start ends them.
        execute(&database, THREE_MINUTES_PASS);
        killed.kill();
        let _restarted = Running::start(process(folder.path(), &database, &address, &["--no-library"]));
        until(&first, || query(&database, COMPLETED) == TOTAL);
        over.store(true, Ordering::Relaxed);
        let done: Vec<_> = browsers.into_iter().map(|browser| browser.join().expect("a browser")).collect();
        done
    });
    for performed in &done {
        assert_eq!(performed.len(), SKILLS, "every skill once");
        assert!(performed.values().all(|times| *times == 1), "{performed:?}");
    }
    assert_eq!(query(&database, ALL), TOTAL);
    assert_eq!(query(&database, "SELECT COUNT(*) FROM claude_ai_skill_links"), TOTAL);
    assert_eq!(query(&database, "SELECT COUNT(*) FROM claude_ai_audit_log WHERE event = 'skill_pushed'"), TOTAL);
}

fn process(folder: &Path, database: &str, listen: &str, library: &[&str]) -> Command {
    serve(folder, &[&["--listen", listen, "--database-url", database], library].concat())
}

fn library(folder: &Path) {
    for number in 0..SKILLS {
        let skill = folder.join(format!("library/skill-{number}"));
        std::fs::create_dir_all(&skill).expect("a folder");
        let text = format!("---\nname: skill-{number}\ndescription: Number {number}\n---\nDo it.\n");
        std::fs::write(skill.join("SKILL.md"), text).expect("a file");
    }
}

/// Asks, does, reports, until it is over. Returns how often each operation was done.
fn work(addresses: [&str; 2], token: &str, over: &AtomicBool) -> BTreeMap<String, u32> {
    let mut done = BTreeMap::new();
    for address in addresses.iter().cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let poll = format!("GET {P}/extension/operations?limit=4 HTTP/1.1\nauthorization: Bearer {token}");
        let answer = Running::try_ask(address, &poll).filter(|(status, _)| *status == 200);
        let leased: Vec<Value> = answer.map(|(_, body)| serde_json::from_str(&body).expect("JSON")).unwrap_or_default();
        for operation in &leased {
            let id = operation["id"].as_str().expect("an id");
            *done.entry(id.to_owned()).or_default() += 1;
            report(addresses, token, id);
        }
        if leased.is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    done
}

/// Reports until somebody has heard it.
fn report(addresses: [&str; 2], token: &str, id: &str) {
    let body = json!({ "success": true, "result": { "claude_ai_skill_id": format!("on-claude-{id}") } });
    let headers = format!("authorization: Bearer {token}\ncontent-type: application/json");
    let report = format!("POST {P}/extension/operations/{id}/complete HTTP/1.1\n{headers}\n\n{body}");
    for address in addresses.iter().cycle().take(2000) {
        match Running::try_ask(address, &report) {
            Some((204, _)) => return,
            Some((503, _)) | None => std::thread::sleep(Duration::from_millis(10)),
            Some(other) => panic!("{other:?}"),
        }
    }
    panic!("nobody hears the report");
}

fn until(server: &Running, reached: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !reached() {
        let health = server.ask(&format!("GET {P}/health HTTP/1.1\nauthorization: Bearer {ADMIN}"));
        assert!(Instant::now() < deadline, "{health:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn connected<T>(database: &str, act: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = PgConnection::connect(database).await.expect("the database");
        act(&mut connection).await
    })
}

fn execute(database: &str, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    connected(database, async |connection| connection.execute(statement).await.expect("done"));
}

fn query(database: &str, statement: &'static str) -> i64 {
    connected(database, async |connection| sqlx::query_scalar(statement).fetch_one(connection).await.expect("a number"))
}

fn fresh_database() -> Option<String> {
    let Ok(cluster) = std::env::var("SKILLFERRY_TEST_POSTGRES_URL") else {
        assert!(std::env::var_os("CI").is_none(), "SKILLFERRY_TEST_POSTGRES_URL must be set in CI");
        eprintln!("SKIPPED on PostgreSQL: SKILLFERRY_TEST_POSTGRES_URL is not set");
        return None;
    };
    let name = format!("together_{}", uuid::Uuid::new_v4().simple());
    execute(&cluster, &format!("CREATE DATABASE {name}"));
    Some(format!("{}/{name}", cluster.rsplit_once('/').expect("a URL with a database").0))
}
