//! Everything the program knows, behind one lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use crate::account::Account;
use crate::faults::Faults;
use crate::marketplace::Marketplaces;
use crate::people::{OTHER, Person};

/// Shared by the site and its control.
#[derive(Debug, Clone)]
pub struct World(Arc<Mutex<State>>);

/// What is known.
#[derive(Debug)]
pub struct State {
    /// The account's skills in the person's own organisation.
    pub account: Account,
    /// The skills in the other one.
    pub elsewhere: Account,
    /// Its marketplaces.
    pub marketplaces: Marketplaces,
    /// Conversations, by id.
    pub conversations: BTreeMap<String, Value>,
    /// Sessions in force, and whose they are.
    pub sessions: BTreeMap<String, Person>,
    /// Bad days on order.
    pub faults: Faults,
    /// Added to every answer of the API.
    pub latency_ms: u64,
    /// Every request so far.
    pub requests: Vec<Seen>,
    /// Hosts other than claude.ai that somebody asked the proxy for.
    pub refused_hosts: BTreeMap<String, u32>,
    /// Requests of the API under way, and the most there ever were at once.
    pub running: u32,
    /// The most requests of the API that ever ran at once.
    pub running_most: u32,
    /// Requests that were held so far.
    pub held: u32,
    let_go: watch::Sender<()>,
    begin: Instant,
    counter: u64,
}

/// A request that came.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// Milliseconds since the program began.
    pub at_ms: u64,
    /// The verb.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The answer's status; 0 when there was none.
    pub status: u16,
}

impl World {
    /// An empty account, nobody signed in.
    pub fn new(latency_ms: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            account: Account::default(),
            elsewhere: elsewhere(),
            marketplaces: Marketplaces::default(),
            conversations: BTreeMap::new(),
            sessions: BTreeMap::new(),
            faults: Faults::default(),
            latency_ms,
            requests: Vec::new(),
            refused_hosts: BTreeMap::new(),
            running: 0,
            running_most: 0,
            held: 0,
            let_go: watch::Sender::new(()),
            begin: Instant::now(),
            counter: 0,
        })))
    }

    /// Waits until somebody lets go of what is held.
    pub async fn hold(&self) {
        let mut let_go = {
            let mut state = self.lock();
            state.held += 1;
            state.let_go.subscribe()
        };
        // The sender lives as long as this.
        let _ = let_go.changed().await;
    }

    /// Lets go of everything that is held.
    pub fn let_go(&self) {
        self.lock().let_go.send_replace(());
    }

    /// The state. A panic of one request does not take the others down.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What stands in one organisation has no id of the other.
pub fn elsewhere() -> Account {
    Account::counting_from(1_000_000)
}

impl State {
    /// The skills of that organisation.
    pub fn account_in(&mut self, organisation: &str) -> &mut Account {
        if organisation == OTHER { &mut self.elsewhere } else { &mut self.account }
    }

    /// Milliseconds since the program began.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A number that was not used before.
    pub fn fresh(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}
