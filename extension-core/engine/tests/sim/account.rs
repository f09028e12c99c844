//! A small model of the claude.ai account, written from the notes and not from the engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use skill_engine::io::{Answer, Method, Request, RequestBody};
use skill_format::archive::{self, Limits};
use skill_format::{SkillFolder, folder_digest};

use crate::market::Market;
use crate::reply;
use crate::skill::{name_of, packed};

pub struct Skill {
    pub id: String,
    pub folder: SkillFolder,
    pub version: u64,
    /// Somebody else's content, since this time.
    pub foreign_since: Option<u64>,
}

/// Who is signed in. The pairing is the owner's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Person {
    #[default]
    Owner,
    /// Of an organisation of their own.
    Stranger,
    /// Of the owner's organisation.
    Colleague,
    /// The owner, who has joined a second organisation.
    Member,
}

/// The account, and what it has seen.
#[derive(Default)]
pub struct Account {
    pub skills: BTreeMap<String, Skill>,
    /// What the second organisation holds.
    pub elsewhere: BTreeMap<String, Skill>,
    pub signed_out: bool,
    /// The list answers under its other path as well.
    pub second_list: bool,
    /// Who is signed in.
    pub person: Person,
    /// What an owner has switched off.
    pub switched_off: bool,
    /// Writes that arrived although it was not the person of the pairing who was signed in.
    pub misplaced: u32,
    pub lists: u32,
    pub uploads: u32,
    /// The newest version that the engine was told of when it was last told what stands here.
    listed_version: u64,
    pub downloads: u32,
    /// The list tells no versions.
    pub unmarked: bool,
    pub market: Market,
    /// Digests of foreign content that was destroyed although the engine could have known.
    pub destroyed: BTreeSet<String>,
    /// What stands in each conversation.
    pub conversations: BTreeMap<String, Value>,
    last_id: u64,
}

impl Account {
    pub fn digest(&self, name: &str) -> Option<String> {
        self.skills.get(name).map(|skill| folder_digest(&skill.folder).to_string())
    }

    /// Somebody writes on claude.ai.
    pub fn foreign_edit(&mut self, name: &str, folder: SkillFolder, now: u64) {
        let skill = self.put(name, folder);
        skill.foreign_since = Some(now);
    }

    pub fn answer(&mut self, request: &Request) -> Answer {
        if self.signed_out {
            return reply::json(
                401,
                json!({"type": "error", "error": {"type": "authentication_error", "message": "no"}}),
            );
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let place = path.trim_start_matches("/api/organizations");
        let foreign = match self.person {
            Person::Owner | Person::Member => false,
            Person::Stranger => place.starts_with("/org-1"),
            Person::Colleague => false,
        };
        if foreign {
            return reply::json(403, json!({"error": {"message": "Invalid authorization for organization"}}));
        }
        if request.method == Method::Post {
            self.misplaced += u32::from(self.person != Person::Owner || !place.starts_with("/org-1"));
            if self.switched_off {
                let message = "Skills are disabled by your organization";
                return reply::json(403, json!({"error": {"type": "permission_error", "message": message}}));
            }
        }
        let second = place.starts_with("/org-2/");
        if second {
            std::mem::swap(&mut self.skills, &mut self.elsewhere);
        }
        let answer = self.answer_at(&place.replace("/org-2/", "/org-1/"), query, request);
        if second {
            std::mem::swap(&mut self.skills, &mut self.elsewhere);
        }
        answer
    }

    fn answer_at(&mut self, place: &str, query: &str, request: &Request) -> Answer {
        match place {
            "" => self.organisations(),
            "/api/bootstrap" => self.bootstrap(),
            "/org-1/skills/list-skills" => self.list(),
            "/org-1/skills" if self.second_list => self.list(),
            "/org-1/skills/upload-skill" => self.upload(request, query == "overwrite=true"),
            "/org-1/skills/delete-skill" => self.delete(request),
            "/org-1/skills/download-dot-skill-file" => self.download(query.trim_start_matches("skill_id=")),
            path if path.starts_with("/org-1/skills/skill_") && path.ends_with("/download") => {
                let id = path.trim_start_matches("/org-1/skills/").trim_end_matches("/download").to_owned();
                self.download(&id)
            }
            path if path.starts_with("/org-1/marketplaces/") || path.starts_with("/org-1/plugins/") => {
                self.market.answer(path.trim_start_matches("/org-1"), request)
            }
            conversation if conversation.starts_with("/org-1/chat_conversations/") => {
                assert!(query.contains("render_all_tools=true"));
                let known = self.conversations.get(conversation.trim_start_matches("/org-1/chat_conversations/"));
                known.map_or_else(|| reply::empty(404), |tree| reply::json(200, tree.clone()))
            }
            _ => {
                reply::json(404, json!({"type": "error", "error": {"type": "not_found_error", "message": "Not found"}}))
            }
        }
    }

    fn organisations(&self) -> Answer {
        let organisation =
            |id: &str| json!({"uuid": id, "name": id.to_uppercase(), "capabilities": ["chat", "claude_max"]});
        reply::json(
            200,
            match self.person {
                Person::Owner | Person::Colleague => json!([organisation("org-1")]),
                Person::Stranger => json!([organisation("org-2")]),
                Person::Member => json!([organisation("org-2"), organisation("org-1")]),
            },
        )
    }

    fn bootstrap(&self) -> Answer {
        let account = match self.person {
            Person::Owner | Person::Member => "owner",
            Person::Stranger => "stranger",
            Person::Colleague => "colleague",
        };
        reply::json(200, json!({"account": {"uuid": account, "email_address": "somebody@example.org"}}))
    }

    fn list(&mut self) -> Answer {
        self.lists += 1;
        self.listed_version = self.last_id;
        let mut skills: Vec<Value> = self.skills.iter().map(|(name, skill)| described(name, skill)).collect();
        if self.unmarked {
            skills.iter_mut().for_each(|skill| skill["version"] = Value::Null);
        }
        skills.push(
            json!({"id": "builtin", "name": "pdf", "creator_type": "anthropic", "updated_at": "2026-01-01T00:00:00Z"}),
        );
        skills.push(
            json!({"id": "teams", "name": "of-the-team", "creator_type": "user", "updated_at": "2026-01-01T00:00:00Z", "partition_by": "organization"}),
        );
        reply::json(200, json!({ "skills": skills }))
    }

    fn upload(&mut self, request: &Request, overwrite: bool) -> Answer {
        let RequestBody::MultipartZip { field: "file", bytes, .. } = &request.body else { panic!("not an upload") };
        let folder = archive::read(bytes, &Limits::default()).expect("the bundle is whole").folder;
        let name = name_of(&folder);
        if self.skills.contains_key(&name) && !overwrite {
            let error = json!({"type": "upload_skill_already_exists", "message": "…"});
            return reply::json(400, json!({"type": "error", "error": error}));
        }
        self.uploads += 1;
        self.note_destroyed(&name);
        let skill = self.put(&name, folder);
        let answer = described(&name, skill);
        reply::json(200, json!({"validation_errors": [], "skill": answer}))
    }

    fn delete(&mut self, request: &Request) -> Answer {
        let id = deleted_id(request);
        let Some(name) = self.name_by_id(&id) else {
            return reply::json(404, json!({"error": {"type": "not_found_error"}}));
        };
        self.note_destroyed(&name);
        self.skills.remove(&name);
        reply::json(200, json!({}))
    }

    fn download(&mut self, id: &str) -> Answer {
        self.downloads += 1;
        let found = self.skills.iter().find(|(_, skill)| skill.id == id);
        found.map_or_else(|| reply::empty(404), |(name, skill)| reply::zip(packed(name, &skill.folder)))
    }

    /// What changed after the last list could not be known, by anybody: claude.ai has no compare-and-set.
    fn note_destroyed(&mut self, name: &str) {
        let knowable = |skill: &&Skill| skill.foreign_since.is_some() && skill.version <= self.listed_version;
        if let Some(skill) = self.skills.get(name).filter(knowable) {
            self.destroyed.insert(folder_digest(&skill.folder).to_string());
        }
    }

    fn name_by_id(&self, id: &str) -> Option<String> {
        self.skills.iter().find(|(_, skill)| skill.id == id).map(|(name, _)| name.clone())
    }

    fn put(&mut self, name: &str, folder: SkillFolder) -> &mut Skill {
        self.last_id += 1;
        let id = format!("skill_{:04}", self.last_id);
        let skill = self.skills.entry(name.to_owned()).or_insert(Skill {
            id,
            folder: SkillFolder::default(),
            version: 0,
            foreign_since: None,
        });
        skill.version = self.last_id;
        skill.folder = folder;
        skill.foreign_since = None;
        skill
    }
}

pub fn deleted_id(request: &Request) -> String {
    let RequestBody::Json(body) = &request.body else { panic!("a removal without a body") };
    body.get("skill_id").and_then(|id| id.text()).expect("a removal names its skill").to_owned()
}

fn described(name: &str, skill: &Skill) -> Value {
    json!({"id": skill.id, "name": name, "version": skill.version.to_string(), "creator_type": "user", "enabled": true})
}
