//! Who is signed in: the account's organisations, the rule that chooses one of them, and the account itself.

use serde::{Deserialize, Serialize};

use super::decode::{Drift, first_text, json, listed};
use crate::io::Body;
use crate::json::Json;

/// Organisations beyond these are not offered for choosing; an account has one or two.
const MOST: usize = 20;

/// More of a name is not shown.
const LONGEST_NAME: usize = 80;

/// Capabilities of an organisation that can hold skills of its own.
const PAID: [&str; 6] = ["claude_pro", "raven", "claude_max", "claude_team", "pro", "max"];

/// An organisation of the account that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemoteOrganisation {
    pub id: String,
    /// What people call it; empty when it has no name.
    pub name: String,
    pub chats: bool,
    pub paid: bool,
}

/// All organisations of the account.
pub(crate) fn organisations(body: &Body) -> Result<Vec<RemoteOrganisation>, Drift> {
    let json = json(body)?;
    let single = json.get("organization").map(std::slice::from_ref);
    let items = json.list().or(single).or_else(|| listed(json, &["organizations", "data"])).ok_or(Drift)?;
    items.iter().take(MOST).map(organisation).collect()
}

/// The first that chats and is paid for, else the first that chats, else the last; `None` when there is none.
pub(crate) fn by_rule(organisations: &[RemoteOrganisation]) -> Option<&RemoteOrganisation> {
    let first = |fits: fn(&&RemoteOrganisation) -> bool| organisations.iter().find(fits);
    first(|one| one.chats && one.paid).or_else(|| first(|one| one.chats)).or(organisations.last())
}

/// The id of the account that is signed in; `None` when the answer does not say.
pub(crate) fn account(body: &Body) -> Option<String> {
    first_text(json(body).ok()?.get("account")?, &["uuid", "id"])
}

fn organisation(item: &Json) -> Result<RemoteOrganisation, Drift> {
    let name = item.get("name").and_then(Json::text).unwrap_or_default();
    let chats = has(item, &["chat"]);
    Ok(RemoteOrganisation {
        id: first_text(item, &["uuid", "id"]).ok_or(Drift)?,
        name: name.chars().take(LONGEST_NAME).collect(),
        chats,
        paid: has(item, &PAID),
    })
}

fn has(item: &Json, wanted: &[&str]) -> bool {
    let capabilities = item.get("capabilities").and_then(Json::list).unwrap_or_default();
    capabilities.iter().filter_map(Json::text).any(|capability| wanted.contains(&capability))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(serde_json::from_str(text).expect("is JSON"))
    }

    #[test]
    fn the_organisation_that_chats_and_is_paid_for_comes_first() {
        let table = [
            (
                r#"[{"uuid":"a","capabilities":["api"]},{"uuid":"b","capabilities":["chat"]},{"uuid":"c","capabilities":["claude_max","chat"]}]"#,
                Ok(Some("c")),
            ),
            (
                r#"{"organizations":[{"uuid":"a","capabilities":["api"]},{"uuid":"b","capabilities":["chat"]}]}"#,
                Ok(Some("b")),
            ),
            (r#"{"data":[{"id":"a"},{"uuid":"","id":"b","capabilities":[7]}]}"#, Ok(Some("b"))),
            (r#"{"organization":{"uuid":"a"}}"#, Ok(Some("a"))),
            ("[]", Ok(None)),
            (r#"{"orgs":[]}"#, Err(Drift)),
            (r#"[{"name":"nobody"}]"#, Err(Drift)),
            ("null", Err(Drift)),
        ];
        for (text, expected) in table {
            let chosen = organisations(&body(text)).map(|list| by_rule(&list).map(|one| one.id.clone()));
            assert_eq!(chosen, expected.map(|id| id.map(str::to_owned)), "{text}");
        }
        assert_eq!(organisations(&Body::NotJson), Err(Drift));
    }

    #[test]
    fn the_account_is_named_or_not() {
        let table = [
            (r#"{"account":{"uuid":"a-1","email_address":"x"}}"#, Some("a-1")),
            (r#"{"account":{"id":7}}"#, Some("7")),
            (r#"{"account":{"memberships":[]}}"#, None),
            (r#"{"account":null}"#, None),
            ("[]", None),
        ];
        for (text, expected) in table {
            assert_eq!(account(&body(text)).as_deref(), expected, "{text}");
        }
        assert_eq!(account(&Body::NotJson), None);
    }

    #[test]
    fn names_stay_short() {
        let list = organisations(&body(&format!(r#"[{{"uuid":"a","name":"{}"}}]"#, "ä".repeat(200)))).expect("a list");
        assert_eq!(list[0].name.chars().count(), LONGEST_NAME);
    }
}
