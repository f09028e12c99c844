//! Usage insight: which synced skills were used in the conversations that stand open. Off unless a person switches it on, and only with
//! a server that offers it. Names of skills leave the browser, and nothing else.
//!
//! ```text
//!  alarm ──▶ open conversations? ──▶ known ids ──▶ account's list ──▶ each conversation ──▶ waiting ──▶ server
//!            (none: that was all)    └── their names are the synced skills ──┘             (persisted)
//! ```
//!
//! Skills of a published group are not in the list; they are told by the group, which stands in their path.
//!
//! A conversation tells all its uses at every reading. [`memory::Usage`] remembers which were counted, in bounded space. A use is
//! delivered until the server has taken it; an answer that is lost on the way may make the server count it twice.

pub(crate) mod memory;
pub(crate) mod tree;

use std::collections::BTreeSet;

use companion_wire::endpoint::Endpoint;
use companion_wire::reconcile::KnownSkillIds;

use crate::companion::{self, Refusal, decoded, judged};
use crate::io::{Answer, Millis};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::classify;
use crate::remote::{decode, encode};
use crate::turn::Turn;
use memory::Usage;
use tree::Found;

/// Open conversations are looked at no more often.
const RHYTHM: u64 = 300_000;

/// Conversations that are read at a time.
const MOST: usize = 3;

/// A look that is under way, in this life only: the next one begins anew.
#[derive(Debug, Default)]
pub(crate) struct Look {
    conversations: Vec<String>,
    known: BTreeSet<String>,
    synced: BTreeSet<String>,
}

/// What this life knows of looking.
#[derive(Debug, Default)]
pub(crate) struct UsageLive {
    /// An alarm or a page is the occasion.
    pub due: bool,
    next: Millis,
    look: Option<Look>,
}

impl Engine {
    /// A person switches it on or off. Off forgets everything of it.
    pub(crate) fn set_usage(&mut self, on: bool, turn: &mut Turn) {
        if self.memory.link.as_ref().is_none_or(|link| !link.offers.usage) {
            return;
        }
        self.memory.usage = if on { Usage::begun(turn.now) } else { Usage::default() };
        self.live.usage = UsageLive { due: on, ..UsageLive::default() };
        self.live.forget(Purpose::is_usage);
        turn.remember();
    }

    /// Delivers what waits, and looks at open conversations now and then.
    pub(crate) fn drive_usage(&mut self, turn: &mut Turn) {
        let offered = self.memory.link.as_ref().is_some_and(|link| link.offers.usage);
        let busy = self.memory.batch.is_some() || !self.may_work() || self.is_held(turn);
        if !self.memory.usage.on || !offered {
            return;
        }
        self.deliver_use(turn);
        // An occasion that comes while something else is done is kept for afterwards.
        if busy || !std::mem::take(&mut self.live.usage.due) {
            return;
        }
        if self.live.usage.look.is_none() && turn.now.is_past(self.live.usage.next, RHYTHM) {
            self.live.usage.next = turn.now.after(RHYTHM);
            turn.find_conversations = true;
        }
    }

    /// These conversations are open in tabs.
    pub(crate) fn conversations_found(&mut self, ids: Vec<String>, turn: &mut Turn) {
        let conversations: Vec<String> = ids.into_iter().filter(|id| tree::is_conversation(id)).take(MOST).collect();
        let Some(link) = self.memory.link.as_ref().filter(|_| self.memory.usage.on && !conversations.is_empty()) else {
            return;
        };
        turn.requests.push(companion::known_skills(self.live.expect(Purpose::UsageKnown), link));
        self.live.usage.look = Some(Look { conversations, ..Look::default() });
    }

    /// Which skills of the account the server knows.
    pub(crate) fn known_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let known = judged(answer).and_then(decoded::<KnownSkillIds>);
        let org = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone());
        match (known, org, &mut self.live.usage.look) {
            (Ok(known), Some(_), Some(_)) if known.claude_ai_skill_ids.is_empty() => self.read_next(turn),
            (Ok(known), Some(org), Some(look)) => {
                look.known = known.claude_ai_skill_ids.into_iter().collect();
                let path = self.path(Endpoint::ListSkills, turn.now);
                turn.requests.push(encode::list(self.live.expect_from(Purpose::UsageList, path), path, &org));
            }
            _ => self.live.usage.look = None,
        }
    }

    /// The names of these skills.
    pub(crate) fn usage_list_answered(&mut self, answer: Answer, turn: &mut Turn) {
        let list = classify::judged(answer).ok().and_then(|body| decode::skills(&body).ok());
        let Some(look) = &mut self.live.usage.look else { return };
        let known = list.unwrap_or_default().into_iter().filter(|skill| look.known.contains(&skill.id));
        look.synced = known.map(|skill| skill.name).collect();
        self.read_next(turn);
    }

    /// A conversation: its uses are remembered before they are delivered. Trouble of any kind waits for the next look; the session is
    /// judged by calls that matter more.
    pub(crate) fn conversation_answered(&mut self, id: &str, answer: Answer, turn: &mut Turn) {
        if let (Ok(body), Some(look)) = (classify::judged(answer), &self.live.usage.look) {
            let synced = |found: &Found| match &found.group {
                None => look.synced.contains(&found.skill),
                Some(group) => self.memory.groups.iter().any(|ours| ours.name == *group && !ours.retired),
            };
            let uses = tree::uses(&body, id).into_iter().filter(synced).collect();
            if self.memory.usage.take(uses) {
                turn.remember();
            }
        }
        self.read_next(turn);
    }

    /// The server has taken a use, or not.
    pub(crate) fn use_delivered(&mut self, answer: Answer, turn: &mut Turn) {
        match judged(answer) {
            // What it does not want will not get better by repeating it.
            Ok(_) | Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.memory.usage.delivered();
                turn.remember();
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    fn read_next(&mut self, turn: &mut Turn) {
        let org = self.memory.organisation.as_ref().map(|organisation| organisation.id.clone());
        let (ready, groups) = (self.may_work(), self.memory.groups.iter().any(|group| !group.retired));
        let Some(look) = self.live.usage.look.as_mut().filter(|look| ready && (groups || !look.synced.is_empty()))
        else {
            self.live.usage.look = None;
            return;
        };
        match (look.conversations.pop(), org) {
            (Some(id), Some(org)) => {
                let request = self.live.expect(Purpose::Conversation(id.clone()));
                turn.requests.push(encode::conversation(request, &org, &id));
            }
            _ => self.live.usage.look = None,
        }
    }

    fn deliver_use(&mut self, turn: &mut Turn) {
        if self.live.awaits(&Purpose::UsageDelivery)
            || self.memory.usage.waiting.is_empty()
            || !self.server_is_ready(turn)
        {
            return;
        }
        if let (Some(link), Some(skill)) = (&self.memory.link, self.memory.usage.waiting.first()) {
            turn.requests.push(companion::skill_used(self.live.expect(Purpose::UsageDelivery), link, skill));
        }
    }
}
