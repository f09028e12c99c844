//! The dashboard over a large library and a long log: how long a person waits for a page, and for a filter after a key.

use std::time::{Duration, Instant};

use crate::Step;
use crate::client::{Ask, Client};
use crate::database::Database;
use crate::figures::{Times, figure};
use crate::queue::brought;
use crate::server::ADMIN;

/// Skills of the large library.
pub const SKILLS: usize = 10_000;
const EVENTS: i64 = 100_000;
/// How often each page is asked for.
const TIMES: usize = 40;
const PAINT: Duration = Duration::from_millis(200);
const FILTER: Duration = Duration::from_millis(100);

/// What is asked for, and the part of the goal that it has.
const PAGES: [(&str, &str, Duration); 9] = [
    ("overview", "/", PAINT),
    ("skills", "/skills", PAINT),
    ("last page of skills", "/skills?page=200", PAINT),
    ("a skill", "/skills/skill-77", PAINT),
    ("activity", "/activity", PAINT),
    ("skills, filter by name", "/skills?q=L-99", FILTER),
    ("skills, filter by state", "/skills?state=in-step", FILTER),
    ("activity, filter by event", "/activity?event=pair_approved", FILTER),
    ("activity, search", "/activity?q=skill-4711", FILTER),
];

/// Brings the library to a browser, lengthens the log, and asks for the pages over one connection.
pub async fn wait(address: &str, database: &Database) -> Step {
    brought(address, SKILLS).await?;
    lengthen(database).await?;
    let mut client = Client::connect(address).await?;
    for (name, path, goal) in PAGES {
        let ask = Ask::page(path).bearer(ADMIN);
        let mut times = Times::default();
        for _ in 0..TIMES {
            let begin = Instant::now();
            let (status, body) = client.send(&ask).await?;
            times.add(begin.elapsed());
            times.errors += u64::from(status != 200 || !body.windows(7).any(|part| part == b"</html>"));
        }
        let measured =
            format!("p50 {:.0} ms, p99 {:.0} ms{}", times.percentile(50), times.percentile(99), times.failures());
        figure(&format!("page: {name}"), &format!("≤ {} ms", goal.as_millis()), &measured);
    }
    Ok(())
}

/// Older copies of what is in the log until it has as many rows.
async fn lengthen(database: &Database) -> Step {
    const COUNT: &str = "SELECT COUNT(*) FROM claude_ai_audit_log";
    const COLUMNS: &str = "INSERT INTO claude_ai_audit_log (id, integration_id, event, skill_id, detail, created_at)";
    let mut hours = 1;
    while database.number(COUNT).await? < EVENTS {
        let values = database.pick(
            "SELECT randomblob(16), integration_id, event, skill_id, detail, created_at - 3600000000 *",
            "SELECT gen_random_uuid(), integration_id, event, skill_id, detail, created_at - interval '1 hour' *",
        );
        database.run(&format!("{COLUMNS} {values} {hours} FROM claude_ai_audit_log")).await?;
        hours *= 2;
    }
    Ok(())
}
