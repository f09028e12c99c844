//! Words that have no place in the project.

use super::sources::Source;

/// Each word with its reason; written in pieces, so that this file does not complain about itself.
const FORBIDDEN: [(&str, &str); 4] = [
    (concat!("../", "shared"), "a path outside the project"),
    (concat!("/work", "/"), "a path of one machine"),
    (concat!("FIX", "ME"), "write an issue, or do it"),
    (concat!("dbg", "!("), "left over from looking for a mistake"),
];

/// A complaint for each line with a forbidden word, and for each open end without an issue's number.
pub fn check(source: &Source) -> Vec<String> {
    let lines = source.text.lines().enumerate();
    lines
        .flat_map(|(number, line)| complaints(line).map(move |what| format!("{}:{}: {what}", source.path, number + 1)))
        .collect()
}

fn complaints(line: &str) -> impl Iterator<Item = String> + use<> {
    let words =
        FORBIDDEN.iter().filter(|(word, _)| line.contains(word)).map(|(word, reason)| format!("`{word}`: {reason}"));
    let open_end = has_open_end(line).then(|| "an open end needs the number of its issue, as in `(#12)`".to_owned());
    words.chain(open_end).collect::<Vec<_>>().into_iter()
}

fn has_open_end(line: &str) -> bool {
    let marked = line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == concat!("TO", "DO"));
    marked && !line.contains("(#")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(line: &str) -> Vec<String> {
        check(&Source { path: "a.md".into(), text: line.into() })
    }

    #[test]
    fn an_open_end_needs_an_issue() {
        assert_eq!(check_line(concat!("// TO", "DO: later")).len(), 1);
        assert!(check_line(concat!("// TO", "DO(#12): later")).is_empty());
        assert!(check_line("mastodon").is_empty());
    }

    #[test]
    fn a_foreign_path_is_named_with_its_line() {
        assert_eq!(
            check_line(concat!("see ../", "shared/x")),
            [concat!("a.md:1: `../", "shared`: a path outside the project")]
        );
    }
}
