//! Pages of the extension, painted with views of every kind: nothing but these scenarios publishes one.

use serde_json::{Value, json};

use crate::Step;
use crate::browser::{Browser, Kind, PATIENCE};
use crate::library::Library;
use crate::process::until;
use crate::scenario::Scenario;

const SERVER: &str = "http://127.0.0.1:8082";
/// 2026-11-21 09:30 UTC.
const WHEN: u64 = 1_795_253_400_000;
/// The panel's file.
pub const PANEL: &str = "popup/popup.html";
/// The options'.
pub const OPTIONS: &str = "options/options.html";
/// The first page's.
pub const WELCOME: &str = "welcome/welcome.html";

/// Each state with what a person must be able to see of it.
pub fn views() -> Vec<(&'static str, &'static str, Value)> {
    let view = |more: Value| merged(json!({ "server": SERVER, "label": "laptop", "activity": activity() }), more);
    vec![
        ("unpaired", "#pair", json!({ "state": "unpaired" })),
        ("unpaired-error", "#pair", json!({ "state": "unpaired", "last_error": { "code": "PAIRING_EXPIRED" } })),
        ("asking", "#cancel", view(json!({ "state": "waiting" }))),
        (
            "waiting",
            "#approve",
            view(json!({ "state": "waiting", "code": "K7M2QX", "redemption_url": SERVER, "expires_at": WHEN * 2 })),
        ),
        (
            "moving",
            "#approve",
            view(json!({ "state": "waiting", "code": "K7M2QX", "redemption_url": SERVER, "expires_at": WHEN * 2,
                "moves_to": "Other company" })),
        ),
        (
            "left-unheard",
            "#error-action",
            json!({ "state": "unpaired", "server": SERVER, "last_error": { "code": "SERVER_NOT_TOLD" } }),
        ),
        ("paired", "#activity-search", view(json!({ "state": "paired", "done": 128, "last_sync": WHEN }))),
        ("paired-empty", "#activity-none", view(json!({ "state": "paired", "activity": [] }))),
        (
            "working",
            "#error-action",
            view(json!({ "state": "working", "pending": 7, "last_error": { "code": "REMOTE_TOO_FAST" } })),
        ),
        ("signed-out", "#state-action", view(json!({ "state": "signed_out", "last_error": { "code": "SIGNED_OUT" } }))),
        (
            "other-account",
            "#organisation-list button",
            view(json!({ "state": "other_account", "last_error": { "code": "OTHER_ACCOUNT" }, "usage": true,
                "organisations": [{ "id": "a", "name": "Home", "chosen": true }, { "id": "b", "name": "", "chosen": false }] })),
        ),
        ("tab-needed", "#state-action", view(json!({ "state": "tab_needed", "last_error": { "code": "TAB_NEEDED" } }))),
        (
            "switched-off",
            "#state-action",
            view(json!({ "state": "skills_switched_off", "last_error": { "code": "SKILLS_SWITCHED_OFF" } })),
        ),
        ("held", "#state-action", view(json!({ "state": "held", "last_error": { "code": "CHALLENGE" } }))),
        (
            "noted",
            "#notice-action",
            view(json!({ "state": "paired", "notice": { "code": "ENDPOINT_DIFFERS", "endpoint": "skills_list" } })),
        ),
        (
            "paused",
            "#state-detail",
            view(json!({ "state": "paused", "pending": 7,
                "pause": { "by": "person", "since": "2026-11-21T09:30:00Z", "reason": "On holiday" } })),
        ),
        (
            "paused-by-operator",
            "#state-action",
            view(json!({ "state": "paused", "pause": { "by": "operator", "reason": "Maintenance until noon" } })),
        ),
        (
            "broken-for-the-server",
            "#notice-action",
            view(json!({ "state": "paired", "notice": { "code": "CONNECTOR_SIGNED_OUT", "endpoint": null } })),
        ),
        (
            "error",
            "#attention",
            view(
                json!({ "state": "error", "last_error": { "code": "SERVER_UNREACHABLE" }, "removed_there": ["old"], "former_plugins": ["team"],
                "not_copied": [{ "name": "big", "code": "IMPORT_TOO_LARGE" }] }),
            ),
        ),
        ("revoked", "#pair", view(json!({ "state": "revoked", "last_error": { "code": "TOKEN_REVOKED" } }))),
    ]
}

/// Opens a page in light colours.
///
/// # Errors
///
/// The browser is gone, or shows something else.
pub async fn open(browser: &Browser, page: &str) -> Step {
    browser.open_page(page).await?;
    browser.prefer_dark(false).await
}

/// A browser that may reach the server but is not paired with it: nothing publishes a view but these tests.
///
/// # Errors
///
/// The browser is gone, or shows something else.
pub async fn reachable(kind: Kind) -> Step<Scenario> {
    let mut scenario = Scenario::start(kind, Library::of_median_size(1)?).await?;
    scenario.ask_to_pair().await?;
    scenario.browser.click("#cancel").await?;
    scenario.browser.popup_state(&["unpaired"], PATIENCE).await?;
    Ok(scenario)
}

/// The view of this name among [`views`].
///
/// # Panics
///
/// There is none.
pub fn named(name: &str) -> Value {
    let found = views().into_iter().find(|(known, ..)| *known == name);
    found.map(|(.., view)| view).expect("a view of that name")
}

/// Has all pages show `view`, and waits until a person sees what belongs to it. What the core says at first may come in between.
///
/// # Errors
///
/// The browser is gone, or shows something else.
pub async fn paint(browser: &Browser, view: &Value, seen: Option<&str>) -> Step {
    let mut attempt = 0;
    until(&format!("{} to be shown", view["state"]), PATIENCE, || {
        attempt += 1;
        // A view that does not differ is no news to the pages.
        let view = merged(view.clone(), json!({ "attempt": attempt }));
        async move {
            browser.run(&format!("await chrome.storage.local.set({{ view: {view} }});")).await?;
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let Some(seen) = seen else { return Ok(Ok(())) };
            for element in browser.find_all(seen).await? {
                if element.is_displayed().await? {
                    return Ok(Ok(()));
                }
            }
            Ok(Err(format!("{seen} is not there")))
        }
    })
    .await
}

fn activity() -> Value {
    json!([
        { "at": WHEN, "what": "update", "name": "brand-voice", "ok": true, "code": null },
        { "at": WHEN - 60_000, "what": "update", "name": "release-notes", "ok": false, "code": "REMOTE_REFUSED" },
        { "at": WHEN - 90_000, "what": "fetch_one", "name": "meeting-notes", "ok": true, "code": null },
    ])
}

fn merged(mut under: Value, over: Value) -> Value {
    if let (Some(under), Value::Object(over)) = (under.as_object_mut(), over) {
        under.extend(over);
    }
    under
}
