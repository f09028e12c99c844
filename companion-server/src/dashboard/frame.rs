//! What surrounds every page: who looks, in which language and colours, where they are, and what waits for them.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use companion_wire::error::ErrorCode;
use serde::Deserialize;

use super::banners::{self, Banner};
use super::texts::{Language, Text};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::ui::Operator;
use crate::store::Looks;

/// The cookie that holds the choice of colours.
pub const THEME_COOKIE: &str = "skillferry_theme";

/// A page of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Is everything in step?
    Overview,
    /// The library.
    Skills,
    /// Collections of skills.
    Collections,
    /// Paired browsers.
    Browsers,
    /// Internal services, machines and the pause.
    Services,
    /// Skills that changed on both sides.
    Conflicts,
    /// Changes of many skills at once.
    Held,
    /// Operations.
    Queue,
    /// The audit log.
    Activity,
    /// Diagnostic and drift.
    Health,
    /// Account, people, appearance.
    Settings,
    /// None of them.
    Elsewhere,
}

/// Place, address, text, and the lines of its drawing on a field of 24 by 24.
const PLACES: [(Place, &str, &str, &str); 11] = [
    (Place::Overview, "/", "nav-overview", "M4 12l8-8 8 8M6 10v10h12V10"),
    (Place::Skills, "/skills", "nav-skills", "M6 3h9l4 4v14H6zM14 3v5h5"),
    (Place::Collections, "/collections", "nav-collections", "M3 6h7l2 3h9v10H3z"),
    (Place::Browsers, "/browsers", "nav-browsers", "M3 5h18v14H3zM3 9.5h18"),
    (Place::Services, "/services", "nav-services", "M9 3v5M15 3v5M6 8h12v4a6 6 0 0 1-12 0zM12 18v3"),
    (Place::Conflicts, "/conflicts", "nav-conflicts", "M7 4v4a5 5 0 0 0 5 5v7M17 4v4a5 5 0 0 1-5 5"),
    (Place::Held, "/held", "nav-held", "M8 5v14M16 5v14"),
    (Place::Queue, "/queue", "nav-queue", "M4 6h16M4 12h16M4 18h10"),
    (Place::Activity, "/activity", "nav-activity", "M3 12h4l3 7 4-14 3 7h4"),
    (
        Place::Health,
        "/diagnostic",
        "nav-health",
        "M12 20s-8-4.5-8-10.5a4.4 4.4 0 0 1 8-2.5 4.4 4.4 0 0 1 8 2.5c0 6-8 10.5-8 10.5z",
    ),
    (Place::Settings, "/settings", "nav-settings", "M4 7h10M18 7h2M16 5v4M4 17h2M10 17h10M8 15v4"),
];

/// A link of the navigation.
#[derive(Debug)]
pub struct Link {
    /// Where it leads.
    pub href: &'static str,
    /// The lines of its drawing, which says nothing that its name does not.
    pub drawing: &'static str,
    /// What it is called.
    pub label: String,
    /// How many things wait there.
    pub badge: u64,
    /// The page that is open.
    pub current: bool,
}

/// What became of an action.
#[derive(Debug)]
pub struct Said {
    /// `ok` or `bad`.
    pub level: &'static str,
    /// What it says.
    pub sentence: String,
}

/// What surrounds a page.
#[derive(Debug)]
pub struct Frame {
    /// `light` or `dark`, where somebody has chosen.
    pub theme: Option<&'static str>,
    /// The language, where somebody has chosen.
    pub language: Option<Language>,
    /// Navigation, for those who are logged in.
    pub links: Vec<Link>,
    /// Above the page until they are settled.
    pub banners: Vec<Banner>,
    /// What became of the last action.
    pub said: Option<Said>,
}

impl Frame {
    /// For pages that anybody may see.
    pub fn outside(headers: &HeaderMap) -> Self {
        Self {
            theme: theme(headers),
            language: Language::chosen_in(headers),
            links: Vec::new(),
            banners: Vec::new(),
            said: None,
        }
    }
}

/// Somebody who may see pages, with what surrounds the one that they asked for; others are sent to the login.
#[derive(Debug)]
pub struct Visit {
    /// Who it is.
    pub operator: Operator,
    /// Their words.
    pub text: Text,
    /// What surrounds the page.
    pub frame: Frame,
}

impl Visit {
    /// 404 as a page.
    ///
    /// # Errors
    ///
    /// A template that does not render.
    pub fn missing(self) -> ApiResult<Response> {
        let (title, sentence) = (self.text.say("missing-title"), self.text.say("missing-sentence"));
        self.instead(StatusCode::NOT_FOUND, title, sentence)
    }

    /// 403 as a page, for whoever is no admin.
    ///
    /// # Errors
    ///
    /// A template that does not render.
    pub fn for_admins(self) -> ApiResult<Response> {
        let (title, sentence) = (self.text.say("admins-title"), refusal(self.text, ErrorCode::AdminRequired));
        self.instead(StatusCode::FORBIDDEN, title, sentence)
    }

    fn instead(self, status: StatusCode, title: String, sentence: String) -> ApiResult<Response> {
        let page = super::pages::page(&super::pages::Missing { t: self.text, f: self.frame, title, sentence })?;
        Ok((status, page).into_response())
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let operator = logged_in(parts, app).await?;
        let (language, theme) = looks(app, &operator, &parts.headers).await.map_err(|error| error.into_response())?;
        let text = Text::chosen(language, &parts.headers);
        let asks = app.store.asks(operator.scope()).await.map_err(|error| ApiError::from(error).into_response())?;
        let place = place(parts.uri.path());
        let links = PLACES.iter().filter(|(place, ..)| *place != Place::Health || operator.is_admin());
        let link = |&(to, href, key, drawing): &(Place, &'static str, &str, &'static str)| Link {
            href,
            drawing,
            label: text.say(key),
            badge: match to {
                Place::Conflicts => asks.conflicts,
                Place::Held => asks.held,
                Place::Queue => asks.failed,
                _ => 0,
            },
            current: to == place,
        };
        let frame = Frame {
            theme,
            language,
            links: links.map(link).collect(),
            banners: banners::of(app, &operator, text).await.map_err(|error| error.into_response())?,
            said: outcome(text, parts),
        };
        Ok(Self { operator, text, frame })
    }
}

/// Somebody who presses a button; others are sent to the login.
#[derive(Debug)]
pub struct Visitor {
    /// Who it is.
    pub operator: Operator,
    /// The page that the button is on.
    pub from: Option<String>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Ok(Self { operator: logged_in(parts, app).await?, from: referrer(&parts.headers) })
    }
}

impl Visitor {
    /// Back to the page that the button is on, which says that it worked. `key` is one of `said-…`.
    pub fn said(&self, otherwise: &str, key: &str) -> Response {
        self.back(otherwise, &format!("said={key}"))
    }

    /// Back to the page that the button is on, which says what became of it.
    ///
    /// # Errors
    ///
    /// A defect, or a database that does not answer: no outcome that a person could do something about on that page.
    pub fn done<T>(&self, result: ApiResult<T>, otherwise: &str, key: &str) -> ApiResult<Response> {
        match result {
            Ok(_) => Ok(self.said(otherwise, key)),
            Err(error) if error.status.is_client_error() => {
                Ok(self.back(otherwise, &format!("refused={}", error.code.as_str())))
            }
            Err(error) => Err(error),
        }
    }

    fn back(&self, otherwise: &str, outcome: &str) -> Response {
        let page = self.from.as_deref().unwrap_or(otherwise);
        let (path, query) = page.split_once('?').unwrap_or((page, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_outcome(pair));
        let query = kept.chain([outcome]).collect::<Vec<_>>().join("&");
        Redirect::to(&format!("{path}?{query}")).into_response()
    }
}

fn is_outcome(pair: &str) -> bool {
    pair.starts_with("said=") || pair.starts_with("refused=")
}

async fn logged_in(parts: &mut Parts, app: &App) -> Result<Operator, Response> {
    match Operator::from_request_parts(parts, app).await {
        Ok(operator) => Ok(operator),
        // A part would follow a redirect by itself and show the login inside the page.
        Err(error) if error.status == StatusCode::UNAUTHORIZED && parts.headers.contains_key("hx-request") => {
            Err(([("hx-redirect", "/login")], error).into_response())
        }
        Err(error) if error.status == StatusCode::UNAUTHORIZED => Err(Redirect::to("/login").into_response()),
        Err(error) => Err(error.into_response()),
    }
}

fn place(path: &str) -> Place {
    let first = path.split('/').nth(1).unwrap_or_default();
    match first {
        "" => Place::Overview,
        "skills" | "import" => Place::Skills,
        "collections" => Place::Collections,
        "browsers" => Place::Browsers,
        "services" | "machines" => Place::Services,
        "conflicts" => Place::Conflicts,
        "held" => Place::Held,
        "queue" => Place::Queue,
        "activity" => Place::Activity,
        "diagnostic" | "drift" => Place::Health,
        "settings" if path.starts_with("/settings/integrations") => Place::Browsers,
        "settings" | "account" | "people" => Place::Settings,
        _ => Place::Elsewhere,
    }
}

/// What the person has chosen, in whichever browser; where they never did, what was chosen in this one.
async fn looks(
    app: &App,
    operator: &Operator,
    headers: &HeaderMap,
) -> ApiResult<(Option<Language>, Option<&'static str>)> {
    let kept = match operator.user {
        Some(user) => app.store.looks(user).await?,
        None => Looks::default(),
    };
    let language = kept.language.map_or_else(|| Language::chosen_in(headers), |tag| Language::tagged(&tag));
    Ok((language, kept.theme.map_or_else(|| theme(headers), |kept| theme_named(&kept))))
}

fn theme(headers: &HeaderMap) -> Option<&'static str> {
    theme_named(CookieJar::from_headers(headers).get(THEME_COOKIE)?.value())
}

/// The colours of this name.
pub fn theme_named(name: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|theme| *theme == name)
}

#[derive(Debug, Default, Deserialize)]
struct Outcome {
    said: Option<String>,
    refused: Option<String>,
}

/// Only texts of the catalogue: whoever makes a link cannot put words on a page.
fn outcome(text: Text, parts: &Parts) -> Option<Said> {
    let Query(outcome) = Query::<Outcome>::try_from_uri(&parts.uri).unwrap_or_default();
    let said = |level, sentence| Some(Said { level, sentence });
    if let Some(key) = outcome.said.map(|key| format!("said-{key}")).filter(|key| text.has(key)) {
        return said("ok", text.say(&key));
    }
    let code = ErrorCode::ALL.iter().find(|code| Some(code.as_str()) == outcome.refused.as_deref())?;
    said("bad", refusal(text, *code))
}

/// What a refusal means to a person.
pub fn refusal(text: Text, code: ErrorCode) -> String {
    let key = format!("refused-{}", code.as_str().to_ascii_lowercase().replace('_', "-"));
    if text.has(&key) { text.say(&key) } else { text.name("refused-other", code.as_str()) }
}

/// Path and query of the page that a request comes from. Which site it comes from was looked at before.
fn referrer(headers: &HeaderMap) -> Option<String> {
    let page = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = page.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    let plain = !path.starts_with("//") && !path.contains('\\');
    plain.then(|| path.split('#').next().unwrap_or_default().to_owned())
}

/// Takes an error as what became of an action, for pages that show it themselves.
///
/// # Errors
///
/// What no person can do anything about.
pub fn shown<T>(text: Text, result: Result<T, ApiError>) -> ApiResult<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.status.is_client_error() => Ok(Err(refusal(text, error.code))),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(page: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::REFERER, page.parse().expect("a header"));
        referrer(&headers)
    }

    #[test]
    fn the_way_back_stays_on_this_server() {
        assert_eq!(from("http://127.0.0.1:8082/skills?q=a#top").as_deref(), Some("/skills?q=a"));
        assert_eq!(from("http://127.0.0.1:8082//evil.example/"), None);
        assert_eq!(from("http://127.0.0.1:8082/\\evil.example"), None);
        assert_eq!(from("nonsense"), None);
        assert_eq!(from("http://127.0.0.1:8082"), None);
    }

    #[test]
    fn pages_have_their_place() {
        assert_eq!(place("/"), Place::Overview);
        assert_eq!(place("/skills/a"), Place::Skills);
        assert_eq!(place("/settings/integrations/claude-ai/pair"), Place::Browsers);
        assert_eq!(place("/people"), Place::Settings);
        assert_eq!(place("/notifications"), Place::Elsewhere);
    }
}
