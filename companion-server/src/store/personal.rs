//! A person's data: every foreign key cascades, the export has everything, a deletion leaves nothing, and the chain stays whole.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::fixture::{
    Fixture, at, complete, count, failed, lease_one, on_both, paired, paired_by, postgres, somebody, sql, sqlite,
    started, token, version,
};
use super::*;
use crate::domain::chain::ChainReport;
use crate::domain::connector::{Connector, Outcome};
use crate::domain::people::Role;
use crate::services::seal::Sealed;
use crate::token::TokenKind;

on_both! {
    every_reference_to_a_person_cascades,
    the_documentation_says_where_everything_lies,
    an_export_has_everything_and_no_secret,
    a_deletion_leaves_nothing,
    others_keep_what_is_theirs,
    the_last_admin_has_to_mean_it,
    what_was_redacted_is_still_protected,
}

/// Text that must be nowhere once the person is gone.
const MARK: &str = "Zoë-Marker";
const ADDRESS: &str = "198.51.100.77";

/// Everything of one column that a SQL text can show.
async fn texts(url: &DatabaseUrl, statement: &str) -> Vec<String> {
    let statement = AssertSqlSafe(statement.to_owned());
    let rows: Result<Vec<(Option<String>,)>, _> = match url {
        DatabaseUrl::Sqlite(path) => {
            let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.expect("file");
            sqlx::query_as(statement).fetch_all(&mut connection).await
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::connect(address).await.expect("database");
            sqlx::query_as(statement).fetch_all(&mut connection).await
        }
    };
    rows.expect("a statement that works").into_iter().filter_map(|(text,)| text).collect()
}

/// Tables and their columns, from the database's own catalogue.
async fn catalogue(url: &DatabaseUrl) -> BTreeMap<String, BTreeSet<String>> {
    let statement = match url {
        DatabaseUrl::Sqlite(_) => {
            "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'"
        }
        DatabaseUrl::Postgres(_) => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'"
        }
    };
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in texts(url, statement).await {
        let (table, column) = name.split_once('.').expect("table and column");
        tables.entry(table.to_owned()).or_default().insert(column.to_owned());
    }
    tables
}

async fn every_reference_to_a_person_cascades(Fixture { url, .. }: Fixture) {
    let statement = match &url {
        DatabaseUrl::Sqlite(_) => {
            "SELECT m.name || '.' || f.\"from\" || ' ' || f.on_delete FROM sqlite_master m
             JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = 'users'"
        }
        DatabaseUrl::Postgres(_) => {
            "SELECT c.conrelid::regclass::text || '.' || a.attname || ' ' ||
                 CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NOT' END
             FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass"
        }
    };
    let found: BTreeSet<String> = texts(&url, statement).await.into_iter().collect();
    assert!(found.len() >= 6 && found.iter().all(|reference| reference.ends_with(" CASCADE")), "{found:?}");
    for (table, columns) in catalogue(&url).await {
        for column in columns.iter().filter(|column| column.contains("user_id")) {
            assert!(
                found.contains(&format!("{table}.{column} CASCADE")),
                "{table}.{column} is no foreign key to users"
            );
        }
    }
}

/// Names of columns that sound as if a person could be in them.
const SOUNDS_PERSONAL: [&str; 15] = [
    "user_id",
    "email",
    "label",
    "source_ip",
    "remote_ip",
    "user_agent",
    "reason",
    "oidc_subject",
    "password_hash",
    "token_hash",
    "sealed",
    "session_name",
    "session_id",
    "claude_ai_org_id",
    "detail",
];

/// Reads the tables of `docs/privacy.md` that say where each datum lies in the database.
async fn the_documentation_says_where_everything_lies(Fixture { url, .. }: Fixture) {
    let text = include_str!("../../../docs/privacy.md");
    let (_, part) = text.split_once("## Where it lies in the database").expect("the part");
    let part = part.split("\n## ").next().unwrap_or_default();
    let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in part.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [table, columns, how_long, how_to_remove] = cells[..] else { panic!("four cells: {line}") };
        assert!(!how_long.is_empty() && !how_to_remove.is_empty(), "{line}");
        let columns = columns.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(said.insert(table.trim_matches('`').to_owned(), columns).is_none(), "{table} twice");
    }
    let tables = catalogue(&url).await;
    assert_eq!(said.keys().collect::<Vec<_>>(), tables.keys().collect::<Vec<_>>(), "every table has its line");
    for (table, columns) in &tables {
        let strangers: Vec<_> = said[table].difference(columns).collect();
        assert!(strangers.is_empty(), "{table} has no {strangers:?}");
        for column in columns {
            let personal =
                SOUNDS_PERSONAL.iter().any(|word| column.contains(word)) || (table == "users" && column == "name");
            assert!(!personal || said[table].contains(column), "{table}.{column} is not in docs/privacy.md");
        }
    }
}

/// Somebody of whom something lies everywhere.
async fn full_life(store: &SharedStore, url: &DatabaseUrl) -> Uuid {
    let user = somebody(store, MARK).await;
    let source = Some(ADDRESS.parse().expect("an address"));
    let agent = Some(format!("Browser of {MARK}"));
    let session = NewSession { token: token(TokenKind::Session).hash(), user_agent: agent, source };
    assert!(store.begin_session(user, session, at(1)).await.expect("session"));
    store.add_login_link(&token(TokenKind::LoginLink).hash(), Some(user), at(10_000)).await.expect("link");
    let named = format!("Token of {MARK}");
    store.add_admin_token(user, &named, Role::Member, &token(TokenKind::Admin).hash(), at(1)).await.expect("token");
    store.set_email(user, Some(format!("{MARK}@team.example")), at(1)).await.expect("address");
    let by = Approver { user: Some(user), source };
    let (browser, _) = paired_by(store, Some(user)).await;
    let label = Some(format!("Laptop of {MARK}"));
    let change = BrowserChange { browser_label: label.clone(), ..BrowserChange::default() };
    store.change_browser(browser, change, at(3)).await.expect("changed");
    store.import_version(version("a", "1", at(3))).await.expect("import");
    let operation = lease_one(store, browser, at(4)).await;
    let error = Some(format!("{MARK} did something"));
    let report = crate::domain::operations::CompletionReport { error, permanent: true, ..failed() };
    complete(store, browser, &operation, report, at(5)).await;
    store.note_outcome(user, Connector::Service("po".to_owned()), Outcome::refused("invalid_grant"), at(5)).await;
    let sealed = Sealed { key_id: "k".to_owned(), bytes: MARK.as_bytes().to_vec() };
    let (service, token_id) = ("po".to_owned(), Some("token-1".to_owned()));
    let new = NewConnection { user, service, sealed, token_id, expires: Some(at(9_000)), now: at(6) };
    store.keep_connection(new).await.expect("kept");
    let pairing = token(TokenKind::Pairing);
    let new = NewPairing {
        browser_label: label.clone(),
        code: "MACH22".to_owned(),
        token: pairing.hash(),
        source,
        now: at(7),
    };
    store.start_machine_pairing(new).await.expect("started");
    store.approve_machine("MACH22", by, at(8)).await.expect("approved");
    store.redeem_machine(&pairing.hash(), &token(TokenKind::Machine).hash(), at(9)).await.expect("redeemed");
    store.set_autonomy_pause(user, true, Some(format!("{MARK} is on holiday")), at(10)).await.expect("paused");
    let path = Some(format!("/home/{MARK}/skills"));
    let (id, misnamed) = (Uuid::from_u128(77), vec![format!("{MARK}/nul")]);
    let import = Brought { id, path, misnamed, bytes: 0, expires: at(10_000) };
    store.begin_brought(import, Some(user), at(10)).await.expect("begun");
    store.add_brought_part(id, 0, MARK.as_bytes().to_vec()).await.expect("kept");
    store
        .set_looks(user, Looks { language: Some("fr".to_owned()), theme: Some("dark".to_owned()) })
        .await
        .expect("kept");
    // A pairing that was approved and never came for its token.
    let new = NewPairing {
        browser_label: label,
        code: "LAPSE2".to_owned(),
        token: token(TokenKind::Pairing).hash(),
        source,
        now: at(11),
    };
    store.start_pairing(new).await.expect("started");
    store.approve_pairing("LAPSE2", by, at(12)).await.expect("approved");
    store.approve_pairing("WRONG2", by, at(12)).await.expect("a wrong guess");
    store.sweep_pairings(at(10_000)).await.expect("swept");
    sql(url, "UPDATE users SET oidc_subject = 'https://id.example Zoë-Marker'").await;
    user
}

async fn an_export_has_everything_and_no_secret(Fixture { store, url, .. }: Fixture) {
    let user = full_life(&store, &url).await;
    let exported = store.export_user(user, at(20)).await.expect("export").expect("somebody");
    for (part, least) in [
        ("sessions", 1),
        ("admin_tokens", 1),
        ("browsers", 1),
        ("operations", 1),
        ("services", 1),
        ("machines", 1),
        ("imports", 1),
        ("audit_log", 8),
    ] {
        assert!(exported[part].as_array().is_some_and(|rows| rows.len() >= least), "{part}: {exported:#}");
    }
    let text = exported.to_string();
    for said in [
        MARK,
        "Laptop of",
        "Browser of",
        "Token of",
        "on holiday",
        "@team.example",
        "invalid_grant",
        ADDRESS,
        "https://id.example",
    ] {
        assert!(text.contains(said), "{said}: {exported:#}");
    }
    for secret in ["hash", "token-1", "sealed"] {
        assert!(!text.contains(secret), "{secret}: {exported:#}");
    }
    assert!(store.export_user(Uuid::new_v4(), at(20)).await.expect("export").is_none());
}

async fn a_deletion_leaves_nothing(Fixture { store, url, .. }: Fixture) {
    let user = full_life(&store, &url).await;
    let (nobodys, _) = started(&store, "OTHER2", at(13)).await;
    assert_eq!(store.delete_user(user, false, at(30)).await.expect("delete"), DeleteUser::Deleted);
    assert_eq!(store.delete_user(user, false, at(30)).await.expect("delete"), DeleteUser::NotFound);
    let id = user.to_string();
    for (table, columns) in catalogue(&url).await {
        for column in columns {
            let statement = match &url {
                DatabaseUrl::Sqlite(_) => format!(
                    "SELECT CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END FROM {table}"
                ),
                DatabaseUrl::Postgres(_) => format!("SELECT {column}::text FROM {table}"),
            };
            for text in texts(&url, &statement).await {
                let low = text.to_lowercase().replace('-', "");
                assert!(!text.contains(MARK) && !low.contains(&id.replace('-', "")), "{table}.{column}: {text}");
                assert!(!text.contains(ADDRESS) || table == "claude_ai_pair_attempts", "{table}.{column}: {text}");
            }
        }
    }
    let due = store.due_revocations(10, at(31)).await.expect("due");
    assert_eq!((due.len(), due[0].token_id.as_str()), (1, "token-1"), "the key is still to be revoked at the service");
    assert!(matches!(store.verify_chain().await.expect("verify"), ChainReport::Intact { .. }));
    assert_eq!(count(&url, "claude_ai_integrations", "TRUE").await, 1, "{nobodys} waits for somebody else");
    let events = store.recent_events(100).await.expect("events");
    assert!(events.iter().any(|event| event.event == "user_deleted" && event.detail["service_keys"] == 1));
    // Pruning still checks every row, and what was pruned is vouched for no more.
    store.prune(Unwanted { audit_before: Some(at(29)), ..Unwanted::default() }, at(40)).await.expect("pruned");
    assert!(matches!(store.verify_chain().await.expect("verify"), ChainReport::Intact { .. }));
}

async fn others_keep_what_is_theirs(Fixture { store, .. }: Fixture) {
    let (ann, bob) = (somebody(&store, "ann").await, somebody(&store, "ann b").await);
    let (_, gone) = paired_by(&store, Some(ann)).await;
    let (stays, known) = paired_by(&store, Some(bob)).await;
    let (_, nobodys) = paired(&store).await;
    assert_eq!(store.delete_user(ann, false, at(20)).await.expect("delete"), DeleteUser::Deleted);
    assert_eq!(store.authenticate(&gone.hash(), at(21)).await.expect("bearer"), Bearer::Revoked);
    assert_eq!(store.authenticate(&known.hash(), at(21)).await.expect("bearer"), Bearer::Known { integration: stays });
    assert!(matches!(store.authenticate(&nobodys.hash(), at(21)).await.expect("bearer"), Bearer::Known { .. }));
    let events = store.recent_events(100).await.expect("events");
    assert!(events.iter().any(|event| event.detail["user"] == "ann b"));
    assert!(!events.iter().any(|event| event.detail["user"] == "ann"));
}

async fn the_last_admin_has_to_mean_it(Fixture { store, .. }: Fixture) {
    let AddUser::Added(admin) = store.add_user("root", Role::Admin, at(0)).await.expect("add") else { panic!("taken") };
    assert_eq!(store.delete_user(admin.id, false, at(1)).await.expect("delete"), DeleteUser::LastAdmin);
    assert!(store.user(admin.id).await.expect("user").is_some());
    assert_eq!(store.delete_user(admin.id, true, at(2)).await.expect("delete"), DeleteUser::Deleted);
}

async fn what_was_redacted_is_still_protected(Fixture { store, url, .. }: Fixture) {
    let user = full_life(&store, &url).await;
    store.delete_user(user, false, at(30)).await.expect("delete");
    assert!(matches!(store.verify_chain().await.expect("verify"), ChainReport::Intact { .. }));
    // A row that was redacted is changed once more, behind the server's back.
    let other = match &url {
        DatabaseUrl::Sqlite(_) => {
            "UPDATE claude_ai_audit_log SET detail = '{\"role\":\"admin\"}' WHERE event = 'user_signed_in'"
        }
        DatabaseUrl::Postgres(_) => {
            "UPDATE claude_ai_audit_log SET detail = '{\"role\":\"admin\"}'::jsonb WHERE event = 'user_signed_in'"
        }
    };
    sql(&url, other).await;
    assert!(matches!(store.verify_chain().await.expect("verify"), ChainReport::Broken { .. }));
}
