//! Marketplaces and plugin groups, as far as they are known.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::error;
use crate::skills::file_of;
use crate::world::World;

/// The account's own marketplaces.
#[derive(Debug, Default)]
pub struct Marketplaces {
    /// By id.
    pub all: BTreeMap<String, Marketplace>,
}

/// A marketplace with its groups.
#[derive(Debug, Clone, Serialize)]
pub struct Marketplace {
    /// `marketplace_01…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `manual`.
    pub source: String,
    /// By name.
    #[serde(skip)]
    pub plugins: BTreeMap<String, Plugin>,
}

/// A plugin group.
#[derive(Debug, Clone, Serialize)]
pub struct Plugin {
    /// `plugin_01…`.
    pub id: String,
    /// From `plugin.json`.
    pub name: String,
    /// From `plugin.json`.
    pub display_name: String,
    /// Where it is.
    pub marketplace_id: String,
    /// An upload counter: `0001`, `0002` …
    pub version: String,
    /// The switch.
    pub enabled: bool,
}

/// Body of a creation.
#[derive(Debug, Deserialize)]
pub struct NewMarketplace {
    name: String,
    source: String,
    #[serde(default)]
    source_url: String,
}

/// `GET …/marketplaces/list-account-marketplaces`.
pub async fn list(State(world): State<World>) -> Json<Value> {
    let state = world.lock();
    Json(json!({ "marketplaces": state.marketplaces.all.values().collect::<Vec<_>>() }))
}

/// `POST …/marketplaces/create-account-marketplace`.
pub async fn create(State(world): State<World>, Json(new): Json<NewMarketplace>) -> Response {
    if new.source != "manual" || !new.source_url.is_empty() {
        return error(400, "invalid_request_error", "marketplace_sync_manifest_not_found", "No marketplace manifest");
    }
    let mut state = world.lock();
    let id = format!("marketplace_01{:020}", state.fresh());
    let marketplace = Marketplace { id: id.clone(), name: new.name, source: new.source, plugins: BTreeMap::new() };
    state.marketplaces.all.insert(id, marketplace.clone());
    Json(json!(marketplace)).into_response()
}

/// `GET …/marketplaces/{id}/plugins/account-list-plugins`.
pub async fn plugins(State(world): State<World>, Path((_, id)): Path<(String, String)>) -> Response {
    let state = world.lock();
    match state.marketplaces.all.get(&id) {
        Some(marketplace) => {
            Json(json!({ "plugins": marketplace.plugins.values().collect::<Vec<_>>() })).into_response()
        }
        None => error(404, "not_found_error", "", "Not found"),
    }
}

/// `POST …/marketplaces/{id}/plugins/account-upload?overwrite=`.
pub async fn upload(State(world): State<World>, Path((_, id)): Path<(String, String)>, form: Multipart) -> Response {
    let Some(zip) = file_of(form).await else {
        return error(400, "invalid_request_error", "", "Field 'file' is required");
    };
    let Some((name, display_name)) = manifest(&zip) else {
        return error(400, "invalid_request_error", "", "plugin.json is missing or invalid");
    };
    let mut state = world.lock();
    let fresh = state.fresh();
    let Some(marketplace) = state.marketplaces.all.get_mut(&id) else {
        return error(404, "not_found_error", "", "Not found");
    };
    let known = marketplace.plugins.get(&name);
    let number = known.and_then(|plugin| plugin.version.parse::<u32>().ok()).unwrap_or(0) + 1;
    let plugin = Plugin {
        id: known.map_or_else(|| format!("plugin_01{fresh:020}"), |plugin| plugin.id.clone()),
        // An upload does not switch a group on again.
        enabled: known.is_none_or(|plugin| plugin.enabled),
        name: name.clone(),
        display_name,
        marketplace_id: id,
        version: format!("{number:04}"),
    };
    marketplace.plugins.insert(name, plugin.clone());
    Json(json!(plugin)).into_response()
}

/// Body of the switch.
#[derive(Debug, Deserialize)]
pub struct Switch {
    enabled: bool,
}

/// `PUT …/plugins/{id}/enabled`.
pub async fn enable(
    State(world): State<World>,
    Path((_, id)): Path<(String, String)>,
    Json(switch): Json<Switch>,
) -> Response {
    let mut state = world.lock();
    let mut plugins = state.marketplaces.all.values_mut().flat_map(|marketplace| marketplace.plugins.values_mut());
    match plugins.find(|plugin| plugin.id == id) {
        Some(plugin) => {
            plugin.enabled = switch.enabled;
            Json(json!(plugin)).into_response()
        }
        None => error(404, "not_found_error", "", "Not found"),
    }
}

fn manifest(zip: &[u8]) -> Option<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).ok()?;
    let entry = archive.by_name(".claude-plugin/plugin.json").ok()?;
    let manifest: Value = serde_json::from_reader(entry).ok()?;
    let name = manifest.get("name")?.as_str()?.to_owned();
    let kebab = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let display = manifest.get("displayName").and_then(Value::as_str).unwrap_or(&name).to_owned();
    kebab.then_some((name, display))
}
