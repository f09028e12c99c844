//! The YAML between the fences, read event by event.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::Value;

/// Why the YAML was not taken. Lines and columns count from 1, lines from the first line of the file.
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
    /// The front matter as a whole is no mapping, or it has document markers or directives of its own.
    NotAMapping,
}

/// Reads the text between the fences as one mapping, in the order of the source; `lines_before` is what stands before it in
/// the file. Nesting beyond 16 levels is malformed.
///
/// # Errors
///
/// [`YamlError`] names the first thing in the way.
pub fn parse_yaml(yaml: &str, lines_before: usize) -> Result<Vec<(String, Value)>, YamlError> {
    let mut reader = Reader { parser: Parser::new_from_str(yaml), lines_before };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(false) | Event::Nothing, _) => {}
            (Event::DocumentStart(true), _) => return Err(YamlError::NotAMapping),
            (Event::StreamEnd | Event::DocumentEnd, _) => return Ok(Vec::new()),
            event => return reader.document(event),
        }
    }
}

const MAX_DEPTH: usize = 16;

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines_before: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), YamlError> {
        let event = self.parser.next_event().unwrap_or_else(|| Ok((Event::StreamEnd, Span::default())));
        event.map_err(|error| malformed(&error, self.lines_before))
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
        let line = self.lines_before + span.start.line();
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
            let line = self.lines_before + event.1.start.line();
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

fn malformed(error: &ScanError, lines_before: usize) -> YamlError {
    let at = error.marker();
    YamlError::Malformed { line: lines_before + at.line(), column: at.col() + 1, what: error.info().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text { text: text.to_owned(), plain: true }
    }

    #[test]
    fn scalars_keep_their_source_text() {
        let read = parse_yaml("a: 1.10\nb: yes\nc: null\nd: \"x\"\ne: >\n  two\n  lines\n", 1).expect("yaml");
        assert_eq!(read[0], ("a".to_owned(), text("1.10")));
        assert_eq!(read[1].1, text("yes"));
        assert!(read[2].1.is_null());
        assert_eq!(read[4].1.text(), Some("two lines\n"));
    }

    #[test]
    fn refusals_are_named() {
        let error = |yaml| parse_yaml(yaml, 1).expect_err(yaml);
        assert_eq!(error("a: &x 1\nb: *x"), YamlError::Alias { line: 2 });
        assert_eq!(error("a: !!str 1"), YamlError::Tag { line: 2 });
        assert_eq!(error("a: 1\na: 2"), YamlError::DuplicateKey { key: "a".to_owned(), line: 3 });
        assert_eq!(error("? [a, b]\n: 1"), YamlError::KeyNotText { line: 2 });
        assert_eq!(error("- a\n- b"), YamlError::NotAMapping);
        assert_eq!(error("just text"), YamlError::NotAMapping);
        assert_eq!(error("--- # second\na: b"), YamlError::NotAMapping);
        assert_eq!(error("%YAML 1.2\n---\na: b"), YamlError::NotAMapping);
        assert!(matches!(error("a: b: c"), YamlError::Malformed { line: 2, column: 5, .. }));
        assert!(matches!(parse_yaml("a: 1\nb: [", 3), Err(YamlError::Malformed { line: 5.., .. })));
        assert!(matches!(error(&format!("a: {}", "[".repeat(20_000))), YamlError::Malformed { .. }));
        assert_eq!(parse_yaml("", 1).expect("empty"), []);
    }
}
