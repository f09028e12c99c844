//! The server is killed again and again in the middle of its work: nothing is lost, doubled or half-written.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::client::{Ask, Client};
use crate::database::Database;
use crate::figures::figure;
use crate::library::Library;
use crate::server::{ADMIN, Server};
use crate::{Step, pairing, queue};

const BROWSERS: usize = 16;
const SKILLS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(120);

/// What one browser remembers: operations that it was given, those whose report was heard, and how often one was given twice.
#[derive(Debug, Default)]
struct Ledger {
    given: BTreeSet<String>,
    heard: BTreeSet<String>,
    doubled: usize,
}

/// The parts of a run.
struct Run<'a> {
    program: &'a Path,
    home: &'a Path,
    database: &'a Database,
    flags: Vec<String>,
}

impl Run<'_> {
    fn start(&self, listen: &str) -> Step<Server> {
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        Server::start(self.program, self.home, &[&flags[..], &["--listen", listen]].concat())
    }

    /// The check as an operator runs it, beside or without a server.
    fn verify(&self) -> Step {
        let mut command = Command::new(self.program);
        command.args(["audit", "verify", "--database-url", &self.database.url]);
        let checked = command.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        if checked.status.success() { Ok(()) } else { Err(format!("the audit chain is broken: {said}").into()) }
    }
}

/// Kills `times` times. Whatever is found ends in an error.
pub async fn again_and_again(program: &Path, home: &Path, database: &Database, times: usize) -> Step {
    let library = Library::write(home, SKILLS)?;
    let named = ["--database-url", &database.url, "--library", &library.path()].map(str::to_owned);
    let run = Run { program, home, database, flags: named.to_vec() };
    let mut server = run.start("127.0.0.1:0")?;
    let address = server.address.clone();
    let tokens = pairing::pair_many(&address, BROWSERS, BROWSERS).await?;
    let over = Arc::new(AtomicBool::new(false));
    let browsers: Vec<JoinHandle<Ledger>> =
        tokens.into_iter().map(|token| tokio::spawn(browse(address.clone(), token, over.clone()))).collect();
    let mut edition = 0;
    for round in 0..times {
        // Not at the same point of the work each time.
        let length = Duration::from_millis(60 + (round as u64 * 37) % 240);
        let until = Instant::now() + length;
        while Instant::now() < until {
            edition += 1;
            library.edit(usize::try_from(edition)? % SKILLS, edition)?;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        server.kill()?;
        run.verify()?;
        server = run.start(&address)?;
    }
    settle(database, &address).await?;
    over.store(true, Ordering::Relaxed);
    let mut ledgers = Vec::new();
    for browser in browsers {
        ledgers.push(browser.await?);
    }
    run.verify()?;
    judge(database, &ledgers).await?;
    let given: usize = ledgers.iter().map(|ledger| ledger.given.len()).sum();
    let measured = format!("{times} times, {given} operations, nothing lost, doubled or half-written, chain intact");
    figure("kill -9 in the middle", "50 times, nothing lost or doubled", &measured);
    Ok(())
}

/// Asks, does, reports, until it is over. Pairs nobody anew: the token must outlive every kill.
async fn browse(address: String, token: String, over: Arc<AtomicBool>) -> Ledger {
    let mut ledger = Ledger::default();
    let mut unheard: Vec<serde_json::Value> = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let worked = work(&address, &token, &mut ledger, &mut unheard).await;
        if worked.is_err() || unheard.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    ledger
}

/// One connection's life.
async fn work(address: &str, token: &str, ledger: &mut Ledger, unheard: &mut Vec<serde_json::Value>) -> Step {
    let mut client = Client::connect(address).await?;
    while let Some(operation) = unheard.last() {
        client.expect(&queue::report(operation, token)?, 204).await?;
        ledger.heard.insert(operation["id"].as_str().unwrap_or_default().to_owned());
        unheard.pop();
    }
    let leased = client.expect(&Ask::get("/extension/operations?limit=5").bearer(token), 200).await?;
    for operation in leased.as_array().cloned().unwrap_or_default() {
        let id = operation["id"].as_str().ok_or("an operation without an id")?.to_owned();
        ledger.doubled += usize::from(!ledger.given.insert(id));
        unheard.push(operation);
    }
    Ok(())
}

const OPEN: &str = "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status IN ('pending', 'in_progress')";

/// Answers that a kill swallowed left leases behind. Three minutes pass for them by an operator's hand, and the clean-up gives them
/// back. A lease of the last seconds is left alone: its browser is about to report. So many edits at once are held as a mass change, and
/// somebody agrees.
async fn settle(database: &Database, address: &str) -> Step {
    let mut person = Client::connect(address).await?;
    let age = database.pick(
        "UPDATE claude_ai_sync_operations SET started_at = started_at - 240000000
         WHERE status = 'in_progress' AND started_at < (unixepoch() - 5) * 1000000",
        "UPDATE claude_ai_sync_operations SET started_at = started_at - interval '4 minutes'
         WHERE status = 'in_progress' AND started_at < now() - interval '5 seconds'",
    );
    let deadline = Instant::now() + PATIENCE;
    let mut quiet = 0;
    // The watcher may have something to read yet: nothing is open for some seconds on end.
    while quiet < 5 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let open = database.number(OPEN).await?;
        quiet = if open == 0 { quiet + 1 } else { 0 };
        if Instant::now() > deadline {
            return Err(format!("{open} operations are still open").into());
        }
        database.run(age).await?;
        agree(&mut person).await?;
    }
    Ok(())
}

/// Lets go whatever waits for a person.
async fn agree(person: &mut Client) -> Step {
    let held = person.expect(&Ask::get("/held-batches").bearer(ADMIN), 200).await?;
    for batch in held.as_array().into_iter().flatten() {
        let id = batch["id"].as_str().ok_or("a held batch without an id")?;
        // 409 where there is nothing left to decide.
        let (status, _) =
            person.send(&Ask::post(&format!("/held-batches/{id}/agree"), &serde_json::json!({})).bearer(ADMIN)).await?;
        if status != 204 && status != 409 {
            return Err(format!("agreeing to a held batch was answered {status}").into());
        }
    }
    Ok(())
}

/// What must be zero when nothing was lost, doubled or half-written.
const WRONG: [(&str, &str); 6] = [
    ("failed operations", "SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'failed'"),
    (
        "completed operations without exactly one event",
        "SELECT ABS((SELECT COUNT(*) FROM claude_ai_sync_operations WHERE status = 'completed')
             + (SELECT COUNT(*) FROM superseded_operations WHERE reported)
             - (SELECT COUNT(*) FROM claude_ai_audit_log WHERE event = 'skill_pushed'))",
    ),
    (
        "accounts that do not hold the newest version",
        "SELECT COUNT(*) FROM claude_ai_integrations i CROSS JOIN skills s
         JOIN skill_content_versions v ON v.skill_id = s.id AND v.is_latest
         WHERE i.status = 'active' AND NOT EXISTS (SELECT 1 FROM claude_ai_skill_links l WHERE l.integration_id = i.id
             AND l.skillnote_skill_id = s.id AND l.pushed_digest = v.bundle_digest)",
    ),
    (
        "skills without exactly one newest version",
        "SELECT COUNT(*) FROM skills s WHERE
             (SELECT COUNT(*) FROM skill_content_versions v WHERE v.skill_id = s.id AND v.is_latest) <> 1",
    ),
    (
        "versions without their files",
        "SELECT COUNT(*) FROM skill_content_versions v WHERE NOT EXISTS
             (SELECT 1 FROM skill_version_files f JOIN blobs b ON b.digest = f.digest WHERE f.version_id = v.id)",
    ),
    (
        "versions without exactly one event",
        "SELECT ABS((SELECT COUNT(*) FROM skill_content_versions) - (SELECT COUNT(*) FROM claude_ai_audit_log
             WHERE event IN ('skill_created', 'skill_updated')))",
    ),
];

async fn judge(database: &Database, ledgers: &[Ledger]) -> Step {
    for (what, query) in WRONG {
        let found = database.number(query).await?;
        if found != 0 {
            return Err(format!("after the kills: {found} {what}").into());
        }
    }
    for ledger in ledgers {
        for id in &ledger.heard {
            let id = id.replace('-', "");
            let id = database.pick("X'ID'", "'ID'::uuid").replace("ID", &id);
            let kept = database
                .number(&format!(
                    "SELECT (SELECT COUNT(*) FROM claude_ai_sync_operations WHERE id = {id} AND status = 'completed')
                         + (SELECT COUNT(*) FROM superseded_operations WHERE id = {id} AND reported)"
                ))
                .await?;
            if kept != 1 {
                return Err(format!("the report about operation {id} was heard and is lost").into());
            }
        }
    }
    let doubled: usize = ledgers.iter().map(|ledger| ledger.doubled).sum();
    if doubled > 0 { Err(format!("{doubled} operations were handed out twice").into()) } else { Ok(()) }
}
