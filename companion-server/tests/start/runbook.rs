//! The statements of `docs/runbook.md`, taken from the document itself and typed into each database's shell: they change the rows
//! that they are meant for, and no others.

use std::path::Path;

use crate::browser::{P, member, pair};
use crate::database::Database;
use crate::program::Running;
use crate::retention::{command, grow_old, start};

/// What every operator is promised, word for word, for PostgreSQL.
const PROMISED: [&str; 5] = [
    "SELECT source_ip, COUNT(*) AS attempts FROM claude_ai_pair_attempts WHERE created_at > now() - interval '5 minutes' GROUP BY source_ip ORDER BY attempts DESC LIMIT 20;",
    "DELETE FROM claude_ai_pair_attempts WHERE created_at < now() - interval '24 hours';",
    "DELETE FROM claude_ai_audit_log WHERE created_at < now() - interval '90 days';",
    "UPDATE claude_ai_integrations SET status = 'disconnected', extension_token_hash = NULL;",
    "DELETE FROM claude_ai_integrations WHERE status = 'pending_approval' AND pairing_expires_at < now() - interval '1 day';",
];

/// Each statement of the document for PostgreSQL, with the form for this database.
fn statements(database: &Database) -> Vec<(String, String)> {
    let document =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/runbook.md")).expect("the runbook");
    let section = document.split("\n## ").find(|section| section.starts_with("Statements\n")).expect("its section");
    let rows = section.lines().filter(|line| line.contains("claude_ai_"));
    let text = |cell: &str| cell.trim().trim_matches('`').to_owned();
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let (postgres, sqlite) = (text(cells[2]), text(cells[3]));
        let own = if sqlite == "the same" { postgres.clone() } else { sqlite };
        (postgres.clone(), if database.sqlite { own } else { postgres })
    })
    .collect()
}

/// The form of a promised statement for this database.
fn statement(database: &Database, promised: usize) -> String {
    let found = statements(database).into_iter().find(|(postgres, _)| postgres == PROMISED[promised]);
    found.unwrap_or_else(|| panic!("not in the runbook: {}", PROMISED[promised])).1
}

#[test]
fn the_document_holds_the_promised_ones_and_no_others() {
    for database in Database::each() {
        let statements: Vec<String> = statements(&database).into_iter().map(|(postgres, _)| postgres).collect();
        assert_eq!(statements, PROMISED);
    }
}

/// Moments of this database: so many seconds ago.
fn ago(database: &Database, seconds: u32) -> String {
    let postgres = format!("now() - interval '{seconds} seconds'");
    database.pick(&format!("(unixepoch() - {seconds}) * 1000000"), &postgres).to_owned()
}

#[test]
fn attempts_are_counted_and_dropped_by_age() {
    for database in Database::each() {
        // A running server would drop the oldest by itself, sooner or later.
        start(&database, &[]).kill();
        let id = database.pick("randomblob(16)", "gen_random_uuid()");
        for (source, seconds) in [
            ("198.51.100.1", 10),
            ("198.51.100.1", 280),
            ("198.51.100.2", 20),
            ("198.51.100.1", 320),
            ("198.51.100.3", 86_000),
            ("198.51.100.3", 87_000),
        ] {
            let when = ago(&database, seconds);
            database.run(&format!("INSERT INTO claude_ai_pair_attempts (id, source_ip, endpoint, created_at) VALUES ({id}, '{source}', 'pair', {when})"));
        }
        let counting = statement(&database, 0);
        let counted = format!("({}) AS counted", counting.trim_end_matches(';'));
        database.run(&counting);
        assert_eq!(database.number(&format!("SELECT COUNT(*) FROM {counted}")), 2, "two sources lately");
        let first = database.pick("source_ip = '198.51.100.1'", "host(source_ip) = '198.51.100.1'");
        assert_eq!(database.number(&format!("SELECT attempts FROM {counted} WHERE {first}")), 2);
        assert_eq!(database.run(&statement(&database, 1)), 1);
        assert_eq!(database.number("SELECT COUNT(*) FROM claude_ai_pair_attempts"), 5);
        assert_eq!(database.run(&statement(&database, 1)), 0);
    }
}

#[test]
fn the_audit_log_loses_ninety_days_and_stays_verifiable() {
    for database in Database::each() {
        let server = start(&database, &[]);
        pair(&server);
        server.kill();
        grow_old(&database, 91);
        let server = start(&database, &[]);
        pair(&server);
        assert_eq!(database.run(&statement(&database, 2)), 3, "the older pairing");
        assert_eq!(database.number("SELECT COUNT(*) FROM claude_ai_audit_log"), 3, "the newer one");
        let (code, said) = command(&database, &["audit", "verify"]);
        assert_eq!((code, said.as_str()), (Some(0), "The audit log is intact: 3 rows; it was pruned up to row 3.\n"));
        let young = start_young(&database, server);
        assert_eq!(database.run(&statement(&database, 2)), 0);
        drop(young);
    }
}

/// The same log, not quite ninety days old.
fn start_young(database: &Database, server: Running) -> Running {
    server.kill();
    grow_old(database, 89);
    start(database, &[])
}

#[test]
fn every_browser_is_disconnected_and_stale_pairings_go() {
    for database in Database::each() {
        let server = start(&database, &[]);
        let tokens = [pair(&server), pair(&server)];
        let begin = format!("POST {P}/extension/pair HTTP/1.1\ncontent-type: application/json\n\n{{}}");
        for seconds in [87_000, 86_000] {
            let (_, begun) = server.ask(&begin);
            let code = member(&begun, "pairing_code");
            let when = ago(&database, seconds);
            let set =
                format!("UPDATE claude_ai_integrations SET pairing_expires_at = {when} WHERE pairing_code = '{code}'");
            assert_eq!(database.run(&set), 1);
        }
        assert_eq!(database.run(&statement(&database, 4)), 1, "one ended more than a day ago");
        assert_eq!(database.number("SELECT COUNT(*) FROM claude_ai_integrations"), 3);
        let own =
            |token: &str| server.ask(&format!("GET {P}/extension/status HTTP/1.1\nauthorization: Bearer {token}")).0;
        let poll = |token: &str| {
            server.ask(&format!("GET {P}/extension/operations HTTP/1.1\nauthorization: Bearer {token}")).0
        };
        assert_eq!([own(&tokens[0]), own(&tokens[1]), poll(&tokens[0])], [200; 3]);
        assert_eq!(database.run(&statement(&database, 3)), 3);
        for token in &tokens {
            assert_eq!([own(token), poll(token)], [403; 2], "recognised as revoked");
        }
        let (start, last) = tokens[0].split_at(tokens[0].len() - 1);
        let never = format!("{start}{}", if last == "x" { "y" } else { "x" });
        assert_eq!([own(&never), poll(&never)], [401; 2], "never issued");
        pair(&server);
        assert_eq!(own(&tokens[0]), 403, "it stays revoked");
    }
}
