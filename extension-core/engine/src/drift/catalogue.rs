//! The contracts, one a call. `docs/upstream-contract.md` says where each assumption comes from; a capture from a browser becomes a
//! fixture (`cargo xtask fixtures`), and the fixture is held against the entry here.

use companion_wire::endpoint::{Endpoint, Verdict};

use super::contract::{Contract, Expected, Member, Shape, Weight};
use crate::remote::endpoints::{CREATE, DELETE, DOWNLOAD, LIST, ORGANISATIONS, REPLACE};

/// Raised with every change here: what an earlier edition found says nothing about this one.
pub(crate) const EDITION: u32 = 1;

const fn needed(names: &'static [&'static str], shape: Shape) -> Member {
    Member { names, shape, weight: Weight::Needed }
}

const fn used(names: &'static [&'static str], shape: Shape) -> Member {
    Member { names, shape, weight: Weight::Used }
}

const fn known(name: &'static [&'static str]) -> Member {
    Member { names: name, shape: Shape::Any, weight: Weight::Known }
}

static ORGANISATION: Shape = Shape::Object(&[
    needed(&["uuid", "id"], Shape::Label),
    used(&["capabilities"], Shape::List(&Shape::Label)),
    known(&["name"]),
]);

static SKILL: Shape = Shape::Object(&[
    needed(&["id", "uuid", "skill_id"], Shape::Label),
    needed(&["name"], Shape::Label),
    used(&["version", "latest_version", "updated_at"], Shape::Label),
    used(&["creator_type"], Shape::Label),
    known(&["description"]),
    known(&["enabled"]),
    known(&["partition_by"]),
    known(&["is_shared"]),
    known(&["owner"]),
    known(&["created_at"]),
]);

/// What an upload answers holds the skill as a list does, but nothing more than the id is relied on.
const UPLOADED: &[Member] = &[
    needed(&["id", "uuid"], Shape::Label),
    used(&["version", "latest_version", "updated_at"], Shape::Label),
    known(&["name"]),
    known(&["creator_type"]),
    known(&["description"]),
    known(&["enabled"]),
    known(&["partition_by"]),
    known(&["is_shared"]),
    known(&["owner"]),
    known(&["created_at"]),
    known(&["skill"]),
    known(&["validation_errors"]),
];

/// All contracts.
pub(crate) static CONTRACTS: [Contract; 5] = [
    Contract {
        name: Endpoint::Organisations,
        calls: &[&ORGANISATIONS],
        answer: Expected::Json(Shape::Either(&[
            Shape::List(&ORGANISATION),
            Shape::Object(&[needed(&["organization"], Shape::Object(&[needed(&["uuid", "id"], Shape::Label)]))]),
            Shape::Object(&[needed(&["organizations", "data"], Shape::List(&ORGANISATION))]),
        ])),
        when_broken: Verdict::Stop,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::ListSkills,
        calls: &[&LIST],
        answer: Expected::Json(Shape::Either(&[
            Shape::List(&SKILL),
            Shape::Object(&[needed(&["skills", "data"], Shape::List(&SKILL))]),
        ])),
        when_broken: Verdict::Stop,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::UploadSkill,
        calls: &[&CREATE, &REPLACE],
        answer: Expected::Json(Shape::Either(&[
            Shape::Object(&[needed(&["skill"], Shape::Object(UPLOADED)), known(&["validation_errors"])]),
            Shape::Object(&[needed(&["validation_errors"], Shape::Filled), known(&["skill"])]),
            Shape::Object(UPLOADED),
        ])),
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::DeleteSkill,
        calls: &[&DELETE],
        answer: Expected::Anything,
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::DownloadSkill,
        calls: &[&DOWNLOAD],
        answer: Expected::Zip,
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: true,
    },
];

/// The contract of a call that this version makes.
pub(crate) fn contract(name: Endpoint) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|contract| contract.name == name)
}
