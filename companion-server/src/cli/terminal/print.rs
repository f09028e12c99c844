//! Tables for people, JSON for programs.

use std::io::{IsTerminal, Write};

use comfy_table::{Cell, Color, ContentArrangement, Table, presets};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Failed;

/// How good or bad something is: its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Good,
    /// Under way.
    Busy,
    /// Needs a person.
    Bad,
    /// Neither.
    Plain,
}

/// Below so many columns a table that fits is harder to read than one that does not.
const NARROWEST: u16 = 60;

/// Prints to standard output.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    json: bool,
    styled: bool,
    terminal: bool,
}

impl Printer {
    /// With colours on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub fn for_standard_output(json: bool) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { json, styled: terminal && !set("NO_COLOR") && !dumb, terminal }
    }

    /// JSON was asked for.
    pub const fn json(&self) -> bool {
        self.json
    }

    /// Prints a value as JSON on one line.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn value(&self, value: &impl Serialize) -> Result<(), Failed> {
        let text = serde_json::to_string(value).map_err(|error| Failed::new(format!("{error}.")))?;
        self.line(&text)
    }

    /// Prints a line as it is. Text from outside is [`clean`]ed by the caller.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn line(&self, text: &str) -> Result<(), Failed> {
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|error| Failed::new(format!("The output ended: {error}.")))
    }

    /// Prints a table; nothing when it has no rows.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn table(&self, header: &[&str], rows: Vec<Vec<(String, Level)>>) -> Result<(), Failed> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header.iter().map(|title| title.to_uppercase()));
        if self.terminal && table.width().is_some_and(|width| width >= NARROWEST) {
            // As wide as the terminal; elsewhere, and where that is not known, a row is a line.
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        if self.styled {
            table.enforce_styling();
        } else if !self.terminal {
            table.force_no_tty();
        }
        for row in rows {
            table.add_row(row.into_iter().map(|(text, level)| self.cell(&text, level)));
        }
        let text: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
        self.line(&text.join("\n"))
    }

    fn cell(&self, text: &str, level: Level) -> Cell {
        let cell = Cell::new(clean(text));
        match level {
            _ if !self.styled => cell,
            Level::Good => cell.fg(Color::Green),
            Level::Busy => cell.fg(Color::Yellow),
            Level::Bad => cell.fg(Color::Red),
            Level::Plain => cell,
        }
    }
}

/// Text from outside without anything that a terminal would obey.
pub fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() || is_turning(letter) { '\u{fffd}' } else { letter }).collect()
}

/// The same for text of several lines.
pub fn clean_lines(text: &str) -> String {
    text.split('\n').map(|line| clean(&line.replace('\t', "    "))).collect::<Vec<_>>().join("\n")
}

/// Turns the direction of writing, so that a line reads otherwise than it is.
const fn is_turning(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A moment of the wire in the time of this machine; what is no moment as it is.
pub fn moment(text: &str) -> String {
    let zoned = text.parse::<jiff::Timestamp>().map(|moment| moment.to_zoned(TimeZone::system()));
    zoned.map_or_else(|_| clean(text), |zoned| zoned.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// A cell without a colour.
pub fn plain(text: impl Into<String>) -> (String, Level) {
    (text.into(), Level::Plain)
}

/// `1 skill`, `2 skills`.
pub fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{202e}d ä"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d ä");
        assert_eq!(clean_lines("a\u{7}\n\tb"), "a\u{fffd}\n    b");
        assert_eq!(moment("soon\u{1b}"), "soon\u{fffd}");
        assert_eq!((counted(1, "skill"), counted(0, "skill")), ("1 skill".to_owned(), "0 skills".to_owned()));
    }
}
