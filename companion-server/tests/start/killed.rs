//! One server that is killed in the middle of its work and started again: what was acknowledged stays, nothing is doubled, and the
//! audit log is intact after each kill.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{P, pair};
use crate::database::Database;
use crate::program::{Running, serve};
use crate::retention::command;

const BROWSERS: usize = 4;
const SKILLS: usize = 40;
const KILLS: u64 = 5;
const TOTAL: i64 = (BROWSERS * SKILLS) as i64;

/// How often each operation was given, and which reports were heard.
#[derive(Default)]
struct Ledger {
    given: BTreeMap<String, u32>,
    heard: BTreeSet<String>,
}

/// Says that it is over when it goes.
struct AtEnd<'a>(&'a AtomicBool);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn five_kills_lose_and_double_nothing() {
    for database in Database::each() {
        for number in 0..SKILLS {
            let skill = database.folder().join(format!("library/skill-{number}"));
            std::fs::create_dir_all(&skill).expect("a folder");
            let text = format!("---\nname: skill-{number}\ndescription: Number {number}\n---\nDo it.\n");
            std::fs::write(skill.join("SKILL.md"), text).expect("a file");
        }
        let start = |listen: &str| {
            let flags = ["--library", "library", "--listen", listen, "--database-url", &database.url];
            Running::start(serve(database.folder(), &flags))
        };
        let mut server = start("127.0.0.1:0");
        let address = server.address().to_owned();
        let tokens: Vec<String> = (0..BROWSERS).map(|_| pair(&server)).collect();
        let over = AtomicBool::new(false);
        let ledgers: Vec<Ledger> = std::thread::scope(|scope| {
            let browsers: Vec<_> = tokens.iter().map(|token| scope.spawn(|| browse(&address, token, &over))).collect();
            // Also when something below fails: the browsers must not go on for ever.
            let _end = AtEnd(&over);
            for round in 0..KILLS {
                std::thread::sleep(Duration::from_millis(40 + round * 25));
                server.kill();
                let (code, said) = command(&database, &["audit", "verify"]);
                assert_eq!(code, Some(0), "{said}");
                server = start(&address);
            }
            settle(&database);
            over.store(true, Ordering::Relaxed);
            browsers.into_iter().map(|browser| browser.join().expect("a browser")).collect()
        });
        judge(&database, &ledgers);
    }
}

/// Asks, does and reports, until it is over.
fn browse(address: &str, token: &str, over: &AtomicBool) -> Ledger {
    let (mut ledger, mut unheard) = (Ledger::default(), Vec::<String>::new());
    let bearer = format!("authorization: Bearer {token}");
    while !over.load(Ordering::Relaxed) {
        if let Some(id) = unheard.last() {
            let body = json!({ "success": true, "result": { "claude_ai_skill_id": format!("on-claude-{id}") } });
            let head = format!(
                "POST {P}/extension/operations/{id}/complete HTTP/1.1\n{bearer}\ncontent-type: application/json"
            );
            match Running::try_ask(address, &format!("{head}\n\n{body}")) {
                Some((204, _)) => ledger.heard.extend(unheard.pop()),
                Some((503, _)) | None => std::thread::sleep(Duration::from_millis(5)),
                Some(other) => panic!("{other:?}"),
            }
            continue;
        }
        let poll = format!("GET {P}/extension/operations?limit=3 HTTP/1.1\n{bearer}");
        let answer = Running::try_ask(address, &poll).filter(|(status, _)| *status == 200);
        let leased: Vec<Value> = answer.map(|(_, body)| serde_json::from_str(&body).expect("JSON")).unwrap_or_default();
        for operation in &leased {
            let id = operation["id"].as_str().expect("an id").to_owned();
            *ledger.given.entry(id.clone()).or_default() += 1;
            unheard.push(id);
        }
        if leased.is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    ledger
}

/// Answers that a kill swallowed left leases behind: an operator gives back those that nobody is about to report.
fn settle(database: &Database) {
    let completed = "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'completed'";
    let old = database.pick("(unixepoch() - 3) * 1000000", "now() - interval '3 seconds'");
    let give_back = format!(
        "UPDATE claude_ai_sync_operations SET status = 'pending', started_at = NULL
         WHERE status = 'in_progress' AND started_at < {old}"
    );
    let deadline = Instant::now() + Duration::from_secs(60);
    while database.number(completed) < TOTAL {
        assert!(Instant::now() < deadline, "{} of {TOTAL}", database.number(completed));
        std::thread::sleep(Duration::from_millis(300));
        database.run(&give_back);
    }
}

fn judge(database: &Database, ledgers: &[Ledger]) {
    for ledger in ledgers {
        assert!(ledger.given.values().all(|times| *times == 1), "an operation was given twice");
        for id in &ledger.heard {
            let id = database.pick(&format!("X'{}'", id.replace('-', "")), &format!("'{id}'")).to_owned();
            let kept =
                format!("SELECT COUNT(*) FROM claude_ai_sync_operations WHERE id = {id} AND status = 'completed'");
            assert_eq!(database.number(&kept), 1, "a report that was heard is lost");
        }
    }
    for (query, count) in [
        ("SELECT COUNT(*) FROM claude_ai_sync_operations", TOTAL),
        ("SELECT COUNT(*) FROM claude_ai_skill_links", TOTAL),
        ("SELECT COUNT(*) FROM claude_ai_audit_log WHERE event = 'skill_pushed'", TOTAL),
        ("SELECT COUNT(*) FROM skill_content_versions", SKILLS as i64),
        ("SELECT COUNT(*) FROM claude_ai_audit_log WHERE event = 'skill_created'", SKILLS as i64),
    ] {
        assert_eq!(database.number(query), count, "{query}");
    }
    let (code, said) = command(database, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
}
