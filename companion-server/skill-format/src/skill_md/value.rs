//! What the front matter says.

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

    /// It stands without quotes, and some reader of YAML takes it for nothing, a number, a truth value or a date.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Value::Text { text, plain: true } if self.is_null() || ambiguous(text))
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

/// Whether YAML 1.1 or 1.2 gives the bare text another type than text.
fn ambiguous(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    match lower.as_str() {
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" => true,
        _ => matches!(unsigned, ".inf" | ".nan") || is_number(unsigned) || is_date(&lower),
    }
}

/// Decimal with or without fraction, exponent, underscores and sexagesimal colons; hexadecimal; octal; binary.
fn is_number(unsigned: &str) -> bool {
    let in_base = |digits: &str, base| !digits.is_empty() && digits.chars().all(|c| c == '_' || c.is_digit(base));
    let [hexadecimal, octal, binary] = ["0x", "0o", "0b"].map(|prefix| unsigned.strip_prefix(prefix));
    let decimal: String = unsigned.chars().filter(|c| !matches!(c, '_' | ':')).collect();
    hexadecimal.is_some_and(|digits| in_base(digits, 16))
        || octal.is_some_and(|digits| in_base(digits, 8))
        || binary.is_some_and(|digits| in_base(digits, 2))
        || (decimal.starts_with(|c: char| c == '.' || c.is_ascii_digit()) && decimal.parse::<f64>().is_ok())
}

/// `2026-11-21`, and the same with a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, least: usize, most: usize| {
        part.is_some_and(|part| (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month) = (digits(parts.next(), 4, 4), digits(parts.next(), 1, 2));
    let day = parts.next().and_then(|rest| rest.split(['t', ' ']).next());
    year && month && digits(day, 1, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_reader_takes_for_something_else() {
        let plain = |text: &str| Value::Text { text: text.to_owned(), plain: true };
        for text in [
            "",
            "~",
            "null",
            "yes",
            "Off",
            "12",
            "-1_000",
            "1.10",
            "1e5",
            "0x1f",
            "0o17",
            "0b1",
            "1:30",
            ".inf",
            "2026-11-21",
            "2026-1-2T10:00:00Z",
        ] {
            assert!(plain(text).is_ambiguous(), "{text}");
            assert!(!Value::Text { text: text.to_owned(), plain: false }.is_ambiguous(), "{text} in quotes");
        }
        for text in ["a", "nan", "inf", "3d-print", "2048-game", "1-2", "0xyz", "e-1", "1.2.3", "20-11-21", "no-more"] {
            assert!(!plain(text).is_ambiguous(), "{text}");
        }
    }
}
