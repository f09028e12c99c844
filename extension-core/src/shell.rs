//! The loop: gives the engine its inputs, performs its outputs in order, feeds the answers back.
//!
//! * The engine lives in one cell; a borrow ends before anything is awaited, so events may arrive at any time.
//! * Outputs wait in one queue. One pump takes all that wait and stores the newest snapshot and view among them **before** it performs
//!   the rest in order. A snapshot includes every earlier intent, so one write serves all of them.
//! * When the browser does not take a write, nothing behind it starts. The engine of this life is dropped with its answers still
//!   under way; the next event restores it from what is stored, exactly as after the browser has ended the background.

use std::cell::RefCell;
use std::mem;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use skill_engine::Engine;
use skill_engine::io::{Input, Output, Request, TimerId};
use skill_engine::view::View;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

use crate::boundary;
use crate::browser::ports::Port;
use crate::browser::{alarms, entropy, fetch, lifetime, storage, tab};
use crate::failure::Failure;

thread_local! {
    static SHELL: RefCell<Shell> = RefCell::default();
}

#[derive(Default)]
struct Shell {
    engine: Option<Engine>,
    /// Which engine this is; an answer to an earlier one is dropped.
    life: u32,
    restoring: Option<Promise>,
    queue: Vec<Step>,
    pumping: bool,
    ports: Vec<Port>,
}

enum Step {
    Perform(Output),
    /// Everything before this has been performed: tell whoever waits.
    Settle(Waiting),
}

struct Waiting {
    resolve: Function,
    reject: Function,
}

/// Restores the engine when this background has none yet. Many callers, one restoration.
///
/// # Errors
///
/// [`Failure::StorageNotRead`] as `{code, message}`; the next call tries again.
pub async fn ready() -> Result<(), JsValue> {
    let restoring = SHELL.with_borrow_mut(|shell| match shell.engine {
        Some(_) => None,
        None => Some(shell.restoring.get_or_insert_with(|| future_to_promise(restore(shell.life))).clone()),
    });
    match restoring {
        Some(restoring) => JsFuture::from(restoring).await.map(drop),
        None => Ok(()),
    }
}

/// Gives the engine an input; returns when all that it wanted done because of it has been done.
///
/// # Errors
///
/// [`Failure::StorageNotWritten`] as `{code, message}`.
pub async fn feed(input: Input) -> Result<(), JsValue> {
    match SHELL.with_borrow_mut(|shell| shell.take(input)) {
        Some(performed) => JsFuture::from(performed).await.map(drop),
        None => Ok(()),
    }
}

/// Ends the engine's life as the end of the background would: nothing more is sent, requests under way are broken off, and the next
/// event begins from what is stored.
pub fn rest() {
    fetch::abort_all();
    for step in SHELL.with_borrow_mut(Shell::end_life) {
        if let Step::Settle(waiting) = step {
            settle(&waiting.resolve, &JsValue::UNDEFINED);
        }
    }
}

/// These pages are open now, and no others. Each gets the view at once.
///
/// # Errors
///
/// As [`feed`].
pub async fn pages(ports: Vec<Port>) -> Result<(), JsValue> {
    let count = u32::try_from(ports.len()).unwrap_or(u32::MAX);
    let view = SHELL.with_borrow_mut(|shell| {
        shell.ports = ports;
        shell.engine.as_ref().map(|engine| engine.view(entropy::now()))
    });
    if let Some(view) = view {
        show(&view);
    }
    feed(Input::PagesOpen(count)).await
}

/// For that life only: one that ends before the storage has answered stays without an engine.
async fn restore(life: u32) -> Result<JsValue, JsValue> {
    let stored = storage::load().await;
    if current_life() != life {
        return Ok(JsValue::UNDEFINED);
    }
    SHELL.with_borrow_mut(|shell| shell.restoring = None);
    let (snapshot, ledger) = stored.map_err(|failure| {
        failure.show();
        failure.to_js()
    })?;
    let engine = Engine::restore(boundary::stored_from_js(snapshot), boundary::stored_from_js(ledger));
    SHELL.with_borrow_mut(|shell| shell.engine = Some(engine));
    feed(Input::Started).await.map(|()| JsValue::UNDEFINED)
}

impl Shell {
    /// `None` when there is no engine: its life ended between the event and now.
    fn take(&mut self, input: Input) -> Option<Promise> {
        let outputs = self.engine.as_mut()?.handle(input, entropy::now(), entropy::random());
        self.queue.extend(outputs.into_iter().map(Step::Perform));
        let queue = &mut self.queue;
        let performed = Promise::new(&mut |resolve, reject| queue.push(Step::Settle(Waiting { resolve, reject })));
        if !mem::replace(&mut self.pumping, true) {
            spawn_local(pump(self.life));
        }
        Some(performed)
    }

    /// `None` ends the pump of that life.
    fn next_batch(&mut self, life: u32) -> Option<Vec<Step>> {
        if self.life != life {
            return None;
        }
        self.pumping = !self.queue.is_empty();
        self.pumping.then(|| mem::take(&mut self.queue))
    }

    fn end_life(&mut self) -> Vec<Step> {
        self.engine = None;
        self.restoring = None;
        self.life += 1;
        self.pumping = false;
        mem::take(&mut self.queue)
    }
}

fn current_life() -> u32 {
    SHELL.with_borrow(|shell| shell.life)
}

async fn pump(life: u32) {
    while let Some(batch) = SHELL.with_borrow_mut(|shell| shell.next_batch(life)) {
        if let Err(failure) = store_newest(&batch).await {
            return give_up(failure, batch, life);
        }
        for step in batch {
            // A life may end while something is being stored; what waits for it is still told.
            if current_life() == life || matches!(step, Step::Settle(_)) {
                perform(step).await;
            }
        }
    }
}

/// One write for a whole batch: see the top of this file for why that is sound.
async fn store_newest(batch: &[Step]) -> Result<(), Failure> {
    let (mut snapshot, mut ledger, mut view) = (None, None, None);
    for step in batch {
        match step {
            Step::Perform(Output::Persist(newer)) => snapshot = Some(newer),
            Step::Perform(Output::Keep(newer)) => ledger = Some(newer),
            Step::Perform(Output::Publish(newer)) => view = Some(newer),
            _ => {}
        }
    }
    if snapshot.is_none() && ledger.is_none() && view.is_none() {
        return Ok(());
    }
    // What cannot be converted is not stored, so it may not be acted on either.
    let snapshot = snapshot.map(|it| boundary::to_js(it.as_ref()).ok_or(Failure::StorageNotWritten)).transpose()?;
    let ledger = ledger.and_then(|it| boundary::to_js(it.as_ref()));
    let view = view.and_then(|it| boundary::to_js(it.as_ref()));
    storage::save(snapshot.as_ref(), ledger.as_ref(), view.as_ref()).await
}

async fn perform(step: Step) {
    match step {
        Step::Settle(waiting) => settle(&waiting.resolve, &JsValue::UNDEFINED),
        Step::Perform(Output::Persist(_) | Output::Keep(_)) => {}
        Step::Perform(Output::Publish(view)) => show(&view),
        Step::Perform(Output::Send(request)) => send(request),
        Step::Perform(Output::FindConversations) => find_conversations(),
        Step::Perform(Output::StartTimer { id, after_ms }) => start_timer(id, after_ms),
        Step::Perform(Output::SetAlarm { after_ms }) => alarms::set(after_ms).await,
        Step::Perform(Output::ClearAlarm) => alarms::clear().await,
    }
}

fn show(view: &View) {
    let Some(view) = boundary::to_js(view) else { return };
    for port in SHELL.with_borrow(|shell| shell.ports.clone()) {
        port.post("view", &view);
    }
}

fn send(request: Request) {
    let life = current_life();
    lifetime::touch();
    spawn_local(async move {
        let id = request.id;
        let answer = fetch::perform(request).await;
        feed_later(life, Input::Answered { id, answer }).await;
    });
}

fn find_conversations() {
    let life = SHELL.with_borrow(|shell| shell.life);
    spawn_local(async move {
        feed_later(life, Input::Conversations(tab::conversations().await)).await;
    });
}

fn start_timer(id: TimerId, after_ms: u32) {
    let life = current_life();
    spawn_local(async move {
        TimeoutFuture::new(after_ms).await;
        feed_later(life, Input::Timer(id)).await;
    });
}

/// Nobody waits for these inputs; what fails behind them has been shown by then.
async fn feed_later(life: u32, input: Input) {
    if current_life() == life {
        let _ = feed(input).await;
    }
}

fn give_up(failure: Failure, batch: Vec<Step>, life: u32) {
    failure.show();
    let waiting = SHELL.with_borrow_mut(|shell| if shell.life == life { shell.end_life() } else { Vec::new() });
    let ports = SHELL.with_borrow(|shell| shell.ports.clone());
    let failure = failure.to_js();
    for port in ports {
        port.post("failure", &failure);
    }
    for step in batch.into_iter().chain(waiting) {
        if let Step::Settle(waiting) = step {
            settle(&waiting.reject, &failure);
        }
    }
}

fn settle(function: &Function, value: &JsValue) {
    // The two functions of a promise do not throw.
    let _ = function.call1(&JsValue::UNDEFINED, value);
}
