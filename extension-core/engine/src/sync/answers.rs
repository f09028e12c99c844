//! What comes back for the operations of a batch. An answer for an operation that is no longer in hand changes nothing.

use skill_format::archive::{self, Limits};
use skill_format::folder_digest;
use uuid::Uuid;

use super::batch::own_write;
use super::completion::{gone, stands};
use super::decide::{Comparison, compared};
use super::operation::{Found, Op, Step};
use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::{Answer, Body};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::classify::{Trouble, judged};
use crate::remote::decode::{self, Drift, Uploaded};
use crate::remote::encode;
use crate::remote::endpoints::{DOWNLOAD, LIST};
use crate::state::{Activity, Gate};
use crate::turn::Turn;

impl Engine {
    /// The account's list: verifies, decides, and persists every intent to write before anything of it starts.
    pub(crate) fn list_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let body = match judged(answer) {
            Ok(body) => body,
            Err(trouble) => return self.list_trouble(trouble, turn),
        };
        let Ok(list) = decode::skills(&body) else { return self.close_gate(Gate::Changed, turn) };
        self.remote_answered();
        let Some(batch) = &mut self.memory.batch else { return };
        batch.pause.end();
        for write in batch.listed(&list, turn.now) {
            self.memory.note_own_write(write);
        }
        turn.remember();
    }

    /// What stands on claude.ai.
    pub(crate) fn download_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match judged(answer) {
            Ok(Body::Bytes(zip)) => self.compare(id, zip, turn),
            Ok(_) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            Err(Trouble::Missing) if self.live.download_candidate + 1 < DOWNLOAD.candidates.len() => {
                self.live.download_candidate += 1;
            }
            Err(Trouble::Missing) => {
                // Either no path works or the skill is gone; the next list tells, and the next skill begins with the first path.
                self.live.download_candidate = 0;
                self.look_again(id, ErrorCode::EndpointChanged, turn);
            }
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
        let digest = folder_digest(&archive.folder).to_string();
        let can_keep = self.memory.link.as_ref().is_some_and(|link| link.offers.remote_snapshot);
        let Some((op, own)) = self.op_and_own_writes(id) else { return };
        let Step::Inspect { remote } = op.step.clone() else { return };
        match compared(op, &remote.id, &digest, own, can_keep) {
            Comparison::Wanted => op.step = stands(op, &remote.id, &remote.mark, true),
            Comparison::Ours => self.may_go(id, turn),
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
        let held = !self.may_begin() || self.is_held(turn);
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
            Trouble::Missing if self.live.list_candidate + 1 < LIST.candidates.len() => self.live.list_candidate += 1,
            Trouble::Missing | Trouble::Forbidden if self.doubt_organisation() => self.live.list_candidate = 0,
            trouble => self.session_trouble(trouble, turn),
        }
    }

    fn action_trouble(&mut self, id: Uuid, trouble: Trouble, turn: &mut Turn) {
        match trouble {
            Trouble::SignedOut | Trouble::Challenge | Trouble::SwitchedOff | Trouble::NoTab | Trouble::TooFast(_) => {
                self.session_trouble(trouble, turn);
            }
            Trouble::ScanPending => {
                self.set(id, Step::Undecided);
                self.session_trouble(trouble, turn);
            }
            Trouble::ScanBlocked => self.fail(id, ErrorCode::ScanBlocked, None, true),
            Trouble::Forbidden if self.doubt_organisation() => self.set(id, Step::Undecided),
            Trouble::Forbidden => self.fail(id, ErrorCode::RemoteForbidden, None, true),
            Trouble::Exists => self.look_again(id, ErrorCode::RemoteNameTaken, turn),
            Trouble::Refused(reason) => self.fail(id, ErrorCode::RemoteRefused, Some(&reason), true),
            Trouble::Weather => self.look_again(id, ErrorCode::RemoteUnavailable, turn),
            Trouble::Missing | Trouble::Changed => self.look_again(id, ErrorCode::EndpointChanged, turn),
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
    fn look_again(&mut self, id: Uuid, code: ErrorCode, turn: &mut Turn) {
        let Some(batch) = &mut self.memory.batch else { return };
        if batch.pause.is_over(turn.now) {
            batch.pause.lengthen(turn.now, turn.chance());
        }
        if let Some(op) = batch.op(id) {
            op.look_again(code);
            let drifted = op.has_ended() && code == ErrorCode::EndpointChanged;
            turn.remember();
            if drifted {
                self.close_gate(Gate::Changed, turn);
            }
        }
    }

    fn op(&mut self, id: Uuid) -> Option<&mut Op> {
        self.memory.batch.as_mut()?.op(id)
    }

    fn op_and_own_writes(&mut self, id: Uuid) -> Option<(&mut Op, &[crate::state::OwnWrite])> {
        Some((self.memory.batch.as_mut()?.op(id)?, &self.memory.own_writes))
    }

    fn set(&mut self, id: Uuid, step: Step) {
        if let Some(op) = self.op(id) {
            op.step = step;
        }
    }

    fn fail(&mut self, id: Uuid, code: ErrorCode, detail: Option<&str>, permanent: bool) {
        if let Some(op) = self.op(id) {
            op.fail(code, detail, permanent);
        }
    }

    /// The server knows now that a person is waited for.
    fn note_told(&mut self, id: Uuid) {
        let Some(op) = self.op(id) else { return };
        let told = matches!(&op.step, Step::Ended { completion, .. } if completion.auth_expired);
        self.memory.server_told |= told && self.memory.gate.is_some();
    }

    fn forget_own_write(&mut self, id: Uuid) {
        let Some(op) = self.op(id) else { return };
        let Step::Ended { code: None, .. } = op.step else { return };
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
        let unchanged = completion.result.as_ref().is_some_and(|result| result.unchanged);
        let what = if unchanged { "unchanged" } else { op.kind.as_str() };
        let name = op.name().to_owned();
        self.memory.note(Activity { at: turn.now, what: what.to_owned(), name, ok: completion.success, code: *code });
    }
}

/// The bundle holds the folder that the operation names. The reference backend names none.
fn is_what_is_wanted(op: &Op, zip: &[u8]) -> bool {
    let Some(wanted) = &op.payload.digest else { return true };
    let read = archive::read(zip, &Limits::default());
    read.is_ok_and(|archive| folder_digest(&archive.folder).to_string() == *wanted)
}
