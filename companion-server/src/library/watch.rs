//! Follows the folder: a pass whenever something changes, and now and then in case a change was not announced.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::{mpsc, watch};

use super::scan::{Pass, Scanner};
use super::{LibraryState, LibraryStatus};
use crate::store::SharedStore;
use crate::time::Timestamp;

/// How long a folder must be quiet before it is read.
const QUIET: Duration = Duration::from_millis(200);
/// How often to look without being told: network mounts and overflowing queues announce nothing.
const RESCAN: Duration = Duration::from_secs(30);
/// How soon to look again when something was being written or has just vanished.
const AGAIN: Duration = Duration::from_millis(1050);
/// How often to look for a root that is missing.
const ROOT_CHECK: Duration = Duration::from_secs(2);
/// How long to wait for a store that took nothing.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// A watched folder.
#[derive(Debug, Clone)]
pub struct LibraryHandle {
    status: watch::Receiver<LibraryStatus>,
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Changed,
    Agree(Vec<String>),
    Stop,
}

/// Begins to watch.
pub fn start(store: SharedStore, root: PathBuf) -> LibraryHandle {
    let status = LibraryStatus {
        root: root.display().to_string(),
        state: LibraryState::Starting,
        last_scan: None,
        problem: None,
    };
    let (sender, receiver) = watch::channel(status);
    let (commands, inbox) = mpsc::channel(16);
    let watcher = Watcher { root: root.clone(), changes: commands.clone(), debouncer: None };
    tokio::spawn(follow(Scanner::new(store, root), watcher, inbox, sender));
    LibraryHandle { status: receiver, commands }
}

impl LibraryHandle {
    /// How it goes.
    pub fn status(&self) -> LibraryStatus {
        self.status.borrow().clone()
    }

    /// A person agrees to the removals that are held.
    pub async fn approve_removals(&self) {
        if let LibraryState::Held { names } = self.status().state {
            // A closed channel means that the server is stopping.
            let _ = self.commands.send(Command::Agree(names)).await;
        }
    }

    /// Resolves when a pass has ended after this call. For tests and the first start.
    pub async fn scanned(&self) {
        let mut status = self.status.clone();
        let before = status.borrow_and_update().last_scan;
        let _ = status.wait_for(|status| status.last_scan > before).await;
    }

    /// Ends the watching after the pass that is under way.
    pub async fn shutdown(&self) {
        let _ = self.commands.send(Command::Stop).await;
        self.commands.closed().await;
    }
}

/// The operating system's notices, re-established when the root comes back.
struct Watcher {
    root: PathBuf,
    changes: mpsc::Sender<Command>,
    debouncer: Option<Debouncer<RecommendedWatcher, RecommendedCache>>,
}

impl Watcher {
    fn establish(&mut self) {
        if self.debouncer.is_some() {
            return;
        }
        let changes = self.changes.clone();
        let notice = move |events: notify_debouncer_full::DebounceEventResult| {
            // Our own reading is announced too, and must not lead to the next pass.
            if events.is_err() || events.is_ok_and(|events| events.iter().any(|event| !event.kind.is_access())) {
                // A full inbox holds a notice already.
                let _ = changes.try_send(Command::Changed);
            }
        };
        let watching = new_debouncer(QUIET, None, notice)
            .and_then(|mut debouncer| debouncer.watch(&self.root, RecursiveMode::Recursive).map(|()| debouncer));
        match watching {
            Ok(debouncer) => self.debouncer = Some(debouncer),
            Err(error) => tracing::warn!(%error, "the folder cannot be watched; it is looked through every 30 seconds"),
        }
    }

    fn lost(&mut self) {
        self.debouncer = None;
    }
}

async fn follow(
    mut scanner: Scanner,
    mut watcher: Watcher,
    mut inbox: mpsc::Receiver<Command>,
    status: watch::Sender<LibraryStatus>,
) {
    loop {
        if is_folder(&watcher.root) {
            // Before the pass: what changes during it is announced.
            watcher.establish();
        }
        let pass = scanner.pass().await;
        if pass.root_missing {
            watcher.lost();
        }
        let pause = publish(&status, pass);
        match tokio::time::timeout(pause, inbox.recv()).await {
            Ok(Some(Command::Agree(names))) => scanner.agree(names),
            Ok(Some(Command::Stop) | None) => return,
            Ok(Some(Command::Changed)) | Err(_) => {}
        }
    }
}

/// Shows the outcome, logs what is new about it, and says when to look again at the latest.
fn publish(status: &watch::Sender<LibraryStatus>, pass: Pass) -> Duration {
    let pause = match &pass {
        Pass { root_missing: true, .. } => ROOT_CHECK,
        Pass { problem: Some(_), .. } => STORE_PAUSE,
        Pass { again: true, .. } => AGAIN,
        _ => RESCAN,
    };
    let state = match pass {
        Pass { root_missing: true, .. } => LibraryState::RootMissing,
        Pass { held, .. } if !held.is_empty() => LibraryState::Held { names: held },
        _ => LibraryState::Watching,
    };
    let problem = pass.problem.map(|problem| problem.0);
    status.send_modify(|status| {
        if status.state != state {
            log_state(&state, &status.root);
        }
        if let Some(problem) = problem.as_ref().filter(|problem| status.problem.as_ref() != Some(problem)) {
            tracing::error!("{problem}");
        }
        status.state = state;
        status.problem = problem;
        status.last_scan = Some(Timestamp::now());
    });
    pause
}

fn log_state(state: &LibraryState, root: &str) {
    match state {
        LibraryState::RootMissing => {
            tracing::error!(
                root,
                "the library folder has vanished or cannot be read; nothing is removed, and it is looked for again"
            );
        }
        LibraryState::Held { names } => {
            tracing::warn!(
                count = names.len(),
                "many skills vanished at once; their removal waits for your approval on the dashboard"
            );
        }
        LibraryState::Watching => tracing::info!(root, "the library is followed"),
        LibraryState::Starting => {}
    }
}

fn is_folder(path: &Path) -> bool {
    path.is_dir()
}
