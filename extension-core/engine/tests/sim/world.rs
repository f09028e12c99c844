//! The browser, the network and the clock: performs what the engine asks for in virtual time, loses and delays at will, ends the
//! background between any two steps, and asserts what must hold at every one of them.

use std::collections::BTreeMap;

use serde_json::Value;
use skill_engine::Engine;
use skill_engine::io::{
    Answer, Command, Input, Method, Millis, Output, Request, Target, Through, TimerId, TransportFailure,
};
use skill_engine::json::Json;
use skill_engine::ledger::Ledger;
use skill_engine::state::Snapshot;
use skill_engine::view::View;

use crate::account::{Account, Person};
use crate::chance::Chance;
use crate::intent;
use crate::reply;
use crate::secret::no_secret;
use crate::server::Server;
use crate::stored::Stored;

/// How hostile the world is; each so many times in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// The background ends after an output.
    pub kill: u64,
    /// A request to claude.ai goes wrong.
    pub remote: u64,
    /// A request to the server goes wrong.
    pub server: u64,
    /// The clock jumps with an event.
    pub clock: u64,
}

#[derive(Debug)]
enum Event {
    Arrives { life: u32, request: Box<Request> },
    Answered { life: u32, path: String, input: Input },
    Timer { life: u32, id: TimerId },
    Alarm { set: u32 },
    PageReturns,
}

/// A question that the server holds back.
struct Held {
    life: u32,
    request: Box<Request>,
    until: u64,
    /// Whose lever held all work when it was asked.
    paused: Option<&'static str>,
}

/// Decides by the request whether something else answers.
pub type Interposed = Box<dyn FnMut(&Request) -> Option<Answer>>;

/// Makes another answer of the real one.
pub type Bent = Box<dyn FnMut(&Request, Answer) -> Answer>;

pub struct World {
    pub server: Server,
    pub account: Account,
    pub weather: Weather,
    pub latency: u64,
    pub view: Option<View>,
    pub requests: u32,
    pub persists: u32,
    pub keeps: u32,
    pub largest_snapshot: usize,
    /// Answers in place of the real one, and nothing happens there.
    pub interposed: Option<Interposed>,
    /// The browser holds a session cookie; `None` in one that does not hand out cookies.
    pub cookie: Option<bool>,
    /// claude.ai renews the cookie with each answer.
    pub renews_cookie: bool,
    /// The browser attaches the session in open tabs only.
    pub withholds: bool,
    /// A tab of claude.ai is open.
    pub tab_open: bool,
    /// Conversations that stand open in tabs.
    pub conversations: Vec<String>,
    /// When each request was sent, and its path.
    pub log: Vec<(u64, String)>,
    /// Paths of the requests whose answers the engine has had.
    pub heard: Vec<String>,
    /// The background ends once, after this many more outputs.
    pub dies_after: Option<u32>,
    /// The next request with this in its path is carried out, and its answer is lost.
    pub loses: Option<&'static str>,
    /// Changes what claude.ai answers, after it has happened there.
    pub bent: Option<Bent>,
    chance: Chance,
    now: u64,
    clock_offset: i64,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    engine: Option<Engine>,
    life: u32,
    held: Vec<Held>,
    stored: Option<Stored>,
    ledger: Option<Json>,
    pages: u32,
    alarm: Option<u64>,
    alarm_set: u32,
}

/// What costs much is looked at once in so many times.
const SAMPLE: u32 = 16;

/// The server answers so long before a question that it holds back runs out of time.
const MARGIN: u32 = 5_000;

const START: u64 = 1_800_000_000_000;

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            server: Server::new(),
            account: Account::default(),
            weather: Weather::default(),
            latency: 50,
            view: None,
            requests: 0,
            persists: 0,
            keeps: 0,
            largest_snapshot: 0,
            interposed: None,
            cookie: Some(true),
            renews_cookie: false,
            withholds: false,
            tab_open: false,
            conversations: Vec::new(),
            log: Vec::new(),
            heard: Vec::new(),
            dies_after: None,
            loses: None,
            bent: None,
            chance: Chance(seed),
            now: START,
            clock_offset: 0,
            events: BTreeMap::new(),
            sequence: 0,
            engine: None,
            life: 0,
            held: Vec::new(),
            stored: None,
            ledger: None,
            pages: 0,
            alarm: None,
            alarm_set: 0,
        }
    }

    pub const fn now(&self) -> u64 {
        self.now
    }

    pub fn command(&mut self, command: Command) {
        self.feed(Input::Command(command));
    }

    pub fn open_pages(&mut self, pages: u32) {
        self.pages = pages;
        self.feed(Input::PagesOpen(pages));
    }

    /// Pairs in good weather, with the approval given.
    pub fn paired(mut self) -> Self {
        let weather = std::mem::take(&mut self.weather);
        self.open_pages(1);
        self.command(Command::Pair { server: "http://127.0.0.1:8082/".into(), label: "laptop".into() });
        self.run_for(10_000);
        self.open_pages(0);
        self.weather = weather;
        self
    }

    /// Somebody signs in or out, or switches accounts; the browser tells if it does.
    pub fn sign_in(&mut self, person: Option<Person>) {
        self.account.signed_out = person.is_none();
        self.account.person = person.unwrap_or_default();
        if self.cookie.is_some() {
            self.cookie = Some(person.is_some());
            self.cookie_changed();
        }
    }

    /// The browser tells that the cookie has changed.
    pub fn cookie_changed(&mut self) {
        if let Some(present) = self.cookie {
            self.feed(Input::Session { present, changed: true });
        }
    }

    /// From now on, requests whose path holds `part` get this answer.
    pub fn interpose(&mut self, part: &'static str, answer: Answer) {
        self.interposed = Some(Box::new(move |request| request.path.contains(part).then(|| answer.clone())));
    }

    /// How many requests had a path with this in it.
    pub fn sent(&self, part: &str) -> usize {
        self.log.iter().filter(|(_, path)| path.contains(part)).count()
    }

    /// What pages show, as they get it.
    pub fn shown(&self) -> Value {
        serde_json::to_value(self.view.as_ref().expect("something was shown")).expect("is JSON")
    }

    /// The browser has lost what it knew about the account.
    pub fn lose_ledger(&mut self) {
        self.ledger = None;
    }

    /// The background ends, and the browser does not hand out all of what it stored.
    pub fn break_snapshot(&mut self) {
        self.kill();
        if let Some(Json::Object(stored)) = self.stored.as_mut().map(Stored::json) {
            stored.insert("counters".to_owned(), Json::Null);
        }
    }

    pub fn stored(&mut self) -> Value {
        self.stored.as_mut().map_or(Value::Null, |stored| serde_json::to_value(stored.json()).expect("is JSON"))
    }

    /// Ends the background: memory is lost, requests that are on their way still arrive.
    pub fn kill(&mut self) {
        self.engine = None;
        self.life += 1;
        if self.pages > 0 {
            self.schedule(1_000, Event::PageReturns);
        }
    }

    pub fn run_for(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        let budget = self.requests + 2_000 + u32::try_from(milliseconds / 4).unwrap_or(u32::MAX);
        loop {
            self.answer_held();
            let next = self.events.first_key_value().map(|(&(at, _), _)| at);
            let waited = self.next_of_held().filter(|at| next.is_none_or(|next| *at < next));
            let Some(at) = waited.or(next).filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            if waited.is_none() {
                let (_, event) = self.events.pop_first().expect("was just seen");
                self.happen(event);
            }
            assert!(self.requests < budget, "requests go round in circles: {:?}", self.view);
        }
        self.now = end;
    }

    /// Questions that wait are looked at whenever anything may have happened.
    fn answer_held(&mut self) {
        let (server, now) = (&mut self.server, self.now);
        let goes_on = |held: &mut Held| {
            held.until <= now || held.paused != server.paused || !server.has_nothing_for(&held.request, now)
        };
        for Held { life, mut request, until, paused } in self.held.extract_if(.., goes_on).collect::<Vec<_>>() {
            if until <= now || paused != self.server.paused {
                let nothing = self.server.nothing();
                self.answer(life, &request, nothing);
            } else {
                request.timeout_ms = MARGIN + u32::try_from(until - now).expect("is short");
                self.arrives(life, *request);
            }
        }
    }

    /// When one of them may be answered without anything else happening.
    fn next_of_held(&self) -> Option<u64> {
        let over = self.held.iter().map(|held| held.until).min()?;
        Some(self.server.next_moment(self.now).map_or(over, |at| at.min(over)))
    }

    /// Runs until `done`, at most so long; returns the virtual milliseconds that it took.
    pub fn run_until(&mut self, longest: u64, done: impl Fn(&Self) -> bool) -> u64 {
        let begin = self.now;
        while !done(self) && self.now < begin + longest {
            self.run_for(100);
        }
        self.now - begin
    }

    fn happen(&mut self, event: Event) {
        if self.chance.happens(self.weather.clock) {
            self.clock_offset += i64::try_from(self.chance.below(7_200_000)).expect("is small") - 3_600_000;
        }
        match event {
            Event::Arrives { life, request } => self.arrives(life, *request),
            Event::Answered { life, path, input } if life == self.life => {
                self.heard.push(path);
                self.feed(input);
            }
            Event::Timer { life, id } if life == self.life => self.feed(Input::Timer(id)),
            Event::Answered { .. } | Event::Timer { .. } => {}
            Event::Alarm { set } if set == self.alarm_set => {
                self.repeat_alarm();
                self.feed(Input::Alarm);
            }
            Event::Alarm { .. } => {}
            Event::PageReturns => self.feed(Input::PagesOpen(self.pages)),
        }
    }

    fn repeat_alarm(&mut self) {
        if let Some(period) = self.alarm {
            self.schedule(period, Event::Alarm { set: self.alarm_set });
        }
    }

    fn feed(&mut self, input: Input) {
        if self.sequence.is_multiple_of(u64::from(SAMPLE)) {
            no_secret(&input);
        }
        if self.engine.is_none() {
            let snapshot = self.stored.as_mut().map(|stored| stored.json().clone());
            let snapshot = snapshot.map(|stored| stored.decode::<Snapshot>().expect("is a snapshot"));
            let ledger = self.ledger.clone().map(|stored| stored.decode::<Ledger>().expect("is a ledger"));
            self.engine = Some(Engine::restore(snapshot, ledger));
            self.turn(Input::Started);
            if let Some(present) = self.cookie.filter(|_| self.engine.is_some()) {
                self.turn(Input::Session { present, changed: false });
            }
        }
        if self.engine.is_some() {
            self.turn(input);
        }
    }

    fn turn(&mut self, input: Input) {
        let clock = Millis(self.now.saturating_add_signed(self.clock_offset));
        let random = self.chance.next();
        let outputs = self.engine.as_mut().expect("was just restored").handle(input, clock, random);
        let mut outputs = outputs.into_iter().peekable();
        while let Some(output) = outputs.next() {
            if self.sequence.is_multiple_of(u64::from(SAMPLE)) {
                no_secret(&output);
            }
            let one_write = is_stored(&output) && outputs.peek().is_some_and(is_stored);
            self.perform(output);
            if one_write {
                continue;
            }
            let last = self.dies_after == Some(0);
            self.dies_after = self.dies_after.and_then(|left| left.checked_sub(1));
            if last || self.chance.happens(self.weather.kill) {
                return self.kill();
            }
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Persist(snapshot) => {
                if self.persists.is_multiple_of(SAMPLE) {
                    let json = Json::encode(&snapshot);
                    let text = serde_json::to_string(&json).expect("is JSON");
                    let read = serde_json::from_str::<Json>(&text).expect("is JSON").decode::<Snapshot>();
                    assert_eq!(read.as_ref(), Ok(&*snapshot), "what is stored comes back");
                    self.largest_snapshot = self.largest_snapshot.max(text.len());
                }
                self.persists += 1;
                self.stored = Some(Stored::Given(snapshot));
            }
            Output::Keep(ledger) => {
                let json = Json::encode(&ledger);
                assert_eq!(json.clone().decode::<Ledger>().as_ref(), Ok(&*ledger), "what is stored comes back");
                self.keeps += 1;
                self.ledger = Some(json);
            }
            Output::Send(request) => self.send(request),
            Output::StartTimer { id, after_ms } => {
                assert!(after_ms <= 25_000, "a timer of {after_ms} ms outlives the background");
                self.schedule(after_ms.into(), Event::Timer { life: self.life, id });
            }
            Output::SetAlarm { after_ms } => {
                self.alarm = Some(u64::from(after_ms).max(30_000));
                self.alarm_set += 1;
                self.repeat_alarm();
            }
            Output::ClearAlarm => {
                self.alarm = None;
                self.alarm_set += 1;
            }
            Output::FindConversations => {
                let input = Input::Conversations(self.conversations.clone());
                self.schedule(1, Event::Answered { life: self.life, path: String::new(), input });
            }
            Output::Publish(view) => self.view = Some(*view),
        }
    }

    fn send(&mut self, request: Request) {
        self.requests += 1;
        self.log.push((self.now, request.path.clone()));
        assert!(request.timeout_ms <= 25_000, "a request of {} ms outlives the background", request.timeout_ms);
        if matches!(request.target, Target::ClaudeAi) && request.method != Method::Get {
            assert!(
                self.stored.as_mut().is_some_and(|stored| intent::is_stored(stored.json(), &request)),
                "a write without a stored intent: {request:?}"
            );
        }
        self.schedule(self.latency / 2, Event::Arrives { life: self.life, request: Box::new(request) });
    }

    fn arrives(&mut self, life: u32, request: Request) {
        let (per_mille, remote) = match request.target {
            Target::ClaudeAi => (self.weather.remote, true),
            Target::Server { .. } => (self.weather.server, false),
        };
        if let Some(answer) = self.interposed.as_mut().and_then(|instead| instead(&request)) {
            return self.answer(life, &request, answer);
        }
        if let Some(answer) = self.without_session(&request) {
            return self.answer(life, &request, answer);
        }
        let goes_wrong = self.chance.happens(per_mille);
        if goes_wrong && self.chance.happens(600) {
            let answer = self.instead(remote);
            return self.answer(life, &request, answer);
        }
        let now = self.now;
        let answer = if remote { Some(self.account.answer(&request)) } else { self.server.answer(&request, now) };
        let answer = match &mut self.bent {
            Some(bent) if remote => answer.map(|answer| bent(&request, answer)),
            _ => answer,
        };
        let lost = self.loses.take_if(|part| request.path.contains(*part)).is_some();
        match answer {
            // It happened, and nobody will know.
            Some(_) if goes_wrong || lost => self.answer(life, &request, Answer::Failed(TransportFailure::Timeout)),
            Some(answer) => {
                self.answer(life, &request, answer);
                if remote && self.renews_cookie {
                    self.cookie_changed();
                }
            }
            None => {
                let until = self.now + u64::from(request.timeout_ms.saturating_sub(MARGIN));
                self.held.push(Held { life, request: Box::new(request), until, paused: self.server.paused });
            }
        }
    }

    /// What a browser that withholds the session makes of a request.
    fn without_session(&self, request: &Request) -> Option<Answer> {
        match (&request.target, request.through) {
            (Target::Server { .. }, through) => {
                assert_eq!(through, Through::Background, "the server's token stays out of tabs");
                None
            }
            (Target::ClaudeAi, Through::Tab) => (!self.tab_open).then_some(Answer::Failed(TransportFailure::NoTab)),
            (Target::ClaudeAi, Through::Background) => self.withholds.then(|| reply::empty(401)),
        }
    }

    fn answer(&mut self, life: u32, request: &Request, answer: Answer) {
        let late = matches!(answer, Answer::Failed(TransportFailure::Timeout));
        let after = if late { request.timeout_ms.into() } else { self.latency - self.latency / 2 };
        let input = Input::Answered { id: request.id, answer };
        self.schedule(after, Event::Answered { life, path: request.path.clone(), input });
    }

    /// An answer in place of the real one; nothing happens there.
    fn instead(&mut self, remote: bool) -> Answer {
        let seconds = (1 + self.chance.below(20)).to_string();
        match (self.chance.below(8), remote) {
            (0, _) => Answer::Failed(TransportFailure::Unreachable),
            (1, _) => Answer::Failed(TransportFailure::Interrupted),
            (2, _) => reply::with(429, &[("retry-after", &seconds)], skill_engine::io::Body::Empty),
            (3, _) => reply::empty(503),
            (4, _) => reply::page(502),
            (5, true) => reply::with(403, &[("cf-mitigated", "challenge")], skill_engine::io::Body::NotJson),
            (6, true) => reply::page(200),
            (7, true) => reply::json(401, serde_json::json!({"error": {"type": "authentication_error"}})),
            (5, false) => reply::page(401),
            (6, false) => reply::page(403),
            _ => reply::empty(500),
        }
    }

    fn schedule(&mut self, after: u64, event: Event) {
        self.sequence += 1;
        self.events.insert((self.now + after, self.sequence), event);
    }
}

/// The snapshot and the ledger of a turn are stored by one write.
const fn is_stored(output: &Output) -> bool {
    matches!(output, Output::Persist(_) | Output::Keep(_))
}
