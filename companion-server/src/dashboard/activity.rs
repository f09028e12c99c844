//! The audit log, page by page.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use companion_wire::activity::ActivityEvent;
use companion_wire::integration::Integration;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::choices::Choice;
use super::frame::{Frame, Visit};
use super::pages::{self, escaped, searched};
use super::texts::Text;
use super::todos::label;
use crate::app::App;
use crate::error::ApiResult;
use crate::store::{ActivityFilter, AuditEventName, Found};
use crate::time::Timestamp;

/// Events on one page.
const ROWS: u32 = 50;
/// Events that are searched for a text at a time: so many that most searches are done, so few that nobody waits.
const REACH: u32 = 10_000;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: Option<String>,
    event: Option<String>,
    browser: Option<String>,
    since: Option<String>,
    until: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    t: Text,
    f: Frame,
    q: String,
    events: Vec<Choice>,
    browsers: Vec<Choice>,
    since: String,
    until: String,
    refused: Option<String>,
    rows: Vec<Row>,
    csv: String,
    newest: Option<String>,
    older: Option<String>,
    further: Option<Further>,
    /// New events belong on this page.
    live: bool,
}

/// The log is longer than what was searched.
struct Further {
    sentence: String,
    href: String,
}

struct Row {
    id: String,
    event: String,
    what: String,
    when: String,
    moment: String,
    skill: Option<String>,
    browser: Option<String>,
    detail: Vec<(String, String)>,
}

/// `GET /activity?q=&event=&browser=&since=&until=&before=`.
pub async fn page(State(app): State<App>, visit: Visit, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let Visit { operator, text: t, frame: f } = visit;
    let (now, scope) = (Timestamp::now(), operator.scope());
    let browsers = app.store.visible_integrations(scope).await?;
    let asked = Asked { q: searched(asked.q), ..asked };
    let filter = ActivityFilter { scope, limit: ROWS + 1, ..filter(&asked) };
    let backwards = filter.since.zip(filter.until).is_some_and(|(since, until)| since > until);
    let Found { mut events, reached } =
        if backwards { Found::default() } else { app.store.recent_activity(filter, REACH).await? };
    let more = events.len() > ROWS as usize;
    events.truncate(ROWS as usize);
    let address = Address::of(&asked);
    let older = events.last().filter(|_| more).map(|last| address.page("/activity", Some(&last.created_at)));
    let further = reached.filter(|_| !more).map(Timestamp::rfc3339).map(|moment| Further {
        sentence: t.name("activity-reached", &moment[..10]),
        href: address.page("/activity", Some(&moment)),
    });
    let names = AuditEventName::ALL.iter().map(|event| event.as_str());
    let mut names: Vec<Choice> = names
        .map(|name| {
            Choice::new(name, t.known("event", &name.replace('_', "-")), asked.event.as_deref().unwrap_or_default())
        })
        .collect();
    names.sort_by(|left, right| left.label.cmp(&right.label));
    pages::page(&ActivityPage {
        events: names,
        browsers: browsers.iter().map(|browser| choice(browser, &asked, t)).collect(),
        refused: backwards.then(|| t.say("refused-invalid-date-range")),
        rows: events.into_iter().map(|event| row(event, &browsers, t, now)).collect(),
        csv: address.csv(),
        newest: asked.before.is_some().then(|| address.page("/activity", None)),
        older,
        further,
        live: asked.before.is_none(),
        q: asked.q.unwrap_or_default(),
        since: asked.since.unwrap_or_default(),
        until: asked.until.unwrap_or_default(),
        t,
        f,
    })
}

fn filter(asked: &Asked) -> ActivityFilter {
    let moment = |text: &Option<String>| text.as_deref().and_then(Timestamp::lenient);
    // A date means the whole day.
    let until = asked.until.as_deref().and_then(|text| {
        let moment = Timestamp::lenient(text)?;
        Some(if text.contains(':') { moment } else { Timestamp(moment.plus(DAY).0 - 1) })
    });
    ActivityFilter {
        part: asked.q.clone(),
        event: asked.event.as_deref().and_then(AuditEventName::named),
        integration: asked.browser.as_deref().and_then(|id| Uuid::try_parse(id).ok()),
        since: moment(&asked.since),
        until,
        before: moment(&asked.before),
        ..ActivityFilter::default()
    }
}

fn choice(browser: &Integration, asked: &Asked, t: Text) -> Choice {
    Choice::new(browser.id.to_string(), label(browser, t), asked.browser.as_deref().unwrap_or_default())
}

fn row(event: ActivityEvent<Value>, browsers: &[Integration], t: Text, now: Timestamp) -> Row {
    let browser = browsers.iter().find(|browser| Some(browser.id) == event.integration_id);
    Row {
        id: event.id.to_string(),
        what: t.known("event", &event.event.replace('_', "-")),
        when: t.age_of(Some(&event.created_at), now),
        moment: event.created_at,
        skill: event.skill_slug,
        browser: browser.map(|browser| label(browser, t)),
        detail: members(&event.detail),
        event: event.event,
    }
}

/// Members of a detail, texts without their quotes.
fn members(detail: &Value) -> Vec<(String, String)> {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    detail.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), said(value))).collect()
}

/// The filters as they stand in addresses.
struct Address {
    q: String,
    event: String,
    browser: String,
    since: String,
    until: String,
}

impl Address {
    fn of(asked: &Asked) -> Self {
        let value = |value: &Option<String>| escaped(value.as_deref().unwrap_or_default());
        Self {
            q: value(&asked.q),
            event: value(&asked.event),
            browser: value(&asked.browser),
            since: value(&asked.since),
            until: value(&asked.until),
        }
    }

    fn page(&self, path: &str, before: Option<&str>) -> String {
        let Self { q, event, browser, since, until } = self;
        let before = before.map(|before| format!("&before={}", escaped(before))).unwrap_or_default();
        format!("{path}?q={q}&event={event}&browser={browser}&since={since}&until={until}{before}")
    }

    /// The export takes the filters that it knows.
    fn csv(&self) -> String {
        let given =
            [("event", &self.event), ("integration_id", &self.browser), ("since", &self.since), ("until", &self.until)];
        let given = given.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}"));
        format!("{}/activity/export.csv?{}", companion_wire::PREFIX, given.collect::<Vec<_>>().join("&"))
    }
}
