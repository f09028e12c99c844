//! `skillferry activity`.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use companion_wire::PREFIX;
use companion_wire::activity::ActivityEvent;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Client, ClientError};
use super::print::{Level, Printer, moment, plain};
use super::{Common, Ended, Ending, Failed};

/// Between two looks at a server that is followed.
const PAUSE: Duration = Duration::from_secs(2);
/// Most events of one answer.
const PAGE: u32 = 500;

type Event = ActivityEvent<Value>;

/// Arguments of `activity`.
#[derive(Debug, Args)]
#[command(
    after_help = "Events are shown oldest first. With --json they are an array, with --json --follow one object a line.
Exit codes are those of `skillferry status`; what happened never counts as something that needs you."
)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    /// One event by its name, e.g. op_failed
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// One browser, by its label or id
    #[arg(long, value_name = "BROWSER")]
    browser: Option<String>,
    /// One skill, by its name or id
    #[arg(long, value_name = "SKILL")]
    skill: Option<String>,
    /// From then on: a date, or a moment as in 2026-11-21T10:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Up to then
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    until: Option<String>,
    /// At most so many, the newest ones
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on showing what happens until you press Ctrl-C
    #[arg(long, short)]
    follow: bool,
}

/// Runs the command.
pub async fn run(arguments: Arguments, client: &Client, printer: &Printer) -> Ended {
    let mut filter = filter(&arguments, client).await?;
    let with_limit = [filter.as_slice(), &[("limit", arguments.limit.to_string())]].concat();
    let mut events = page(client, &with_limit).await?;
    events.reverse();
    show(printer, &events, arguments.follow, true)?;
    if !arguments.follow {
        return Ok(Ending::Fine);
    }
    filter.retain(|(name, _)| *name != "since");
    follow(client, printer, &filter, events.last().cloned()).await
}

async fn filter(arguments: &Arguments, client: &Client) -> Result<Vec<(&'static str, String)>, Failed> {
    let mut filter = Vec::new();
    let texts = [("event", &arguments.event), ("since", &arguments.since), ("until", &arguments.until)];
    filter.extend(texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    if let Some(named) = &arguments.browser {
        let browsers = client.browsers().await?;
        let known = browsers.iter().map(|browser| (browser.id, browser.browser_label.as_deref().unwrap_or_default()));
        filter.push(("integration_id", id_of(named, known, "browser")?));
    }
    if let Some(named) = &arguments.skill {
        let library = client.library().await?;
        let known = library.skills.iter().map(|skill| (skill.id, skill.name.as_str()));
        filter.push(("skill_id", id_of(named, known, "skill")?));
    }
    Ok(filter)
}

/// The id of the one thing that is called so. An id may be that of something that is gone.
fn id_of<'a>(named: &str, known: impl Iterator<Item = (Uuid, &'a str)>, what: &str) -> Result<String, Failed> {
    if let Ok(id) = named.parse::<Uuid>() {
        return Ok(id.to_string());
    }
    let found: Vec<Uuid> = known.filter(|(_, name)| *name == named).map(|(id, _)| id).collect();
    match found[..] {
        [id] => Ok(id.to_string()),
        [] => Err(Failed::new(format!("No {what} is called “{}”.", super::print::clean(named)))),
        _ => Err(Failed::new(format!(
            "Several {what}s are called “{}”. Name one by its id.",
            super::print::clean(named)
        ))),
    }
}

async fn page(client: &Client, filter: &[(&str, String)]) -> Result<Vec<Event>, ClientError> {
    client.get(&format!("{PREFIX}/activity"), filter).await
}

/// Shows what comes after `last`. A server that is away for a while is waited for.
async fn follow(client: &Client, printer: &Printer, filter: &[(&str, String)], last: Option<Event>) -> Ended {
    let mut since = last.as_ref().map(|event| event.created_at.clone());
    let mut seen: BTreeSet<Uuid> = last.map(|event| event.id).into_iter().collect();
    let mut away = false;
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Ending::Fine),
            () = tokio::time::sleep(PAUSE) => {}
        }
        match news(client, filter, since.as_deref(), &seen).await {
            Ok(events) => {
                away = false;
                show(printer, &events, true, false)?;
                if let Some(last) = events.last() {
                    since = Some(last.created_at.clone());
                    seen = events.iter().map(|event| event.id).collect();
                }
            }
            Err(error) if error.is_passing() => {
                if !std::mem::replace(&mut away, true) {
                    eprintln!("skillferry: {error} Waiting for it.");
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Everything since then that was not seen, oldest first, however many pages that is.
async fn news(
    client: &Client,
    filter: &[(&str, String)],
    since: Option<&str>,
    seen: &BTreeSet<Uuid>,
) -> Result<Vec<Event>, ClientError> {
    let mut news: Vec<Event> = Vec::new();
    loop {
        let mut query = [filter, &[("limit", PAGE.to_string())]].concat();
        query.extend(since.map(|since| ("since", since.to_owned())));
        query.extend(news.last().map(|oldest| ("before", oldest.created_at.clone())));
        let page = page(client, &query).await?;
        let whole = page.len() == PAGE as usize;
        news.extend(page.into_iter().filter(|event| !seen.contains(&event.id)));
        if !whole || since.is_none() {
            news.reverse();
            return Ok(news);
        }
    }
}

fn show(printer: &Printer, events: &[Event], one_a_line: bool, first: bool) -> Result<(), Failed> {
    match (printer.json(), one_a_line) {
        (true, true) => return events.iter().try_for_each(|event| printer.value(event)),
        (true, false) => return printer.value(&events),
        (false, _) => {}
    }
    if events.is_empty() && !one_a_line {
        return printer.line("Nothing of that kind has happened.");
    }
    let header: &[&str] = if first { &["when", "event", "skill", "detail"] } else { &[] };
    printer.table(header, events.iter().map(row).collect())
}

fn row(event: &Event) -> Vec<(String, Level)> {
    let level = match event.event.as_str() {
        name if name.ends_with("_failed") || name == "conflict_detected" => Level::Bad,
        _ => Level::Plain,
    };
    let detail = if event.detail.as_object().is_some_and(serde_json::Map::is_empty) {
        String::new()
    } else {
        event.detail.to_string()
    };
    vec![
        plain(moment(&event.created_at)),
        (event.event.clone(), level),
        plain(event.skill_slug.clone().unwrap_or_default()),
        plain(detail),
    ]
}
