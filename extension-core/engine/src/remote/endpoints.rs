//! Catalogue of the calls, as data: verb, paths in the order in which they are tried, effect, and how sure each path is.

use crate::io::Method;

/// One call.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub method: Method,
    /// The first is the one that is believed in; the others are tried on 404, for reads only.
    pub candidates: &'static [Candidate],
    pub effect: Effect,
}

/// One path that a call may have. `{org}` and `{id}` stand for percent-encoded values.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub path: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the catalogue, and for its tests"))]
    pub confidence: Confidence,
}

/// Whether a call changes the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Writes,
}

/// The marks of `docs/upstream-contract.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confidence {
    /// Seen live by others and reported with its date.
    Live,
    /// Noted by several people independently.
    Noted,
    /// Assumed.
    Assumed,
}

/// The account's organisations; also the probe of the session, because it needs no organisation.
pub(crate) static ORGANISATIONS: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[Candidate { path: "/api/organizations", confidence: Confidence::Live }],
    effect: Effect::Reads,
};

/// Which account is signed in, among much else that is not looked at.
pub(crate) static ACCOUNT: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[Candidate { path: "/api/bootstrap", confidence: Confidence::Noted }],
    effect: Effect::Reads,
};

/// All skills of the organisation.
pub(crate) static LIST: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[
        Candidate { path: "/api/organizations/{org}/skills/list-skills", confidence: Confidence::Noted },
        Candidate { path: "/api/organizations/{org}/skills", confidence: Confidence::Assumed },
    ],
    effect: Effect::Reads,
};

/// A new skill. Answers `upload_skill_already_exists` when the name is taken.
pub(crate) static CREATE: Endpoint = Endpoint {
    method: Method::Post,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/skills/upload-skill?overwrite=false",
        confidence: Confidence::Noted,
    }],
    effect: Effect::Writes,
};

/// New content for the skill of the bundle's name.
pub(crate) static REPLACE: Endpoint = Endpoint {
    method: Method::Post,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/skills/upload-skill?overwrite=true",
        confidence: Confidence::Noted,
    }],
    effect: Effect::Writes,
};

/// Removes a skill by its id.
pub(crate) static DELETE: Endpoint = Endpoint {
    method: Method::Post,
    candidates: &[Candidate { path: "/api/organizations/{org}/skills/delete-skill", confidence: Confidence::Noted }],
    effect: Effect::Writes,
};

/// A skill as a zip.
pub(crate) static DOWNLOAD: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[
        Candidate {
            path: "/api/organizations/{org}/skills/download-dot-skill-file?skill_id={id}",
            confidence: Confidence::Noted,
        },
        Candidate { path: "/api/organizations/{org}/skills/{id}/download", confidence: Confidence::Assumed },
    ],
    effect: Effect::Reads,
};

/// The account's own marketplaces.
pub(crate) static MARKETPLACES: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/marketplaces/list-account-marketplaces",
        confidence: Confidence::Live,
    }],
    effect: Effect::Reads,
};

/// A marketplace that is filled by uploads.
pub(crate) static CREATE_MARKETPLACE: Endpoint = Endpoint {
    method: Method::Post,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/marketplaces/create-account-marketplace",
        confidence: Confidence::Live,
    }],
    effect: Effect::Writes,
};

/// The plugins of the marketplace `{id}`. No paging is known; more than a hundred would not all be seen.
pub(crate) static PLUGINS: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/marketplaces/{id}/plugins/account-list-plugins?limit=100",
        confidence: Confidence::Live,
    }],
    effect: Effect::Reads,
};

/// A plugin, new or over the one of its name, in the marketplace `{id}`.
pub(crate) static UPLOAD_PLUGIN: Endpoint = Endpoint {
    method: Method::Post,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/marketplaces/{id}/plugins/account-upload?overwrite=true",
        confidence: Confidence::Live,
    }],
    effect: Effect::Writes,
};

/// The switch of the plugin `{id}`.
pub(crate) static SWITCH_PLUGIN: Endpoint = Endpoint {
    method: Method::Put,
    candidates: &[Candidate { path: "/api/organizations/{org}/plugins/{id}/enabled", confidence: Confidence::Live }],
    effect: Effect::Writes,
};

/// A conversation with all its tool calls; read for usage insight only, which is off unless a person switches it on.
pub(crate) static CONVERSATION: Endpoint = Endpoint {
    method: Method::Get,
    candidates: &[Candidate {
        path: "/api/organizations/{org}/chat_conversations/{id}?tree=True&rendering_mode=messages&render_all_tools=true&consistency=eventual",
        confidence: Confidence::Noted,
    }],
    effect: Effect::Reads,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reads_have_a_second_path() {
        let of_plugins = [&MARKETPLACES, &CREATE_MARKETPLACE, &PLUGINS, &UPLOAD_PLUGIN, &SWITCH_PLUGIN];
        let others = [&ORGANISATIONS, &ACCOUNT, &LIST, &CREATE, &REPLACE, &DELETE, &DOWNLOAD, &CONVERSATION];
        for endpoint in others.into_iter().chain(of_plugins) {
            assert!(endpoint.effect == Effect::Reads || endpoint.candidates.len() == 1);
        }
    }

    #[test]
    fn the_path_that_is_surest_comes_first() {
        for endpoint in [&ORGANISATIONS, &LIST, &DOWNLOAD] {
            let sure = |candidate: &Candidate| candidate.confidence as u8;
            assert!(endpoint.candidates.is_sorted_by_key(sure));
        }
    }
}
