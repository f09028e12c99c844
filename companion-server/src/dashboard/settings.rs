//! Appearance, the kill switch, and how the server was started.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::choices::Choice;
use super::frame::{Frame, THEME_COOKIE, Visit, Visitor, theme_named};
use super::pages;
use super::pausing::Levers;
use super::texts::{self, Language, Text};
use crate::app::App;
use crate::error::ApiResult;
use crate::store::Looks;

/// A year, for as long as browsers keep a cookie at most.
const KEPT_SECONDS: u32 = 365 * 24 * 60 * 60;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    t: Text,
    f: Frame,
    admin: bool,
    languages: Vec<Choice>,
    themes: Vec<Choice>,
    levers: Option<Levers>,
    server: Vec<Line>,
}

/// How something is set, and with what.
struct Line {
    name: String,
    value: String,
    flag: Option<&'static str>,
}

/// `GET /settings`.
pub async fn page(State(app): State<App>, visit: Visit) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let chosen = f.language.map_or("", Language::tag);
    let automatic = [Choice::new("", t.say("settings-automatic"), chosen)];
    let languages = Language::ALL.map(|language| Choice::new(language.tag(), language.own_name(), chosen));
    let theme = f.theme.unwrap_or_default();
    let themes = [("", "settings-automatic"), ("light", "settings-light"), ("dark", "settings-dark")];
    pages::page(&SettingsPage {
        admin: operator.is_admin(),
        languages: automatic.into_iter().chain(languages).collect(),
        themes: themes.map(|(value, key)| Choice::new(value, t.say(key), theme)).into(),
        levers: Levers::of(&app, &operator, t).await?,
        server: if operator.is_admin() { server(&app, t) } else { Vec::new() },
        t,
        f,
    })
}

fn server(app: &App, t: Text) -> Vec<Line> {
    let settings = &app.settings;
    let line = |name: &str, value: String, flag| Line { name: t.say(name), value, flag: Some(flag) };
    let days = |retention: std::time::Duration| t.count("settings-days", retention.as_secs() / 86_400);
    let problem = app.library.as_ref().and_then(|library| library.status().problem).unwrap_or_default();
    let yes_or_no = |on: bool| t.say(if on { "yes" } else { "no" });
    vec![
        Line { name: t.say("settings-version"), value: env!("CARGO_PKG_VERSION").to_owned(), flag: None },
        line("settings-library", format!("{} {problem}", super::overview::library(app, t)), "--library"),
        line("settings-write-back", yes_or_no(settings.library_write_back), "--library-write-back"),
        line("settings-database", settings.database.to_string(), "--database-url"),
        line("settings-delivery", t.say(&format!("filter-delivery-{}", settings.delivery.as_str())), "--delivery"),
        line(
            "settings-retention",
            settings.audit_retention.map_or_else(|| t.say("settings-for-ever"), days),
            "--audit-retention-days",
        ),
        line("settings-hold", yes_or_no(settings.endpoint_policy.read_only), "--hold-writing"),
    ]
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Appearance {
    language: String,
    theme: String,
}

/// `POST /settings/appearance`. The choice is the person's in every browser; this one keeps it also for the pages before the login.
pub async fn appearance(State(app): State<App>, visitor: Visitor, Form(sent): Form<Appearance>) -> ApiResult<Response> {
    let language = Language::tagged(&sent.language).map_or("", Language::tag);
    let theme = theme_named(&sent.theme).unwrap_or_default();
    if let Some(user) = visitor.operator.user {
        let looks = Looks { language: Some(language.to_owned()), theme: Some(theme.to_owned()) };
        app.store.set_looks(user, looks).await?;
    }
    let cookies = [(texts::COOKIE, language), (THEME_COOKIE, theme)];
    let cookies = cookies.map(|(name, value)| (header::SET_COOKIE, cookie(name, value, app.settings.secure())));
    Ok((AppendHeaders(cookies), Redirect::to("/settings?said=saved")).into_response())
}

/// An empty value takes the cookie away.
fn cookie(name: &str, value: &str, secure: bool) -> String {
    let (age, secure) = (if value.is_empty() { 0 } else { KEPT_SECONDS }, if secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}
