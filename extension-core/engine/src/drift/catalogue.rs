//! The contracts, one a call. `docs/upstream-contract.md` says where each assumption comes from; a capture from a browser becomes a
//! fixture (`cargo xtask fixtures`), and the fixture is held against the entry here.

use companion_wire::endpoint::{Endpoint, Verdict};

use super::contract::{Contract, Expected, Member, Shape, Weight};
use crate::remote::endpoints::{
    CREATE, CREATE_MARKETPLACE, DELETE, DOWNLOAD, LIST, MARKETPLACES, ORGANISATIONS, PLUGINS, REPLACE, SWITCH_PLUGIN,
    UPLOAD_PLUGIN,
};

/// Raised with every change here: what an earlier edition found says nothing about this one.
pub(crate) const EDITION: u32 = 1;

const fn needed(names: &'static [&'static str], shape: Shape) -> Member {
    Member { names, shape, weight: Weight::Needed }
}

const fn used(names: &'static [&'static str], shape: Shape) -> Member {
    Member { names, shape, weight: Weight::Used }
}

const fn known(names: &'static [&'static str]) -> Member {
    Member { names, shape: Shape::Any, weight: Weight::Known }
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

/// What a list and the making say of a marketplace; `name` as far as it is relied on.
const fn marketplace(name: Member) -> [Member; 6] {
    [
        needed(&["id"], Shape::Label),
        name,
        known(&["source"]),
        known(&["source_url"]),
        known(&["plugins"]),
        known(&["created_at"]),
    ]
}

const MARKETPLACE: &[Member] = &marketplace(known(&["name"]));
static LISTED_MARKETPLACE: Shape = Shape::Object(&marketplace(needed(&["name"], Shape::Label)));

/// What a list and an upload say of a plugin; `name` as far as it is relied on.
const fn plugin(name: Member) -> [Member; 11] {
    [
        needed(&["id"], Shape::Label),
        name,
        known(&["display_name"]),
        known(&["enabled"]),
        known(&["description"]),
        known(&["marketplace_id"]),
        known(&["version"]),
        known(&["author"]),
        known(&["category"]),
        known(&["install_count"]),
        known(&["enable_count"]),
    ]
}

const PLUGIN: &[Member] = &plugin(known(&["name"]));
static LISTED_PLUGIN: Shape = Shape::Object(&plugin(needed(&["name"], Shape::Label)));

/// All contracts.
pub(crate) static CONTRACTS: [Contract; 10] = [
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
    Contract {
        name: Endpoint::ListMarketplaces,
        calls: &[&MARKETPLACES],
        // "There is none" would make a second one, so that a list that is missing is no empty list.
        answer: Expected::Json(Shape::Object(&[needed(&["marketplaces"], Shape::List(&LISTED_MARKETPLACE))])),
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::CreateMarketplace,
        calls: &[&CREATE_MARKETPLACE],
        answer: Expected::Json(Shape::Either(&[
            Shape::Object(&[needed(&["marketplace"], Shape::Object(MARKETPLACE))]),
            Shape::Object(MARKETPLACE),
        ])),
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: false,
    },
    Contract {
        name: Endpoint::ListPlugins,
        calls: &[&PLUGINS],
        answer: Expected::Json(Shape::Object(&[needed(&["plugins"], Shape::List(&LISTED_PLUGIN))])),
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: true,
    },
    Contract {
        name: Endpoint::UploadPlugin,
        calls: &[&UPLOAD_PLUGIN],
        answer: Expected::Json(Shape::Either(&[
            Shape::Object(&[needed(&["plugin"], Shape::Object(PLUGIN))]),
            Shape::Object(PLUGIN),
        ])),
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: true,
    },
    Contract {
        name: Endpoint::SwitchPlugin,
        calls: &[&SWITCH_PLUGIN],
        answer: Expected::Anything,
        when_broken: Verdict::ReadOnly,
        missing_is_about_one: true,
    },
];

/// The contract of a call that this version makes.
pub(crate) fn contract(name: Endpoint) -> Option<&'static Contract> {
    CONTRACTS.iter().find(|contract| contract.name == name)
}
