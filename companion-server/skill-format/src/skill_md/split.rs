//! Where the front matter begins and ends.

/// The two parts of a `SKILL.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    /// The file began with a byte-order mark, or one stood in the front matter.
    pub bom: bool,
    /// Blank lines stood before the opening fence, or a fence had blanks behind its hyphens.
    pub untidy_fences: bool,
    /// A line of the front matter, fences included, ended in CR LF or CR.
    pub carriage_returns: bool,
    /// Lines of the file before the text between the fences.
    pub lines_before: usize,
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
    /// The first line that is not blank is not `---`.
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
    let mut lines = Lines { text, at: 0, number: 0, carriage_returns: false };
    let opening =
        lines.by_ref().find(|line| !is_blank(line)).filter(|line| is_fence(line)).ok_or(SplitError::Missing)?;
    let (start, lines_before) = (lines.at, lines.number);
    let mut end = start;
    while let Some(line) = lines.next() {
        if is_fence(line) {
            let untidy_fences = lines_before > 1 || opening.len() + line.len() > 6;
            let (yaml, body) = (&text[start..end], &text[lines.at..]);
            return Ok(Split {
                bom: bom || yaml.contains('\u{feff}'),
                untidy_fences,
                carriage_returns: lines.carriage_returns,
                lines_before,
                yaml,
                body,
            });
        }
        end = lines.at;
    }
    Err(SplitError::Unclosed)
}

fn is_blank(line: &str) -> bool {
    line.trim_end_matches([' ', '\t']).is_empty()
}

fn is_fence(line: &str) -> bool {
    line.trim_end_matches([' ', '\t']) == "---"
}

/// Lines without their ends, which are LF, CR LF or CR, mixed as they come.
struct Lines<'a> {
    text: &'a str,
    /// Where the next line begins.
    at: usize,
    /// How many lines were given out.
    number: usize,
    /// One of them ended in CR LF or CR.
    carriage_returns: bool,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let end = &rest[line.len()..];
        self.carriage_returns |= end.starts_with('\r');
        self.at += line.len() + if end.starts_with("\r\n") { 2 } else { end.len().min(1) };
        self.number += 1;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let split_of = |text: &'static str| split(text.as_bytes());
        let plain = split_of("---\na: 1\n---\nbody\n").expect("plain");
        assert_eq!((plain.bom, plain.carriage_returns, plain.yaml, plain.body), (false, false, "a: 1\n", "body\n"));
        let windows = split_of("\u{feff}---\r\na: 1\r\n---\r\nbody\r\n").expect("windows");
        assert_eq!((windows.bom, windows.carriage_returns, windows.body), (true, true, "body\r\n"));
        assert_eq!(split_of("---\na: 1\n---").expect("no line end").body, "");
        assert!(!plain.untidy_fences && !windows.untidy_fences);
        for untidy in ["\n \r\n---\na: 1\n---\nbody", "--- \na: 1\n---\nbody", "---\na: 1\n---\t\nbody"] {
            let split = split_of(untidy).expect(untidy);
            assert_eq!((split.untidy_fences, split.yaml, split.body), (true, "a: 1\n", "body"), "{untidy:?}");
        }
        let old_mac = split_of("---\ra: 1\rb: 2\r---\rbody\r").expect("old Mac");
        assert_eq!((old_mac.carriage_returns, old_mac.yaml, old_mac.body), (true, "a: 1\rb: 2\r", "body\r"));
        assert_eq!(split_of("# Title\n---\n"), Err(SplitError::Missing));
        assert_eq!(split_of(""), Err(SplitError::Missing));
        assert_eq!(split_of("---\na: 1\n"), Err(SplitError::Unclosed));
        assert_eq!(split_of("---"), Err(SplitError::Unclosed));
        assert_eq!(split(b"---\n\xff"), Err(SplitError::NotUtf8(4)));
    }
}
