//! Every Rust file says at its top what it is for.

use super::sources::Source;

/// A complaint when the file does not begin with `//!`.
pub fn check(source: &Source) -> Option<String> {
    let documented = source.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
    let fine = !source.is("rs") || documented.is_some_and(|line| line.starts_with("//!"));
    (!fine).then(|| format!("{}: begin with `//!` and say what the file is for", source.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(path: &str, text: &str) -> Option<String> {
        check(&Source { path: path.into(), text: text.into() })
    }

    #[test]
    fn a_rust_file_needs_a_first_sentence() {
        assert!(complaint("a.rs", "//! Why.\nfn a() {}").is_none());
        assert!(complaint("a.rs", "fn a() {}").is_some());
        assert!(complaint("a.rs", "").is_some());
        assert!(complaint("a.md", "text").is_none());
    }
}
