//! A small model of the companion server: pairing, library, queue, leases, links, kept copies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use skill_engine::io::{Answer, Method, Request, RequestBody, Target};
use skill_format::archive::{self, Limits};
use skill_format::{SkillFolder, folder_digest};
use uuid::Uuid;

use crate::queue::{Link, Op, State};
use crate::reply;
use crate::skill::packed;

/// Followed by the number of the pairing.
pub const BEARER: &str = "sfe_bearer-of-the-test-";
pub const PAIRING_TOKEN: &str = "sfp_token-of-the-test";

/// The server, and what it has seen.
pub struct Server {
    /// What the library holds, by name; `None` is a removed skill.
    pub library: BTreeMap<String, Option<SkillFolder>>,
    pub links: BTreeMap<String, Link>,
    pub ops: Vec<Op>,
    pub versions: BTreeMap<Uuid, SkillFolder>,
    /// Digests of what was kept before it was overwritten.
    pub kept: BTreeSet<String>,
    /// Versions that failed; not queued again by themselves.
    pub failed: BTreeMap<String, (String, String)>,
    /// Skills that were handed out since the last success: they may have arrived without anybody knowing. When such a skill is
    /// removed before its next success, this server leaves it on claude.ai.
    pub orphans: BTreeSet<String>,
    pub revoked: bool,
    /// Ids of pairings that their browser has ended.
    pub left: Vec<Uuid>,
    pub approved: bool,
    pub cookie_expired: bool,
    /// The reference backend: no capabilities.
    pub reference: bool,
    /// It tells by content what an import means.
    pub decides: bool,
    /// What changed on both sides: what stands on claude.ai, by name.
    pub conflicts: BTreeMap<String, SkillFolder>,
    /// Imports by outcome.
    pub imports: Vec<(String, &'static str)>,
    /// Published groups: what is in each.
    pub groups: BTreeMap<String, String>,
    /// Bundles that were handed out whole.
    pub bundles: u32,
    /// Names that are refused as too large.
    pub refuses: BTreeSet<String>,
    pub polls: u32,
    /// What the browser had to say about claude.ai.
    pub findings: Vec<Value>,
    /// What the operator has decided about claude.ai's endpoints.
    pub policy: Value,
    /// Names of skills that were reported as used.
    pub used: Vec<String>,
    /// Whose lever holds all work.
    pub paused: Option<&'static str>,
    /// How the browser's connector is broken, by its code.
    pub broken: Option<&'static str>,
    redeemed: bool,
    /// The pairing that was opened last, and the one that is in force.
    opened: u128,
    in_force: u128,
    last_id: u128,
}

impl Server {
    pub fn new() -> Self {
        Self {
            library: BTreeMap::new(),
            links: BTreeMap::new(),
            ops: Vec::new(),
            versions: BTreeMap::new(),
            kept: BTreeSet::new(),
            failed: BTreeMap::new(),
            orphans: BTreeSet::new(),
            revoked: false,
            left: Vec::new(),
            approved: true,
            cookie_expired: false,
            reference: false,
            decides: true,
            conflicts: BTreeMap::new(),
            imports: Vec::new(),
            groups: BTreeMap::new(),
            bundles: 0,
            refuses: BTreeSet::new(),
            polls: 0,
            findings: Vec::new(),
            policy: Value::Null,
            used: Vec::new(),
            paused: None,
            broken: None,
            redeemed: false,
            opened: 0,
            in_force: 0,
            last_id: 0,
        }
    }

    pub fn next_id(&mut self) -> Uuid {
        self.last_id += 1;
        Uuid::from_u128(self.last_id)
    }

    /// `None`: the answer is held back for now.
    pub fn answer(&mut self, request: &Request, now: u64) -> Option<Answer> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = path.strip_prefix("/v1/integrations/claude-ai").unwrap_or(path);
        let Target::Server { bearer, .. } = &request.target else { panic!("not for the server") };
        match (request.method, path) {
            (Method::Get, "/extension/capabilities") if self.reference => {
                return Some(reply::refused(404, "NOT_FOUND"));
            }
            (Method::Get, "/extension/capabilities") => {
                let mut offers =
                    vec!["long_poll", "remote_snapshot", "recover", "held_work", "usage", "standing", "tea"];
                offers.extend(self.decides.then_some("conflicts"));
                return Some(reply::json(
                    200,
                    json!({"product": "skillferry", "version": "0.1.0", "protocol": 1, "capabilities": offers, "policy": self.policy()}),
                ));
            }
            (Method::Post, "/extension/pair") => return Some(self.pair()),
            (Method::Get, "/extension/pair/status") => return Some(self.pairing_status(query)),
            _ => {}
        }
        let number = bearer.as_ref().and_then(|bearer| bearer.expose().strip_prefix(BEARER)?.parse().ok());
        let Some(number) = number else { return Some(reply::refused(401, "INVALID_EXTENSION_TOKEN")) };
        if self.revoked || self.left.contains(&pairing(number)) {
            return Some(reply::refused(403, "INTEGRATION_DISCONNECTED"));
        }
        if request.method == Method::Delete && path == format!("/integrations/{}", pairing(number)) {
            self.left.push(pairing(number));
            return Some(reply::empty(204));
        }
        if number != self.in_force {
            // What was on its way when another pairing took this one's place.
            return Some(reply::json(200, json!([])));
        }
        let hands_out = ["/extension/skill-bundle", "/extension/plugin-groups", "/extension/plugin-bundle"];
        if self.paused.is_some() && hands_out.contains(&path) {
            return Some(self.told(reply::refused(503, "AUTONOMY_PAUSED")));
        }
        match (request.method, path) {
            (Method::Get, "/extension/operations") => self.lease(query, now).map(|leased| self.told(leased)),
            (Method::Get, "/extension/status") => Some(self.status()),
            (Method::Get, "/extension/skill-bundle") => Some(self.bundle(query)),
            (Method::Post, "/v1/hooks/skill-used") => Some(self.skill_used(request)),
            (Method::Post, "/extension/remote-snapshot") => Some(self.keep(request)),
            (Method::Post, "/extension/imported-skill") => Some(self.import(request)),
            (Method::Get, "/extension/plugin-groups") => Some(self.plugin_groups()),
            (Method::Get, "/extension/plugin-bundle") => Some(self.plugin_bundle(query, request)),
            (Method::Get, "/extension/known-skill-ids") => Some(self.known()),
            (Method::Post, "/extension/telemetry") => {
                self.told_of(reply::sent(request));
                Some(reply::empty(204))
            }
            (Method::Post, path) if path.ends_with("/complete") => {
                let answer = self.complete(path, request, now);
                Some(self.told(answer))
            }
            other => panic!("no such route: {other:?}"),
        }
    }

    /// The operator's pause is said here, too.
    fn policy(&self) -> Value {
        match (self.paused, &self.policy) {
            (Some("operator"), Value::Object(decided)) => {
                let mut decided = decided.clone();
                decided.insert("read_only".to_owned(), true.into());
                decided.into()
            }
            (Some("operator"), _) => json!({"read_only": true}),
            _ => self.policy.clone(),
        }
    }

    /// The empty answer to a question for work.
    pub fn nothing(&self) -> Answer {
        self.told(reply::json(200, json!([])))
    }

    fn told_of(&mut self, telemetry: Value) {
        match telemetry["category"].as_str() {
            Some("signed_in") => self.cookie_expired = false,
            _ => self.findings.push(telemetry),
        }
    }

    /// With the header that says that work is held.
    fn told(&self, mut answer: Answer) -> Answer {
        if let (Some(by), Answer::Response(response)) = (self.paused, &mut answer) {
            response.headers.insert("skillferry-paused".to_owned(), by.to_owned());
        }
        answer
    }

    fn status(&self) -> Answer {
        let mut status = json!({"integration_id": pairing(self.in_force), "status": "active"});
        if let Some(by) = self.paused {
            status["pause"] = json!({"by": by, "since": "2026-11-21T09:30:00Z", "reason": "On holiday"});
        }
        if let Some(code) = self.broken {
            status["connector"] =
                json!({"status": "needs_reauth", "errorCode": code, "lastSuccessAt": null, "lastFailureAt": null});
        }
        reply::json(200, status)
    }

    fn pair(&mut self) -> Answer {
        self.redeemed = false;
        self.opened += 1;
        let id = pairing(self.opened);
        let url = "http://127.0.0.1:8082/settings/integrations/claude-ai/pair?code=ABC234";
        reply::json(
            201,
            json!({"integration_id": id, "pairing_code": "ABC234", "pairing_token": PAIRING_TOKEN, "redemption_url": url, "expires_at": "soon"}),
        )
    }

    fn pairing_status(&mut self, query: &str) -> Answer {
        assert_eq!(query, format!("pairing_token={PAIRING_TOKEN}"));
        if self.redeemed {
            return reply::refused(404, "PAIRING_TOKEN_UNKNOWN");
        }
        self.redeemed = self.approved;
        let token = if self.approved { Value::from(format!("{BEARER}{}", self.opened)) } else { Value::Null };
        if self.approved {
            self.begin_anew();
        }
        reply::json(200, json!({"approved": self.approved, "extension_token": token}))
    }

    /// What is known of an account belongs to the pairing: a new one knows nothing, and is to get the whole library.
    fn begin_anew(&mut self) {
        self.in_force = self.opened;
        self.links.clear();
        self.ops.clear();
        self.conflicts.clear();
        self.orphans.clear();
        self.retry_failed();
    }

    /// Whether a question for work would be held back any longer.
    pub fn has_nothing_for(&mut self, request: &Request, now: u64) -> bool {
        self.reap(now);
        let asks_for_work = request.path.contains("/extension/operations?");
        let waits = |op: &Op| op.state == State::Pending && op.not_before <= now;
        let lost = |op: &Op| matches!(op.state, State::InProgress { .. }) && request.path.contains("recover=true");
        let goes_on = self.paused.is_none() && self.ops.iter().any(|op| waits(op) || lost(op));
        asks_for_work && !self.revoked && self.left.is_empty() && !goes_on
    }

    fn lease(&mut self, query: &str, now: u64) -> Option<Answer> {
        self.polls += 1;
        self.reap(now);
        if query.contains("recover=true") {
            assert!(!self.reference, "the capability is not offered");
            self.recover();
        }
        let mut leased = Vec::new();
        let most = if self.paused.is_some() { 0 } else { 50 };
        for op in self.ops.iter_mut().filter(|op| op.state == State::Pending && op.not_before <= now).take(most) {
            op.state = State::InProgress { since: now };
            op.attempts += 1;
            self.orphans.insert(op.name.clone());
            let skill = (!op.name.is_empty()).then_some(op.skill);
            leased.push(
                json!({"id": op.id, "kind": op.kind, "skill_id": skill, "payload": op.payload, "attempts": op.attempts,
                "created_at": "2026-11-21T02:37:53.474348Z"}),
            );
        }
        let hold_back = leased.is_empty() && query.contains("wait=");
        (!hold_back).then(|| reply::json(200, json!(leased)))
    }

    fn bundle(&mut self, query: &str) -> Answer {
        let version = query.split("version_id=").nth(1).and_then(|id| id.parse::<Uuid>().ok());
        let Some(folder) = version.and_then(|version| self.versions.get(&version)) else {
            return reply::refused(404, "VERSION_NOT_FOUND");
        };
        reply::zip(packed("skill", folder))
    }

    fn skill_used(&mut self, request: &Request) -> Answer {
        let RequestBody::Json(body) = &request.body else { panic!("a report without a body") };
        let body: Value = serde_json::to_value(body).expect("is JSON");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(2), "names only: {body}");
        assert_eq!(body["agent_name"], "claude-ai");
        self.used.push(body["skill_slug"].as_str().expect("a name").to_owned());
        reply::json(202, json!({"status": "accepted"}))
    }

    fn keep(&mut self, request: &Request) -> Answer {
        assert!(!self.reference, "the capability is not offered");
        let RequestBody::Zip(bytes) = &request.body else { panic!("a copy without bytes") };
        let digest = folder_digest(&archive::read(bytes, &Limits::default()).expect("is a zip").folder).to_string();
        self.kept.insert(digest.clone());
        reply::json(201, json!({"version_id": self.next_id(), "digest": digest}))
    }

    fn plugin_groups(&self) -> Answer {
        let group =
            |name: &String| json!({"name": name, "display_name": format!("SkillNote: {name}"), "skill_count": 2});
        let groups: Vec<Value> = self.groups.keys().map(group).collect();
        reply::json(200, json!({"marketplace_name": "SkillNote", "groups": groups}))
    }

    fn plugin_bundle(&mut self, query: &str, request: &Request) -> Answer {
        let name = query.trim_start_matches("group=");
        let Some(content) = self.groups.get(name) else { return reply::refused(404, "GROUP_NOT_FOUND") };
        let bytes = format!("{name}|SkillNote: {name}|{content}").into_bytes();
        let tag = format!("\"{}\"", &skill_format::content_digest(&bytes).to_string()[..32]);
        let known = request.headers.iter().any(|(header, value)| *header == "if-none-match" && *value == tag);
        if known && !self.reference {
            return reply::empty(304);
        }
        self.bundles += 1;
        let headers = [("content-type", "application/zip"), ("etag", tag.as_str())];
        reply::with(200, &headers, skill_engine::io::Body::Bytes(bytes))
    }
}

fn pairing(number: u128) -> Uuid {
    Uuid::from_u128(6 + number)
}
