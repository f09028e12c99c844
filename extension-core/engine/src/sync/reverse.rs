//! From claude.ai to the library: what is new or changed on the account is brought to the server, what is gone is noticed.
//!
//! A `list` looks at the account's list and makes a part of itself for each skill whose content the server may not have. The server
//! may ask for it; this browser asks for it by itself every quarter of an hour, and when a person wants a sync. Nothing is ever
//! removed from the library because of what is seen here.

use std::collections::BTreeSet;

use companion_wire::operation::OperationKind;
use companion_wire::reconcile::KnownSkillIds;
use skill_format::archive::{self, Limits};
use skill_format::{Digest, folder_digest};
use uuid::Uuid;

use super::batch::Batch;
use super::completion::{brought, looked};
use super::decide::found;
use super::operation::{Asked, Found, Op, Parts, Step};
use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::Answer;
use crate::ledger::{Line, Standing};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::decode::RemoteSkill;
use crate::turn::Turn;

/// How often the account is looked at when nobody asks.
pub(crate) const LOOK_EVERY: u64 = 900_000;

/// A person wants it; also what servers say.
pub(crate) const BY_PERSON: &str = "user_triggered";
const BY_CLOCK: &str = "periodic";

/// Parts of one look; what is left is for the next one, which follows at once.
const PARTS: usize = 50;

/// How often the server may fail on one skill.
const IMPORT_TRIES: u32 = 3;

/// What there is to do about a skill that the list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Nothing: it is as it was.
    Known,
    /// The server knows it, and cannot be asked about its content. From now on a change shows.
    Adopt,
    /// Its content has to be looked at.
    Bring,
}

impl Engine {
    /// Begins to look at the account when it is time, or when somebody wants it.
    pub(crate) fn drive_look(&mut self, turn: &mut Turn) {
        let looks = self.memory.batch.iter().flat_map(|batch| &batch.ops).any(|op| op.kind == OperationKind::List);
        let held = self.memory.pause.is_some() || self.is_held(turn);
        if looks || held || self.memory.gate.is_some() || !self.server_is_ready(turn) {
            return;
        }
        let asked = self.live.look_asked.take();
        let Some(reason) = asked.or_else(|| self.look_is_due(turn).then_some(BY_CLOCK)) else { return };
        let op = Op::own_look(turn.fresh_id(), reason);
        self.memory.batch.get_or_insert_with(|| Batch::leased(Vec::new(), turn.now)).ops.push(op);
        self.drive_batch(turn);
    }

    /// What the account's list says about skills that the library may not have. Called when the list has been used for everything else.
    pub(crate) fn look_through(&mut self, list: &[RemoteSkill], turn: &mut Turn) {
        // The list was asked for before anybody wanted to look: the look waits for one of its own.
        if self.must_ask_what_is_known() {
            return;
        }
        let Some(batch) = &mut self.memory.batch else { return };
        let waiting = |op: &&mut Op| op.kind == OperationKind::List && op.is_of_account() && op.step == Step::Undecided;
        let Some(look) = batch.ops.iter_mut().find(waiting) else { return };
        let (id, forced) = (look.id, look.payload.reason.as_deref() == Some(BY_PERSON));
        let so_far = Parts { removed: self.ledger.compare(list), ..Parts::default() };
        look.step = Step::InParts { so_far };
        let server = self.live.known_to_server.as_ref();
        let mut busy: BTreeSet<&str> = batch.ops.iter().filter(|op| !op.has_ended()).map(Op::name).collect();
        let (mut parts, mut left) = (Vec::new(), false);
        for remote in list.iter().filter(|remote| !remote.built_in && !remote.shared) {
            if self.live.looked_at.contains(&remote.id) || busy.contains(remote.name.as_str()) {
                continue;
            }
            match sight(self.ledger.line(&remote.id), remote, server, forced) {
                Sight::Known => {}
                Sight::Adopt => self.ledger.put(&remote.id, line(&found(remote), None, Standing::Known)),
                Sight::Bring if parts.len() < PARTS => {
                    busy.insert(&remote.name);
                    let step = Step::Import { remote: found(remote) };
                    let mut part = Op::part(turn.fresh_id(), id, OperationKind::FetchOne, &remote.name, step);
                    part.payload.claude_ai_skill_id = Some(remote.id.clone());
                    parts.push(part);
                }
                Sight::Bring => left = true,
            }
        }
        batch.worked |= !parts.is_empty();
        batch.ops.extend(parts);
        self.live.look_left = left;
    }

    /// The look is over: it ends, or the next one follows.
    pub(crate) fn looked(&mut self, so_far: Parts, by: Asked, forced: bool, turn: &mut Turn) -> Step {
        if self.live.look_left {
            self.live.look_asked = Some(if forced { BY_PERSON } else { BY_CLOCK });
        } else {
            self.live.looked_at.clear();
            self.live.known_to_server = None;
        }
        match so_far.again {
            Some(_) => self.memory.look_pause.lengthen(turn.now, turn.chance()),
            None if self.live.look_left => {}
            None => {
                self.memory.look_pause.end();
                self.memory.looked_at = turn.now;
            }
        }
        let removed = if by == Asked::ByUs { Vec::new() } else { self.ledger.removed() };
        turn.remember();
        looked(so_far.done, removed)
    }

    /// A skill was downloaded to be brought to the server.
    pub(crate) fn bring(&mut self, id: Uuid, zip: Vec<u8>, turn: &mut Turn) {
        let Some(remote) = self.remote_of(id) else { return };
        let Ok(archive) = archive::read(&zip, &Limits::default()) else {
            return self.cannot_bring(id, ErrorCode::RemoteUnreadable, None);
        };
        let digest = folder_digest(&archive.folder);
        let known = self.ledger.line(&remote.id);
        let same = known.is_some_and(|line| {
            line.standing == Standing::Known && line.digest.as_deref() == Some(digest.to_string().as_str())
        });
        if same {
            return self.is_brought(id, digest, true);
        }
        self.import(id, &remote, digest, zip, turn);
    }

    /// Hands what stands on claude.ai to the server, which decides what it means.
    pub(crate) fn import(&mut self, id: Uuid, remote: &Found, digest: Digest, zip: Vec<u8>, turn: &mut Turn) {
        if !self.server_is_ready(turn) {
            return;
        }
        if self.live.known_to_server.is_none() && self.is_told_once(id) {
            // What it knows is in doubt since this was decided; the next look asks.
            return self.fail(id, ErrorCode::ServerBusy, None, false);
        }
        let Some(link) = &self.memory.link else { return };
        // Such a server would take the same content once more for another change, and put it over an edit that was made there since.
        // So it is told once, and what is not heard of is not repeated.
        if !self.server_tells_by_content() {
            if self.is_known_to_server(&remote.id) {
                self.ledger.put(&remote.id, line(remote, Some(digest.to_string()), Standing::Known));
            } else {
                // A former refusal says nothing any more: this time it may take it.
                self.ledger.forget(&remote.id);
            }
            turn.keep = true;
        }
        let request = self.live.expect(Purpose::Import(id, digest));
        turn.requests.push(companion::import(request, link, &remote.id, &remote.name, remote.mark.text(), zip));
    }

    /// What a server that cannot tell by content knows by id.
    pub(crate) fn known_skills_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer).and_then(companion::decoded::<KnownSkillIds>) {
            Ok(known) => {
                self.server_answered(turn);
                self.live.known_to_server = Some(known.claude_ai_skill_ids.into_iter().collect());
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// The server has it, or does not want it.
    pub(crate) fn import_answered(&mut self, id: Uuid, digest: Digest, answer: Answer, turn: &mut Turn) {
        let code = companion::import_refused(&answer);
        match companion::judged(answer) {
            Ok(_) => {
                self.server_answered(turn);
                self.is_brought(id, digest, false);
            }
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => self.cannot_bring(id, code, None),
            Err(refusal) => {
                if self.is_told_once(id) {
                    // It may have taken it; what it knows has to be asked for again.
                    self.live.known_to_server = None;
                    self.fail(id, refusal.code(), None, false);
                } else if matches!(refusal, Refusal::Busy(_)) && self.has_failed_often(id) {
                    return self.cannot_bring(id, ErrorCode::ImportRefused, None);
                }
                self.server_failed(refusal, turn);
            }
        }
    }

    /// What this browser has just learnt about a skill of the account.
    pub(crate) fn write_down(&mut self, remote: &Found, digest: Option<String>, standing: Standing) {
        self.ledger.put(&remote.id, line(remote, digest, standing));
    }

    /// It cannot be brought to the server, and trying again would not help before it changes.
    pub(crate) fn cannot_bring(&mut self, id: Uuid, code: ErrorCode, detail: Option<&str>) {
        if let Some(remote) = self.remote_of(id) {
            self.write_down(&remote, None, Standing::Refused(code));
        }
        self.fail(id, code, detail, true);
    }

    /// The server has what stands there. What wanted to overwrite it gives way: the server decides anew, knowing both sides.
    fn is_brought(&mut self, id: Uuid, digest: Digest, unchanged: bool) {
        self.live.parallel.went_well();
        let Some(remote) = self.remote_of(id) else { return };
        let digest = digest.to_string();
        self.write_down(&remote, Some(digest.clone()), Standing::Known);
        if let Some(known) = &mut self.live.known_to_server {
            known.insert(remote.id.clone());
        }
        let Some(op) = self.op(id) else { return };
        match op.step {
            Step::Import { .. } => op.step = brought(&remote.id, &remote.mark, Some(digest), unchanged),
            _ => op.fail(ErrorCode::ChangedOnBothSides, None, false),
        }
    }

    /// What the server decides by, when something is brought to it.
    pub(super) fn server_tells_by_content(&self) -> bool {
        self.memory.link.as_ref().is_some_and(|link| link.offers.conflicts)
    }

    /// It said so, or this browser has seen it come to know the skill since.
    fn is_known_to_server(&self, remote: &str) -> bool {
        let told = self.live.known_to_server.as_ref().is_some_and(|known| known.contains(remote));
        told || self.ledger.line(remote).is_some_and(|line| !matches!(line.standing, Standing::Refused(_)))
    }

    /// A part of a look, for a server that would take a repetition for another change. All such parts end with the first one that fails,
    /// each when its turn comes: some of them may have been taken, and only the server knows which.
    fn is_told_once(&mut self, id: Uuid) -> bool {
        !self.server_tells_by_content() && self.op(id).is_some_and(|op| op.is_part())
    }

    fn look_is_due(&mut self, turn: &Turn) -> bool {
        let waits = turn.now.is_past(self.memory.looked_at.after(LOOK_EVERY), LOOK_EVERY);
        // Work of the server goes first: it is asked for it, and everything that waits there is done.
        let idle = self.memory.batch.is_none() && !self.live.poll_due && !self.live.draining;
        idle && waits && self.memory.look_pause.is_over(turn.now)
    }

    fn remote_of(&mut self, id: Uuid) -> Option<Found> {
        match &self.op(id)?.step {
            Step::Import { remote } | Step::Inspect { remote } => Some(remote.clone()),
            _ => None,
        }
    }

    fn has_failed_often(&mut self, id: Uuid) -> bool {
        let Some(op) = self.op(id) else { return false };
        op.tries += 1;
        op.tries >= IMPORT_TRIES
    }
}

/// What to do about a skill of the list. `server` is what a server that cannot tell by content says it knows; `forced`: a person
/// wants to know, so that no mark and former refusals count as well.
fn sight(line: Option<&Line>, remote: &RemoteSkill, server: Option<&BTreeSet<String>>, forced: bool) -> Sight {
    let known_there = server.is_some_and(|known| known.contains(&remote.id));
    match line {
        None if known_there => Sight::Adopt,
        None => Sight::Bring,
        // Such a server refuses a name only to a skill that it does not know: it has come to know it since.
        Some(line) if known_there && line.standing == Standing::Refused(ErrorCode::ImportNameTaken) => Sight::Adopt,
        Some(line) if matches!(line.standing, Standing::Refused(_)) => {
            if forced || !(line.is_about(remote) || remote.mark.text().is_none()) { Sight::Bring } else { Sight::Known }
        }
        Some(line) if line.is_about(remote) => Sight::Known,
        // Such a server would take the same content again for a change, unless a mark tells it from the last one.
        Some(_) if remote.mark.text().is_none() => {
            if forced && server.is_none() {
                Sight::Bring
            } else {
                Sight::Known
            }
        }
        Some(_) => Sight::Bring,
    }
}

fn line(remote: &Found, digest: Option<String>, standing: Standing) -> Line {
    Line { name: remote.name.clone(), mark: remote.mark.clone(), digest, standing }
}
