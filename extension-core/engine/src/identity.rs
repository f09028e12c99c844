//! Which account and organisation of claude.ai this pairing writes to, and what happens when the browser shows another.
//!
//! ```text
//!  cookie event ──▶ doubted ──1 s quiet──▶ organisations ──▶ account ──▶ as before: work goes on
//!                   (nothing new begins)                             └─▶ another one: the gate closes until somebody decides
//! ```
//!
//! The first account and organisation seen after the pairing are remembered with it. Every call names the organisation in its path, so
//! that a session of another account is refused by claude.ai itself unless both accounts belong to it; that is what the account is for.
//! Of the cookie only its presence is known here.

use serde::{Deserialize, Serialize};

use crate::io::{Answer, Body, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::classify::{Trouble, judged};
use crate::remote::encode;
use crate::remote::who::{self, RemoteOrganisation};
use crate::state::{Gate, Organisation};
use crate::turn::Turn;

/// A sign-in changes its cookies several times within moments.
const QUIET: u64 = 1_000;

/// A cookie that keeps changing does not keep us waiting longer than this.
const LONGEST_QUIET: u64 = 4_000;

/// claude.ai may renew the cookie with any answer. A cookie that is there still, this short after an answer, is taken for such a
/// renewal; asking again at once would go round in circles.
const RENEWAL: u64 = 2_000;

/// A cookie that is renewed with every answer is looked into no more often than this.
const GLANCE: u64 = 600_000;

/// Who the work is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Identity {
    /// Remembered with the pairing.
    pub home: Option<Home>,
    /// The session may be another one than when somebody looked last: nothing new begins.
    pub doubted: bool,
    /// What the account that is signed in belongs to, as it was seen last.
    pub organisations: Vec<RemoteOrganisation>,
}

/// The place on claude.ai that this pairing writes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Home {
    pub organisation: String,
    /// Unknown for as long as claude.ai does not say.
    pub account: Option<String>,
    /// The server may know of something that stands there.
    pub in_use: bool,
}

/// An organisation that a person may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganisationChoice {
    /// For [`crate::io::Command::ChooseOrganisation`].
    pub id: String,
    /// What people call it; empty when it has no name.
    pub name: String,
    /// This one is written to.
    pub chosen: bool,
}

impl Identity {
    /// What a person may choose from: the organisations that chat, else all.
    pub fn choices(&self) -> Vec<OrganisationChoice> {
        let any_chats = self.organisations.iter().any(|one| one.chats);
        let home = self.home.as_ref().map(|home| home.organisation.as_str());
        let choice = |one: &RemoteOrganisation| OrganisationChoice {
            id: one.id.clone(),
            name: one.name.clone(),
            chosen: home == Some(one.id.as_str()),
        };
        self.organisations.iter().filter(|one| one.chats || !any_chats).map(choice).collect()
    }

    /// Takes what is signed in now. `None`: it is another account or organisation than the one that is written to.
    fn settled(&self, account: Option<String>) -> Option<Home> {
        let Some(home) = &self.home else {
            let organisation = who::by_rule(&self.organisations)?.id.clone();
            return Some(Home { organisation, account, in_use: false });
        };
        let same_account = home.account.is_none() || account.is_none() || home.account == account;
        let there = self.organisations.iter().any(|one| one.id == home.organisation);
        let known = home.account.clone().or(account);
        (same_account && there).then(|| Home { account: known, ..home.clone() })
    }
}

impl Engine {
    /// The browser's session cookie: whether there is one, and whether that has just changed.
    pub(crate) fn session_told(&mut self, present: bool, changed: bool, turn: &mut Turn) {
        let before = self.live.session_present.replace(present);
        if !changed || self.memory.link.is_none() {
            return;
        }
        let renewal = present && before != Some(false) && self.is_talking(turn.now);
        if !renewal {
            self.doubt(turn);
        } else if self.memory.gate.is_none() {
            // The next batch begins with asking again, and without one so does an alarm.
            let organisation = self.memory.organisation.iter_mut();
            organisation.for_each(|organisation| organisation.found_at = Millis(0));
        } else if !std::mem::replace(&mut self.live.renewal_looked_into, true) {
            self.doubt(turn);
        }
    }

    /// Looks who is signed in, once it is quiet.
    pub(crate) fn drive_identity(&mut self, turn: &mut Turn) {
        if !self.memory.identity.doubted {
            self.live.look_due = false;
            return self.glance(turn);
        }
        let waits_for_occasion = self.memory.gate.is_some() && !self.live.look_due;
        if waits_for_occasion || self.is_asking() || self.is_held(turn) {
            return;
        }
        let weather = self.memory.batch.as_ref().map(|batch| batch.pause).unwrap_or_default();
        if !turn.now.is_past(self.live.look_at, LONGEST_QUIET) || !weather.is_over(turn.now) {
            return turn.wake_at(self.live.look_at.max(weather.until));
        }
        self.live.look_due = false;
        self.ask_for_organisations(turn);
    }

    /// Who is signed in may be another one than when the gate closed, and that is about to be known.
    pub(crate) fn is_looking(&self) -> bool {
        self.memory.identity.doubted && (self.live.look_due || self.is_asking())
    }

    fn is_asking(&self) -> bool {
        self.live.awaits(&Purpose::Organisations) || self.live.awaits(&Purpose::Account)
    }

    /// The organisations are known; now the account.
    pub(crate) fn organisations_seen(&mut self, organisations: Vec<RemoteOrganisation>, turn: &mut Turn) {
        self.memory.identity.organisations = organisations;
        turn.requests.push(encode::account(self.live.expect(Purpose::Account)));
    }

    /// What came of asking for the account. That it is not said is no reason to stop: the session works, or the organisations would
    /// not have been answered.
    pub(crate) fn account_answered(&mut self, answer: Answer, turn: &mut Turn) {
        match judged(answer) {
            Err(trouble @ (Trouble::Challenge | Trouble::TooFast(_) | Trouble::Weather | Trouble::NoTab)) => {
                self.session_trouble(trouble, turn);
            }
            other => self.settle(who::account(&other.unwrap_or(Body::Empty)), turn),
        }
    }

    /// A person decides where to write from now on. Where nothing was written yet, what is in hand begins again there. Else the server
    /// believes that the skills are there which stand in the former place: only a pairing of its own tells it of the new one.
    pub(crate) fn choose_organisation(&mut self, organisation: &str, turn: &mut Turn) {
        let identity = &self.memory.identity;
        let Some(chosen) = identity.organisations.iter().find(|one| one.id == organisation).cloned() else { return };
        let home = identity.home.as_ref();
        let present = home.is_some_and(|home| home.organisation == chosen.id);
        // In the same organisation another account has skills of its own.
        if present && self.memory.gate != Some(Gate::OtherAccount) {
            return;
        }
        if home.is_some_and(|home| home.in_use) {
            return self.pair_for(chosen, turn);
        }
        self.memory.identity.home = Some(Home { organisation: chosen.id, ..Home::default() });
        self.memory.organisation = None;
        self.live.forget(Purpose::is_batch_work);
        if let Some(batch) = &mut self.memory.batch {
            batch.begin_again();
        }
        self.doubt(turn);
        self.live.look_at = turn.now;
    }

    /// What looked like a renewal is looked into at leisure, because it may have been somebody else's sign-in.
    fn glance(&mut self, turn: &mut Turn) {
        let due = std::mem::take(&mut self.live.glance_due) && turn.now.is_past(self.live.next_glance, GLANCE);
        let told = self.memory.organisation.as_ref().is_some_and(|organisation| organisation.found_at == Millis(0));
        if due && told && self.memory.batch.is_none() && self.memory.gate.is_none() && !self.is_held(turn) {
            self.live.next_glance = turn.now.after(GLANCE);
            self.ask_for_organisations(turn);
        }
    }

    /// What was known of the session is no longer relied on; what is under way to find out would tell of the former one.
    fn doubt(&mut self, turn: &mut Turn) {
        self.memory.identity.doubted = true;
        self.memory.through_tab = false;
        self.live.trying_tab = false;
        if !std::mem::replace(&mut self.live.look_due, true) {
            self.live.doubted_at = turn.now;
        }
        self.live.look_at = turn.now.after(QUIET).min(self.live.doubted_at.after(LONGEST_QUIET));
        self.live.forget(|purpose| matches!(purpose, Purpose::Organisations | Purpose::Account));
        turn.remember();
    }

    fn settle(&mut self, account: Option<String>, turn: &mut Turn) {
        let identity = &mut self.memory.identity;
        identity.doubted = false;
        match identity.settled(account) {
            None => self.close_gate(Gate::OtherAccount, turn),
            Some(home) => {
                let id = home.organisation.clone();
                identity.home = Some(home);
                self.memory.through_tab |= std::mem::take(&mut self.live.trying_tab);
                self.memory.organisation = Some(Organisation { id, found_at: turn.now });
                if self.memory.drift.canary_is_due(turn.now) {
                    return self.send_canary(turn);
                }
                self.open_gate(turn);
            }
        }
    }

    /// A request to claude.ai is under way or was answered a moment ago.
    fn is_talking(&self, now: Millis) -> bool {
        self.live.purposes().any(Purpose::is_for_claude_ai)
            || !now.is_past(self.live.remote_heard.after(RENEWAL), RENEWAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(id: &str, chats: bool, paid: bool) -> RemoteOrganisation {
        RemoteOrganisation { id: id.into(), name: id.to_uppercase(), chats, paid }
    }

    fn identity(home: Option<(&str, Option<&str>)>, organisations: &[&str]) -> Identity {
        let organisations = organisations.iter().map(|id| organisation(id, true, true)).collect();
        let home = home.map(|(id, account)| Home {
            organisation: id.into(),
            account: account.map(str::to_owned),
            in_use: true,
        });
        Identity { home, doubted: true, organisations }
    }

    #[test]
    fn work_stays_with_the_account_and_organisation_that_it_began_with() {
        let table = [
            (None, &["o"][..], Some("me"), Some(("o", Some("me")))),
            (None, &["o"], None, Some(("o", None))),
            (Some(("o", None)), &["p", "o"], Some("me"), Some(("o", Some("me")))),
            (Some(("o", Some("me"))), &["o"], None, Some(("o", Some("me")))),
            (Some(("o", Some("me"))), &["o"], Some("me"), Some(("o", Some("me")))),
            (Some(("o", Some("me"))), &["o"], Some("you"), None),
            (Some(("o", Some("me"))), &["p"], Some("me"), None),
            (Some(("o", None)), &["p"], None, None),
        ];
        for (home, organisations, account, expected) in table {
            let settled = identity(home, organisations).settled(account.map(str::to_owned));
            let settled = settled.map(|home| (home.organisation, home.account));
            let expected = expected.map(|(id, account)| (id.to_owned(), account.map(str::to_owned)));
            assert_eq!(settled, expected, "{home:?} {organisations:?} {account:?}");
        }
    }

    #[test]
    fn only_organisations_that_chat_are_offered_unless_none_does() {
        let mut identity = identity(Some(("b", None)), &[]);
        identity.organisations = vec![organisation("a", false, true), organisation("b", true, false)];
        let chosen = |identity: &Identity| -> Vec<_> {
            identity.choices().into_iter().map(|choice| (choice.id, choice.chosen)).collect()
        };
        assert_eq!(chosen(&identity), [("b".to_owned(), true)]);
        identity.organisations.pop();
        assert_eq!(chosen(&identity), [("a".to_owned(), false)]);
    }
}
