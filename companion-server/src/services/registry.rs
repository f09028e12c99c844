//! The registry of internal services: `service_connectors.json`, strictly read, with the skill files that lie beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::library::skill_name;

/// Bytes of a registry or a skill file at most.
const LARGEST: u64 = 1024 * 1024;
const FIELDS: [&str; 9] = [
    "id",
    "name",
    "description",
    "token_exchange_url",
    "token_revoke_url",
    "health_url",
    "env_var_name",
    "skill_file",
    "enabled",
];

/// A service of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its name in routes and in the name of its secret's variable.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where keys are issued.
    pub token_exchange_url: String,
    /// Where they are revoked.
    pub token_revoke_url: String,
    /// Where it says how it is.
    pub health_url: Option<String>,
    /// The variable that its key is delivered in.
    pub env_var_name: String,
    /// The file that teaches an agent to use it.
    pub skill_file: String,
    /// What that file says.
    pub skill_text: String,
    /// Whether it can be used.
    pub enabled: bool,
}

/// Why a registry is not taken. Every sentence names the file, and as far as there is one the entry and the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct RegistryError {
    file: String,
    what: String,
}

/// All services, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    /// Those that are switched off as well.
    pub services: Vec<ServiceEntry>,
}

impl Registry {
    /// Reads a registry and the skill files beside it.
    ///
    /// # Errors
    ///
    /// [`RegistryError`].
    pub fn read(file: &Path) -> Result<Self, RegistryError> {
        let wrong = |what: String| RegistryError { file: file.display().to_string(), what };
        let text = text_of(file).map_err(&wrong)?;
        let folder = file.parent().map(PathBuf::from).unwrap_or_default();
        parse(&text, |name| text_of(&folder.join(name))).map_err(wrong)
    }

    /// A service that can be used.
    pub fn enabled(&self, id: &str) -> Option<&ServiceEntry> {
        self.services.iter().find(|service| service.enabled && service.id == id)
    }
}

/// Reads the text of a registry; `skill` reads a skill file.
fn parse(text: &str, skill: impl Fn(&str) -> Result<String, String>) -> Result<Registry, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))?;
    let Value::Array(entries) = value else { return Err("this is no array of services".to_owned()) };
    let mut services: Vec<ServiceEntry> = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let called =
            entry.get("id").and_then(Value::as_str).map(|id| format!(" (“{}”)", short(id))).unwrap_or_default();
        let entry = service(entry, &skill).map_err(|what| format!("entry {}{called}: {what}", place + 1))?;
        for (field, taken) in [
            ("id", services.iter().any(|known| known.id == entry.id)),
            ("env_var_name", services.iter().any(|known| known.env_var_name == entry.env_var_name)),
            // Two files, but one skill of the library.
            ("skill_file", services.iter().any(|known| skill_name(known) == skill_name(&entry))),
        ] {
            if taken {
                return Err(format!("entry {}{called}: `{field}` is another entry's already", place + 1));
            }
        }
        services.push(entry);
    }
    Ok(Registry { services })
}

fn service(entry: Value, skill: impl Fn(&str) -> Result<String, String>) -> Result<ServiceEntry, String> {
    let Value::Object(mut members) = entry else { return Err("it is no object".to_owned()) };
    let known: BTreeSet<&str> = FIELDS.into();
    if let Some(unknown) = members.keys().find(|name| !known.contains(name.as_str())) {
        return Err(format!("`{}` is no field of a service", short(unknown)));
    }
    let members = &mut members;
    let id = matching(members, "id", is_id, "lower-case letters, digits and underscores")?;
    let name = matching(members, "name", is_said, "some text in one line")?;
    let description = matching(members, "description", is_said, "some text in one line")?;
    let token_exchange_url = matching(members, "token_exchange_url", is_https, "an https URL")?;
    let token_revoke_url = matching(members, "token_revoke_url", is_https, "an https URL")?;
    let health_url = match members.get("health_url") {
        None | Some(Value::Null) => None,
        Some(_) => Some(matching(members, "health_url", is_https, "an https URL")?),
    };
    let form = "an upper-case letter and then upper-case letters, digits and underscores";
    let env_var_name = matching(members, "env_var_name", is_variable, form)?;
    let skill_file = matching(members, "skill_file", is_skill_file, "a file name like sc_NAME.md")?;
    let skill_text = skill(&skill_file).map_err(|why| format!("`skill_file`: {why}"))?;
    let enabled = match members.get("enabled") {
        None => true,
        Some(Value::Bool(enabled)) => *enabled,
        Some(_) => return Err("`enabled` must be true or false".to_owned()),
    };
    Ok(ServiceEntry {
        id,
        name,
        description,
        token_exchange_url,
        token_revoke_url,
        health_url,
        env_var_name,
        skill_file,
        skill_text,
        enabled,
    })
}

fn matching(
    members: &Map<String, Value>,
    field: &str,
    fits: impl Fn(&str) -> bool,
    form: &str,
) -> Result<String, String> {
    match members.get(field) {
        Some(Value::String(text)) if fits(text) => Ok(text.clone()),
        Some(_) => Err(format!("`{field}` must be {form}")),
        None => Err(format!("`{field}` is missing")),
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

fn is_said(text: &str) -> bool {
    (1..=1024).contains(&text.trim().len()) && !text.contains(char::is_control)
}

fn is_https(text: &str) -> bool {
    text.len() <= 2048
        && reqwest::Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https" && url.host().is_some() && url.username().is_empty() && url.password().is_none()
        })
}

fn is_variable(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

fn is_skill_file(text: &str) -> bool {
    let stem = text.strip_prefix("sc_").and_then(|rest| rest.strip_suffix(".md"));
    stem.is_some_and(|stem| {
        (1..=100).contains(&stem.len())
            && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

fn text_of(file: &Path) -> Result<String, String> {
    let read = || {
        if file.metadata()?.len() > LARGEST {
            return Err(std::io::Error::other("it is larger than a megabyte"));
        }
        std::fs::read_to_string(file)
    };
    read().map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

fn short(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn entry() -> Value {
        json!({
            "id": "po", "name": "Purchase orders", "description": "Orders and suppliers",
            "token_exchange_url": "https://po.example/api/internal/token-exchange",
            "token_revoke_url": "https://po.example/api/internal/token-revoke",
            "env_var_name": "PO_API_KEY", "skill_file": "sc_po.md"
        })
    }

    fn read(value: &Value) -> Result<Registry, String> {
        parse(&value.to_string(), |name| {
            if name == "sc_gone.md" { Err("not there".to_owned()) } else { Ok("text".to_owned()) }
        })
    }

    #[test]
    fn a_service_has_its_fields() {
        let found = read(&json!([entry()])).expect("a registry");
        assert!(found.enabled("po").is_some_and(|service| service.enabled && service.health_url.is_none()));
        assert_eq!(read(&json!([])), Ok(Registry::default()));
        let mut off = entry();
        off["enabled"] = json!(false);
        let found = read(&json!([off])).expect("a registry");
        assert!(found.enabled("po").is_none() && found.services.len() == 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (field, value) in [
            ("id", json!("Po")),
            ("id", json!("")),
            ("id", json!(7)),
            ("name", json!("")),
            ("description", json!("two\nlines")),
            ("token_exchange_url", json!("http://po.example/")),
            ("token_exchange_url", json!("https://user:password@po.example/")),
            ("token_revoke_url", json!("po.example")),
            ("health_url", json!("ftp://po.example")),
            ("env_var_name", json!("po_api_key")),
            ("env_var_name", json!("A=B")),
            ("env_var_name", json!("1A")),
            ("skill_file", json!("po.md")),
            ("skill_file", json!("sc_../po.md")),
            ("skill_file", json!("sc_.md")),
            ("skill_file", json!("sc_gone.md")),
            ("enabled", json!("yes")),
            ("colour", json!("blue")),
        ] {
            let mut wrong = entry();
            wrong[field] = value.clone();
            let said = read(&json!([wrong])).expect_err("refused");
            assert!(said.starts_with("entry 1") && said.contains(&format!("`{field}`")), "{field} {value}: {said}");
        }
        for field in
            ["id", "name", "description", "token_exchange_url", "token_revoke_url", "env_var_name", "skill_file"]
        {
            let mut wrong = entry();
            wrong.as_object_mut().expect("object").remove(field);
            let said = read(&json!([wrong])).expect_err("refused");
            assert!(said.contains(&format!("`{field}` is missing")), "{said}");
        }
    }

    #[test]
    fn nothing_is_twice() {
        for field in ["id", "env_var_name", "skill_file"] {
            let mut other = entry();
            for (name, value) in [("id", "crm"), ("env_var_name", "CRM_API_KEY"), ("skill_file", "sc_crm.md")] {
                if name != field {
                    other[name] = json!(value);
                }
            }
            let said = read(&json!([entry(), other])).expect_err("refused");
            assert!(said.starts_with("entry 2") && said.contains(&format!("`{field}`")), "{said}");
        }
        let mut twin = entry();
        for (name, value) in [("id", "crm"), ("env_var_name", "CRM_API_KEY"), ("skill_file", "sc_PO.md")] {
            twin[name] = json!(value);
        }
        assert!(
            read(&json!([entry(), twin])).is_err_and(|said| said.contains("`skill_file`")),
            "one skill of the library"
        );
        for text in ["", "{}", "[1]", "[{}]", "null"] {
            assert!(parse(text, |_| Ok(String::new())).is_err(), "{text}");
        }
        let missing = Registry::read(Path::new("/nowhere/service_connectors.json")).expect_err("refused");
        assert!(missing.to_string().contains("/nowhere/service_connectors.json"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            let _ = parse(&text, |_| Ok(String::new()));
        }

        #[test]
        fn ids_are_words(id in ".{0,10}") {
            let mut one = entry();
            one["id"] = json!(id);
            prop_assert_eq!(read(&json!([one])).is_ok(), is_id(&id));
        }
    }
}
