//! A small model of the account's marketplaces and plugins, written from the notes and not from the engine.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skill_engine::io::{Answer, Method, Request, RequestBody};

use crate::reply;

#[derive(Debug, Clone)]
pub struct Plugin {
    pub id: String,
    pub display_name: String,
    pub enabled: bool,
    pub content: String,
    pub uploads: u32,
}

#[derive(Default)]
pub struct Market {
    /// Id and name.
    pub marketplaces: Vec<(String, String)>,
    /// By name; all in the first marketplace.
    pub plugins: BTreeMap<String, Plugin>,
    /// The list does not tell the switch.
    pub silent: bool,
    last_id: u32,
}

impl Market {
    pub fn answer(&mut self, path: &str, request: &Request) -> Answer {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["marketplaces", "list-account-marketplaces"]) => self.list(),
            (Method::Post, ["marketplaces", "create-account-marketplace"]) => self.create(request),
            (Method::Get, ["marketplaces", id, "plugins", "account-list-plugins"]) if self.has(id) => self.plugins(),
            (Method::Post, ["marketplaces", id, "plugins", "account-upload"]) if self.has(id) => self.upload(request),
            (Method::Put, ["plugins", id, "enabled"]) => self.switch(id, request),
            _ => reply::json(404, json!({"type": "error", "error": {"type": "not_found_error"}})),
        }
    }

    /// Somebody makes a plugin by hand.
    pub fn by_hand(&mut self, name: &str) {
        let id = self.fresh("plugin");
        let display_name = "By hand".to_owned();
        let plugin = Plugin { id, display_name, enabled: true, content: "by hand".to_owned(), uploads: 0 };
        self.plugins.insert(name.to_owned(), plugin);
    }

    fn has(&self, id: &str) -> bool {
        self.marketplaces.first().is_some_and(|(first, _)| first == id)
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.last_id += 1;
        format!("{kind}_{}", self.last_id)
    }

    fn list(&self) -> Answer {
        let items: Vec<Value> =
            self.marketplaces.iter().map(|(id, name)| json!({"id": id, "name": name, "source": "manual"})).collect();
        reply::json(200, json!({ "marketplaces": items }))
    }

    fn create(&mut self, request: &Request) -> Answer {
        let RequestBody::Json(body) = &request.body else { panic!("a creation without a body") };
        let body: Value = serde_json::to_value(body).expect("is JSON");
        assert_eq!((body["source"].as_str(), body["source_url"].as_str()), (Some("manual"), Some("")));
        let id = self.fresh("marketplace");
        self.marketplaces.push((id.clone(), body["name"].as_str().expect("a name").to_owned()));
        reply::json(200, json!({"id": id, "name": body["name"]}))
    }

    fn plugins(&self) -> Answer {
        let item = |(name, plugin): (&String, &Plugin)| {
            let mut item = json!({"id": plugin.id, "name": name, "display_name": plugin.display_name});
            if !self.silent {
                item["enabled"] = plugin.enabled.into();
            }
            item
        };
        reply::json(200, json!({ "plugins": self.plugins.iter().map(item).collect::<Vec<_>>() }))
    }

    /// The model's plugin is a line of text: name, display name, content.
    fn upload(&mut self, request: &Request) -> Answer {
        assert!(request.path.ends_with("?overwrite=true"));
        let RequestBody::MultipartZip { field: "file", bytes, .. } = &request.body else { panic!("not an upload") };
        let (name, display_name) = named(bytes);
        let content = String::from_utf8_lossy(bytes).into_owned();
        let known = self.plugins.get(&name).cloned();
        let id = known.as_ref().map_or_else(|| self.fresh("plugin"), |plugin| plugin.id.clone());
        // An upload does not switch a plugin on again.
        let enabled = known.as_ref().is_none_or(|plugin| plugin.enabled);
        let uploads = known.map_or(0, |plugin| plugin.uploads) + 1;
        let plugin = Plugin { id: id.clone(), display_name, enabled, content, uploads };
        self.plugins.insert(name.clone(), plugin);
        reply::json(200, json!({"id": id, "name": name, "version": format!("{uploads:04}")}))
    }

    fn switch(&mut self, id: &str, request: &Request) -> Answer {
        let RequestBody::Json(body) = &request.body else { panic!("a switch without a body") };
        let on = serde_json::to_value(body).expect("is JSON")["enabled"].as_bool().expect("on or off");
        match self.plugins.values_mut().find(|plugin| plugin.id == id) {
            Some(plugin) => {
                plugin.enabled = on;
                reply::json(200, json!({}))
            }
            None => reply::json(404, json!({"error": {"type": "not_found_error"}})),
        }
    }
}

pub fn named(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('|').map(str::to_owned);
    (parts.next().expect("a name"), parts.next().expect("a display name"))
}
