//! What comes back for the operations of a batch. An answer for an operation that is no longer in hand changes nothing.

use companion_wire::endpoint::Endpoint;
use companion_wire::operation::OperationKind;
use skill_format::archive::{self, Limits};
use skill_format::folder_digest;
use uuid::Uuid;

use super::batch::own_write;
use super::completion::{gone, stands};
use super::decide::{Comparison, compared};
use super::operation::{Found, Op, Step};
use super::publish::Survey;
use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::{Answer, Body};
use crate::ledger::{Ledger, Line, Standing};
use crate::live::{Listed, Purpose};
use crate::machine::Engine;
use crate::remote::classify::{Trouble, judged};
use crate::remote::decode::{self, Drift, Uploaded};
use crate::remote::encode;
use crate::state::Activity;
use crate::turn::Turn;

/// For so long a list says what new work has to do, too.
const RECENT: u64 = 2_000;

impl Engine {
    /// The account's list: verifies, decides, and persists every intent to write before anything of it starts.
    pub(crate) fn list_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let body = match judged(answer) {
            Ok(body) => body,
            Err(trouble) => return self.list_trouble(trouble, turn),
        };
        let Ok(list) = decode::skills(&body) else {
            // Asked for again together with the list, so that the two can be told apart.
            self.memory.organisation = None;
            return self.session_trouble(Trouble::Changed, turn);
        };
        self.remote_answered();
        let Some(batch) = &mut self.memory.batch else { return };
        batch.pause.end();
        let organisation = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone());
        if let Some(organisation) = &organisation {
            self.ledger.is_for(organisation);
        }
        let ledger = &mut self.ledger;
        let writes = batch.listed(&list, turn.now, |op, step| enter(ledger, op, step));
        if batch.ops.iter().any(|op| op.step == Step::Survey) {
            self.live.survey = Survey::default();
        }
        writes.into_iter().for_each(|write| self.memory.note_own_write(write));
        self.look_through(&list, turn);
        let worked = self.memory.batch.as_ref().is_some_and(|batch| batch.worked);
        self.memory.identity.home.iter_mut().for_each(|home| home.in_use |= worked);
        self.live.listed = organisation.map(|organisation| Listed { organisation, skills: list });
        turn.remember();
        turn.keep = true;
    }

    /// What has just come is decided by the list with which the work before it was verified, when nothing has been written since and no
    /// newer one is under way.
    pub(crate) fn decide_by_last_list(&mut self, turn: &mut Turn) {
        let (Some(batch), Some(listed)) = (&mut self.memory.batch, &self.live.listed) else { return };
        let there = self.memory.organisation.as_ref().is_some_and(|known| known.id == listed.organisation);
        if !there || turn.now.is_past(batch.listed_at.after(RECENT), RECENT) {
            return;
        }
        let writes = batch.decide(&listed.skills);
        writes.into_iter().for_each(|write| self.memory.note_own_write(write));
        turn.remember();
    }

    /// What stands on claude.ai.
    pub(crate) fn download_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        let imports = self.op(id).is_some_and(|op| matches!(op.step, Step::Import { .. }));
        match judged(answer) {
            Ok(Body::Bytes(zip)) => {
                if imports {
                    self.bring(id, zip, turn)
                } else {
                    self.compare(id, zip, turn)
                }
            }
            Ok(_) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            // Either no path works or the skill is gone; the next list tells.
            Err(Trouble::Missing) if imports => self.cannot_bring(id, ErrorCode::RemoteNotDownloadable, None),
            Err(Trouble::Missing) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            Err(trouble) => self.action_trouble(id, trouble, turn),
        }
    }

    /// The bundle to upload: checked, sent on in the same turn, and not kept.
    pub(crate) fn bundle_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer).map(|response| response.body) {
            Ok(Body::Bytes(zip)) => self.send_bundle(id, zip, turn),
            Ok(_) => self.server_failed(Refusal::Stranger, turn),
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.fail(id, ErrorCode::BundleMissing, None, true)
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// The server has kept what stood there, or not.
    pub(crate) fn keep_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer) {
            Ok(_) => self.may_go(id, turn),
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.fail(id, ErrorCode::SnapshotRefused, None, true)
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// What came of an upload.
    pub(crate) fn upload_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match judged(answer).map(|body| decode::uploaded(&body)) {
            Ok(Ok(Uploaded::Done { id: skill, mark })) => {
                self.live.parallel.went_well();
                self.set(id, Step::Written { id: skill, mark });
            }
            Ok(Ok(Uploaded::Invalid(reason))) => self.fail(id, ErrorCode::RemoteRefused, Some(&reason), true),
            Ok(Err(Drift)) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            Err(trouble) => self.action_trouble(id, trouble, turn),
        }
    }

    /// What came of a removal. The body says nothing that the list does not say better.
    pub(crate) fn delete_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        if let Err(trouble) = judged(answer) {
            return self.action_trouble(id, trouble, turn);
        }
        self.live.parallel.went_well();
        if let Some(op) = self.op(id)
            && let Step::Remove { id: skill } = &op.step
        {
            op.step = Step::Removed { id: skill.clone() };
        }
    }

    /// The server has taken note of an end, or does not care any more.
    pub(crate) fn complete_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer) {
            Ok(_) => {
                self.server_answered(turn);
                self.note_told(id);
                self.forget_own_write(id);
                self.let_go_of(id, turn);
            }
            // Unknown, or ended by other means: whatever the server wants now comes as another operation.
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => self.let_go_of(id, turn),
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    fn compare(&mut self, id: Uuid, zip: Vec<u8>, turn: &mut Turn) {
        let Ok(archive) = archive::read(&zip, &Limits::default()) else {
            return self.fail(id, ErrorCode::RemoteUnreadable, None, true);
        };
        self.live.parallel.went_well();
        let content = folder_digest(&archive.folder);
        let digest = content.to_string();
        let offers = self.memory.link.as_ref().map(|link| link.offers).unwrap_or_default();
        let Some((op, own)) = self.op_and_own_writes(id) else { return };
        let Step::Inspect { remote } = op.step.clone() else { return };
        match compared(op, &remote.id, &digest, own, offers.into()) {
            Comparison::Wanted => {
                op.step = stands(op, &remote.id, &remote.mark, true);
                self.write_down(&remote, Some(digest), Standing::Known);
                turn.keep = true;
            }
            Comparison::Ours => self.may_go(id, turn),
            Comparison::LetServerDecide => self.import(id, &remote, content, zip, turn),
            Comparison::KeepFirst => self.keep(id, &remote, zip, turn),
            Comparison::LeaveAlone(code) => op.fail(code, None, true),
            Comparison::Gone => op.step = gone(),
        }
    }

    /// What stands there may be overwritten or removed from now on.
    fn may_go(&mut self, id: Uuid, turn: &mut Turn) {
        let Some(op) = self.op(id) else { return };
        let Step::Inspect { remote } = &op.step else { return };
        op.step = match op.kind {
            companion_wire::operation::OperationKind::Delete => Step::Remove { id: remote.id.clone() },
            _ => Step::Write { overwrite: true },
        };
        if let Some(write) = own_write(op) {
            self.memory.note_own_write(write);
        }
        turn.remember();
    }

    fn keep(&mut self, id: Uuid, remote: &Found, zip: Vec<u8>, turn: &mut Turn) {
        if !self.server_is_ready(turn) {
            return;
        }
        let Some(skill) = self.op(id).and_then(|op| op.library_skill()) else { return };
        let Some(link) = &self.memory.link else { return };
        let request = self.live.expect(Purpose::Keep(id));
        turn.requests.push(companion::keep(request, link, skill, &remote.id, remote.mark.text(), zip));
    }

    fn send_bundle(&mut self, id: Uuid, zip: Vec<u8>, turn: &mut Turn) {
        self.server_answered(turn);
        let Some(org) = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone()) else { return };
        // Asked again, because answers may have begun to differ while the bundle was on its way.
        let held = !self.may_begin_anything(turn) || !self.may_begin(Endpoint::UploadSkill, turn.now);
        let Some(op) = self.op(id) else { return };
        let Step::Write { overwrite } = op.step else { return };
        if !is_what_is_wanted(op, &zip) {
            return op.fail(ErrorCode::BundleMismatch, None, false);
        }
        if !held {
            turn.requests.push(encode::upload(self.live.expect(Purpose::Upload(id)), overwrite, &org, zip));
        }
    }

    fn list_trouble(&mut self, trouble: Trouble, turn: &mut Turn) {
        match trouble {
            Trouble::Missing | Trouble::Forbidden if self.doubt_organisation() => {}
            trouble => self.session_trouble(trouble, turn),
        }
    }

    pub(super) fn action_trouble(&mut self, id: Uuid, trouble: Trouble, turn: &mut Turn) {
        match trouble {
            Trouble::SignedOut | Trouble::Challenge | Trouble::SwitchedOff | Trouble::NoTab | Trouble::TooFast(_) => {
                self.session_trouble(trouble, turn);
            }
            Trouble::ScanPending => {
                self.begin_again(id);
                self.session_trouble(trouble, turn);
            }
            Trouble::ScanBlocked => self.refused(id, ErrorCode::ScanBlocked, None),
            Trouble::Forbidden if self.doubt_organisation() => self.begin_again(id),
            Trouble::Forbidden => self.refused(id, ErrorCode::RemoteForbidden, None),
            Trouble::Exists if self.op(id).is_some_and(|op| op.step == Step::WriteGroup) => {
                self.fail(id, ErrorCode::GroupNameTaken, None, true);
            }
            Trouble::Exists => self.look_again(id, ErrorCode::RemoteNameTaken, turn),
            Trouble::Refused(reason) => self.refused(id, ErrorCode::RemoteRefused, Some(&reason)),
            Trouble::Weather => {
                self.live.parallel.went_badly(self.live.asked_at, turn.now);
                self.look_again(id, ErrorCode::RemoteUnavailable, turn);
            }
            Trouble::Missing | Trouble::Changed => self.look_again(id, ErrorCode::EndpointChanged, turn),
        }
    }

    /// claude.ai does not want it, and trying again cannot help.
    fn refused(&mut self, id: Uuid, code: ErrorCode, detail: Option<&str>) {
        match self.op(id).map(|op| &op.step) {
            Some(Step::Import { .. }) => self.cannot_bring(id, code, detail),
            _ => self.fail(id, code, detail, true),
        }
    }

    /// Without a failure of its own. A part is made anew by what it is part of.
    fn begin_again(&mut self, id: Uuid) {
        match self.op(id) {
            Some(part) if part.is_part() => part.fail(ErrorCode::RemoteForbidden, None, false),
            Some(op) => op.step = Step::Undecided,
            None => {}
        }
    }

    /// A wrong organisation answers 403 or 404, too: it is asked for again, once a batch.
    fn doubt_organisation(&mut self) -> bool {
        let Some(batch) = &mut self.memory.batch else { return false };
        let first = !std::mem::replace(&mut batch.organisation_doubted, true);
        if first {
            self.memory.organisation = None;
        }
        first
    }

    /// The outcome is not known, so the account has to be looked at again, after a pause.
    pub(super) fn look_again(&mut self, id: Uuid, code: ErrorCode, turn: &mut Turn) {
        let Some(batch) = &mut self.memory.batch else { return };
        batch.pause.lengthen(turn.now, turn.chance());
        if let Some(op) = batch.op(id) {
            op.look_again(code);
            turn.remember();
        }
    }

    pub(super) fn op(&mut self, id: Uuid) -> Option<&mut Op> {
        self.memory.batch.as_mut()?.op(id)
    }

    fn op_and_own_writes(&mut self, id: Uuid) -> Option<(&mut Op, &[crate::state::OwnWrite])> {
        Some((self.memory.batch.as_mut()?.op(id)?, &self.memory.own_writes))
    }

    pub(super) fn set(&mut self, id: Uuid, step: Step) {
        if let Some(op) = self.op(id) {
            op.step = step;
        }
    }

    pub(super) fn fail(&mut self, id: Uuid, code: ErrorCode, detail: Option<&str>, permanent: bool) {
        if let Some(op) = self.op(id) {
            op.fail(code, detail, permanent);
        }
    }

    /// For the server the session has lapsed from now on.
    fn note_told(&mut self, id: Uuid) {
        self.memory.server_told |= self.op(id).is_some_and(|op| op.waits_for_sign_in());
    }

    /// Of what it wrote or removed the server knows now. What it has only read says nothing about a write that it was never told of.
    fn forget_own_write(&mut self, id: Uuid) {
        let Some(op) = self.op(id) else { return };
        let Step::Ended { code: None, .. } = op.step else { return };
        if !matches!(op.kind, OperationKind::Upload | OperationKind::Update | OperationKind::Delete) {
            return;
        }
        let name = op.name().to_owned();
        self.memory.own_writes.retain(|write| write.name != name);
    }

    /// The operation is over: counts it and forgets it. Losing that is harmless, so it is not persisted by itself.
    fn let_go_of(&mut self, id: Uuid, turn: &Turn) {
        let Some(batch) = &mut self.memory.batch else { return };
        let Some(place) = batch.ops.iter().position(|op| op.id == id) else { return };
        let op = batch.ops.remove(place);
        let Step::Ended { completion, code } = &op.step else { return };
        if completion.success {
            self.memory.counters.done += 1;
            self.memory.counters.last_sync = Some(turn.now);
        } else if completion.permanent {
            self.memory.counters.failed += 1;
        }
        // What was done in parts was noted part by part.
        if op.is_of_account() && completion.success {
            return;
        }
        let unchanged = completion.result.as_ref().is_some_and(|result| result.unchanged);
        // It is in the queue as before, and the pause is said elsewhere.
        if *code == Some(ErrorCode::Paused) {
            return;
        }
        let what = if unchanged { "unchanged" } else { op.kind.as_str() };
        let name = if op.is_of_account() { "claude.ai" } else { op.name() }.to_owned();
        self.memory.note(Activity { at: turn.now, what: what.to_owned(), name, ok: completion.success, code: *code });
    }
}

/// What the list has just proved about a write of ours.
fn enter(ledger: &mut Ledger, op: &Op, step: &Step) {
    match step {
        Step::Written { id, mark } => {
            let (name, digest) = (op.name().to_owned(), op.payload.digest.clone());
            ledger.put(id, Line { name, mark: mark.clone(), digest, standing: Standing::Known });
        }
        Step::Removed { id } => ledger.forget(id),
        _ => {}
    }
}

/// The bundle holds the folder that the operation names. The reference backend names none.
fn is_what_is_wanted(op: &Op, zip: &[u8]) -> bool {
    let Some(wanted) = &op.payload.digest else { return true };
    let read = archive::read(zip, &Limits::default());
    read.is_ok_and(|archive| folder_digest(&archive.folder).to_string() == *wanted)
}
