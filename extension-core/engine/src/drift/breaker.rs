//! The breaker over all endpoints: takes what was judged, decides what is off, and says what to look at next. Pure and persisted.

use companion_wire::endpoint::{Endpoint, EndpointChanged, EndpointPolicy, Finding, FindingKind, Severity, Verdict};
use serde::{Deserialize, Serialize};

use super::catalogue::EDITION;
use super::contract::Contract;
use super::judge::{Judged, Proof};
use super::watch::{Circumstances, State, Watch};
use crate::io::Millis;

/// The first time that an endpoint stays off; doubled each time that its trial fails.
pub(crate) const FIRST_HOLD: u64 = 900_000;
const LONGEST_HOLD: u64 = 86_400_000;

/// Where no canary can stand between two strikes, so much time has to.
const APART: u64 = 20_000;

/// After this the usual path is tried again, and a warning is forgotten when nothing shows it any more.
const MOVED_FOR: u64 = 6 * 3_600_000;

/// Reports that wait for the server.
const REPORTS_KEPT: usize = 8;

/// Everything that is remembered about contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Drift {
    /// The edition of the contracts that all this is about.
    pub edition: u32,
    /// At most one an endpoint; none means that all is as it should be.
    pub watches: Vec<Watch>,
    /// What the server has not been told yet.
    pub reports: Vec<EndpointChanged>,
    /// What the server's operator has decided.
    pub policy: EndpointPolicy,
}

/// What an answer has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// Memory differs.
    Noted,
    /// The endpoint is off from now on.
    Tripped,
}

impl Default for Drift {
    fn default() -> Self {
        Self { edition: EDITION, watches: Vec::new(), reports: Vec::new(), policy: EndpointPolicy::default() }
    }
}

impl Drift {
    /// What an earlier edition of the contracts found is forgotten: the newer one was made to put it right. What the operator
    /// has decided stays.
    pub fn of_this_edition(self) -> Self {
        if self.edition == EDITION {
            self
        } else {
            Self { policy: self.policy, reports: self.reports, ..Self::default() }
        }
    }

    /// Takes note of an answer.
    pub fn take(&mut self, contract: &Contract, judged: Judged, at: Circumstances) -> Change {
        match judged {
            Judged::Silent => Change::Nothing,
            Judged::Met(findings) => self.met(contract, findings, at),
            Judged::Broken { findings, proof } => self.broken(contract, findings, proof, at),
        }
    }

    /// A read of this endpoint has met its contract: claude.ai works, so whatever else is broken is no outage.
    pub fn canary_passed(&mut self, by: Endpoint, now: Millis) {
        let full = by == Endpoint::ListSkills;
        for place in 0..self.watches.len() {
            let watch = &mut self.watches[place];
            watch.canary |= watch.endpoint != by;
            match watch.state {
                State::Suspected { outage: true } if full => watch.enter(State::Trial, now),
                State::Suspected { outage: false } if full => self.hold(place, now),
                State::Held { until } if full && now.is_past(until, LONGEST_HOLD) => watch.enter(State::Trial, now),
                _ => {}
            }
        }
    }

    /// The canary has not passed, so what is suspected may be part of an outage.
    /// Returns whether that is news.
    pub fn canary_failed(&mut self) -> bool {
        let mut news = false;
        for watch in self.watches.iter_mut().filter(|watch| watch.state == State::Suspected { outage: false }) {
            watch.state = State::Suspected { outage: true };
            news = true;
        }
        news
    }

    /// A person, or the operator, has reason to believe that it works now.
    pub fn retry_now(&mut self) {
        for watch in &mut self.watches {
            if let State::Held { until } = &mut watch.state {
                *until = Millis(0);
            }
        }
    }

    /// Some endpoint is off.
    pub fn holds(&self) -> bool {
        self.watches.iter().any(|watch| watch.state.is_off())
    }

    /// This one is off.
    pub fn is_off(&self, endpoint: Endpoint) -> bool {
        self.watch(endpoint).is_some_and(|watch| watch.state.is_off())
    }

    /// Calls to this one go one at a time.
    pub fn goes_alone(&self, endpoint: Endpoint) -> bool {
        self.watch(endpoint).is_some_and(|watch| !matches!(watch.state, State::Noted))
    }

    /// There is a reason to send the canary now.
    pub fn canary_is_due(&self, now: Millis) -> bool {
        self.watches.iter().any(|watch| match watch.state {
            State::Suspected { .. } => true,
            State::Held { until } => now.is_past(until, LONGEST_HOLD),
            _ => false,
        })
    }

    /// The path to begin with: the operator's choice, else the one that was found to answer, else the first.
    pub fn path(&self, contract: &Contract, now: Millis) -> usize {
        let found = self.watch(contract.name).filter(|watch| !now.is_past(watch.since.after(MOVED_FOR), MOVED_FOR));
        let chosen = self.choice(contract.name).or_else(|| found?.moved).unwrap_or_default();
        if chosen < contract.candidates() { chosen } else { 0 }
    }

    /// What there is to know about this endpoint.
    pub fn watch(&self, endpoint: Endpoint) -> Option<&Watch> {
        self.watches.iter().find(|watch| watch.endpoint == endpoint)
    }

    fn choice(&self, endpoint: Endpoint) -> Option<usize> {
        let choice = self.policy.paths.iter().find(|choice| choice.endpoint == endpoint)?;
        usize::try_from(choice.candidate).ok()
    }

    fn met(&mut self, contract: &Contract, findings: Vec<Finding>, at: Circumstances) -> Change {
        let renamed = at.candidate != 0 && self.choice(contract.name).is_none();
        if renamed {
            return self.answered_elsewhere(contract, at);
        }
        let worth_knowing = findings.iter().any(|finding| finding.severity > Severity::Notice);
        if worth_knowing {
            return self.warned(contract, findings, at);
        }
        let Some(place) = self.watches.iter().position(|watch| watch.endpoint == contract.name) else {
            return Change::Nothing;
        };
        let watch = &self.watches[place];
        let fresh = !at.now.is_past(watch.since.after(MOVED_FOR), MOVED_FOR);
        // An account without skills shows nothing of what was warned of.
        if watch.state == State::Noted && watch.moved.is_none() && fresh {
            return Change::Nothing;
        }
        self.watches.remove(place);
        Change::Noted
    }

    /// The first path said 404, another one answers: by chance, until it happens again.
    fn answered_elsewhere(&mut self, contract: &Contract, at: Circumstances) -> Change {
        let place = self.place(contract, at.now);
        let watch = &mut self.watches[place];
        let known = watch.moved == Some(at.candidate);
        if known && watch.state == State::Noted && !at.now.is_past(watch.since.after(MOVED_FOR), MOVED_FOR) {
            return Change::Nothing;
        }
        if !known && !watch.strike(at, watch.struck_at.after(APART) <= at.now) {
            return Change::Nothing;
        }
        if known || watch.strikes >= 2 {
            let path = at.candidate.to_string();
            watch.find(
                vec![finding(FindingKind::RenamedPath, Severity::Warning, "path", Some(path))],
                Verdict::FallBack,
            );
            watch.moved = Some(at.candidate);
            watch.enter(State::Noted, at.now);
            self.report(contract.name);
        }
        Change::Noted
    }

    fn warned(&mut self, contract: &Contract, findings: Vec<Finding>, at: Circumstances) -> Change {
        let place = self.place(contract, at.now);
        let watch = &mut self.watches[place];
        let new: Vec<Finding> = findings.into_iter().filter(|new| !watch.findings.contains(new)).collect();
        let worse = new.iter().any(|finding| finding.severity > Severity::Notice);
        if watch.state == State::Noted && !worse {
            return Change::Nothing;
        }
        let was_noted = watch.state == State::Noted;
        let known = if was_noted { std::mem::take(&mut watch.findings) } else { Vec::new() };
        watch.find(known.into_iter().chain(new).collect(), Verdict::Warn);
        watch.enter(State::Noted, at.now);
        self.report(contract.name);
        Change::Noted
    }

    fn broken(&mut self, contract: &Contract, findings: Vec<Finding>, proof: Proof, at: Circumstances) -> Change {
        let place = self.place(contract, at.now);
        let watch = &mut self.watches[place];
        match watch.state {
            State::Suspected { .. } => return Change::Nothing,
            State::Held { .. } | State::Trial => {
                watch.find(findings, contract.when_broken);
                self.hold(place, at.now);
                return Change::Tripped;
            }
            State::Doubted | State::Noted => {}
        }
        if proof == Proof::Missing && contract.missing_is_about_one && watch.about.is_some() && watch.about == at.op {
            return Change::Nothing;
        }
        let own_canary = contract.name == Endpoint::Organisations && watch.struck_at.after(APART) <= at.now;
        let counts = watch.strike(at, own_canary);
        let certain_write = contract.writes() && proof == Proof::Certain;
        if !counts && !certain_write {
            return Change::Nothing;
        }
        watch.find(findings, contract.when_broken);
        match (counts && watch.strikes >= 2, certain_write) {
            (true, _) => self.hold(place, at.now),
            (false, true) => watch.enter(State::Suspected { outage: false }, at.now),
            (false, false) => {
                watch.enter(State::Doubted, at.now);
                return Change::Noted;
            }
        }
        Change::Tripped
    }

    fn hold(&mut self, place: usize, now: Millis) {
        let watch = &mut self.watches[place];
        let wait = FIRST_HOLD.saturating_mul(1 << watch.holds.min(10)).min(LONGEST_HOLD);
        watch.holds = watch.holds.saturating_add(1);
        watch.enter(State::Held { until: now.after(wait) }, now);
        let endpoint = watch.endpoint;
        self.report(endpoint);
    }

    /// The server hears of each set of findings once.
    fn report(&mut self, endpoint: Endpoint) {
        let Some(watch) = self.watches.iter_mut().find(|watch| watch.endpoint == endpoint && !watch.told) else {
            return;
        };
        watch.told = true;
        self.reports.push(super::report::of(watch));
        let surplus = self.reports.len().saturating_sub(REPORTS_KEPT);
        self.reports.drain(..surplus);
    }

    fn place(&mut self, contract: &Contract, now: Millis) -> usize {
        let place = self.watches.iter().position(|watch| watch.endpoint == contract.name);
        place.unwrap_or_else(|| {
            self.watches.push(Watch::new(contract, now));
            self.watches.len() - 1
        })
    }
}

fn finding(kind: FindingKind, severity: Severity, at: &str, seen: Option<String>) -> Finding {
    Finding { kind, severity, at: at.to_owned(), expected: None, seen }
}
