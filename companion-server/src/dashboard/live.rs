//! Says which topics have changed, for as long as a page is open.
//!
//! One stream a page. It carries names of topics and nothing else; the page then asks for itself again and takes over what is different. It
//! ends with the server, and when whoever opened it is logged out.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::app::{App, stopped};
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::store::{Changed, Topic, Topics};

/// Changes that come close together are one message.
const GATHER: Duration = Duration::from_millis(300);
/// Proxies end what is silent for longer; this is also how often the session is looked at.
const PULSE: Duration = Duration::from_secs(15);
/// After so many pulses everything is looked at again: what another program wrote is not told, and nobody who has paused is to be taken
/// for somebody who works for longer than half a minute.
const PULSES_BETWEEN_LOOKS: u32 = 2;

struct Stream {
    app: App,
    request: axum::http::request::Parts,
    changed: Changed,
    pulses: u32,
    ended: bool,
}

/// `GET /live`.
pub async fn get(State(app): State<App>, request: Request) -> ApiResult<Response> {
    let (mut request, _) = request.into_parts();
    Operator::from_request_parts(&mut request, &app).await?;
    let changed = app.store.changes();
    let stream = Stream { app, request, changed, pulses: 0, ended: false };
    let events = stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    // Proxies that gather an answer before they hand it on would hold it for ever.
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Sse::new(stream::StreamExt::boxed(events))).into_response())
}

impl Stream {
    async fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        let topics = tokio::select! {
            () = stopped(self.app.stopping.clone()) => return None,
            topics = self.changed.next() => {
                tokio::time::sleep(GATHER).await;
                topics.and(self.changed.take())
            }
            () = tokio::time::sleep(PULSE) => self.pulse(),
        };
        let asks = topics.is_empty() || topics.contains(Topic::Access);
        if asks && !self.still_allowed().await {
            self.ended = true;
            return Some(Event::default().event("ended").data("session"));
        }
        if topics.is_empty() {
            return Some(Event::default().comment("still here"));
        }
        let names: Vec<&str> = topics.iter().map(Topic::as_str).collect();
        Some(Event::default().event("changed").data(names.join(" ")))
    }

    fn pulse(&mut self) -> Topics {
        self.pulses += 1;
        if self.pulses.is_multiple_of(PULSES_BETWEEN_LOOKS) { Topics::all() } else { Topics::default() }
    }

    /// A database that does not answer logs nobody out.
    async fn still_allowed(&mut self) -> bool {
        match Operator::from_request_parts(&mut self.request, &self.app).await {
            Ok(_) => true,
            Err(error) => !error.status.is_client_error(),
        }
    }
}
