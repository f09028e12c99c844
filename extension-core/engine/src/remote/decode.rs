//! Reads bodies that were judged to be successes: lenient about where a thing lies, strict about whether it is there. A list whose
//! key is missing is [`Drift`] and never an empty list, because "the account has nothing" leads to writes.

use super::scrub::scrubbed;
use crate::io::Body;
use crate::json::Json;

/// The body does not have the shape that is relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Drift;

/// A skill of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteSkill {
    pub id: String,
    /// The front-matter name, which is its identity for uploads.
    pub name: String,
    pub mark: Mark,
    /// claude.ai's own; never touched.
    pub built_in: bool,
    /// The organisation's and not the person's; left to its owner.
    pub shared: bool,
}

/// How claude.ai tells one content of a skill from the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Mark {
    pub version: Option<String>,
    pub updated_at: Option<String>,
}

/// What an upload answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Uploaded {
    /// The skill as it stands now.
    Done { id: String, mark: Mark },
    /// 200, but the rules of claude.ai were broken; the first reason, scrubbed.
    Invalid(String),
}

/// What the server takes as a version mark.
const LONGEST_MARK: usize = 64;

impl Mark {
    /// The mark as the server keeps it: version, else time of the last change.
    pub fn text(&self) -> Option<&str> {
        self.version.as_deref().or(self.updated_at.as_deref()).filter(|text| text.len() <= LONGEST_MARK)
    }

    /// Both say the same thing and it differs, so somebody has changed the skill in between.
    pub fn contradicts(&self, other: &Self) -> bool {
        let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        if self.version.is_some() && other.version.is_some() {
            return self.version != other.version;
        }
        differ(&self.updated_at, &other.updated_at)
    }
}

/// All skills of the account. One item without id or name makes the whole list unusable.
pub(crate) fn skills(body: &Body) -> Result<Vec<RemoteSkill>, Drift> {
    let json = json(body)?;
    json.list().or_else(|| listed(json, &["skills", "data"])).ok_or(Drift)?.iter().map(skill).collect()
}

/// What an upload answered: the skill itself, or the skill beside `validation_errors`.
pub(crate) fn uploaded(body: &Body) -> Result<Uploaded, Drift> {
    let json = json(body)?;
    if let Some(reason) = json.get("validation_errors").and_then(Json::list).and_then(<[Json]>::first) {
        return Ok(Uploaded::Invalid(reason_text(reason)));
    }
    let places = [json.get("skill").unwrap_or(json), json];
    let id = places.iter().find_map(|place| first_text(place, &["id", "uuid"])).ok_or(Drift)?;
    let marks = places.map(mark);
    let mark = marks.into_iter().find(|mark| mark.text().is_some()).unwrap_or_default();
    Ok(Uploaded::Done { id, mark })
}

/// The body as JSON.
pub(super) fn json(body: &Body) -> Result<&Json, Drift> {
    match body {
        Body::Json(json) => Ok(json),
        Body::Empty | Body::NotJson | Body::Bytes(_) => Err(Drift),
    }
}

/// The first of these members that is a list.
pub(super) fn listed<'j>(json: &'j Json, keys: &[&str]) -> Option<&'j [Json]> {
    keys.iter().find_map(|key| json.get(key)?.list())
}

fn skill(item: &Json) -> Result<RemoteSkill, Drift> {
    Ok(RemoteSkill {
        id: first_text(item, &["id", "uuid", "skill_id"]).ok_or(Drift)?,
        name: first_text(item, &["name"]).ok_or(Drift)?,
        mark: mark(item),
        built_in: item.get("creator_type").and_then(Json::text) == Some("anthropic"),
        shared: item.get("partition_by").and_then(Json::text) == Some("organization"),
    })
}

fn mark(item: &Json) -> Mark {
    Mark { version: first_text(item, &["version", "latest_version"]), updated_at: first_text(item, &["updated_at"]) }
}

/// The first of these members that is a text that says something, or a whole number.
pub(super) fn first_text(item: &Json, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match item.get(key)? {
        Json::Text(text) if !text.is_empty() => Some(text.clone()),
        number @ Json::Number(_) => number.clone().decode::<u64>().ok().map(|whole| whole.to_string()),
        _ => None,
    })
}

fn reason_text(reason: &Json) -> String {
    let text = reason.text().or_else(|| reason.get("message").and_then(Json::text));
    scrubbed(text.unwrap_or("the rules for skills are broken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::Json(serde_json::from_str(text).expect("is JSON"))
    }

    #[test]
    fn lists_are_found_where_they_lie_and_missed_where_they_do_not() {
        let item = r#"{"id":"s1","name":"a","version":3,"updated_at":"t","creator_type":"user","new":{}}"#;
        for text in
            [format!("[{item}]"), format!(r#"{{"skills":[{item}]}}"#), format!(r#"{{"data":[{item}],"more":1}}"#)]
        {
            let mark = Mark { version: Some("3".into()), updated_at: Some("t".into()) };
            let expected = RemoteSkill { id: "s1".into(), name: "a".into(), mark, built_in: false, shared: false };
            assert_eq!(skills(&body(&text)), Ok(vec![expected]), "{text}");
        }
        for text in
            [r#"{"items":[]}"#, "{}", r#"{"skills":{}}"#, r#"[{"id":"s1"}]"#, r#"[{"name":"a"}]"#, r#"["a"]"#, "null"]
        {
            assert_eq!(skills(&body(text)), Err(Drift), "{text}");
        }
        assert_eq!(skills(&body(r#"{"skills":[]}"#)), Ok(vec![]));
        assert_eq!(skills(&Body::Empty), Err(Drift));
    }

    #[test]
    fn uploads_are_read_in_every_known_form() {
        let done = |version: Option<&str>| {
            Ok(Uploaded::Done { id: "s".into(), mark: Mark { version: version.map(str::to_owned), updated_at: None } })
        };
        let table = [
            (r#"{"skill":{"id":"s","version":"1"}}"#, done(Some("1"))),
            (r#"{"skill":{"uuid":"s","latest_version":"2"},"validation_errors":[]}"#, done(Some("2"))),
            (r#"{"id":"s"}"#, done(None)),
            (r#"{"uuid":"s","version":"3"}"#, done(Some("3"))),
            (r#"{"validation_errors":["bad"],"skill":null}"#, Ok(Uploaded::Invalid("bad".into()))),
            (r#"{"validation_errors":[{"message":"worse"}]}"#, Ok(Uploaded::Invalid("worse".into()))),
            (r#"{"ok":true}"#, Err(Drift)),
            ("[]", Err(Drift)),
        ];
        for (text, expected) in table {
            assert_eq!(uploaded(&body(text)), expected, "{text}");
        }
    }

    #[test]
    fn marks_contradict_only_where_both_speak() {
        let mark = |version: Option<&str>, updated_at: Option<&str>| Mark {
            version: version.map(str::to_owned),
            updated_at: updated_at.map(str::to_owned),
        };
        assert!(mark(Some("1"), None).contradicts(&mark(Some("2"), None)));
        assert!(mark(None, Some("a")).contradicts(&mark(Some("1"), Some("b"))));
        assert!(!mark(Some("1"), Some("a")).contradicts(&mark(Some("1"), Some("b"))));
        assert!(!mark(Some("1"), None).contradicts(&mark(None, Some("b"))));
        assert!(!Mark::default().contradicts(&mark(Some("1"), None)));
    }
}
