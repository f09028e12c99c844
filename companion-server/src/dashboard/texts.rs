//! The words of the pages, in three languages. Every text that a person sees stands in `texts/`, one file a language.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use unic_langid::LanguageIdentifier;

use crate::time::Timestamp;

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English; what a text is looked up in when another language lacks it.
    English,
    /// German.
    German,
    /// French.
    French,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::German, Self::French];

    /// As `lang` attributes and addresses have it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
        }
    }

    /// What it calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
        }
    }

    /// The language of this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The choice that was made in this browser.
    pub fn chosen_in(headers: &HeaderMap) -> Option<Self> {
        Self::tagged(CookieJar::from_headers(headers).get(COOKIE)?.value())
    }

    const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../texts/en.ftl"),
            Self::German => include_str!("../../texts/de.ftl"),
            Self::French => include_str!("../../texts/fr.ftl"),
        }
    }
}

/// The cookie that holds a person's choice.
pub const COOKIE: &str = "skillferry_language";

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<[Bundle; 3]> = LazyLock::new(|| Language::ALL.map(bundle));

fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    // The marks that keep directions apart would show up in titles and attributes.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(resource, errors)| {
        tracing::error!(language = language.tag(), ?errors, "a text cannot be read");
        resource
    });
    bundle.add_resource_overriding(resource);
    bundle
}

/// Says things in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text(pub Language);

impl Text {
    /// This browser's choice, or else the first of its languages that the pages speak.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::chosen(Language::chosen_in(headers), headers)
    }

    /// What was chosen, or else the first language of the browser that the pages speak.
    pub fn chosen(language: Option<Language>, headers: &HeaderMap) -> Self {
        Self(language.unwrap_or_else(|| accepted(headers)))
    }

    /// The language's tag.
    pub fn tag(self) -> &'static str {
        self.0.tag()
    }

    /// A text without gaps.
    pub fn say(self, key: &str) -> String {
        self.filled(key, &FluentArgs::new())
    }

    /// A text with `$count`.
    pub fn count(self, key: &str, count: impl Display) -> String {
        self.filled(key, &arguments([("count", number(count))]))
    }

    /// A text with `$name`.
    pub fn name(self, key: &str, name: impl Display) -> String {
        self.filled(key, &arguments([("name", text(name))]))
    }

    /// A text with `$name` and `$why`.
    pub fn why(self, key: &str, name: impl Display, why: impl Display) -> String {
        self.filled(key, &arguments([("name", text(name)), ("why", text(why))]))
    }

    /// A text with `$count` and `$name`.
    pub fn both(self, key: &str, count: impl Display, name: impl Display) -> String {
        self.filled(key, &arguments([("count", number(count)), ("name", text(name))]))
    }

    /// A text with `$count` and `$all`.
    pub fn of_all(self, key: &str, count: impl Display, all: impl Display) -> String {
        self.filled(key, &arguments([("count", number(count)), ("all", number(all))]))
    }

    /// A text that not every key has, such as the name of an event: `key-name`, or `name` as it is.
    pub fn known(self, key: &str, name: &str) -> String {
        let full = format!("{key}-{name}");
        if self.has(&full) { self.say(&full) } else { name.replace(['_', '-'], " ") }
    }

    /// There is a text of this key.
    pub fn has(self, key: &str) -> bool {
        BUNDLES[self.0 as usize].has_message(key)
    }

    /// How long ago, in the largest unit that fits.
    pub fn age(self, then: Timestamp, now: Timestamp) -> String {
        let seconds = now.since(then).as_secs();
        match seconds {
            0..5 => self.say("age-now"),
            5..60 => self.say("age-seconds"),
            60..3600 => self.count("age-minutes", seconds / 60),
            3600..86_400 => self.count("age-hours", seconds / 3600),
            _ => self.count("age-days", seconds / 86_400),
        }
    }

    /// The same of a moment as the wire has it.
    pub fn age_of(self, then: Option<&str>, now: Timestamp) -> String {
        then.and_then(Timestamp::lenient).map_or_else(|| self.say("never"), |then| self.age(then, now))
    }

    fn filled(self, key: &str, arguments: &FluentArgs<'_>) -> String {
        let found = [self.0, Language::English].into_iter().find_map(|language| {
            let bundle = &BUNDLES[language as usize];
            let pattern = bundle.get_message(key)?.value()?;
            Some(bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()))
        });
        found.map_or_else(|| key.to_owned(), Cow::into_owned)
    }
}

fn accepted(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let spoken = Language::ALL.map(|language| language.tag().parse::<LanguageIdentifier>().unwrap_or_default());
    let asked = parse_accepted_languages(asked);
    let best = negotiate_languages(&asked, &spoken, None, NegotiationStrategy::Lookup);
    let best = best.first().and_then(|best| Language::tagged(best.language.as_str()));
    best.unwrap_or(Language::English)
}

fn arguments<const N: usize>(values: [(&'static str, FluentValue<'static>); N]) -> FluentArgs<'static> {
    values.into_iter().collect()
}

fn number(value: impl Display) -> FluentValue<'static> {
    let text = value.to_string();
    text.parse::<f64>().map_or_else(|_| FluentValue::String(text.into()), FluentValue::from)
}

fn text(value: impl Display) -> FluentValue<'static> {
    FluentValue::String(value.to_string().into())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    /// Keys that are put together from what the data says.
    const PUT_TOGETHER: [&str; 12] = [
        "event-",
        "said-",
        "refused-",
        "check-",
        "state-",
        "kind-",
        "policy-",
        "verdict-",
        "browser-state-",
        "reason-",
        "filter-",
        "range-",
    ];

    fn texts(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut texts = BTreeMap::new();
        let mut key = String::new();
        for line in language.source().lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|(name, _)| !name.starts_with(' ')) {
                key = name.to_owned();
                assert!(texts.insert(key.clone(), BTreeSet::new()).is_none(), "{key} is there twice");
            }
            let gaps = line.match_indices('$').map(|(at, _)| {
                line[at..]
                    .chars()
                    .take_while(|letter| letter.is_ascii_alphabetic() || *letter == '$')
                    .collect::<String>()
            });
            texts.entry(key.clone()).or_insert_with(BTreeSet::new).extend(gaps);
        }
        texts.remove("");
        texts
    }

    fn sources(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, all);
            } else {
                all.push_str(&std::fs::read_to_string(path).expect("text"));
            }
        }
    }

    #[test]
    fn every_language_has_the_same_texts_with_the_same_gaps() {
        let english = texts(Language::English);
        for language in Language::ALL {
            let own = texts(language);
            let difference = |a: &BTreeMap<String, BTreeSet<String>>, b: &BTreeMap<String, BTreeSet<String>>| {
                a.iter().filter(|(key, gaps)| b.get(*key) != Some(gaps)).map(|(key, _)| key.clone()).collect::<Vec<_>>()
            };
            assert_eq!(difference(&english, &own), [""; 0], "{language:?} lacks these, or has other gaps");
            assert_eq!(difference(&own, &english), [""; 0], "{language:?} alone has these");
            assert_eq!(own.keys().filter(|key| !Text(language).has(key)).count(), 0, "{language:?} can be read");
        }
    }

    #[test]
    fn every_text_is_used_and_every_used_one_exists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = String::new();
        sources(&folder.join("src/dashboard"), &mut all);
        sources(&folder.join("templates"), &mut all);
        let english = texts(Language::English);
        let quoted: BTreeSet<&str> = all.split('"').collect();
        let unused: Vec<_> = english
            .keys()
            .filter(|key| !quoted.contains(key.as_str()) && !PUT_TOGETHER.iter().any(|begin| key.starts_with(begin)))
            .collect();
        assert!(unused.is_empty(), "nobody says {unused:?}");
        let mut missing = Vec::new();
        for call in ["say(\"", "count(\"", "name(\"", "why(\"", "both(\"", "of_all(\""] {
            let keys = all.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            missing.extend(keys.filter(|key| !key.contains('{') && !english.contains_key(*key)));
        }
        assert!(missing.is_empty(), "there is no text for {missing:?}");
    }

    #[test]
    fn every_event_and_state_of_the_server_has_a_text() {
        let english = Text(Language::English);
        for event in crate::domain::audit::AuditEventName::ALL {
            assert!(english.has(&format!("event-{}", event.as_str().replace('_', "-"))), "{}", event.as_str());
        }
        for status in ["active", "cookie-expired", "error", "pending-approval", "disconnected"] {
            assert!(english.has(&format!("browser-state-{status}")), "{status}");
        }
        for state in crate::store::SkillState::ALL {
            assert!(english.has(&format!("state-{}", state.as_str())), "{}", state.as_str());
        }
    }

    #[test]
    fn a_language_is_chosen() {
        let chosen = |cookie: &str, accepted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().expect("a header"));
            headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().expect("a header"));
            Text::of(&headers).tag()
        };
        assert_eq!(chosen("", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"), "fr");
        assert_eq!(chosen("", "pt-BR,de-AT;q=0.8"), "de");
        assert_eq!(chosen("", "pt, *;q=0.1"), "en");
        assert_eq!(chosen("skillferry_language=de", "fr"), "de");
        assert_eq!(chosen("skillferry_language=xx", "fr"), "fr");
        assert_eq!(chosen("", ";;;,,,q=ä"), "en");
    }

    #[test]
    fn ages_and_numbers() {
        let english = Text(Language::English);
        let ago = |seconds: i64| english.age(Timestamp(0), Timestamp(seconds * 1_000_000));
        assert_eq!(
            [ago(1), ago(30), ago(60), ago(7200), ago(86_400 * 3)],
            ["just now", "less than a minute ago", "a minute ago", "2 hours ago", "3 days ago"]
        );
        assert_eq!(Text(Language::German).age(Timestamp(0), Timestamp(120_000_000)), "vor 2 Minuten");
        assert_eq!(Text(Language::French).age(Timestamp(0), Timestamp(120_000_000)), "il y a 2 minutes");
    }
}
