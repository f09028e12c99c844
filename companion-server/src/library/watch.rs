//! Follows the folder: a pass whenever something changes, and now and then in case a change was not announced.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::notices::Notices;
use super::removal::SECOND_LOOK;
use super::scan::{Outcome, Pass, Scanner};
use super::status::{Counts, LibraryState, LibraryStatus, StoreProblem};
use crate::store::SharedStore;
use crate::time::Timestamp;

/// How often to look without being told: network mounts and overflowing queues announce nothing.
const RESCAN: Duration = Duration::from_secs(30);
/// How soon to look again when something was being written or has just vanished.
const AGAIN: Duration = SECOND_LOOK.saturating_add(Duration::from_millis(50));
/// How often to look for a root that is missing.
const ROOT_CHECK: Duration = Duration::from_secs(2);
/// How often to ask for versions that were made on the server.
const SERVER_CHECK: Duration = Duration::from_secs(1);
/// How long to wait for a store that took nothing: at first, and doubled each time up to [`RESCAN`].
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A watched folder.
#[derive(Debug, Clone)]
pub struct LibraryHandle {
    status: watch::Receiver<LibraryStatus>,
    changed: Arc<Notify>,
    stop: Arc<watch::Sender<bool>>,
}

/// Begins to watch `root` and to keep its skills in `store`. The first pass begins at once; the watching ends with
/// [`LibraryHandle::shutdown`] or when all handles are gone.
/// With `write_back`, versions that were made on the server are written into the folder.
pub fn start(store: SharedStore, root: PathBuf, write_back: bool) -> LibraryHandle {
    let (status, watched) = watch::channel(LibraryStatus {
        root: root.display().to_string(),
        state: LibraryState::Starting,
        last_scan: None,
        counts: Counts::default(),
        problem: None,
    });
    let (stop, stopping) = watch::channel(false);
    let changed = Arc::new(Notify::new());
    let notices = Arc::new(Mutex::new(Notices::new(root.clone(), Arc::clone(&changed))));
    let handle = LibraryHandle { status: watched, changed: Arc::clone(&changed), stop: Arc::new(stop) };
    let scanner = Scanner::new(store.clone(), root).writing_back(write_back);
    let follower = Follower { store, scanner, notices, changed, status, failures: 0, behind: Vec::new() };
    tokio::spawn(follower.follow_until(stopping));
    handle
}

impl LibraryHandle {
    /// How it goes.
    pub fn status(&self) -> LibraryStatus {
        self.status.borrow().clone()
    }

    /// Looks through the folder soon: somebody has decided about what is held.
    pub fn look_again(&self) {
        self.changed.notify_one();
    }

    /// Resolves when a pass has ended after this call.
    pub async fn scanned(&self) {
        let mut status = self.status.clone();
        let before = status.borrow_and_update().last_scan;
        // An error means that the watching has ended: there will be no further pass.
        let _ = status.wait_for(|status| status.last_scan > before).await;
    }

    /// Ends the watching, in the middle of a pass if need be: what is not kept yet is kept after the next start.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let mut status = self.status.clone();
        while status.changed().await.is_ok() {}
    }
}

/// What the watching task owns.
struct Follower {
    store: SharedStore,
    scanner: Scanner,
    notices: Arc<Mutex<Notices>>,
    changed: Arc<Notify>,
    status: watch::Sender<LibraryStatus>,
    /// Passes in a row that the store did not take.
    failures: u32,
    /// Versions that their folders did not have after the last pass.
    behind: Vec<Uuid>,
}

impl Follower {
    async fn follow_until(mut self, mut stopping: watch::Receiver<bool>) {
        tokio::select! {
            () = self.follow() => {}
            // An error means that all handles are gone.
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }

    async fn follow(&mut self) {
        loop {
            // Before the pass: what changes during it is announced and leads to the next.
            self.keep_up_notices().await;
            let pass = self.scanner.pass().await;
            let pause = self.pause_after(&pass);
            self.publish(pass);
            self.behind = self.store.folders_behind().await.unwrap_or_default();
            tokio::select! {
                () = self.changed.notified() => {}
                () = self.newer_on_the_server() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Resolves when the server has a version that its folder does not have, other than those the last pass left so. A server
    /// process beside this one may have made it, so that the store is asked.
    async fn newer_on_the_server(&self) {
        loop {
            tokio::time::sleep(SERVER_CHECK).await;
            let behind = self.store.folders_behind().await.unwrap_or_default();
            if behind.iter().any(|version| !self.behind.contains(version)) {
                return;
            }
        }
    }

    /// Elsewhere than on a worker: a network mount may take its time.
    async fn keep_up_notices(&self) {
        let notices = Arc::clone(&self.notices);
        let keeping_up =
            tokio::task::spawn_blocking(move || notices.lock().unwrap_or_else(PoisonError::into_inner).keep_up());
        if let Err(error) = keeping_up.await {
            tracing::warn!(%error, "the library folder cannot be watched; it is looked through every 30 seconds");
        }
    }

    /// When to look again at the latest.
    fn pause_after(&mut self, pass: &Pass) -> Duration {
        match pass {
            Pass::StoreSilent(_) | Pass::Done(Outcome { problem: Some(_), .. }) => {
                let pause = STORE_PAUSE.saturating_mul(1 << self.failures.min(5)).min(RESCAN);
                self.failures += 1;
                return pause;
            }
            _ => self.failures = 0,
        }
        match pass {
            Pass::RootMissing => ROOT_CHECK,
            Pass::Done(Outcome { again: true, .. }) => AGAIN,
            _ => RESCAN,
        }
    }

    /// Shows the outcome, and logs what is new about it.
    fn publish(&self, pass: Pass) {
        self.status.send_modify(|status| {
            let before = (status.state.clone(), status.problem.clone());
            match pass {
                Pass::RootMissing => status.state = LibraryState::RootMissing,
                Pass::StoreSilent(problem) => status.problem = Some(problem.sentence),
                Pass::Done(outcome) => show(status, outcome),
            }
            status.last_scan = Some(Timestamp::now().max(status.last_scan.map_or(Timestamp::default(), just_after)));
            if status.state != before.0 {
                log_state(status);
            }
            if let Some(problem) = status.problem.as_ref().filter(|_| status.problem != before.1) {
                tracing::error!("{problem}");
            }
        });
    }
}

/// A clock that was set back must not make a pass look as if it had not been.
fn just_after(time: Timestamp) -> Timestamp {
    time.plus(Duration::from_micros(1))
}

fn show(status: &mut LibraryStatus, outcome: Outcome) {
    let crowded = "The library has more than 2,000 folders without a skill, so not all were looked through and nothing is removed. Name a smaller folder, or leave some out with .skillignore.";
    status.counts = outcome.counts;
    status.problem = match outcome.problem {
        Some(StoreProblem { sentence, .. }) => Some(sentence),
        None => outcome.too_many_folders.then(|| crowded.to_owned()),
    };
    status.state = match outcome.held {
        names if names.is_empty() => LibraryState::Watching,
        names => LibraryState::Held { names },
    };
}

fn log_state(LibraryStatus { root, state, counts, .. }: &LibraryStatus) {
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
        LibraryState::Watching => {
            let Counts { ok, repaired, refused } = counts;
            tracing::info!(root, ok, repaired, refused, "the library is followed");
        }
        LibraryState::Starting => {}
    }
}
