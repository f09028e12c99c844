//! The model server's queue: what is planned, leased, completed and given back.

use serde_json::{Value, json};
use skill_engine::io::{Answer, Request};
use skill_format::{SkillFolder, folder_digest};
use uuid::Uuid;

use crate::reply;
use crate::server::Server;

const LEASE: u64 = 180_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    InProgress { since: u64 },
    Completed,
    Failed,
}

#[derive(Debug)]
pub struct Op {
    pub id: Uuid,
    pub kind: &'static str,
    pub skill: Uuid,
    pub name: String,
    pub digest: String,
    pub payload: Value,
    pub state: State,
    pub attempts: u32,
    pub not_before: u64,
}

/// What the account holds, as far as completions told.
pub struct Link {
    pub remote: String,
    pub version: Value,
    pub digest: String,
    /// Nothing can have changed it unnoticed. Else what the account holds is to be written once more.
    pub confirmed: bool,
}

impl Link {
    /// The account holds this content for certain.
    pub fn holds(&self, digest: &str) -> bool {
        self.confirmed && self.digest == digest
    }
}

impl Server {
    pub fn is_open(op: &Op) -> bool {
        matches!(op.state, State::Pending | State::InProgress { .. })
    }

    pub fn has_open_work(&self) -> bool {
        self.ops.iter().any(Self::is_open)
    }

    /// The folder on disk changes; `None` removes the skill.
    pub fn change(&mut self, name: &str, folder: Option<SkillFolder>) {
        self.library.insert(name.to_owned(), folder);
        // A newer version replaces a pending one.
        self.ops.retain(|op| op.name != name || op.state != State::Pending);
        self.plan_one(name);
    }

    /// A person retries everything that has failed.
    pub fn retry_failed(&mut self) {
        self.failed.clear();
        self.plan();
    }

    /// Queues what each skill still needs, unless it has open work.
    fn plan(&mut self) {
        for name in self.library.keys().cloned().collect::<Vec<_>>() {
            self.plan_one(&name);
        }
    }

    /// When something may be to be handed out that is not now, if nobody does anything.
    pub fn next_moment(&self, now: u64) -> Option<u64> {
        let moment = |op: &Op| match op.state {
            State::Pending => Some(op.not_before),
            State::InProgress { since } => Some(since + LEASE + 1),
            State::Completed | State::Failed => None,
        };
        self.ops.iter().filter_map(moment).filter(|at| *at > now).min()
    }

    pub fn reap(&mut self, now: u64) {
        self.end_leases(|since| now > since + LEASE);
    }

    /// The browser holds nothing: what was leased to it was lost on the way.
    pub fn recover(&mut self) {
        self.end_leases(|_| true);
    }

    fn end_leases(&mut self, ends: impl Fn(u64) -> bool) {
        let spared = u32::from(self.paused.is_some());
        let mut lapsed = Vec::new();
        for op in &mut self.ops {
            if let State::InProgress { since } = op.state
                && ends(since)
            {
                op.attempts -= spared;
                op.state = if op.attempts >= 3 { State::Failed } else { State::Pending };
                if op.state == State::Failed {
                    self.failed.insert(op.name.clone(), (op.digest.clone(), "LEASE".into()));
                }
                lapsed.push(op.name.clone());
            }
        }
        // A newer version, or a conflict, may have come while the lease ran.
        lapsed.iter().filter(|name| !name.is_empty()).for_each(|name| self.plan_after(name));
    }

    pub fn complete(&mut self, path: &str, request: &Request, now: u64) -> Answer {
        let id: Uuid = path.split('/').nth(3).and_then(|id| id.parse().ok()).expect("an id in the path");
        let body = reply::sent(request);
        let success = body["success"] == true;
        let Some(place) = self.ops.iter().position(|op| op.id == id) else {
            return reply::refused(404, "OPERATION_NOT_FOUND");
        };
        match self.ops[place].state {
            State::Completed if success => return reply::empty(204),
            State::Completed | State::Failed => return reply::refused(409, "OPERATION_ALREADY_FINAL"),
            State::Pending | State::InProgress { .. } => {}
        }
        if success {
            self.succeeded(place, &body["result"]);
        } else {
            self.did_not(place, &body, now);
        }
        let name = self.ops[place].name.clone();
        if !name.is_empty() {
            self.plan_after(&name);
        }
        reply::empty(204)
    }

    /// What waits is replaced when what it says about the account is no longer so, and given up when a person has to decide.
    fn plan_after(&mut self, name: &str) {
        let held = self.conflicts.contains_key(name);
        let link = self.links.get(name);
        let aims = |op: &Op| link.is_none_or(|link| op.payload["claude_ai_version"] == link.version);
        self.ops.retain(|op| op.name != name || op.state != State::Pending || (!held && aims(op)));
        self.plan_one(name);
    }

    /// One that waits is enough.
    pub fn publish(&mut self) {
        if !self.ops.iter().any(|op| op.kind == "publish_group" && op.state == State::Pending) {
            self.ask("publish_group", json!({}));
        }
    }

    /// An operation on the whole account.
    pub fn ask(&mut self, kind: &'static str, payload: Value) {
        let (id, skill) = (self.next_id(), self.next_id());
        let (name, digest) = (String::new(), String::new());
        self.ops.push(Op { id, kind, skill, name, digest, payload, state: State::Pending, attempts: 0, not_before: 0 });
    }

    pub fn plan_one(&mut self, name: &str) {
        // What changed on both sides waits for a person.
        if self.ops.iter().any(|op| op.name == name && Self::is_open(op)) || self.conflicts.contains_key(name) {
            return;
        }
        let folder = self.library[name].clone();
        let digest = folder.as_ref().map_or_else(|| "removed".to_owned(), |folder| folder_digest(folder).to_string());
        if self.failed.get(name).is_some_and(|(failed, _)| *failed == digest) {
            return;
        }
        let link = self.links.get(name).map(|link| json!({"claude_ai_skill_id": link.remote, "base_digest": link.digest, "claude_ai_version": link.version}));
        let (kind, folder) = match (link.is_some(), folder) {
            (true, None) => ("delete", None),
            (true, Some(folder)) if !self.links[name].holds(&digest) => ("update", Some(folder)),
            (false, Some(folder)) => ("upload", Some(folder)),
            _ => return,
        };
        let mut payload = link.unwrap_or_else(|| json!({}));
        payload["name"] = name.into();
        if let Some(folder) = folder {
            let version = self.next_id();
            self.versions.insert(version, folder);
            payload["version_id"] = json!(version);
            payload["digest"] = digest.clone().into();
        }
        let (id, skill) = (self.next_id(), self.next_id());
        let name = name.to_owned();
        self.ops.push(Op { id, kind, skill, name, digest, payload, state: State::Pending, attempts: 0, not_before: 0 });
    }

    fn succeeded(&mut self, place: usize, result: &Value) {
        let op = &mut self.ops[place];
        op.state = State::Completed;
        self.cookie_expired = false;
        self.orphans.remove(&op.name);
        if op.name.is_empty() {
            op.payload["result"] = result.clone();
            return;
        }
        if op.kind == "delete" {
            self.links.remove(&op.name);
            return;
        }
        let remote = result["claude_ai_skill_id"].as_str().expect("a success names the skill").to_owned();
        assert_eq!(result["digest"], op.digest, "a success reports what it wrote");
        let same = self.links.get(&op.name).is_some_and(|link| link.remote == remote);
        if !same {
            // What both sides disagreed about is not there any more.
            self.conflicts.remove(&op.name);
        }
        // It began before what stands there was seen to have changed: which of the two was later is not known.
        let confirmed = !self.conflicts.contains_key(&op.name);
        let version = result["claude_ai_version"].clone();
        self.links.insert(op.name.clone(), Link { remote, version, digest: op.digest.clone(), confirmed });
    }

    fn did_not(&mut self, place: usize, body: &Value, now: u64) {
        let op = &mut self.ops[place];
        // What could not be done because of a pause has used no attempt.
        let spared = self.paused.is_some() && body["permanent"] != true && body["auth_expired"] != true;
        if body["held"] == true || spared {
            assert!(!self.reference, "the capability is not offered");
            op.attempts = op.attempts.saturating_sub(1);
            op.state = State::Pending;
        } else if body["auth_expired"] == true {
            // A replay of the same report must not count below nothing.
            op.attempts = op.attempts.saturating_sub(1);
            op.state = State::Pending;
            self.cookie_expired = true;
        } else if body["permanent"] == true || op.attempts >= 3 {
            op.state = State::Failed;
            let code = body["result"]["code"].as_str().expect("a failure has a code").to_owned();
            self.failed.insert(op.name.clone(), (op.digest.clone(), code));
        } else {
            op.state = State::Pending;
            op.not_before = now + 5_000 * u64::from(op.attempts);
        }
    }
}
