//! The model server's other direction: what comes from claude.ai, and what changed on both sides.

use serde_json::{Value, json};
use skill_engine::io::{Answer, Request, RequestBody};
use skill_format::archive::{self, Limits};
use skill_format::{SkillFolder, folder_digest};

use crate::queue::Link;
use crate::reply;
use crate::server::Server;
use crate::skill::name_of;

/// What was last in step, where nobody knows.
const UNKNOWN: &str = "unknown";

struct Import {
    remote: String,
    version: Value,
    name: String,
    folder: SkillFolder,
    digest: String,
}

impl Server {
    pub fn known(&self) -> Answer {
        let ids: Vec<_> = self.links.values().map(|link| &link.remote).collect();
        reply::json(200, json!({ "claude_ai_skill_ids": ids }))
    }

    pub fn import(&mut self, request: &Request) -> Answer {
        let import = Import::read(request);
        if self.refuses.contains(&import.name) {
            return reply::refused(413, "BUNDLE_TOO_LARGE");
        }
        let name = import.name.clone();
        let linked = self.links.get(&name).is_some_and(|link| link.remote == import.remote);
        let outcome = match (linked, self.reference) {
            (true, false) => self.linked(import),
            (true, true) => self.linked_at_the_reference(import),
            (false, _) => self.unlinked(import),
        };
        self.imports.push((name.clone(), outcome));
        if outcome == "collision" {
            return reply::refused(409, "SLUG_COLLISION_UNLINKED");
        }
        if self.library.contains_key(&name) {
            self.plan_one(&name);
        }
        reply::json(201, json!({"skillnote_skill_id": uuid::Uuid::from_u128(1), "created": outcome == "created"}))
    }

    /// A person decides about everything that changed on both sides.
    pub fn resolve(&mut self, ours: bool) {
        for (name, theirs) in std::mem::take(&mut self.conflicts) {
            let Some(link) = self.links.get_mut(&name) else { continue };
            link.digest = folder_digest(&theirs).to_string();
            if !ours {
                self.library.insert(name.clone(), Some(theirs));
            }
            self.plan_one(&name);
        }
    }

    fn linked(&mut self, import: Import) -> &'static str {
        let local = self.library.get(&import.name).cloned().flatten();
        let local = local.map(|folder| folder_digest(&folder).to_string());
        // Whatever comes while a person has yet to decide is one of the two versions.
        if self.conflicts.contains_key(&import.name) {
            self.conflict(import);
            return "conflict";
        }
        let link = self.links.get_mut(&import.name).expect("is linked");
        link.version = import.version.clone();
        let base = link.confirmed.then(|| link.digest.clone());
        if local.as_ref() == Some(&import.digest) {
            (link.digest, link.confirmed) = (import.digest, true);
            return "in step";
        }
        if local.is_some() && local == base {
            self.take(import);
            return "taken";
        }
        if base.as_ref() == Some(&import.digest) {
            return "ours is newer";
        }
        self.conflict(import);
        "conflict"
    }

    /// By version marks, as the contract says.
    fn linked_at_the_reference(&mut self, import: Import) -> &'static str {
        let local = self.library.get(&import.name).cloned().flatten();
        let local = local.map(|folder| folder_digest(&folder).to_string());
        let link = &self.links[&import.name];
        let remote_changed = !link.version.is_null() && !import.version.is_null() && link.version != import.version;
        let local_changed = local.is_some_and(|local| local != link.digest);
        assert!(remote_changed || !local_changed, "{} would be lost: only the library has changed", import.name);
        if (remote_changed && local_changed) || self.conflicts.contains_key(&import.name) {
            self.conflict(import);
            return "conflict";
        }
        self.take(import);
        "taken"
    }

    fn unlinked(&mut self, import: Import) -> &'static str {
        let local = self.library.get(&import.name).cloned().flatten();
        match local.map(|folder| folder_digest(&folder).to_string()) {
            None => {
                self.take(import);
                "created"
            }
            Some(local) if local == import.digest && !self.reference => {
                self.take(import);
                "linked"
            }
            Some(_) => "collision",
        }
    }

    fn conflict(&mut self, import: Import) {
        let link = self.links.get_mut(&import.name).expect("is linked");
        link.version = import.version;
        if !std::mem::replace(&mut link.confirmed, true) {
            link.digest = UNKNOWN.to_owned();
        }
        self.kept.insert(import.digest);
        self.ops.retain(|op| op.name != import.name || op.state != crate::queue::State::Pending);
        self.conflicts.insert(import.name, import.folder);
    }

    fn take(&mut self, import: Import) {
        self.kept.insert(import.digest.clone());
        let link = Link { remote: import.remote, version: import.version, digest: import.digest, confirmed: true };
        self.conflicts.remove(&import.name);
        self.failed.remove(&import.name);
        self.ops.retain(|op| op.name != import.name || op.state != crate::queue::State::Pending);
        self.links.insert(import.name.clone(), link);
        self.library.insert(import.name, Some(import.folder));
    }
}

impl Import {
    fn read(request: &Request) -> Self {
        let RequestBody::MultipartZip { texts, field: "bundle", bytes, .. } = &request.body else { panic!("no form") };
        let text = |wanted: &str| texts.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        assert!(text("name").is_some_and(|name| !name.is_empty()) && text("description").is_some());
        let folder = archive::read(bytes, &Limits::default()).expect("is a zip").folder;
        Self {
            remote: text("claude_ai_skill_id").expect("says which"),
            version: text("claude_ai_version").map_or(Value::Null, Value::from),
            name: name_of(&folder),
            digest: folder_digest(&folder).to_string(),
            folder,
        }
    }
}
