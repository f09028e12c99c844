//! Is everything in step? If not: what, and what to do. One sentence and one action each.

use companion_wire::integration::{Integration, IntegrationStatus};

use super::texts::Text;
use crate::app::App;
use crate::error::ApiResult;
use crate::extract::ui::Operator;
use crate::library::LibraryState;
use crate::store::Glance;
use crate::time::Timestamp;

/// Something that waits for a person.
#[derive(Debug)]
pub struct Todo {
    /// For programs and tests.
    pub name: &'static str,
    /// `bad` or `working`.
    pub level: &'static str,
    /// What it is.
    pub sentence: String,
    /// Where the action is.
    pub href: String,
    /// What the action is called.
    pub action: String,
}

/// How things stand.
#[derive(Debug)]
pub struct Standing {
    /// How many skills stand how.
    pub glance: Glance,
    /// All browsers but disconnected ones.
    pub browsers: Vec<Integration>,
    /// What waits for a person.
    pub todos: Vec<Todo>,
}

/// Looks how things stand for this person.
///
/// # Errors
///
/// The store does not answer.
pub async fn standing(app: &App, operator: &Operator, t: Text) -> ApiResult<Standing> {
    let scope = operator.scope();
    let glance = app.store.glance(scope).await?;
    let mut browsers = app.store.visible_integrations(scope).await?;
    browsers.retain(|browser| browser.status != IntegrationStatus::Disconnected);
    let mut todos = Vec::new();
    todos.extend(library(app, t));
    todos.extend(counted(glance.asks.held, "held", "bad", t, "/held"));
    todos.extend(counted(glance.asks.conflicts, "conflicts", "working", t, "/conflicts"));
    todos.extend(counted(glance.asks.failed, "failed", "bad", t, "/queue"));
    todos.extend(browsers.iter().filter_map(|browser| of_browser(browser, t)));
    if operator.is_admin() {
        let now = Timestamp::now();
        let pairings = app.store.pending_pairings(now).await?.len();
        todos.extend(counted(pairings as u64, "pairings", "working", t, "/settings/integrations/claude-ai/pair"));
        let drift = app.store.diagnostic_facts(now).await?.endpoint_changes;
        todos.extend(counted(drift, "drift", "bad", t, "/drift"));
    }
    todos.extend(counted(glance.refused, "refused", "working", t, "/skills?state=refused"));
    Ok(Standing { glance, browsers, todos })
}

fn counted(count: u64, name: &'static str, level: &'static str, t: Text, href: &str) -> Option<Todo> {
    let (sentence, action) = match name {
        "held" => (t.count("todo-held", count), t.say("held-decide")),
        "conflicts" => (t.count("todo-conflicts", count), t.say("conflict-decide")),
        "failed" => (t.count("todo-failed", count), t.say("todo-failed-action")),
        "pairings" => (t.count("pairings-waiting", count), t.say("pairings-look")),
        "drift" => (t.count("todo-drift", count), t.say("todo-look")),
        _ => (t.count("todo-refused", count), t.say("todo-refused-action")),
    };
    (count > 0).then(|| Todo { name, level, sentence, href: href.to_owned(), action })
}

fn library(app: &App, t: Text) -> Option<Todo> {
    let todo = |name, sentence| {
        Some(Todo { name, level: "bad", sentence, href: "/settings#server".to_owned(), action: t.say("todo-look") })
    };
    let Some(library) = &app.library else { return None };
    let status = library.status();
    match status.state {
        LibraryState::RootMissing => todo("library-missing", t.name("todo-library-missing", status.root)),
        _ => status.problem.and_then(|problem| todo("library", t.name("todo-library", problem))),
    }
}

fn of_browser(browser: &Integration, t: Text) -> Option<Todo> {
    let label = label(browser, t);
    match browser.status {
        IntegrationStatus::CookieExpired => Some(Todo {
            name: "signed-out",
            level: "working",
            sentence: t.name("todo-signed-out", label),
            href: "https://claude.ai/login".to_owned(),
            action: t.say("todo-signed-out-action"),
        }),
        IntegrationStatus::Error => Some(Todo {
            name: "browser",
            level: "bad",
            sentence: t.name("todo-browser", label),
            href: "/browsers".to_owned(),
            action: t.say("todo-look"),
        }),
        _ => None,
    }
}

/// What a browser is called.
pub fn label(browser: &Integration, t: Text) -> String {
    named(browser.browser_label.clone(), t)
}

/// A label, or what stands for one.
pub fn named(label: Option<String>, t: Text) -> String {
    label.filter(|label| !label.is_empty()).unwrap_or_else(|| t.say("browser-nameless"))
}
