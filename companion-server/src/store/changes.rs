//! Which subjects have changed, for whoever shows them: told at the commit, in this process at once, and through PostgreSQL to the others.
//!
//! Nothing relies on it for being right. Who watches looks again by itself from time to time, so that a message that is lost, or a change
//! made with a database shell, shows up a little later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::SqlStore;

/// The PostgreSQL channel.
const CHANNEL: &str = "skillferry_changed";
/// Other processes are told at most once in this time, however much is written.
const GATHER: Duration = Duration::from_millis(200);

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $text:literal from $tables:expr,)*) => {
        /// A subject that pages show.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Topic { $($(#[$doc])* $name,)* }
        impl Topic {
            /// All, in the order of their declaration.
            pub const ALL: &'static [Topic] = &[$(Topic::$name,)*];
            /// As pages name it.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// The tables that it is read from.
            const fn tables(self) -> &'static [&'static str] { match self { $(Self::$name => &$tables,)* } }
        }
    };
}

topics! {
    /// Skills, their versions, and what accounts hold of them.
    Skills = "skills" from ["skills", "skill_content_versions", "claude_ai_skill_links"],
    /// Paired browsers and pairings that wait.
    Browsers = "browsers" from ["claude_ai_integrations"],
    /// Operations.
    Queue = "queue" from ["claude_ai_sync_operations"],
    /// The audit log.
    Activity = "activity" from ["claude_ai_audit_log"],
    /// Skills that changed on both sides.
    Conflicts = "conflicts" from ["claude_ai_skill_links"],
    /// Changes of many skills at once.
    Held = "held" from ["held_batches"],
    /// What became of each folder.
    Library = "library" from ["library_entries"],
    /// Collections and what is in them.
    Collections = "collections" from ["collections", "skill_version_collections"],
    /// How each person's browsers and services are doing, and the operator's pause.
    Health = "health" from ["connector_health", "service_connections", "skillferry_settings"],
    /// Who may use the server, and whose work is paused.
    Access = "access" from ["users", "dashboard_sessions", "admin_tokens"],
    /// Machines that fetch keys of internal services.
    Machines = "machines" from ["machines"],
}

/// A set of topics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Topics(u32);

impl Topics {
    /// All of them.
    pub fn all() -> Self {
        Topic::ALL.iter().copied().collect()
    }

    /// There are none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This one is in it.
    pub fn contains(self, topic: Topic) -> bool {
        self.0 & 1 << topic as u32 != 0
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The topics in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.iter().copied().filter(move |topic| self.contains(*topic))
    }

    /// Which of them a statement writes to.
    pub(super) fn written_by(sql: &str) -> Self {
        let mut before = ["", ""];
        let mut written = Self::default();
        for word in sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')) {
            if word.is_empty() {
                continue;
            }
            if matches!(before, ["INSERT", "INTO"] | ["DELETE", "FROM"] | [_, "UPDATE"]) {
                written = written.and(of_table(word));
            }
            before = [before[1], word];
        }
        written
    }
}

impl FromIterator<Topic> for Topics {
    fn from_iter<I: IntoIterator<Item = Topic>>(topics: I) -> Self {
        Self(topics.into_iter().fold(0, |set, topic| set | 1 << topic as u32))
    }
}

fn of_table(table: &str) -> Topics {
    Topic::ALL.iter().copied().filter(|topic| topic.tables().contains(&table)).collect()
}

/// How often each topic has changed since the process began.
type Revisions = [u64; Topic::ALL.len()];

/// Hears of changes.
#[derive(Debug)]
pub struct Changed {
    receiver: watch::Receiver<Revisions>,
    seen: Revisions,
}

impl Changed {
    /// What has changed since the last answer. Waits until something has; changes that come close together are one answer.
    pub async fn next(&mut self) -> Topics {
        if self.receiver.changed().await.is_err() {
            // The store is gone, and nothing will ever change again.
            std::future::pending::<()>().await;
        }
        self.take()
    }

    /// What has changed since the last answer, without waiting.
    pub fn take(&mut self) -> Topics {
        let now = *self.receiver.borrow_and_update();
        let changed = Topic::ALL.iter().copied().filter(|topic| now[*topic as usize] != self.seen[*topic as usize]);
        let changed = changed.collect();
        self.seen = now;
        changed
    }
}

/// Told of every commit.
#[derive(Debug, Clone)]
pub(super) struct Changes {
    revisions: watch::Sender<Revisions>,
    others: Option<Arc<Others>>,
}

/// What the other processes have not been told yet.
#[derive(Debug, Default)]
struct Others {
    topics: AtomicU32,
    more: Notify,
}

impl Changes {
    /// For one process.
    pub fn local() -> Self {
        Self { revisions: watch::channel([0; Topic::ALL.len()]).0, others: None }
    }

    /// For all processes on one PostgreSQL.
    pub async fn shared(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        let (others, own) = (Arc::new(Others::default()), Uuid::now_v7());
        let changes = Self { others: Some(Arc::clone(&others)), ..Self::local() };
        tokio::spawn(hear(listener, changes.revisions.clone(), own));
        tokio::spawn(tell(pool.clone(), others, own));
        Ok(changes)
    }

    /// These have changed. Called after the commit.
    pub fn publish(&self, topics: Topics) {
        if topics.is_empty() {
            return;
        }
        count(&self.revisions, topics);
        if let Some(others) = &self.others {
            others.topics.fetch_or(topics.0, Ordering::Relaxed);
            others.more.notify_one();
        }
    }

    /// Hears everything that is published from now on.
    pub fn subscribe(&self) -> Changed {
        let mut receiver = self.revisions.subscribe();
        let seen = *receiver.borrow_and_update();
        Changed { receiver, seen }
    }
}

fn count(revisions: &watch::Sender<Revisions>, topics: Topics) {
    revisions.send_modify(|revisions| topics.iter().for_each(|topic| revisions[topic as usize] += 1));
}

/// One message for whatever was published within [`GATHER`]: in a transaction it would hold up the commits of all others.
async fn tell(pool: PgPool, others: Arc<Others>, own: Uuid) {
    loop {
        others.more.notified().await;
        tokio::time::sleep(GATHER).await;
        let message = format!("{own} {}", others.topics.swap(0, Ordering::Relaxed));
        match sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(message).execute(&pool).await {
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => tracing::debug!(%error, "other processes were not told of a change"),
            Ok(_) => {}
        }
    }
}

async fn hear(mut listener: PgListener, revisions: watch::Sender<Revisions>, own: Uuid) {
    loop {
        match listener.recv().await {
            Ok(notification) => {
                if let Some(topics) = others_topics(notification.payload(), own) {
                    count(&revisions, topics);
                }
            }
            Err(sqlx::Error::PoolClosed) => return,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

/// What another process says; its own messages come back to whoever sent them.
fn others_topics(message: &str, own: Uuid) -> Option<Topics> {
    let (from, topics) = message.split_once(' ')?;
    if from.parse() == Ok(own) { None } else { topics.parse().ok().map(Topics) }
}

/// Hearing of changes.
pub trait ChangeStore: Send + Sync {
    /// Hears of everything that is committed from now on, by this process at once and by others on the same PostgreSQL within a second.
    fn changes(&self) -> Changed;
}

impl ChangeStore for SqlStore {
    fn changes(&self) -> Changed {
        self.db.changes().subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sql: &str) -> Vec<&'static str> {
        Topics::written_by(sql).iter().map(Topic::as_str).collect()
    }

    #[test]
    fn statements_say_what_they_write() {
        assert_eq!(written("UPDATE skills SET name = $1"), ["skills"]);
        assert_eq!(
            written("INSERT INTO claude_ai_skill_links (id) VALUES ($1) ON CONFLICT DO UPDATE SET id = $1"),
            ["skills", "conflicts"]
        );
        assert_eq!(
            written(
                "WITH gone AS (DELETE FROM held_batches RETURNING id) INSERT INTO\n   claude_ai_audit_log SELECT 1"
            ),
            ["activity", "held"]
        );
        assert_eq!(written("INSERT INTO machines (id) VALUES ($1)"), ["machines"]);
        assert_eq!(written("SELECT * FROM skills FOR UPDATE"), [""; 0]);
        assert_eq!(written("INSERT INTO blobs SELECT 1 FROM skills"), [""; 0]);
    }

    #[test]
    fn other_processes_are_heard_and_the_own_is_not() {
        let own = Uuid::now_v7();
        let topics: Topics = [Topic::Queue].into_iter().collect();
        assert_eq!(others_topics(&format!("{} {}", Uuid::now_v7(), topics.0), own), Some(topics));
        assert_eq!(others_topics(&format!("{own} {}", topics.0), own), None);
        assert_eq!(others_topics("nonsense", own), None);
    }

    #[tokio::test]
    async fn what_comes_together_is_one_answer() {
        let changes = Changes::local();
        let mut changed = changes.subscribe();
        changes.publish([Topic::Queue].into_iter().collect());
        changes.publish([Topic::Skills, Topic::Queue].into_iter().collect());
        let seen = changed.next().await;
        assert_eq!(seen.iter().collect::<Vec<_>>(), [Topic::Skills, Topic::Queue]);
        assert!(changed.take().is_empty());
    }
}
