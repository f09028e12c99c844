//! One turn: take an input, let every part do what is due, and hand out what the world has to do.
//!
//! The parts never call each other in a chain. Each looks at memory and at what is under way, and starts whatever is
//! missing; a new life begins from memory alone and therefore does the same.

use crate::io::{Answer, Command, Input, Millis, Output, RequestId, TimerId};
use crate::ledger::Ledger;
use crate::live::{Alarm, Live, Purpose};
use crate::state::{Gate, Memory, Snapshot};
use crate::sync::reverse::BY_PERSON;
use crate::tab;
use crate::turn::Turn;
use crate::view::View;

/// The longest timer; beyond that the alarm has to do.
const LONGEST_TIMER: u64 = 25_000;

/// The rhythm of a background that has nothing to do, the shortest that browsers keep.
const ALARM: u32 = 30_000;

/// The rhythm while claude.ai does not let us work.
const GATE_ALARM: u32 = 60_000;

/// Pages are told about mere progress at most so often.
const PROGRESS_EVERY: u64 = 300;

/// The sync engine: what is remembered, and what is known in this life of the background.
#[derive(Debug, Default)]
pub struct Engine {
    pub(crate) memory: Memory,
    pub(crate) ledger: Ledger,
    pub(crate) live: Live,
}

impl Engine {
    /// A new life: from the snapshot and the ledger written last, or from nothing.
    pub fn restore(snapshot: Option<Snapshot>, ledger: Option<Ledger>) -> Self {
        let mut memory = snapshot.unwrap_or_default().0;
        if let Some(batch) = &mut memory.batch {
            batch.begin_again();
        }
        Self { memory, ledger: ledger.unwrap_or_default(), live: Live::default() }
    }

    /// Takes one input. `now` is the shell's clock, which may jump; `random` 64 fresh random bits.
    /// The outputs are to be performed in order.
    pub fn handle(&mut self, input: Input, now: Millis, random: u64) -> Vec<Output> {
        let mut turn = Turn::new(now, random);
        self.live.now = now;
        self.take(input, &mut turn);
        self.drive_pairing(&mut turn);
        self.drive_farewells(&mut turn);
        if self.memory.link.is_some() {
            self.end_hold(&mut turn);
            self.drive_identity(&mut turn);
            self.drive_batch(&mut turn);
            self.drive_probe(&mut turn);
            self.drive_polling(&mut turn);
            self.drive_standing(&mut turn);
            self.tell_of_sign_in(&mut turn);
            self.drive_look(&mut turn);
            self.drive_reports(&mut turn);
            self.drive_usage(&mut turn);
        }
        self.outputs(turn)
    }

    /// What would be persisted now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.memory.clone())
    }

    /// What pages show now. Nothing in it depends on the clock: pages count down by themselves.
    pub fn view(&self, _now: Millis) -> View {
        View::of(&self.memory, &self.ledger, self.live.draining)
    }

    fn take(&mut self, input: Input, turn: &mut Turn) {
        match input {
            Input::Started => {
                // Browsers may drop alarms when they restart, so it is set anew whatever is thought to be set.
                self.live.alarm = None;
                self.live.look_due = true;
                self.look_round();
            }
            Input::Alarm => self.look_round(),
            Input::Timer(id) => self.timer_fired(id),
            Input::PagesOpen(pages) => self.pages_open(pages),
            Input::Session { present, changed } => self.session_told(present, changed, turn),
            Input::Conversations(ids) => self.conversations_found(ids, turn),
            Input::Command(command) => self.command(command, turn),
            Input::Answered { id, answer } => self.answered(id, answer, turn),
        }
    }

    fn timer_fired(&mut self, id: TimerId) {
        if self.live.timer.is_some_and(|(waiting, _)| waiting == id) {
            self.live.timer = None;
        }
    }

    /// Somebody has woken us: everything that waits for an occasion has one now.
    const fn look_round(&mut self) {
        self.live.poll_due = true;
        self.live.probe_due = true;
        self.live.pairing_due = true;
        self.live.renewal_looked_into = false;
        self.live.usage.due = true;
        self.live.glance_due = true;
    }

    fn pages_open(&mut self, pages: u32) {
        if pages > 0 && self.live.pages == 0 {
            self.live.standing_due = true;
            self.look_round();
        }
        self.live.pages = pages;
    }

    fn command(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::Pair { server, label } => self.pair(&server, &label, turn),
            Command::CancelPairing => self.cancel_pairing(turn),
            Command::SyncNow => self.sync_now(turn),
            Command::ChooseOrganisation { organisation } => self.choose_organisation(&organisation, turn),
            Command::SetUsage { on } => self.set_usage(on, turn),
            Command::Disconnect => self.disconnect(turn),
        }
    }

    fn sync_now(&mut self, turn: &mut Turn) {
        self.memory.server_pause.end();
        self.farewells_now();
        if let Some(pairing) = &mut self.memory.pairing {
            pairing.pause.end();
        }
        // A person who asks has had a reason to believe that it works now, whatever closed the gate.
        self.memory.gate_since = Millis(0);
        self.live.look_asked = Some(BY_PERSON);
        self.live.looked_at.clear();
        self.live.standing_due = true;
        self.memory.drift.retry_now();
        self.look_round();
        turn.remember();
    }

    fn answered(&mut self, id: RequestId, answer: Answer, turn: &mut Turn) {
        let Some((purpose, path)) = self.live.take(id) else { return };
        if purpose.is_for_claude_ai() {
            self.live.remote_heard = turn.now;
        }
        if purpose.is_of_remote() && matches!(answer, Answer::Response(_)) {
            self.live.parallel.measured(self.live.asked_at, turn.now);
        }
        let Some(answer) = self.watched(&purpose, path, answer, turn) else { return };
        self.pause_told(&purpose, &answer, turn);
        match purpose {
            Purpose::PairingOffers => self.pairing_offers_answered(answer, turn),
            Purpose::PairingStart => self.pairing_start_answered(answer, turn),
            Purpose::PairingStatus => self.pairing_status_answered(answer, turn),
            Purpose::Offers => self.offers_answered(answer, turn),
            Purpose::Poll => self.poll_answered(answer, turn),
            Purpose::Standing => self.standing_answered(answer, turn),
            Purpose::Complete(op) => self.complete_answered(op, answer, turn),
            Purpose::Bundle(op) => self.bundle_answered(op, answer, turn),
            Purpose::Keep(op) => self.keep_answered(op, answer, turn),
            Purpose::Import(op, digest) => self.import_answered(op, digest, answer, turn),
            Purpose::Groups(op) => self.groups_answered(op, answer, turn),
            Purpose::Marketplaces(op) => self.marketplaces_answered(op, answer, turn),
            Purpose::CreateMarketplace(op) => self.marketplace_created(op, answer, turn),
            Purpose::Plugins(op) => self.plugins_answered(op, answer, turn),
            Purpose::GroupBundle(op) => self.group_bundle_answered(op, answer, turn),
            Purpose::UploadGroup(op, tag) => self.group_uploaded(op, tag, answer, turn),
            Purpose::SwitchGroup(op) => self.group_switched(op, answer, turn),
            Purpose::KnownSkills => self.known_skills_answered(answer, turn),
            Purpose::Revoke(integration) => self.farewell_answered(integration, answer, turn),
            Purpose::Report => self.report_answered(answer, turn),
            Purpose::SignedIn => self.sign_in_told(answer, turn),
            Purpose::Canary => self.canary_answered(answer, turn),
            Purpose::Organisations => self.organisations_answered(answer, turn),
            Purpose::Account => self.account_answered(answer, turn),
            Purpose::UsageKnown => self.known_answered(answer, turn),
            Purpose::UsageList => self.usage_list_answered(answer, turn),
            Purpose::Conversation(id) => self.conversation_answered(&id, answer, turn),
            Purpose::UsageDelivery => self.use_delivered(answer, turn),
            Purpose::List => self.list_answered(answer, turn),
            Purpose::Download(op) => self.download_answered(op, answer, turn),
            Purpose::Upload(op) => self.upload_answered(op, answer, turn),
            Purpose::Delete(op) => self.delete_answered(op, answer, turn),
        }
    }

    fn outputs(&mut self, mut turn: Turn) -> Vec<Output> {
        let view = self.view_output(&mut turn);
        let mut outputs = Vec::with_capacity(turn.requests.len() + 4);
        if turn.persist {
            let ops = self.memory.batch.as_ref().map_or(&[][..], |batch| &batch.ops);
            self.live.written_ends = ops.iter().filter(|op| op.has_ended()).map(|op| op.id).collect();
            outputs.push(Output::Persist(Box::new(self.snapshot())));
        }
        if self.ledger.take_unwritten(turn.keep || self.memory.batch.is_none()) {
            outputs.push(Output::Keep(Box::new(self.ledger.clone())));
        }
        outputs.extend(self.alarm_output(turn.now));
        outputs.extend(self.timer_output(&turn));
        outputs.extend(turn.find_conversations.then_some(Output::FindConversations));
        let through_tab = self.goes_through_tab();
        outputs.extend(turn.requests.into_iter().map(|request| Output::Send(tab::directed(request, through_tab))));
        outputs.extend(view);
        outputs
    }

    fn timer_output(&mut self, turn: &Turn) -> Option<Output> {
        let at = turn.wake_at?;
        let after = at.since(turn.now);
        let waiting = self.live.timer.is_some_and(|(_, due)| due <= at);
        if after > LONGEST_TIMER || waiting {
            return None;
        }
        let id = TimerId(self.live.next_id());
        self.live.timer = Some((id, at));
        Some(Output::StartTimer { id, after_ms: u32::try_from(after).unwrap_or(u32::MAX) })
    }

    fn alarm_output(&mut self, now: Millis) -> Option<Output> {
        let wanted = self.wanted_alarm(now);
        if self.live.alarm.replace(wanted) == Some(wanted) {
            return None;
        }
        Some(match wanted {
            Alarm::Off => Output::ClearAlarm,
            Alarm::Every(after_ms) => Output::SetAlarm { after_ms },
            Alarm::At(at) => Output::SetAlarm { after_ms: u32::try_from(at.since(now)).unwrap_or(u32::MAX).max(ALARM) },
        })
    }

    fn wanted_alarm(&self, now: Millis) -> Alarm {
        let pause = self.memory.server_pause;
        if self.memory.pairing.is_some() {
            return Alarm::Every(ALARM);
        }
        match (self.memory.link.is_some(), self.memory.gate) {
            (false, _) => self.next_farewell().map_or(Alarm::Off, Alarm::At),
            (true, _) if !pause.is_over(now) && pause.until.since(now) > u64::from(ALARM) => Alarm::At(pause.until),
            (true, None) => Alarm::Every(ALARM),
            (true, Some(Gate::SignedOut | Gate::Challenge | Gate::TabNeeded)) => Alarm::Every(ALARM),
            (true, Some(_)) => Alarm::Every(GATE_ALARM),
        }
    }

    /// Whatever changes the title or the error is shown at once, progress at a pace that a page can follow: also when nothing follows it.
    fn view_output(&mut self, turn: &mut Turn) -> Option<Output> {
        let view = self.view(turn.now);
        if let Some((shown, at)) = &self.live.shown {
            let same_title = (shown.state, shown.last_error, shown.notice, &shown.code, &shown.server)
                == (view.state, view.last_error, view.notice, &view.code, &view.server);
            if *shown == view {
                return None;
            }
            let next = at.after(PROGRESS_EVERY);
            if same_title && !turn.now.is_past(next, PROGRESS_EVERY) {
                turn.wake_at(next);
                return None;
            }
        }
        self.live.shown = Some((view.clone(), turn.now));
        Some(Output::Publish(Box::new(view)))
    }
}
