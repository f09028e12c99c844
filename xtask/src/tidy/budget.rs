//! A file that one can still read in one go.

use super::sources::Source;

const LIMIT: usize = 500;
const KINDS: [&str; 4] = ["rs", "js", "css", "html"];

/// Files that may be longer, each with its reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// A complaint when a file that people write is longer than the limit.
pub fn check(source: &Source) -> Option<String> {
    let counted = KINDS.iter().any(|kind| source.is(kind)) && !EXCEPTIONS.iter().any(|(path, _)| source.path == *path);
    let lines = source.text.lines().count();
    (counted && lines > LIMIT).then(|| format!("{}: {lines} lines; split it below {LIMIT}", source.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_reported() {
        let source = |lines: usize| Source { path: "a.rs".into(), text: "x\n".repeat(lines) };
        assert!(check(&source(LIMIT)).is_none());
        assert!(check(&source(LIMIT + 1)).is_some());
    }
}
