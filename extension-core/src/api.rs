//! What JavaScript can call: [`dispatch`] and [`version`]. Everything else stays inside.

use js_sys::Reflect;
use skill_engine::io::{Command, Input};
use wasm_bindgen::prelude::*;

use crate::boundary;
use crate::browser::ports::Port;
use crate::failure::{self, Failure};
use crate::shell;

/// Runs once when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    failure::report_panics();
}

/// The version of the package, e.g. `0.1.0`.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Takes one event of the browser and resolves when everything the engine wanted done because of it has been done.
/// Requests that it started may still be under way; their answers need no further event.
///
/// * `{kind: "started"}`: the background has started. Every life begins with this by itself; sending it is harmless.
/// * `{kind: "alarm"}`: the durable alarm has fired.
/// * `{kind: "pages", ports: [Port, …]}`: these pages of the extension are open now.
/// * `{kind: "rest"}`: nothing more may be sent in this life; the next event begins from what is stored.
/// * `{kind: "session", present, changed}`: whether the browser holds a session cookie of claude.ai, and whether that has just changed.
/// * `{kind: "command", command: {command: "pair", server, label}}`, or another [`Command`].
///
/// # Errors
///
/// Rejects with `{code, message}`: `EVENT_NOT_UNDERSTOOD`, `STORAGE_NOT_READ`, `STORAGE_NOT_WRITTEN`.
#[wasm_bindgen]
pub async fn dispatch(event: JsValue) -> Result<(), JsValue> {
    let event = Event::from_js(&event).map_err(Failure::to_js)?;
    if matches!(event, Event::Rest) {
        shell::rest();
        return Ok(());
    }
    shell::ready().await?;
    match event {
        Event::Started | Event::Rest => Ok(()),
        Event::Alarm => shell::feed(Input::Alarm).await,
        Event::Pages(ports) => shell::pages(ports).await,
        Event::Session { present, changed } => shell::feed(Input::Session { present, changed }).await,
        Event::Command(command) => shell::feed(Input::Command(command)).await,
    }
}

enum Event {
    Started,
    Rest,
    Alarm,
    Pages(Vec<Port>),
    Session { present: bool, changed: bool },
    Command(Command),
}

impl Event {
    fn from_js(event: &JsValue) -> Result<Self, Failure> {
        match text(event, "kind").as_deref() {
            Some("started") => Ok(Self::Started),
            Some("rest") => Ok(Self::Rest),
            Some("alarm") => Ok(Self::Alarm),
            Some("pages") => Ok(Self::Pages(boundary::list(&member(event, "ports")).map(Port::new).collect())),
            Some("session") => {
                Ok(Self::Session { present: truth(event, "present")?, changed: truth(event, "changed")? })
            }
            Some("command") => command(&member(event, "command")).map(Self::Command),
            _ => Err(Failure::EventNotUnderstood),
        }
    }
}

/// By hand: serde's way of reading a tagged enum costs 4 kB of the package.
fn command(command: &JsValue) -> Result<Command, Failure> {
    match text(command, "command").as_deref() {
        Some("pair") => Ok(Command::Pair {
            server: text(command, "server").ok_or(Failure::EventNotUnderstood)?,
            label: text(command, "label").unwrap_or_default(),
        }),
        Some("cancel_pairing") => Ok(Command::CancelPairing),
        Some("sync_now") => Ok(Command::SyncNow),
        Some("choose_organisation") => Ok(Command::ChooseOrganisation {
            organisation: text(command, "organisation").ok_or(Failure::EventNotUnderstood)?,
        }),
        Some("set_usage") => Ok(Command::SetUsage { on: truth(command, "on")? }),
        Some("disconnect") => Ok(Command::Disconnect),
        _ => Err(Failure::EventNotUnderstood),
    }
}

fn text(object: &JsValue, name: &str) -> Option<String> {
    member(object, name).as_string()
}

fn truth(object: &JsValue, name: &str) -> Result<bool, Failure> {
    member(object, name).as_bool().ok_or(Failure::EventNotUnderstood)
}

/// `undefined` also when it is no object.
fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}
