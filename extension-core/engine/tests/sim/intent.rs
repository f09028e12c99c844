//! Every write is preceded by a stored intent: what the storage has to hold before a request starts.

use skill_engine::io::{Request, RequestBody};
use skill_engine::json::Json;
use skill_format::archive::{self, Limits};

use crate::account::deleted_id;
use crate::market::named;
use crate::skill::name_of;

/// Whoever reads the storage now can tell that this write may have happened.
pub fn is_stored(stored: &Json, request: &Request) -> bool {
    let ops = at(stored, &["batch", "ops"]).and_then(Json::list).unwrap_or_default();
    let is_at = |step: &str| ops.iter().any(|op| at(op, &["step"]).and_then(Json::text) == Some(step));
    let is_in = |step: &str| ops.iter().any(|op| at(op, &["step", step]).is_some());
    match &request.body {
        _ if request.path.contains("create-account-marketplace") => is_at("create_marketplace"),
        _ if request.path.ends_with("/enabled") => is_in("switch_group"),
        RequestBody::MultipartZip { bytes, .. } if request.path.contains("account-upload") => {
            let (name, _) = named(bytes);
            let groups = at(stored, &["groups"]).and_then(Json::list).unwrap_or_default();
            let is_ours = |group: &Json| {
                group.get("name").and_then(Json::text) == Some(&name) && group.get("tag") == Some(&Json::Null)
            };
            is_at("write_group") && groups.iter().any(is_ours)
        }
        RequestBody::MultipartZip { bytes, .. } => {
            let name = name_of(&archive::read(bytes, &Limits::default()).expect("is a zip").folder);
            let writes = |op: &Json| {
                at(op, &["payload", "name"]).and_then(Json::text) == Some(&name) && at(op, &["step", "write"]).is_some()
            };
            ops.iter().any(writes)
        }
        _ => {
            let id = deleted_id(request);
            ops.iter().any(|op| at(op, &["step", "remove", "id"]).and_then(Json::text) == Some(&id))
        }
    }
}

/// The member at the end of this way.
fn at<'j>(json: &'j Json, way: &[&str]) -> Option<&'j Json> {
    way.iter().try_fold(json, |json, name| json.get(name))
}
