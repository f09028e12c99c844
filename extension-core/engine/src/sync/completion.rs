//! What the server is told about the end of an operation.

use companion_wire::operation::{CompleteOperation, OperationResult};

use super::operation::{Op, Step};
use crate::error::ErrorCode;
use crate::remote::decode::Mark;
use crate::state::Gate;

/// A failure, with claude.ai's own reason if there is one (scrubbed).
pub(crate) fn failed(code: ErrorCode, detail: Option<&str>, permanent: bool) -> CompleteOperation {
    let mut error = code.sentence().to_owned();
    if let Some(detail) = detail.filter(|detail| !detail.is_empty()) {
        error += " Its reason: ";
        error += detail;
    }
    let result = OperationResult { code: Some(code.as_str().to_owned()), ..OperationResult::default() };
    CompleteOperation { error: Some(error), permanent, result: Some(result), ..CompleteOperation::default() }
}

/// Work that goes back because claude.ai does not let us work. When the session is the reason, or doubt about claude.ai, it uses
/// no attempt.
pub(crate) fn given_back(gate: Gate) -> CompleteOperation {
    let auth_expired = matches!(gate, Gate::SignedOut | Gate::Challenge);
    let held = matches!(gate, Gate::Changed | Gate::ReadOnly);
    CompleteOperation { auth_expired, held, ..failed(gate.code(), None, false) }
}

/// The account holds what the operation wants, under this id and mark; `unchanged`: it did before.
pub(crate) fn stands(op: &Op, id: &str, mark: &Mark, unchanged: bool) -> Step {
    ended(OperationResult {
        claude_ai_skill_id: Some(id.to_owned()),
        claude_ai_version: mark.text().map(str::to_owned),
        digest: op.payload.digest.clone(),
        unchanged,
        ..OperationResult::default()
    })
}

/// The server has what stands on the account under this id; `unchanged`: it had it before.
pub(crate) fn brought(id: &str, mark: &Mark, digest: Option<String>, unchanged: bool) -> Step {
    ended(OperationResult {
        claude_ai_skill_id: Some(id.to_owned()),
        claude_ai_version: mark.text().map(str::to_owned),
        digest,
        unchanged,
        ..OperationResult::default()
    })
}

/// The account was looked through: so many skills were brought, these are gone.
pub(crate) fn looked(imported: u32, removed: Vec<String>) -> Step {
    ended(OperationResult { imported_count: Some(imported), removed, ..OperationResult::default() })
}

/// A group stands as it should; `unchanged`: it did before.
pub(crate) fn grouped(unchanged: bool) -> Step {
    ended(OperationResult { unchanged, ..OperationResult::default() })
}

/// The account does not hold it any more.
pub(crate) fn gone() -> Step {
    ended(OperationResult::default())
}

pub(super) fn ended(result: OperationResult) -> Step {
    let completion = CompleteOperation { success: true, result: Some(result), ..CompleteOperation::default() };
    Step::Ended { completion: Box::new(completion), code: None }
}
