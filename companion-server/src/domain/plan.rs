//! What one browser still needs for one skill: the difference between what the library wants and what the account holds.
//!
//! At most one operation a browser and skill is open. While one is being done nothing is queued; its completion plans again.
//! A version that has failed is not queued again by itself.

use companion_wire::operation::OperationKind;
use skill_format::Digest;
use uuid::Uuid;

/// The version that the account should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desired {
    /// The library's version.
    pub version: Uuid,
    /// Canonical digest of its bundle.
    pub digest: Digest,
}

/// What is known of the account's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Canonical digest of what was written there last, where it is known for certain.
    pub pushed: Option<Digest>,
}

/// An operation of this browser and skill that has not been completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub kind: OperationKind,
    /// The version it brings; none for a delete.
    pub version: Option<Uuid>,
    /// What it says about the account's side is what is known now. A late report can change that.
    pub up_to_date: bool,
    /// Where it stands.
    pub state: UnfinishedState,
}

/// Where an unfinished operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfinishedState {
    /// Waits.
    Pending,
    /// A browser has it.
    InProgress,
    /// Has failed for good.
    Failed,
}

/// What to do with the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is as it should be.
    Nothing,
    /// A new operation.
    Queue(OperationKind),
    /// This operation gives way to a new one of this kind.
    Replace(Uuid, OperationKind),
    /// This operation is not needed any more.
    Cancel(Uuid),
}

/// Decides. `desired` is `None` when the account should not hold the skill.
pub fn plan(desired: Option<Desired>, link: Option<Link>, unfinished: Option<Unfinished>) -> Plan {
    let wanted = match (desired, link) {
        (Some(_), None) => Some(OperationKind::Upload),
        (Some(desired), Some(link)) => (link.pushed != Some(desired.digest)).then_some(OperationKind::Update),
        (None, Some(_)) => Some(OperationKind::Delete),
        (None, None) => None,
    };
    let Some(unfinished) = unfinished else {
        return wanted.map_or(Plan::Nothing, Plan::Queue);
    };
    let version = desired.map(|desired| desired.version);
    match (unfinished.state, wanted) {
        (UnfinishedState::InProgress, _) => Plan::Nothing,
        (_, None) => Plan::Cancel(unfinished.id),
        (state, Some(kind)) if kind == unfinished.kind && version == unfinished.version => match state {
            UnfinishedState::Pending if !unfinished.up_to_date => Plan::Replace(unfinished.id, kind),
            _ => Plan::Nothing,
        },
        (_, Some(kind)) => Plan::Replace(unfinished.id, kind),
    }
}

/// Decides for a skill whose switch is off: what waits is given up, and nothing on claude.ai is touched, not even by a removal.
pub fn plan_switched_off(unfinished: Option<Unfinished>) -> Plan {
    match unfinished {
        Some(Unfinished { state: UnfinishedState::Pending | UnfinishedState::Failed, id, .. }) => Plan::Cancel(id),
        Some(Unfinished { state: UnfinishedState::InProgress, .. }) | None => Plan::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERSION: Uuid = Uuid::from_u128(1);
    const NEWER: Uuid = Uuid::from_u128(2);
    const OPERATION: Uuid = Uuid::from_u128(9);

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn desired(version: Uuid, byte: u8) -> Option<Desired> {
        Some(Desired { version, digest: digest(byte) })
    }

    fn unfinished(kind: OperationKind, version: Option<Uuid>, state: UnfinishedState) -> Option<Unfinished> {
        Some(Unfinished { id: OPERATION, kind, version, up_to_date: true, state })
    }

    #[test]
    fn what_is_outdated_gives_way_while_it_waits() {
        let update = |up_to_date, state| {
            let kind = OperationKind::Update;
            Some(Unfinished { id: OPERATION, kind, version: Some(NEWER), up_to_date, state })
        };
        let link = Some(Link { pushed: Some(digest(1)) });
        let planned = |unfinished| plan(desired(NEWER, 2), link, unfinished);
        let replaced = Plan::Replace(OPERATION, OperationKind::Update);
        assert_eq!(planned(update(false, UnfinishedState::Pending)), replaced);
        assert_eq!(planned(update(false, UnfinishedState::InProgress)), Plan::Nothing);
        assert_eq!(planned(update(false, UnfinishedState::Failed)), Plan::Nothing, "not by itself");
        assert_eq!(planned(update(true, UnfinishedState::Pending)), Plan::Nothing);
    }

    #[test]
    fn table() {
        use OperationKind::{Delete, Update, Upload};
        use UnfinishedState::{Failed, InProgress, Pending};
        let linked = |byte| Some(Link { pushed: Some(digest(byte)) });
        let cases = [
            (None, None, None, Plan::Nothing),
            (desired(VERSION, 1), None, None, Plan::Queue(Upload)),
            (desired(VERSION, 1), linked(1), None, Plan::Nothing),
            (desired(VERSION, 1), linked(2), None, Plan::Queue(Update)),
            (desired(VERSION, 1), Some(Link { pushed: None }), None, Plan::Queue(Update)),
            (None, linked(1), None, Plan::Queue(Delete)),
            (desired(NEWER, 2), None, unfinished(Upload, Some(VERSION), Pending), Plan::Replace(OPERATION, Upload)),
            (desired(VERSION, 1), None, unfinished(Upload, Some(VERSION), Pending), Plan::Nothing),
            (desired(NEWER, 2), None, unfinished(Upload, Some(VERSION), InProgress), Plan::Nothing),
            (None, None, unfinished(Upload, Some(VERSION), Pending), Plan::Cancel(OPERATION)),
            (None, None, unfinished(Upload, Some(VERSION), InProgress), Plan::Nothing),
            (None, linked(1), unfinished(Update, Some(VERSION), Pending), Plan::Replace(OPERATION, Delete)),
            (desired(VERSION, 1), linked(1), unfinished(Delete, None, Pending), Plan::Cancel(OPERATION)),
            (desired(VERSION, 1), None, unfinished(Upload, Some(VERSION), Failed), Plan::Nothing),
            (desired(NEWER, 2), None, unfinished(Upload, Some(VERSION), Failed), Plan::Replace(OPERATION, Upload)),
            (None, None, unfinished(Upload, Some(VERSION), Failed), Plan::Cancel(OPERATION)),
        ];
        for (index, (desired, link, unfinished, expected)) in cases.into_iter().enumerate() {
            assert_eq!(plan(desired, link, unfinished), expected, "case {index}");
        }
    }

    #[derive(Debug, Clone)]
    enum Event {
        Edit(u8),
        Remove,
        Lease,
        Succeed,
        FailForNow,
        FailForGood,
        Lapse,
        LateSuccess,
        Retry,
        Switch(bool),
    }

    /// The queue, the account and the library as small values.
    #[derive(Debug, Default)]
    struct World {
        versions: u128,
        desired: Option<Desired>,
        account: Option<Digest>,
        operation: Option<(Unfinished, Option<Digest>)>,
        switched_off: bool,
        /// What a browser still does whose lease has run out.
        late: Option<Option<Digest>>,
    }

    impl World {
        fn reconcile(&mut self) {
            let link = self.account.map(|pushed| Link { pushed: Some(pushed) });
            let fresh = |id, kind| {
                let desired = self.desired.filter(|_| kind != OperationKind::Delete);
                let version = desired.map(|desired| desired.version);
                let state = UnfinishedState::Pending;
                Some((Unfinished { id, kind, version, up_to_date: true, state }, desired.map(|desired| desired.digest)))
            };
            let unfinished = self.operation.map(|(operation, _)| operation);
            let planned =
                if self.switched_off { plan_switched_off(unfinished) } else { plan(self.desired, link, unfinished) };
            match planned {
                Plan::Nothing => {}
                Plan::Queue(kind) => {
                    assert!(self.operation.is_none(), "two open operations");
                    self.operation = fresh(OPERATION, kind);
                }
                Plan::Replace(id, kind) => self.operation = fresh(id, kind),
                Plan::Cancel(_) => self.operation = None,
            }
        }

        fn state(&mut self, from: UnfinishedState, to: UnfinishedState) {
            if let Some((operation, _)) = self.operation.as_mut().filter(|(operation, _)| operation.state == from) {
                operation.state = to;
            }
        }

        fn apply(&mut self, event: &Event) {
            use UnfinishedState::{Failed, InProgress, Pending};
            match event {
                Event::Edit(content) => {
                    self.versions += 1;
                    self.desired = desired(Uuid::from_u128(100 + self.versions), *content);
                }
                Event::Remove => self.desired = None,
                Event::Switch(on) => self.switched_off = !on,
                Event::Lease => self.state(Pending, InProgress),
                Event::FailForNow => self.state(InProgress, Pending),
                Event::FailForGood => self.state(InProgress, Failed),
                Event::Retry => self.state(Failed, Pending),
                Event::Lapse => {
                    let taken = self.operation.filter(|(operation, _)| operation.state == InProgress);
                    self.late = taken.map(|(_, digest)| digest).or(self.late);
                    self.state(InProgress, Pending);
                }
                Event::LateSuccess => {
                    if let Some(digest) = self.late.take() {
                        self.account = digest;
                        // The report completes its operation when that is the one that waits.
                        self.operation.take_if(|(operation, wanted)| operation.state == Pending && *wanted == digest);
                    }
                }
                Event::Succeed => {
                    if let Some((_, digest)) =
                        self.operation.take_if(|(operation, _)| operation.state == UnfinishedState::InProgress)
                    {
                        self.account = digest;
                    }
                }
            }
            self.reconcile();
        }
    }

    proptest! {
        #[test]
        fn it_always_comes_to_rest_with_the_newest_version(events in proptest::collection::vec(prop_oneof![
            (0..4u8).prop_map(Event::Edit), Just(Event::Remove), Just(Event::Lease), Just(Event::Succeed),
            Just(Event::FailForNow), Just(Event::FailForGood), Just(Event::Retry), Just(Event::Lapse),
            Just(Event::LateSuccess), any::<bool>().prop_map(Event::Switch),
        ], 0..40)) {
            let mut world = World::default();
            for event in &events {
                world.apply(event);
            }
            if world.switched_off {
                let waits = world.operation.is_some_and(|(operation, _)| operation.state != UnfinishedState::InProgress);
                prop_assert!(!waits, "{world:?}");
            }
            world.apply(&Event::Switch(true));
            for _ in 0..3 {
                world.apply(&Event::Retry);
                world.apply(&Event::Lease);
                world.apply(&Event::Succeed);
            }
            prop_assert!(world.operation.is_none(), "{world:?}");
            prop_assert_eq!(world.account, world.desired.map(|desired| desired.digest));
        }
    }
}
