//! Carrying out what the server has leased to this browser: up to 50 operations at a time, as one batch.
//!
//! ```text
//!              list                    act, side by side                    list
//!  Undecided ────────▶ Inspect ──download──┬─▶ Ended (nothing to do, or left alone)
//!      ▲      decide ▶ Write ───bundle,upload──▶ Verify ──────────────▶ Ended ──▶ server
//!      │             ▶ Remove ──delete─────────▶ Verify ──────────────▶ Ended
//!      └────────── whatever goes wrong on the way ──────────────┘
//! ```
//!
//! A write whose outcome is not known is never repeated on a guess: the operation is undecided again, and what the next list and
//! download show decides. That is also all that happens after the browser has ended the background.
//!
//! ```text
//!              list                    a part for each skill that is new or changed there
//!  Undecided ────────▶ InParts ──▶ Import ──download──▶ server
//!     │ publish_group                     a part for each group
//!     └──▶ Survey ────▶ InParts ──▶ WriteGroup ──bundle,upload──▶ SwitchGroup ──▶ Switched ──list──▶ Ended
//! ```
//!
//! [`operation`] is one operation and its steps, [`batch`] the lot, [`decide`] the pure rules, [`completion`] the report,
//! `run` what is started when, `answers` what comes back.

pub(crate) mod answers;
pub(crate) mod batch;
pub(crate) mod completion;
pub(crate) mod decide;
pub(crate) mod operation;
pub(crate) mod parts;
pub(crate) mod publish;
pub(crate) mod reverse;
pub(crate) mod run;
