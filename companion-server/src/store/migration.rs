//! Migrations: one text for both databases, with placeholders for the types that differ.
//!
//! Numbers only ever grow, and a text never changes once it is released. On PostgreSQL an advisory lock lets one process
//! migrate while the others wait.

use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, name and text of each migration, in order.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "library", include_str!("../../migrations/0001_library.sql")),
    (19, "claude_ai_integration", include_str!("../../migrations/0019_claude_ai_integration.sql")),
    (20, "claude_ai_polish", include_str!("../../migrations/0020_claude_ai_polish.sql")),
    (21, "skillferry_access", include_str!("../../migrations/0021_skillferry_access.sql")),
    (22, "skillferry_queue", include_str!("../../migrations/0022_skillferry_queue.sql")),
    (23, "skillferry_late_reports", include_str!("../../migrations/0023_skillferry_late_reports.sql")),
    (24, "skillferry_unconfirmed_links", include_str!("../../migrations/0024_skillferry_unconfirmed_links.sql")),
    (25, "skillferry_audit_chain", include_str!("../../migrations/0025_skillferry_audit_chain.sql")),
    (26, "skillferry_collections", include_str!("../../migrations/0026_skillferry_collections.sql")),
    (27, "skillferry_conflicts", include_str!("../../migrations/0027_skillferry_conflicts.sql")),
    (28, "skillferry_users", include_str!("../../migrations/0028_skillferry_users.sql")),
    (29, "skillferry_operations", include_str!("../../migrations/0029_skillferry_operations.sql")),
    (30, "skillferry_usage", include_str!("../../migrations/0030_skillferry_usage.sql")),
    (31, "skillferry_held_batches", include_str!("../../migrations/0031_skillferry_held_batches.sql")),
    (32, "skillferry_sign_in", include_str!("../../migrations/0032_skillferry_sign_in.sql")),
    (33, "skillferry_connectors", include_str!("../../migrations/0033_skillferry_connectors.sql")),
    (34, "skillferry_services", include_str!("../../migrations/0034_skillferry_services.sql")),
    (40, "skillferry_dashboard", include_str!("../../migrations/0040_skillferry_dashboard.sql")),
    (45, "skillferry_publications", include_str!("../../migrations/0045_skillferry_publications.sql")),
    (46, "skillferry_activity", include_str!("../../migrations/0046_skillferry_activity.sql")),
    (50, "skillferry_brought", include_str!("../../migrations/0050_skillferry_brought.sql")),
];

const SQLITE: [(&str, &str); 11] = [
    ("@uuid", "BLOB"),
    ("@text", "TEXT"),
    ("@int", "INTEGER"),
    ("@bool", "INTEGER"),
    ("@true", "1"),
    ("@false", "0"),
    ("@ts", "INTEGER"),
    ("@now", "(CAST(unixepoch('subsec') * 1000000 AS INTEGER))"),
    ("@json", "TEXT"),
    ("@bytes", "BLOB"),
    ("@strict", "STRICT"),
];

const POSTGRES: [(&str, &str); 11] = [
    ("@uuid", "UUID"),
    ("@text", "TEXT"),
    ("@int", "BIGINT"),
    ("@bool", "BOOLEAN"),
    ("@true", "TRUE"),
    ("@false", "FALSE"),
    ("@ts", "TIMESTAMPTZ"),
    ("@now", "now()"),
    ("@json", "JSONB"),
    ("@bytes", "BYTEA"),
    ("@strict", ""),
];

/// Which of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, STRICT tables.
    Sqlite,
    /// PostgreSQL, native types.
    Postgres,
}

/// All migrations in one dialect.
pub fn migrator(dialect: Dialect) -> Migrator {
    let migration = |(number, name, text): &(i64, &'static str, &str)| {
        let sql = AssertSqlSafe(render(text, dialect)).into_sql_str();
        Migration::new(*number, (*name).into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect())
}

/// The name of the newest migration that this program knows, e.g. `0027_skillferry_conflicts`.
pub fn head() -> String {
    MIGRATIONS.last().map(|(number, name, _)| full_name(*number, name)).unwrap_or_default()
}

/// How a migration is named towards people and clients.
pub fn full_name(number: i64, name: &str) -> String {
    format!("{number:04}_{name}")
}

fn render(text: &str, dialect: Dialect) -> String {
    let (types, inet) = match dialect {
        Dialect::Sqlite => (SQLITE, "TEXT"),
        Dialect::Postgres => (POSTGRES, "INET"),
    };
    types.iter().fold(text.replace("@inet", inet), |text, (placeholder, word)| text.replace(placeholder, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::AuditEventName;

    #[test]
    fn no_placeholder_is_left() {
        for (_, name, text) in MIGRATIONS.iter().copied() {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                assert!(!render(text, dialect).contains('@'), "{name} {dialect:?}");
            }
        }
    }

    #[test]
    fn the_check_lists_every_event() {
        let newest = MIGRATIONS.iter().rfind(|(_, _, text)| text.contains("ck_claude_ai_audit_log_event"));
        let (_, _, text) = newest.expect("one has it");
        for event in AuditEventName::ALL {
            assert!(text.contains(&format!("'{}'", event.as_str())), "{}", event.as_str());
        }
    }

    #[test]
    fn numbers_only_grow() {
        assert!(MIGRATIONS.is_sorted_by(|(earlier, ..), (later, ..)| earlier < later));
    }

    #[test]
    fn files_are_named_like_their_migrations() {
        for (number, name, _) in MIGRATIONS.iter().copied() {
            let file = format!("{}/migrations/{}.sql", env!("CARGO_MANIFEST_DIR"), full_name(number, name));
            assert!(std::path::Path::new(&file).exists(), "{file}");
        }
    }
}
