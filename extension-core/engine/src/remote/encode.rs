//! From an intent to a request.

use super::endpoints::{
    ACCOUNT, CONVERSATION, CREATE, CREATE_MARKETPLACE, DELETE, DOWNLOAD, Effect, Endpoint, LIST, MARKETPLACES,
    ORGANISATIONS, PLUGINS, REPLACE, SWITCH_PLUGIN, UPLOAD_PLUGIN,
};
use crate::address::percent_encoded;
use crate::io::{Expect, Request, RequestBody, RequestId, Target, Through};
use crate::json::Json;

/// The field and file name that the web page itself uses.
const FIELD: &str = "file";
const FILE_NAME: &str = "skill.zip";

/// No step may take longer than 25 s, or the browser ends the background in the middle.
const LONG: u32 = 25_000;
const SHORT: u32 = 20_000;

/// Asks for the account's organisations.
pub(crate) fn organisations(id: RequestId) -> Request {
    request(id, &ORGANISATIONS, 0, "", "")
}

/// Asks which account is signed in.
pub(crate) fn account(id: RequestId) -> Request {
    request(id, &ACCOUNT, 0, "", "")
}

/// Asks for all skills, on the path with this number (see [`Endpoint::candidates`]).
pub(crate) fn list(id: RequestId, candidate: usize, org: &str) -> Request {
    request(id, &LIST, candidate, org, "")
}

/// Asks for a skill as a zip.
pub(crate) fn download(id: RequestId, candidate: usize, org: &str, skill: &str) -> Request {
    Request { expect: Expect::Bytes, timeout_ms: LONG, ..request(id, &DOWNLOAD, candidate, org, skill) }
}

/// Asks for a conversation with its tool calls.
pub(crate) fn conversation(id: RequestId, org: &str, conversation: &str) -> Request {
    request(id, &CONVERSATION, 0, org, conversation)
}

/// Sends a bundle: as a new skill, or over the one of that name.
pub(crate) fn upload(id: RequestId, overwrite: bool, org: &str, bytes: Vec<u8>) -> Request {
    let body = RequestBody::MultipartZip { texts: Vec::new(), field: FIELD, file_name: FILE_NAME, bytes };
    let endpoint = if overwrite { &REPLACE } else { &CREATE };
    Request { body, ..request(id, endpoint, 0, org, "") }
}

/// Removes a skill.
pub(crate) fn delete(id: RequestId, org: &str, skill: &str) -> Request {
    let body = Json::Object([("skill_id".to_owned(), Json::Text(skill.to_owned()))].into());
    Request { body: RequestBody::Json(body), ..request(id, &DELETE, 0, org, "") }
}

/// Asks for the account's own marketplaces.
pub(crate) fn marketplaces(id: RequestId, org: &str) -> Request {
    request(id, &MARKETPLACES, 0, org, "")
}

/// Makes a marketplace of this name that is filled by uploads.
pub(crate) fn create_marketplace(id: RequestId, org: &str, name: &str) -> Request {
    let members = [("name", name), ("source", "manual"), ("source_url", "")];
    let body = members.map(|(name, value)| (name.to_owned(), Json::Text(value.to_owned())));
    Request { body: RequestBody::Json(Json::Object(body.into())), ..request(id, &CREATE_MARKETPLACE, 0, org, "") }
}

/// Asks for the plugins of a marketplace.
pub(crate) fn plugins(id: RequestId, org: &str, marketplace: &str) -> Request {
    request(id, &PLUGINS, 0, org, marketplace)
}

/// Sends a plugin: as a new one, or over the one of its name.
pub(crate) fn upload_plugin(id: RequestId, org: &str, marketplace: &str, bytes: Vec<u8>) -> Request {
    let body = RequestBody::MultipartZip { texts: Vec::new(), field: FIELD, file_name: "plugin.zip", bytes };
    Request { body, ..request(id, &UPLOAD_PLUGIN, 0, org, marketplace) }
}

/// Switches a plugin on or off.
pub(crate) fn switch_plugin(id: RequestId, org: &str, plugin: &str, on: bool) -> Request {
    let body = Json::Object([("enabled".to_owned(), Json::Bool(on))].into());
    Request { body: RequestBody::Json(body), ..request(id, &SWITCH_PLUGIN, 0, org, plugin) }
}

fn request(id: RequestId, endpoint: &'static Endpoint, candidate: usize, org: &str, skill: &str) -> Request {
    // A candidate that is out of range cannot be asked for by `classify`; the first one is always there.
    let path = endpoint.candidates.get(candidate).unwrap_or(&endpoint.candidates[0]).path;
    Request {
        id,
        method: endpoint.method,
        target: Target::ClaudeAi,
        through: Through::Background,
        path: path.replace("{org}", &percent_encoded(org)).replace("{id}", &percent_encoded(skill)),
        headers: vec![
            ("anthropic-client-platform", "web_claude_ai".to_owned()),
            ("anthropic-client-version", "1.0.0".to_owned()),
        ],
        body: RequestBody::None,
        expect: Expect::Json,
        // A write that is cut off has to be looked into, so it gets all the time there is.
        timeout_ms: if endpoint.effect == Effect::Writes { LONG } else { SHORT },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place_in_the_path() {
        let request = download(RequestId(1), 1, "o/../x", "s?a=b#c");
        assert_eq!(request.path, "/api/organizations/o%2F..%2Fx/skills/s%3Fa%3Db%23c/download");
    }

    #[test]
    fn every_call_says_which_client_it_is_and_ends_in_time() {
        let id = RequestId(1);
        let calls = [
            organisations(id),
            account(id),
            list(id, 0, "o"),
            download(id, 0, "o", "s"),
            upload(id, true, "o", vec![]),
            delete(id, "o", "s"),
            marketplaces(id, "o"),
            create_marketplace(id, "o", "m"),
            plugins(id, "o", "m"),
            upload_plugin(id, "o", "m", vec![]),
            switch_plugin(id, "o", "p", true),
        ];
        for call in calls {
            assert!(call.headers.contains(&("anthropic-client-platform", "web_claude_ai".into())));
            assert!(call.timeout_ms <= 25_000);
        }
    }
}
