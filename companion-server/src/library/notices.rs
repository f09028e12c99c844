//! The operating system's notices that something below the root changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify_debouncer_full::notify::{Config, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use tokio::sync::Notify;

/// How long a file must be quiet before its change is announced.
const QUIET: Duration = Duration::from_millis(200);

/// Watches a root that may vanish and come back.
pub struct Notices {
    root: PathBuf,
    changed: Arc<Notify>,
    watching: Option<Watching>,
    complained: bool,
}

/// One watch. It belongs to the folder, not to its name: another folder in its place needs another watch.
struct Watching {
    identity: Identity,
    _debouncer: Debouncer<RecommendedWatcher, NoCache>,
}

/// Which folder stands at the root's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity([u64; 2]);

impl Notices {
    /// Will announce changes below `root` through `changed`, once [`Self::keep_up`] has been called.
    pub fn new(root: PathBuf, changed: Arc<Notify>) -> Self {
        Self { root, changed, watching: None, complained: false }
    }

    /// Makes sure that the folder that stands at the root's path now is watched.
    pub fn keep_up(&mut self) {
        let Some(identity) = Identity::of(&self.root) else {
            self.watching = None;
            return;
        };
        if self.watching.as_ref().is_some_and(|watching| watching.identity == identity) {
            return;
        }
        self.watching = match self.watch() {
            Ok(debouncer) => Some(Watching { identity, _debouncer: debouncer }),
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!(%error, "the library folder cannot be watched; it is looked through every 30 seconds");
                }
                None
            }
        };
    }

    fn watch(&self) -> Result<Debouncer<RecommendedWatcher, NoCache>, notify_debouncer_full::notify::Error> {
        let changed = Arc::clone(&self.changed);
        let notice = move |events: DebounceEventResult| {
            // Our own reading is announced too, and must not lead to the next pass.
            if events.map_or(true, |events| events.iter().any(|event| !event.kind.is_access())) {
                changed.notify_one();
            }
        };
        // A link to a large folder elsewhere must not be watched: it is not part of the library either.
        let config = Config::default().with_follow_symlinks(false);
        let mut debouncer = new_debouncer_opt::<_, RecommendedWatcher, NoCache>(QUIET, None, notice, NoCache, config)?;
        debouncer.watch(&self.root, RecursiveMode::Recursive)?;
        Ok(debouncer)
    }
}

impl Identity {
    fn of(root: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(root).ok().filter(std::fs::Metadata::is_dir)?;
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            [metadata.dev(), metadata.ino()]
        };
        #[cfg(not(unix))]
        let identity = [0, u64::from(metadata.is_dir())];
        Some(Self(identity))
    }
}
