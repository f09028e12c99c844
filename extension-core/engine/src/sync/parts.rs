//! Operations that are done in parts: each part that has ended is taken off the batch and counted, and what has no part left ends.

use companion_wire::operation::OperationKind;
use uuid::Uuid;

use super::operation::{Asked, Op, Parts, Step};
use super::reverse::BY_PERSON;
use crate::machine::Engine;
use crate::state::Activity;
use crate::turn::Turn;

impl Engine {
    /// Takes what has ended and is nobody else's business off the batch.
    pub(crate) fn settle_parts(&mut self, turn: &mut Turn) {
        for part in self.ended(Op::is_part) {
            self.count_part(&part, turn);
        }
        for id in self.without_parts() {
            self.end_without_parts(id, turn);
        }
        self.ended(Op::is_own_look);
    }

    fn ended(&mut self, which: impl Fn(&Op) -> bool) -> Vec<Op> {
        let Some(batch) = &mut self.memory.batch else { return Vec::new() };
        let (ended, left) = std::mem::take(&mut batch.ops).into_iter().partition(|op| which(op) && op.has_ended());
        batch.ops = left;
        ended
    }

    fn count_part(&mut self, part: &Op, turn: &mut Turn) {
        let Step::Ended { completion, code } = &part.step else { return };
        let unchanged = completion.result.as_ref().is_some_and(|result| result.unchanged);
        if let Some(so_far) = self.parts_of(part) {
            if completion.success {
                let counter = if part.retires() { &mut so_far.retired } else { &mut so_far.done };
                *counter += u32::from(!unchanged);
            } else if completion.permanent {
                so_far.failed.get_or_insert_with(|| Box::new(part.step.clone()));
            } else {
                so_far.again = so_far.again.or(*code);
            }
        }
        if let Some(id) = part.payload.claude_ai_skill_id.clone().filter(|_| completion.success || completion.permanent)
        {
            self.live.looked_at.insert(id);
        }
        if completion.success && !unchanged {
            self.memory.counters.last_sync = Some(turn.now);
        }
        if !unchanged && (completion.success || completion.permanent) {
            let what = if part.retires() { "retire_group" } else { part.kind.as_str() };
            let (what, name) = (what.to_owned(), part.name().to_owned());
            self.memory.note(Activity { at: turn.now, what, name, ok: completion.success, code: *code });
        }
    }

    fn parts_of(&mut self, part: &Op) -> Option<&mut Parts> {
        let Asked::PartOf(whole) = part.asked else { return None };
        match &mut self.op(whole)?.step {
            Step::InParts { so_far } => Some(so_far),
            _ => None,
        }
    }

    fn without_parts(&self) -> Vec<Uuid> {
        let ops = self.memory.batch.as_ref().map_or(&[][..], |batch| &batch.ops);
        let has_parts = |whole: &Op| ops.iter().any(|op| op.asked == Asked::PartOf(whole.id));
        let waits = |op: &&Op| matches!(op.step, Step::InParts { .. }) && !has_parts(op);
        ops.iter().filter(waits).map(|op| op.id).collect()
    }

    fn end_without_parts(&mut self, id: Uuid, turn: &mut Turn) {
        let Some(op) = self.op(id) else { return };
        let (kind, asked, forced) = (op.kind, op.asked, op.payload.reason.as_deref() == Some(BY_PERSON));
        let Step::InParts { so_far } = std::mem::replace(&mut op.step, Step::Undecided) else { return };
        for name in &so_far.removed {
            let what = "removed_there".to_owned();
            self.memory.note(Activity { at: turn.now, what, name: name.clone(), ok: true, code: None });
        }
        let end = match kind {
            OperationKind::List => self.looked(so_far, asked, forced, turn),
            _ => return self.published(id, so_far, turn),
        };
        if let Some(op) = self.op(id) {
            op.step = end;
        }
    }
}
