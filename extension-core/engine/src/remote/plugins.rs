//! Reads what the account says about marketplaces and plugins. A key that is missing is [`Drift`] and never an empty list: "there is
//! none" would make a second marketplace, or leave plugins switched on that should go.

use super::decode::{Drift, first_text, json};
use crate::io::Body;
use crate::json::Json;

/// A plugin of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemotePlugin {
    pub id: String,
    /// Its identity for uploads.
    pub name: String,
    /// What people see.
    pub display_name: Option<String>,
    /// The switch, where the list tells.
    pub enabled: Option<bool>,
}

/// Ids of the marketplaces with exactly this name that are filled by uploads, in the account's order.
pub(crate) fn marketplaces(body: &Body, name: &str) -> Result<Vec<String>, Drift> {
    let items = json(body)?.get("marketplaces").and_then(Json::list).ok_or(Drift)?;
    let mut ids = Vec::new();
    for item in items {
        let (id, called) = (first_text(item, &["id"]).ok_or(Drift)?, first_text(item, &["name"]).ok_or(Drift)?);
        let manual = item.get("source").and_then(Json::text).is_none_or(|source| source == "manual");
        if called == name && manual {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The id of what was made or uploaded.
pub(crate) fn made(body: &Body) -> Result<String, Drift> {
    let json = json(body)?;
    let places = [Some(json), json.get("plugin"), json.get("marketplace")];
    places.into_iter().flatten().find_map(|place| first_text(place, &["id"])).ok_or(Drift)
}

/// The plugins of a marketplace. One item without id or name makes the whole list unusable.
pub(crate) fn plugins(body: &Body) -> Result<Vec<RemotePlugin>, Drift> {
    json(body)?.get("plugins").and_then(Json::list).ok_or(Drift)?.iter().map(plugin).collect()
}

fn plugin(item: &Json) -> Result<RemotePlugin, Drift> {
    Ok(RemotePlugin {
        id: first_text(item, &["id"]).ok_or(Drift)?,
        name: first_text(item, &["name"]).ok_or(Drift)?,
        display_name: first_text(item, &["display_name"]),
        enabled: item.get("enabled").and_then(|enabled| if let Json::Bool(on) = enabled { Some(*on) } else { None }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(serde_json::from_str(text).expect("is JSON"))
    }

    #[test]
    fn a_marketplace_is_found_by_its_exact_name_and_missed_when_its_list_is_not_there() {
        let list = r#"{"marketplaces":[{"id":"m1","name":"skillnote"},{"id":"m2","name":"SkillNote","source":"github"},
            {"id":"m3","name":"SkillNote","source":"manual"},{"id":"m4","name":"SkillNote"}]}"#;
        assert_eq!(marketplaces(&body(list), "SkillNote"), Ok(vec!["m3".to_owned(), "m4".to_owned()]));
        assert_eq!(marketplaces(&body(r#"{"marketplaces":[]}"#), "SkillNote"), Ok(vec![]));
        for text in [r#"{"items":[]}"#, "[]", r#"{"marketplaces":{}}"#, r#"{"marketplaces":[{"name":"SkillNote"}]}"#] {
            assert_eq!(marketplaces(&body(text), "SkillNote"), Err(Drift), "{text}");
        }
        assert_eq!(marketplaces(&Body::NotJson, "SkillNote"), Err(Drift));
    }

    #[test]
    fn plugins_are_read_or_missed() {
        let list = r#"{"plugins":[{"id":"p1","name":"a","display_name":"A","enabled":false},{"id":"p2","name":"b"}]}"#;
        let read = plugins(&body(list)).expect("reads");
        assert_eq!((read[0].enabled, read[1].enabled), (Some(false), None));
        assert_eq!(read[0].display_name.as_deref(), Some("A"));
        for text in ["[]", "{}", r#"{"plugins":[{"id":"p1"}]}"#] {
            assert_eq!(plugins(&body(text)), Err(Drift), "{text}");
        }
    }

    #[test]
    fn what_was_made_has_an_id() {
        assert_eq!(made(&body(r#"{"id":"p1"}"#)), Ok("p1".to_owned()));
        assert_eq!(made(&body(r#"{"plugin":{"id":"p1"}}"#)), Ok("p1".to_owned()));
        assert_eq!(made(&body(r#"{"name":"p1"}"#)), Err(Drift));
        assert_eq!(made(&Body::Empty), Err(Drift));
    }
}
