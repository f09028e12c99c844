//! What a batch starts when. Looks at the steps and at what is under way, and starts whatever is missing.

use companion_wire::endpoint::Endpoint;
use companion_wire::operation::OperationKind;
use uuid::Uuid;

use super::operation::{Op, Step};
use crate::companion;
use crate::io::{Millis, Request};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::encode;
use crate::turn::Turn;

/// Completions under way at a time; browsers open six connections to one server.
const COMPLETIONS: usize = 5;

impl Engine {
    /// Goes on with the batch in hand.
    pub(crate) fn drive_batch(&mut self, turn: &mut Turn) {
        if self.memory.batch.is_none() {
            return;
        }
        self.let_go(turn);
        self.hold_back(turn);
        self.settle_parts(turn);
        self.send_completions(turn);
        let done = self.memory.batch.as_ref().is_some_and(|batch| batch.ops.is_empty());
        if done {
            return self.batch_done(turn);
        }
        if self.may_work() && !self.is_held(turn) {
            self.start_actions(turn);
            self.confirm_groups(turn);
            self.ask_where_and_what(turn);
        }
    }

    fn let_go(&mut self, turn: &mut Turn) {
        let (live, Some(batch)) = (&self.live, &mut self.memory.batch) else { return };
        let busy = |op: Uuid| live.acts_for(op);
        if batch.drop_expired(turn.now, busy) {
            turn.remember();
        }
        batch.doubt_old_list(turn.now, busy);
    }

    /// While work is paused nothing is begun. What has begun is seen through, so that the server learns what came of it.
    fn hold_back(&mut self, turn: &mut Turn) {
        let (true, Some(batch)) = (self.memory.pause.is_some(), &mut self.memory.batch) else { return };
        let live = &self.live;
        if batch.hold_back(|op| live.acts_for(op)) {
            turn.remember();
        }
    }

    fn send_completions(&mut self, turn: &mut Turn) {
        let ended = self
            .memory
            .batch
            .iter()
            .flat_map(|batch| &batch.ops)
            .filter(|op| op.has_ended() && op.is_leased())
            .map(|op| op.id);
        let waiting: Vec<Uuid> = ended.filter(|&op| !self.live.awaits(&Purpose::Complete(op))).collect();
        if waiting.is_empty() || !self.server_is_ready(turn) {
            return;
        }
        let free = COMPLETIONS.saturating_sub(self.live.completions());
        for op in waiting.into_iter().take(free) {
            // Told and forgotten, it would be begun again after the server has gone on to something else.
            if !self.live.written_ends.contains(&op) {
                turn.remember();
            }
            let request = self.completion_request(op);
            turn.requests.extend(request);
        }
    }

    fn completion_request(&mut self, id: Uuid) -> Option<Request> {
        let link = self.memory.link.as_ref()?;
        let Step::Ended { completion, .. } = &self.memory.batch.as_mut()?.op(id)?.step else { return None };
        let mut completion = completion.as_ref().clone();
        if completion.held && !link.offers.held_work {
            // The one way of the reference contract to hand work back unused.
            (completion.held, completion.auth_expired) = (false, true);
        }
        completion.claude_ai_org_id = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone());
        Some(companion::complete(self.live.expect(Purpose::Complete(id)), link, id, &completion))
    }

    fn start_actions(&mut self, turn: &mut Turn) {
        let free = self.live.parallel.limit.saturating_sub(self.live.actions());
        let actionable = self.memory.batch.iter().flat_map(|batch| &batch.ops).filter(|op| op.is_actionable());
        let waiting: Vec<Uuid> = actionable.map(|op| op.id).filter(|&op| !self.live.acts_for(op)).take(free).collect();
        for op in waiting {
            let request = self.action_request(op, turn);
            turn.requests.extend(request);
        }
    }

    /// The next request for an operation that was decided; nothing while the server that it needs is left alone.
    fn action_request(&mut self, id: Uuid, turn: &mut Turn) -> Option<Request> {
        let op = self.memory.batch.as_ref()?.ops.iter().find(|op| op.id == id)?;
        let needs_server = op.needs_server() || (op.step == Step::Survey && self.live.survey.wanted.is_none());
        if needs_server && !self.server_is_ready(turn) {
            return None;
        }
        let op = self.memory.batch.as_ref()?.ops.iter().find(|op| op.id == id)?;
        let org = &self.memory.organisation.as_ref()?.id;
        match &op.step {
            Step::Inspect { remote } | Step::Import { remote } => {
                let path = self.path(Endpoint::DownloadSkill, turn.now);
                Some(encode::download(self.live.expect_from(Purpose::Download(id), path), path, org, &remote.id))
            }
            Step::Remove { .. } if !self.may_begin(Endpoint::DeleteSkill, turn.now) => None,
            Step::Write { .. } if !self.may_begin(Endpoint::UploadSkill, turn.now) => None,
            Step::CreateMarketplace if !self.may_begin(Endpoint::CreateMarketplace, turn.now) => None,
            Step::WriteGroup if !self.may_begin(Endpoint::UploadPlugin, turn.now) => None,
            Step::SwitchGroup { .. } if !self.may_begin(Endpoint::SwitchPlugin, turn.now) => None,
            Step::Remove { id: skill } => Some(encode::delete(self.live.expect(Purpose::Delete(id)), org, skill)),
            Step::Write { .. } => {
                let (link, skill, version) = (self.memory.link.as_ref()?, op.skill_id?, op.payload.version_id?);
                Some(companion::bundle(self.live.expect(Purpose::Bundle(id)), link, skill, version))
            }
            Step::Survey | Step::CreateMarketplace | Step::WriteGroup | Step::SwitchGroup { .. } => {
                self.group_request(id)
            }
            _ => None,
        }
    }

    /// A server that does not tell by content what an import means is told about new skills only, so it has to say what it knows.
    pub(super) fn must_ask_what_is_known(&self) -> bool {
        let looks = |op: &Op| op.kind == OperationKind::List && op.step == Step::Undecided;
        !self.server_tells_by_content()
            && self.live.known_to_server.is_none()
            && self.memory.batch.as_ref().is_some_and(|batch| batch.ops.iter().any(looks))
    }

    /// Asks for the organisation when it is not known, and lists the account when nothing else can go on. That is before the first
    /// batch and after each one when all goes well.
    fn ask_where_and_what(&mut self, turn: &mut Turn) {
        let Some(batch) = &self.memory.batch else { return };
        let asked = [Purpose::List, Purpose::Organisations, Purpose::Account, Purpose::KnownSkills];
        let under_way = self.live.actions() > 0 || asked.iter().any(|purpose| self.live.awaits(purpose));
        if under_way || batch.ops.iter().all(Op::has_ended) {
            return;
        }
        if !batch.pause.is_over(turn.now) {
            return turn.wake_at(batch.pause.until);
        }
        let (first, needs_list) = (batch.listed_at == Millis(0), batch.needs_list());
        let known = self.memory.organisation.as_ref().filter(|_| !first || self.organisation_is_fresh(turn));
        match known.map(|organisation| organisation.id.clone()) {
            None => self.ask_for_organisations(turn),
            Some(_) if needs_list && self.must_ask_what_is_known() => {
                let (true, Some(link)) = (self.server_is_ready(turn), &self.memory.link) else { return };
                turn.requests.push(companion::known_skills(self.live.expect(Purpose::KnownSkills), link));
            }
            Some(org) if needs_list => {
                let path = self.path(Endpoint::ListSkills, turn.now);
                turn.requests.push(encode::list(self.live.expect_from(Purpose::List, path), path, &org));
            }
            Some(_) => {}
        }
    }
}
