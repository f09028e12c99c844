//! The rules, as functions of what is seen: what to do about an operation, whether what stands there may go, whether a write
//! has arrived.

use companion_wire::operation::OperationKind;

use super::completion::{gone, stands};
use super::operation::{Found, Op, Step};
use crate::error::ErrorCode;
use crate::remote::decode::{Mark, RemoteSkill};
use crate::state::{Offers, OwnWrite};

/// What to do about content that was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// It is what the operation wants to be there.
    Wanted,
    /// We have written it, so it may go: the library holds it.
    Ours,
    /// Somebody's work on a skill of ours, and a server that knows what to do with both versions.
    LetServerDecide,
    /// Somebody's work on a skill of ours: keep it, then it may go.
    KeepFirst,
    /// Somebody's work that cannot be kept, or a skill of somebody: leave it alone.
    LeaveAlone(ErrorCode),
    /// What was to be removed is gone, and somebody has made another skill of that name.
    Gone,
}

/// What the server does for somebody's work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Help {
    /// It keeps a copy.
    pub keeps: bool,
    /// It tells by content who has changed what, and keeps both versions.
    pub decides: bool,
}

impl From<Offers> for Help {
    fn from(offers: Offers) -> Self {
        Self { keeps: offers.remote_snapshot, decides: offers.conflicts }
    }
}

/// The next step of an undecided operation, by the account's list.
pub(crate) fn decided(op: &Op, list: &[RemoteSkill]) -> Step {
    match op.kind {
        OperationKind::Delete => decided_removal(op, list),
        OperationKind::FetchOne => decided_import(op, list),
        // The list was asked for all the same: it shows that session and organisation are in force.
        OperationKind::PublishGroup => Step::Survey,
        _ => decided_write(op, list),
    }
}

/// What may be done about content with this digest that stands, as the skill `remote`, where the operation wants to write or remove.
pub(crate) fn compared(op: &Op, remote: &str, digest: &str, own: &[OwnWrite], help: Help) -> Comparison {
    let is = |known: &Option<String>| known.as_deref() == Some(digest);
    let another = op.payload.claude_ai_skill_id.as_deref().is_some_and(|linked| linked != remote);
    let own_write = |write: &OwnWrite| write.name == op.name() && write.digest == digest;
    if op.kind != OperationKind::Delete && is(&op.payload.digest) {
        Comparison::Wanted
    } else if is(&op.payload.base_digest) || own.iter().any(own_write) {
        Comparison::Ours
    } else if op.kind == OperationKind::Delete && another {
        Comparison::Gone
    } else if !op.is_linked() {
        Comparison::LeaveAlone(ErrorCode::RemoteNameTaken)
    } else if help.decides && !another {
        Comparison::LetServerDecide
    } else if help.keeps && op.library_skill().is_some() {
        Comparison::KeepFirst
    } else {
        Comparison::LeaveAlone(ErrorCode::RemoteChanged)
    }
}

/// The end of an operation whose effect the list shows, and the step that has been proved, with the mark that counts; `None` when
/// the list does not show it.
pub(crate) fn verified(op: &Op, list: &[RemoteSkill]) -> Option<(Step, Step)> {
    match &op.step {
        Step::Written { id, mark } => {
            let remote = list.iter().find(|remote| remote.name == op.name() && remote.id == *id)?;
            let mark = reported(mark, &remote.mark);
            Some((stands(op, id, mark, false), Step::Written { id: id.clone(), mark: mark.clone() }))
        }
        Step::Removed { id } => list.iter().all(|remote| remote.id != *id).then(|| (gone(), op.step.clone())),
        _ => None,
    }
}

fn decided_write(op: &Op, list: &[RemoteSkill]) -> Step {
    let linked = |remote: &&RemoteSkill| op.payload.claude_ai_skill_id.as_ref() == Some(&remote.id);
    let named = || list.iter().filter(|remote| remote.name == op.name());
    match named().find(linked).or_else(|| named().next()) {
        None => Step::Write { overwrite: false },
        Some(remote) if remote.built_in => left_alone(op, ErrorCode::RemoteNameTaken),
        Some(remote) if linked(&remote) && is_as_we_left_it(op, remote) => Step::Write { overwrite: true },
        Some(remote) => inspect(remote),
    }
}

/// A skill that has our name and another id may be one that we made anew; its content tells.
fn decided_removal(op: &Op, list: &[RemoteSkill]) -> Step {
    let linked = list.iter().find(|remote| op.payload.claude_ai_skill_id.as_ref() == Some(&remote.id));
    let named = || list.iter().find(|remote| remote.name == op.name() && !remote.built_in);
    match linked.or_else(named) {
        None => gone(),
        Some(remote) if linked.is_some() && is_as_we_left_it(op, remote) => Step::Remove { id: remote.id.clone() },
        Some(remote) => inspect(remote),
    }
}

/// By id, else by name: both may be what the server knows.
fn decided_import(op: &Op, list: &[RemoteSkill]) -> Step {
    let linked = list.iter().find(|remote| op.payload.claude_ai_skill_id.as_ref() == Some(&remote.id));
    match linked.or_else(|| list.iter().find(|remote| remote.name == op.name())) {
        Some(remote) if !remote.built_in => Step::Import { remote: found(remote) },
        _ => left_alone(op, ErrorCode::RemoteMissing),
    }
}

/// What an operation remembers of the list.
pub(crate) fn found(remote: &RemoteSkill) -> Found {
    Found { id: remote.id.clone(), name: remote.name.clone(), mark: remote.mark.clone() }
}

fn inspect(remote: &RemoteSkill) -> Step {
    Step::Inspect { remote: found(remote) }
}

fn left_alone(op: &Op, code: ErrorCode) -> Step {
    let mut op = op.clone();
    op.fail(code, None, true);
    op.step
}

/// The mark is the one that our last write was reported with. No mark proves nothing.
fn is_as_we_left_it(op: &Op, remote: &RemoteSkill) -> bool {
    op.is_linked() && remote.mark.text().is_some() && remote.mark.text() == op.payload.claude_ai_version.as_deref()
}

/// The mark of our own write. The list knows it in the form that the next list will have it in; but when it contradicts the upload's
/// answer, somebody has written in between, and the next update has to notice.
fn reported<'m>(uploaded: &'m Mark, listed: &'m Mark) -> &'m Mark {
    if uploaded.contradicts(listed) { uploaded } else { listed }
}

#[cfg(test)]
mod tests;
