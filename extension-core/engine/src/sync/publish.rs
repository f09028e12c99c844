//! Groups of skills as plugins of the account's own marketplace.
//!
//! A survey finds out what is to be published, which marketplace is ours and what is in it; then a part is made for each group. Only
//! what has changed is uploaded, by the server's tag. What no longer is to be published is switched off, if this product brought it.
//! A plugin cannot be downloaded, so nothing that somebody else made is ever written over.

use companion_wire::endpoint::Endpoint;
use companion_wire::group::{PluginGroup, PluginGroups};
use companion_wire::operation::{OperationKind, OperationResult};
use skill_format::content_digest;
use uuid::Uuid;

use super::completion::{ended, grouped};
use super::operation::{Asked, Op, Parts, RETIRE, Step};
use crate::companion::{self, Refusal};
use crate::error::ErrorCode;
use crate::io::{Answer, Body, Request, Response};
use crate::live::Purpose;
use crate::machine::Engine;
use crate::remote::classify::{Trouble, judged};
use crate::remote::encode;
use crate::remote::plugins::{self, RemotePlugin};
use crate::state::Group;
use crate::turn::Turn;

/// So many plugins of unknown origin are named at most.
const FORMER_SHOWN: usize = 20;

/// What a publication has found out so far. A new life finds it out anew.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// What the server wants to be there.
    pub wanted: Option<PluginGroups>,
    /// Our marketplace, by its id.
    pub marketplace: Option<String>,
}

impl Engine {
    /// The next request of a publication or of one of its parts.
    pub(crate) fn group_request(&mut self, id: Uuid) -> Option<Request> {
        let op = self.memory.batch.as_ref()?.ops.iter().find(|op| op.id == id)?;
        let (link, org) = (self.memory.link.as_ref()?, &self.memory.organisation.as_ref()?.id);
        let live = &mut self.live;
        let name = live.survey.wanted.as_ref().map(|wanted| wanted.marketplace_name.clone());
        Some(match (&op.step, name, live.survey.marketplace.clone()) {
            (Step::Survey, None, _) => companion::plugin_groups(live.expect(Purpose::Groups(id)), link),
            (Step::Survey, _, None) => encode::marketplaces(live.expect(Purpose::Marketplaces(id)), org),
            (Step::Survey, _, Some(marketplace)) => {
                encode::plugins(live.expect(Purpose::Plugins(id)), org, &marketplace)
            }
            (Step::CreateMarketplace, Some(name), _) => {
                encode::create_marketplace(live.expect(Purpose::CreateMarketplace(id)), org, &name)
            }
            (Step::WriteGroup, _, Some(marketplace)) => {
                let tag = self.memory.group(&marketplace, op.name()).and_then(|group| group.tag.as_deref());
                companion::plugin_bundle(live.expect(Purpose::GroupBundle(id)), link, op.name(), tag)
            }
            (Step::SwitchGroup { id: plugin, on, .. }, ..) => {
                encode::switch_plugin(live.expect(Purpose::SwitchGroup(id)), org, plugin, *on)
            }
            _ => return None,
        })
    }

    /// Lists the plugins when every part that is left has been switched.
    pub(crate) fn confirm_groups(&mut self, turn: &mut Turn) {
        let ops = self.memory.batch.as_ref().map_or(&[][..], |batch| &batch.ops);
        let waits = |whole: &&Op| {
            let mut parts = ops.iter().filter(|op| op.asked == Asked::PartOf(whole.id)).peekable();
            whole.kind == OperationKind::PublishGroup
                && parts.peek().is_some()
                && parts.all(|part| matches!(part.step, Step::Switched { .. }))
        };
        let Some(id) = ops.iter().find(waits).map(|op| op.id) else { return };
        let marketplace = self.live.survey.marketplace.clone();
        let (Some(organisation), Some(marketplace)) = (&self.memory.organisation, marketplace) else { return };
        if !self.live.acts_for(id) {
            let request = self.live.expect(Purpose::Plugins(id));
            turn.requests.push(encode::plugins(request, &organisation.id, &marketplace));
        }
    }

    /// What the server wants to be there.
    pub(crate) fn groups_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match companion::judged(answer).and_then(companion::decoded::<PluginGroups>) {
            Ok(wanted) => {
                self.server_answered(turn);
                self.live.survey.wanted = Some(wanted);
            }
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.fail(id, ErrorCode::BundleMissing, None, true);
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// Finds our marketplace, or the need to make it.
    pub(crate) fn marketplaces_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        let body = match judged(answer) {
            Ok(body) => body,
            Err(trouble) => return self.action_trouble(id, trouble, turn),
        };
        let Some(wanted) = &self.live.survey.wanted else { return };
        let Ok(found) = plugins::marketplaces(&body, &wanted.marketplace_name) else {
            return self.look_again(id, ErrorCode::EndpointChanged, turn);
        };
        // Should there be two of the name, the one that we have filled is ours.
        let filled = |id: &&String| self.memory.groups.iter().any(|group| group.marketplace == **id);
        let ours = found.iter().find(filled).or(found.first()).cloned();
        match ours {
            Some(marketplace) => self.live.survey.marketplace = Some(marketplace),
            None if wanted.groups.is_empty() => self.set(id, self.summary(&Parts::default())),
            None => {
                self.set(id, Step::CreateMarketplace);
                turn.remember();
            }
        }
    }

    /// The marketplace was made. When that is not certain, the list has the last word.
    pub(crate) fn marketplace_created(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match judged(answer).map(|body| plugins::made(&body)) {
            Ok(Ok(marketplace)) => {
                self.live.survey.marketplace = Some(marketplace);
                self.set(id, Step::Survey);
                turn.remember();
            }
            Ok(Err(_)) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            Err(trouble) => self.action_trouble(id, trouble, turn),
        }
    }

    /// The plugins of our marketplace: before the first part is made, and after the last one was done.
    pub(crate) fn plugins_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        let confirms = self.op(id).is_some_and(|op| matches!(op.step, Step::InParts { .. }));
        match judged(answer).map(|body| plugins::plugins(&body)) {
            Ok(Ok(list)) if confirms => self.confirm(id, &list),
            Ok(Ok(list)) => self.make_parts(id, &list, turn),
            // The parts have done their work; that it cannot be seen is a reason to look at everything again.
            Err(trouble) if !confirms => self.action_trouble(id, trouble, turn),
            Err(trouble @ (Trouble::SignedOut | Trouble::Challenge | Trouble::TooFast(_))) => {
                self.session_trouble(trouble, turn);
            }
            Err(_) => self.not_confirmed(id, ErrorCode::RemoteUnavailable),
            Ok(Err(_)) if confirms => self.not_confirmed(id, ErrorCode::EndpointChanged),
            Ok(Err(_)) => self.look_again(id, ErrorCode::EndpointChanged, turn),
        }
        turn.remember();
    }

    /// A group as a plugin: sent on in the same turn when it has changed, and not kept.
    pub(crate) fn group_bundle_answered(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        if matches!(&answer, Answer::Response(Response { status: 304, .. })) {
            self.server_answered(turn);
            return self.group_is_unchanged(id, turn);
        }
        match companion::judged(answer) {
            Ok(Response { headers, body: Body::Bytes(zip), .. }) => {
                self.server_answered(turn);
                let tag = headers.get("etag").cloned().unwrap_or_else(|| content_digest(&zip).to_string());
                self.send_group(id, tag, zip, turn);
            }
            Ok(_) => self.server_failed(Refusal::Stranger, turn),
            // It was taken back meanwhile: the next survey does not want it any more.
            Err(Refusal::Missing | Refusal::Gone | Refusal::Invalid) => {
                self.fail(id, ErrorCode::BundleMissing, None, false);
            }
            Err(refusal) => self.server_failed(refusal, turn),
        }
    }

    /// What came of an upload. An upload does not switch a plugin on again, so that is done each time.
    pub(crate) fn group_uploaded(&mut self, id: Uuid, tag: String, answer: Answer, turn: &mut Turn) {
        match judged(answer).map(|body| plugins::made(&body)) {
            Ok(Ok(plugin)) => {
                self.live.parallel.went_well();
                self.note_group_of(id, |group| group.plugin = Some(plugin.clone()));
                self.set(id, Step::SwitchGroup { id: plugin, on: true, tag: Some(tag) });
                turn.remember();
            }
            Ok(Err(_)) => self.look_again(id, ErrorCode::EndpointChanged, turn),
            Err(trouble) => self.action_trouble(id, trouble, turn),
        }
    }

    /// What came of switching.
    pub(crate) fn group_switched(&mut self, id: Uuid, answer: Answer, turn: &mut Turn) {
        match judged(answer) {
            Ok(_) => {
                self.live.parallel.went_well();
                let Some(op) = self.op(id) else { return };
                let Step::SwitchGroup { id, on, tag } = op.step.clone() else { return };
                op.step = Step::Switched { id, on, tag };
            }
            Err(trouble) => self.action_trouble(id, trouble, turn),
        }
    }

    /// A publication without parts (any more): done, or to be looked at again, or failed.
    pub(crate) fn published(&mut self, id: Uuid, so_far: Parts, turn: &mut Turn) {
        if let Some(code) = so_far.again {
            return self.look_again(id, code, turn);
        }
        let end = self.summary(&so_far);
        self.set(id, so_far.failed.map_or(end, |failed| *failed));
    }

    fn make_parts(&mut self, id: Uuid, list: &[RemotePlugin], turn: &mut Turn) {
        let Survey { wanted: Some(wanted), marketplace: Some(marketplace) } = &self.live.survey else { return };
        let mut parts = Vec::new();
        for group in &wanted.groups {
            let listed = list.iter().find(|plugin| plugin.name == group.name);
            let ours = self
                .memory
                .groups
                .iter_mut()
                .find(|known| known.marketplace == *marketplace && known.name == group.name);
            let mut part = Op::part(turn.fresh_id(), id, OperationKind::PublishGroup, &group.name, Step::WriteGroup);
            match (listed, ours) {
                (Some(plugin), None) if !is_by_this_product(plugin, group) => {
                    part.fail(ErrorCode::GroupNameTaken, None, true);
                }
                // What is not there has to be uploaded again, whatever the tag.
                (listed, Some(ours)) if listed.map(|plugin| &plugin.id) != ours.plugin.as_ref() => ours.tag = None,
                _ => {}
            }
            parts.push(part);
        }
        let unwanted = |known: &&mut Group| {
            known.marketplace == *marketplace
                && !known.retired
                && wanted.groups.iter().all(|group| group.name != known.name)
        };
        for known in self.memory.groups.iter_mut().filter(unwanted) {
            let listed =
                list.iter().find(|plugin| Some(&plugin.id) == known.plugin.as_ref() || plugin.name == known.name);
            let Some(plugin) = listed.filter(|plugin| plugin.enabled != Some(false)) else {
                known.retired = true;
                continue;
            };
            let step = Step::SwitchGroup { id: plugin.id.clone(), on: false, tag: None };
            let mut part = Op::part(turn.fresh_id(), id, OperationKind::PublishGroup, &known.name, step);
            part.payload.reason = Some(RETIRE.to_owned());
            parts.push(part);
        }
        self.memory.former_plugins = former_plugins(wanted, &self.memory.groups, marketplace, list);
        self.set(id, Step::InParts { so_far: Parts::default() });
        if let Some(batch) = &mut self.memory.batch {
            batch.ops.extend(parts);
        }
    }

    fn group_is_unchanged(&mut self, id: Uuid, turn: &mut Turn) {
        let known = self.group_of(id).filter(|group| group.retired);
        let again = known.and_then(|group| Some(Step::SwitchGroup { id: group.plugin?, on: true, tag: group.tag }));
        if again.is_some() {
            self.doubt_group_of(id);
        }
        self.set(id, again.unwrap_or_else(|| grouped(true)));
        turn.remember();
    }

    fn send_group(&mut self, id: Uuid, tag: String, zip: Vec<u8>, turn: &mut Turn) {
        if self.group_of(id).is_some_and(|group| group.tag.as_ref() == Some(&tag)) {
            return self.group_is_unchanged(id, turn);
        }
        let held = !self.may_begin_anything(turn) || !self.may_begin(Endpoint::UploadPlugin, turn.now);
        let marketplace = self.live.survey.marketplace.clone().filter(|_| !held);
        let (Some(organisation), Some(marketplace)) = (&self.memory.organisation, marketplace) else { return };
        let request = self.live.expect(Purpose::UploadGroup(id, tag));
        turn.requests.push(encode::upload_plugin(request, &organisation.id, &marketplace, zip));
        self.doubt_group_of(id);
        turn.remember();
    }

    fn confirm(&mut self, id: Uuid, list: &[RemotePlugin]) {
        for part in self.switched_parts(id) {
            let Some(Step::Switched { id: plugin, on, tag }) = self.op(part).map(|op| op.step.clone()) else {
                continue;
            };
            let enabled = list.iter().find(|listed| listed.id == plugin).map(|listed| listed.enabled);
            let shows = if on { enabled.is_some_and(|on| on != Some(false)) } else { enabled != Some(Some(true)) };
            if !shows {
                self.fail(part, ErrorCode::NotVerified, None, false);
                continue;
            }
            self.note_group_of(part, |group| {
                group.retired = !on;
                group.tag = tag.or(group.tag.take());
                group.plugin = Some(plugin);
            });
            self.set(part, grouped(false));
        }
    }

    fn not_confirmed(&mut self, id: Uuid, code: ErrorCode) {
        for part in self.switched_parts(id) {
            self.fail(part, code, None, false);
        }
    }

    fn switched_parts(&self, id: Uuid) -> Vec<Uuid> {
        let ops = self.memory.batch.as_ref().map_or(&[][..], |batch| &batch.ops);
        let switched = |op: &&Op| op.asked == Asked::PartOf(id) && matches!(op.step, Step::Switched { .. });
        ops.iter().filter(switched).map(|op| op.id).collect()
    }

    fn group_of(&mut self, id: Uuid) -> Option<Group> {
        let name = self.op(id)?.name().to_owned();
        self.memory.group(self.live.survey.marketplace.as_deref()?, &name).cloned()
    }

    /// From now on what stands there may be ours and switched on, and no tag tells what it is: only what is switched off for certain is
    /// left out when it is not wanted.
    fn doubt_group_of(&mut self, id: Uuid) {
        self.note_group_of(id, |group| (group.retired, group.tag) = (false, None));
    }

    fn note_group_of(&mut self, id: Uuid, change: impl FnOnce(&mut Group)) {
        let known = self.group_of(id);
        let Some(name) = self.op(id).map(|op| op.name().to_owned()) else { return };
        let Some(marketplace) = self.live.survey.marketplace.clone() else { return };
        let mut group = known.unwrap_or_else(|| Group { marketplace, name, ..Group::default() });
        change(&mut group);
        self.memory.note_group(group);
    }

    fn summary(&self, so_far: &Parts) -> Step {
        let groups = self.live.survey.wanted.as_ref().map_or(&[][..], |wanted| &wanted.groups);
        ended(OperationResult {
            group_count: u32::try_from(groups.len()).ok(),
            skill_count: Some(groups.iter().map(|group| group.skill_count).sum()),
            retired_count: Some(so_far.retired),
            marketplace_id: self.live.survey.marketplace.clone(),
            ..OperationResult::default()
        })
    }
}

/// Plugins in the form of this product's, switched on, that nobody wants published and this browser does not remember: of a former
/// pairing, or another library's. Nothing tells which, so they are named and left alone.
fn former_plugins(wanted: &PluginGroups, ours: &[Group], marketplace: &str, list: &[RemotePlugin]) -> Vec<String> {
    let form = wanted.marketplace_name.clone() + ": ";
    let is_former = |plugin: &&RemotePlugin| {
        plugin.enabled != Some(false)
            && plugin.display_name.as_ref().is_some_and(|name| name.starts_with(&form))
            && wanted.groups.iter().all(|group| group.name != plugin.name)
            && ours.iter().all(|known| known.marketplace != marketplace || known.name != plugin.name)
    };
    list.iter().filter(is_former).map(|plugin| plugin.name.clone()).take(FORMER_SHOWN).collect()
}

/// A plugin that this browser does not remember, but that shows what this product's groups show: it was brought before this
/// browser was paired, or by another one.
fn is_by_this_product(plugin: &RemotePlugin, group: &PluginGroup) -> bool {
    plugin.display_name.as_ref() == Some(&group.display_name)
}
