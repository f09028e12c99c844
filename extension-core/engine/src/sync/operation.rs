//! One operation and how far it is.
//!
//! An operation on the whole account (`list`, `publish_group`) is done in parts: it makes one small operation for each thing that it
//! finds to do, waits for them, and ends with what came of them.

use companion_wire::operation::{CompleteOperation, Operation, OperationKind, OperationPayload};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::completion::{failed, given_back};
use crate::error::ErrorCode;
use crate::remote::decode::Mark;
use crate::state::Gate;

/// How often an operation may be undecided again before it is reported as failed.
pub(crate) const TRIES: u32 = 4;

/// Why a part of a publication switches a group off.
pub(crate) const RETIRE: &str = "retire";

/// An operation that the server has leased to this browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Op {
    pub id: Uuid,
    pub kind: OperationKind,
    pub skill_id: Option<Uuid>,
    pub payload: OperationPayload,
    #[serde(default)]
    pub asked: Asked,
    pub step: Step,
    /// How often something went wrong.
    pub tries: u32,
}

/// Who wants an operation done, and is told about its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// The server has leased it to this browser.
    #[default]
    ByServer,
    /// This browser, because it is time or because a person wants it.
    ByUs,
    /// The operation with this id, which is being done in parts.
    PartOf(Uuid),
}

/// How far an operation is. The intent of a write is persisted before its request starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// The account's list has to be seen first.
    Undecided,
    /// What stands there has to be downloaded and compared; if it is somebody's work, it is kept before it goes.
    Inspect { remote: Found },
    /// The bundle is to be uploaded: as a new skill, or over what stands there.
    Write { overwrite: bool },
    /// The skill with this id is to be removed.
    Remove { id: String },
    /// The upload was answered with this id and mark; the list has to show it.
    Written { id: String, mark: Mark },
    /// The removal was answered; the list must not show the id any more.
    Removed { id: String },
    /// What stands there has to be downloaded and brought to the server.
    Import { remote: Found },
    /// What is to be published and what the account has of it is being found out.
    Survey,
    /// The account has no marketplace for the groups: one is to be made.
    CreateMarketplace,
    /// A group is to be fetched and, when it has changed, uploaded.
    WriteGroup,
    /// The plugin with this id is to be switched on or off; `tag` is that of what was uploaded.
    SwitchGroup { id: String, on: bool, tag: Option<String> },
    /// The plugin was switched; the list has to show it.
    Switched { id: String, on: bool, tag: Option<String> },
    /// An operation on the whole account waits for its parts.
    InParts { so_far: Parts },
    /// The server has to be told.
    Ended { completion: Box<CompleteOperation>, code: Option<ErrorCode> },
}

/// What the list shows under the operation's name or id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub mark: Mark,
}

/// What has come of the parts that have ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Parts {
    /// Parts that changed something.
    pub done: u32,
    /// Groups that were switched off.
    pub retired: u32,
    /// The end of the first part that failed for good.
    pub failed: Option<Box<Step>>,
    /// A part failed in a way that may pass.
    pub again: Option<ErrorCode>,
    /// Skills found to be gone.
    pub removed: Vec<String>,
}

impl Op {
    /// As leased: nothing is known yet, or the kind is none of ours.
    pub fn leased(operation: Operation) -> Self {
        let Operation { id, kind, skill_id, payload, .. } = operation;
        let mut op = Self { id, kind, skill_id, payload, asked: Asked::ByServer, step: Step::Undecided, tries: 0 };
        if kind == OperationKind::Unknown {
            op.fail(ErrorCode::KindNotSupported, None, true);
        } else if !op.is_complete() {
            op.fail(ErrorCode::PayloadIncomplete, None, true);
        }
        op
    }

    /// A look at the account that nobody but this browser has asked for; `reason` as in the payload of a `list`.
    pub fn own_look(id: Uuid, reason: &str) -> Self {
        let payload = OperationPayload { reason: Some(reason.to_owned()), ..OperationPayload::default() };
        let kind = OperationKind::List;
        Self { id, kind, skill_id: None, payload, asked: Asked::ByUs, step: Step::Undecided, tries: 0 }
    }

    /// A part of the operation `of`, at its first step.
    pub fn part(id: Uuid, of: Uuid, kind: OperationKind, name: &str, step: Step) -> Self {
        let payload = OperationPayload { name: Some(name.to_owned()), ..OperationPayload::default() };
        Self { id, kind, skill_id: None, payload, asked: Asked::PartOf(of), step, tries: 0 }
    }

    /// It is done in parts.
    pub const fn is_of_account(&self) -> bool {
        matches!(self.kind, OperationKind::List | OperationKind::PublishGroup) && !self.is_part()
    }

    /// Another operation made it.
    pub const fn is_part(&self) -> bool {
        matches!(self.asked, Asked::PartOf(_))
    }

    /// A part that switches off a group which is not published any more.
    pub fn retires(&self) -> bool {
        self.payload.reason.as_deref() == Some(RETIRE)
    }

    /// The server waits for its end.
    pub const fn is_leased(&self) -> bool {
        matches!(self.asked, Asked::ByServer)
    }

    /// It only looks; pages need not show it.
    pub fn is_own_look(&self) -> bool {
        self.asked == Asked::ByUs
    }

    /// The front-matter name; empty for an operation without one.
    pub fn name(&self) -> &str {
        self.payload.name.as_deref().unwrap_or_default()
    }

    /// This product has written the account's skill before, as far as the server knows.
    pub const fn is_linked(&self) -> bool {
        self.payload.claude_ai_skill_id.is_some()
    }

    /// The library's skill that a kept copy belongs to.
    pub fn library_skill(&self) -> Option<Uuid> {
        self.skill_id.or(self.payload.skillnote_skill_id)
    }

    /// The server has not been told the outcome, and there is one.
    pub const fn has_ended(&self) -> bool {
        matches!(self.step, Step::Ended { .. })
    }

    /// It goes back, or is on its way, because nobody is signed in.
    pub fn waits_for_sign_in(&self) -> bool {
        matches!(&self.step, Step::Ended { completion, .. } if completion.auth_expired)
    }

    /// Something can be started for it without another list.
    pub const fn is_actionable(&self) -> bool {
        matches!(
            self.step,
            Step::Inspect { .. }
                | Step::Write { .. }
                | Step::Remove { .. }
                | Step::Import { .. }
                | Step::Survey
                | Step::CreateMarketplace
                | Step::WriteGroup
                | Step::SwitchGroup { .. }
        )
    }

    /// Its next action takes the server as well: for the bundle, or to keep at once what is downloaded.
    pub const fn needs_server(&self) -> bool {
        matches!(self.step, Step::Write { .. } | Step::Import { .. } | Step::WriteGroup)
            || (matches!(self.step, Step::Inspect { .. }) && self.is_linked())
    }

    /// Done; the list has the last word.
    pub const fn awaits_verification(&self) -> bool {
        matches!(self.step, Step::Written { .. } | Step::Removed { .. })
    }

    /// Something was done for it that shows on claude.ai, or its end is known.
    pub const fn has_begun(&self) -> bool {
        // A group that was uploaded is of no use before it is switched on.
        let halfway =
            matches!(self.step, Step::InParts { .. } | Step::Switched { .. } | Step::SwitchGroup { on: true, .. });
        halfway || self.has_ended() || self.awaits_verification()
    }

    /// Something went wrong: look again, or report `code` when that has happened too often. A part ends, and what it is part of
    /// looks again.
    pub fn look_again(&mut self, code: ErrorCode) {
        if self.is_part() {
            return self.fail(code, None, false);
        }
        self.tries += 1;
        self.step = Step::Undecided;
        if self.tries >= TRIES {
            self.fail(code, None, code == ErrorCode::RemoteNameTaken);
        }
    }

    /// Ends it as failed.
    pub fn fail(&mut self, code: ErrorCode, detail: Option<&str>, permanent: bool) {
        self.step = Step::Ended { completion: Box::new(failed(code, detail, permanent)), code: Some(code) };
    }

    /// Ends it because work is paused, without using an attempt.
    pub fn hold_back(&mut self) {
        let code = ErrorCode::Paused;
        let completion = CompleteOperation { held: true, ..failed(code, None, false) };
        self.step = Step::Ended { completion: Box::new(completion), code: Some(code) };
    }

    /// Ends it because of the gate.
    pub fn give_back(&mut self, gate: Gate) {
        self.step = Step::Ended { completion: Box::new(given_back(gate)), code: Some(gate.code()) };
    }

    fn is_complete(&self) -> bool {
        match self.kind {
            OperationKind::Delete | OperationKind::FetchOne => self.is_linked() || self.payload.name.is_some(),
            OperationKind::List | OperationKind::PublishGroup => true,
            _ => self.payload.name.is_some() && self.payload.version_id.is_some() && self.skill_id.is_some(),
        }
    }
}
