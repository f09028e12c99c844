//! `SKILL.md`: where the front matter is, what it says, and what is wrong with it. Never a panic, whatever the bytes.
//!
//! YAML is read by events, so that a scalar keeps its source text (`1.10` stays `1.10`) and aliases, tags and duplicate keys,
//! which claude.ai and other readers treat differently, are refused rather than guessed at.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// A value of the front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text as it stands in the source after YAML's own unescaping. Numbers and truth values stay text.
    Text {
        /// The text.
        text: String,
        /// It stood there without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Value>),
    /// A mapping, in the order of the source.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// YAML's several ways to write nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Text { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// One line for a place that takes text only: lists joined by `, `, mappings as `key: value` joined by `; `.
    pub fn flattened(&self) -> String {
        match self {
            _ if self.is_null() => String::new(),
            Value::Text { text, .. } => text.clone(),
            Value::List(items) => items.iter().map(Value::flattened).collect::<Vec<_>>().join(", "),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| [key.as_str(), ": ", &value.flattened()].concat());
                entries.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// The two parts of a `SKILL.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    /// The file began with a byte-order mark.
    pub bom: bool,
    /// A line of the front matter, fences included, ended in CR LF or CR.
    pub carriage_returns: bool,
    /// The text between the fences.
    pub yaml: &'a str,
    /// Everything behind the closing fence's line end, byte for byte.
    pub body: &'a str,
}

/// Why there is no front matter to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitError {
    /// The bytes are not UTF-8; the offset of the first bad one.
    NotUtf8(usize),
    /// The first line is not `---`.
    Missing,
    /// No line `---` ends it.
    Unclosed,
}

/// Separates front matter and body.
///
/// # Errors
///
/// [`SplitError`] names the first thing in the way.
pub fn split(bytes: &[u8]) -> Result<Split<'_>, SplitError> {
    let text = std::str::from_utf8(bytes).map_err(|error| SplitError::NotUtf8(error.valid_up_to()))?;
    let (bom, text) = text.strip_prefix('\u{feff}').map_or((false, text), |rest| (true, rest));
    let (first, mut carriage_returns, start) = line(text, 0).ok_or(SplitError::Missing)?;
    if first.trim_end_matches([' ', '\t']) != "---" {
        return Err(SplitError::Missing);
    }
    let mut at = start;
    while let Some((content, carriage_return, next)) = line(text, at) {
        carriage_returns |= carriage_return;
        if content.trim_end_matches([' ', '\t']) == "---" {
            return Ok(Split { bom, carriage_returns, yaml: &text[start..at], body: &text[next..] });
        }
        at = next;
    }
    Err(SplitError::Unclosed)
}

/// The line at `at` without its end, whether that end has a carriage return, and where the next line begins.
fn line(text: &str, at: usize) -> Option<(&str, bool, usize)> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let (content, next) = rest.find('\n').map_or((rest, text.len()), |end| (&rest[..end], at + end + 1));
    Some(content.strip_suffix('\r').map_or((content, false, next), |content| (content, true, next)))
}

/// Why the YAML was not taken. Lines count from the first line of the file, columns from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum YamlError {
    /// The text is no YAML.
    Malformed {
        /// Line in the file.
        line: usize,
        /// Column in the line.
        column: usize,
        /// What the parser says.
        what: String,
    },
    /// An anchor, alias or merge.
    Alias {
        /// Line in the file.
        line: usize,
    },
    /// A tag such as `!!python/object`.
    Tag {
        /// Line in the file.
        line: usize,
    },
    /// A key stands twice in one mapping.
    DuplicateKey {
        /// The key.
        key: String,
        /// Line of the second one.
        line: usize,
    },
    /// A key is a list or a mapping.
    KeyNotText {
        /// Line in the file.
        line: usize,
    },
    /// The front matter as a whole is no mapping, or more than one document.
    NotAMapping,
}

/// Reads the text between the fences as one mapping, in the order of the source. Nesting beyond 16 levels is malformed.
///
/// # Errors
///
/// [`YamlError`] names the first thing in the way.
pub fn parse_yaml(yaml: &str) -> Result<Vec<(String, Value)>, YamlError> {
    let mut reader = Reader { parser: Parser::new_from_str(yaml) };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, _) => return Ok(Vec::new()),
            event => return reader.document(event),
        }
    }
}

const MAX_DEPTH: usize = 16;

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        self.parser.next_event().unwrap_or_else(|| Ok((Event::StreamEnd, Span::default()))).map_err(malformed)
    }

    fn document(&mut self, first: (Event<'a>, Span)) -> Result<Vec<(String, Value)>, YamlError> {
        let value = self.value(first, 0)?;
        loop {
            match self.next()?.0 {
                Event::StreamEnd => break,
                Event::DocumentEnd | Event::Nothing => {}
                _ => return Err(YamlError::NotAMapping),
            }
        }
        match value {
            Value::Map(entries) => Ok(entries),
            other if other.is_null() => Ok(Vec::new()),
            _ => Err(YamlError::NotAMapping),
        }
    }

    fn value(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Result<Value, YamlError> {
        let line = file_line(&span);
        if depth > MAX_DEPTH {
            return Err(YamlError::Malformed { line, column: 1, what: "nested too deeply".to_owned() });
        }
        match event {
            Event::Alias(_) => Err(YamlError::Alias { line }),
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                Err(YamlError::Tag { line })
            }
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                Err(YamlError::Alias { line })
            }
            Event::Scalar(text, style, _, _) => {
                Ok(Value::Text { text: text.into_owned(), plain: style == ScalarStyle::Plain })
            }
            Event::SequenceStart(..) => self.list(depth),
            Event::MappingStart(..) => self.map(depth),
            _ => Err(YamlError::NotAMapping),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                event => items.push(self.value(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        loop {
            let event = self.next()?;
            let line = file_line(&event.1);
            if matches!(event.0, Event::MappingEnd) {
                return Ok(Value::Map(entries));
            }
            let Value::Text { text: key, .. } = self.value(event, depth + 1)? else {
                return Err(YamlError::KeyNotText { line });
            };
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(YamlError::DuplicateKey { key, line });
            }
            let value = self.next()?;
            let value = self.value(value, depth + 1)?;
            entries.push((key, value));
        }
    }
}

/// The opening fence is the file's first line, so the YAML's first line is the second.
fn file_line(span: &Span) -> usize {
    span.start.line() + 1
}

fn malformed(error: ScanError) -> YamlError {
    let at = error.marker();
    YamlError::Malformed { line: at.line() + 1, column: at.col() + 1, what: error.info().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text { text: text.to_owned(), plain: true }
    }

    #[test]
    fn splits() {
        let split_of = |text: &'static str| split(text.as_bytes());
        let plain = split_of("---\na: 1\n---\nbody\n").expect("plain");
        assert_eq!((plain.bom, plain.carriage_returns, plain.yaml, plain.body), (false, false, "a: 1\n", "body\n"));
        let windows = split_of("\u{feff}---\r\na: 1\r\n---\r\nbody\r\n").expect("windows");
        assert_eq!((windows.bom, windows.carriage_returns, windows.body), (true, true, "body\r\n"));
        assert_eq!(split_of("---\na: 1\n---").expect("no line end").body, "");
        assert_eq!(split_of("# Title\n---\n"), Err(SplitError::Missing));
        assert_eq!(split_of(""), Err(SplitError::Missing));
        assert_eq!(split_of("---\na: 1\n"), Err(SplitError::Unclosed));
        assert_eq!(split_of("---"), Err(SplitError::Unclosed));
        assert_eq!(split(b"---\n\xff"), Err(SplitError::NotUtf8(4)));
    }

    #[test]
    fn scalars_keep_their_source_text() {
        let read = parse_yaml("a: 1.10\nb: yes\nc: null\nd: \"x\"\ne: >\n  two\n  lines\n").expect("yaml");
        assert_eq!(read[0], ("a".to_owned(), text("1.10")));
        assert_eq!(read[1].1, text("yes"));
        assert!(read[2].1.is_null());
        assert_eq!(read[4].1.text(), Some("two lines\n"));
    }

    #[test]
    fn refusals_are_named() {
        let error = |yaml| parse_yaml(yaml).expect_err(yaml);
        assert_eq!(error("a: &x 1\nb: *x"), YamlError::Alias { line: 2 });
        assert_eq!(error("a: !!str 1"), YamlError::Tag { line: 2 });
        assert_eq!(error("a: 1\na: 2"), YamlError::DuplicateKey { key: "a".to_owned(), line: 3 });
        assert_eq!(error("? [a, b]\n: 1"), YamlError::KeyNotText { line: 2 });
        assert_eq!(error("- a\n- b"), YamlError::NotAMapping);
        assert_eq!(error("just text"), YamlError::NotAMapping);
        assert!(matches!(error("a: b: c"), YamlError::Malformed { line: 2, .. }));
        assert!(matches!(error(&format!("a: {}", "[".repeat(20_000))), YamlError::Malformed { .. }));
        assert_eq!(parse_yaml("").expect("empty"), []);
    }
}
