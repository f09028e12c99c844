//! Telling people: the person's own server gets the findings once, pages get one sentence.

use companion_wire::endpoint::{Endpoint, EndpointChanged, Verdict};
use serde::Serialize;

use super::breaker::Drift;
use super::watch::{State, Watch};
use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::turn::Turn;

/// What pages show about claude.ai's endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Key of the text in `_locales`: `ENDPOINT_CHANGED`, `ENDPOINT_DIFFERS` or `READ_ONLY`.
    pub code: ErrorCode,
    /// The call that it is about; absent when it is about all of them.
    pub endpoint: Option<Endpoint>,
    /// Since when, by the browser's clock.
    pub since: Option<Millis>,
}

/// What the server is told about a watch.
pub(crate) fn of(watch: &Watch) -> EndpointChanged {
    let consequence = match watch.verdict {
        Verdict::ReadOnly => "Nothing more is written there until it answers as before; work waits.",
        Verdict::Stop => "Nothing is done on claude.ai until it answers as before; work waits.",
        Verdict::FallBack => "Another known path answers, so syncing goes on.",
        Verdict::Warn | Verdict::Ignore => "Syncing goes on.",
    };
    let message =
        format!("claude.ai answers the call {} differently than before. {consequence}", watch.endpoint.as_str());
    EndpointChanged { message, endpoint: watch.endpoint, verdict: watch.verdict, findings: watch.findings.clone() }
}

/// The one thing about endpoints that a person should know now.
pub(crate) fn notice(drift: &Drift) -> Option<Notice> {
    let about = |watch: &Watch, code| Notice { code, endpoint: Some(watch.endpoint), since: Some(watch.since) };
    let held = drift.watches.iter().find(|watch| matches!(watch.state, State::Held { .. }));
    let noted = || drift.watches.iter().find(|watch| watch.state == State::Noted);
    if let Some(watch) = held {
        return Some(about(watch, ErrorCode::EndpointChanged));
    }
    if drift.policy.read_only {
        return Some(Notice { code: ErrorCode::ReadOnly, endpoint: None, since: None });
    }
    noted().map(|watch| about(watch, ErrorCode::EndpointDiffers))
}

impl Engine {
    /// Tells the server what it has not been told yet, one finding after the other.
    pub(crate) fn drive_reports(&mut self, turn: &mut Turn) {
        let Some(report) = self.memory.drift.reports.first().cloned() else { return };
        if self.live.awaits(&Purpose::Report) || !self.server_is_ready(turn) {
            return;
        }
        if let Some(link) = &self.memory.link {
            turn.requests.push(companion::endpoint_changed(self.live.expect(Purpose::Report), link, report));
        }
    }

    /// The server has taken it, or never will.
    pub(crate) fn report_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer) {
            Ok(_) | Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                if !self.memory.drift.reports.is_empty() {
                    self.memory.drift.reports.remove(0);
                }
                turn.remember();
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }
}
