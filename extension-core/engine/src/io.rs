//! The whole vocabulary between the engine and the world: one [`Input`], one [`Output`].
//!
//! The shell performs outputs strictly in order. [`Output::Persist`] is awaited before anything behind it starts, which is
//! what makes "every side effect is preceded by a persisted intent" true. [`Output::Send`] is started and not
//! awaited; its [`Input::Answered`] carries the same id.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::ledger::Ledger;
use crate::redact::Secret;
use crate::state::Snapshot;
use crate::view::View;

/// Milliseconds since 1970 UTC, from the shell's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Millis(pub u64);

impl Millis {
    /// So many milliseconds later.
    pub const fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` until this moment; 0 when the clock was set back in between.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether a wait until `until` is over now. A wait longer than the `longest` that is ever asked for means that the clock was
    /// set back; then it is over as well.
    pub const fn is_past(self, until: Self, longest: u64) -> bool {
        self.0 >= until.0 || until.0 - self.0 > longest
    }
}

/// Ties an answer to its request. Unique within one life of the background, not across lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What the world tells the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The background has just started: installed, browser start, or a new life after the browser ended it.
    Started,
    /// The durable alarm has fired.
    Alarm,
    /// The in-memory timer with this id has fired.
    Timer(TimerId),
    /// How many pages of the extension (popup, panel) are open now.
    PagesOpen(u32),
    /// The session cookie of claude.ai in the browser's own store, of which only presence and expiry are looked at.
    Session {
        /// There is one, and it has not expired.
        present: bool,
        /// It has just changed; else this is what a background that starts has found.
        changed: bool,
    },
    /// The answer to [`Output::FindConversations`]: ids from the addresses of open tabs.
    Conversations(Vec<String>),
    /// A person asked for something.
    Command(Command),
    /// The outcome of a request.
    Answered {
        /// The id of [`Output::Send`].
        id: RequestId,
        /// What came of it.
        answer: Answer,
    },
}

/// What a person can ask for on a page of the extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Pair with the server at this origin (`http://127.0.0.1:8082`); the host permission has been granted.
    Pair {
        /// Scheme, host and port; a trailing slash or path is cut off by the engine.
        server: String,
        /// What to call this browser; empty means the engine's default.
        label: String,
    },
    /// Give up a pairing that waits for approval.
    CancelPairing,
    /// Ask the server for work now.
    SyncNow,
    /// Write to this organisation of the account that is signed in from now on. One that the last view did not list is ignored.
    ChooseOrganisation {
        /// [`crate::identity::OrganisationChoice::id`].
        organisation: String,
    },
    /// Switch usage insight on or off. Ignored where the server does not offer it.
    SetUsage {
        /// On.
        on: bool,
    },
    /// Forget the server and the token. (Revoking on the server as well is done when it can be reached.)
    Disconnect,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The server answered.
    Response(Response),
    /// It did not.
    Failed(TransportFailure),
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportFailure {
    /// No connection, name not resolved, TLS refused, blocked by the browser: the browser does not tell which.
    Unreachable,
    /// The deadline of the request passed.
    Timeout,
    /// The body did not arrive whole.
    Interrupted,
    /// It was to go through an open tab of claude.ai, and there is none.
    NoTab,
}

/// An HTTP answer, as far as the engine looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Of the headers only [`SEEN_HEADERS`], names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The browser followed a redirect.
    pub redirected: bool,
    /// The body, read as [`Request::expect`] asked.
    pub body: Body,
}

/// The response headers that the shell passes on; all others stay outside.
pub const SEEN_HEADERS: [&str; 6] =
    ["content-type", "retry-after", "cf-mitigated", "etag", "date", companion_wire::connectors::PAUSED];

/// A response body. Its `Debug` tells kind and size only.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing was sent, or nothing was asked for.
    Empty,
    /// The body parsed as JSON.
    Json(Json),
    /// JSON was asked for and something else came (a page, say). Its text stays outside.
    NotJson,
    /// The bytes that were asked for.
    Bytes(Vec<u8>),
}

/// What the engine tells the world. The shell does not look inside a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Write this to the browser's storage before anything that follows.
    Persist(Box<Snapshot>),
    /// Write this to the browser's storage before anything that follows, and by the same write as the snapshot of this turn: one in which
    /// a write of ours has ended relies on the line here that tells it from somebody's edit, and the other way round. Neither may be there
    /// without the other.
    Keep(Box<Ledger>),
    /// Start this request.
    Send(Request),
    /// Wake me through [`Input::Timer`] after so many milliseconds, if this life lasts that long.
    StartTimer {
        /// Comes back in the input.
        id: TimerId,
        /// At most 25,000.
        after_ms: u32,
    },
    /// Wake me through [`Input::Alarm`] after so many milliseconds even if the background has died. There is one alarm;
    /// a new one replaces it. The browser rounds up to 30 s.
    SetAlarm {
        /// From now.
        after_ms: u32,
    },
    /// No alarm is needed.
    ClearAlarm,
    /// Tell me which conversations of claude.ai are open, through [`Input::Conversations`]. Only after a person has switched usage
    /// insight on.
    FindConversations,
    /// Show this on open pages and on the badge.
    Publish(Box<View>),
}

/// Ties a timer to its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId(pub u64);

/// An HTTP request. Its `Debug` leaves out query and body: the contract puts the pairing token into a query.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// Comes back in the answer.
    pub id: RequestId,
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: Method,
    /// Where to.
    pub target: Target,
    /// Which part of the browser sends it.
    pub through: Through,
    /// Path and query, beginning with `/`, already percent-encoded.
    pub path: String,
    /// Beyond what `target` and `body` imply.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: RequestBody,
    /// How to read the answer.
    pub expect: Expect,
    /// Milliseconds after which it counts as [`TransportFailure::Timeout`].
    pub timeout_ms: u32,
}

/// The verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

/// The two places that requests go to.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// The person's own server; cookies are never sent along.
    Server {
        /// `http://127.0.0.1:8082`, without a trailing slash.
        origin: String,
        /// Sent as `Authorization: Bearer`.
        bearer: Option<Secret>,
    },
    /// `https://claude.ai`; the browser attaches the session by itself.
    ClaudeAi,
}

/// Which part of the browser sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// The background itself.
    Background,
    /// An open tab of claude.ai, for a browser that attaches the session nowhere else. Never for the person's own server.
    Tab,
}

/// What is sent.
#[derive(Clone, PartialEq)]
pub enum RequestBody {
    /// Nothing.
    None,
    /// `application/json`.
    Json(Json),
    /// `application/zip`.
    Zip(Vec<u8>),
    /// `multipart/form-data` with one file behind some texts.
    MultipartZip {
        /// Names and values of text fields.
        texts: Vec<(&'static str, String)>,
        /// Name of the form field.
        field: &'static str,
        /// Name of the file.
        file_name: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// How to read the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// As JSON whatever the status; no body is [`Body::Empty`], anything else is [`Body::NotJson`].
    Json,
    /// As bytes when the status is 2xx, else as [`Expect::Json`].
    Bytes,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(json) => f.debug_tuple("Json").field(json).finish(),
            Self::NotJson => f.write_str("NotJson"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        f.debug_struct("Request")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("target", &self.target)
            .field("path", &path)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(json) => f.debug_tuple("Json").field(json).finish(),
            Self::Zip(bytes) => write!(f, "Zip({})", bytes.len()),
            Self::MultipartZip { bytes, .. } => write!(f, "MultipartZip({})", bytes.len()),
        }
    }
}
