//! Two texts beside each other, line by line.

use diffy::{Line as DiffLine, Patch};

use crate::domain::compare::{Compared, Patience};

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `same`, `gone`, `new` or `gap`.
    pub kind: &'static str,
    /// Its number on the left.
    pub left: Option<usize>,
    /// Its number on the right.
    pub right: Option<usize>,
    /// What it says.
    pub text: String,
}

/// A row of two columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// What stands on the left.
    pub left: Option<Line>,
    /// What stands on the right.
    pub right: Option<Line>,
}

/// What differs between two texts, with a few lines around it; empty when nothing does. `None` where it is too much to look for.
pub fn lines(before: &str, after: &str, patience: &mut Patience) -> Option<Vec<Line>> {
    match patience.compare(before, after) {
        Compared::Same => Some(Vec::new()),
        Compared::Differ(patch) => Some(drawn(&patch)),
        Compared::TooMuch => None,
    }
}

fn drawn(patch: &Patch<'_, str>) -> Vec<Line> {
    let mut lines = Vec::new();
    for hunk in patch.hunks() {
        let (mut left, mut right) = (hunk.old_range().start(), hunk.new_range().start());
        if left > 1 || !lines.is_empty() {
            lines.push(Line { kind: "gap", left: None, right: None, text: String::new() });
        }
        for line in hunk.lines() {
            let text = |text: &str| text.trim_end_matches(['\n', '\r']).to_owned();
            lines.push(match line {
                DiffLine::Context(said) => {
                    Line { kind: "same", left: Some(left), right: Some(right), text: text(said) }
                }
                DiffLine::Delete(said) => Line { kind: "gone", left: Some(left), right: None, text: text(said) },
                DiffLine::Insert(said) => Line { kind: "new", left: None, right: Some(right), text: text(said) },
            });
            left += usize::from(!matches!(line, DiffLine::Insert(_)));
            right += usize::from(!matches!(line, DiffLine::Delete(_)));
        }
    }
    lines
}

/// The same in two columns: what is gone stands beside what is new.
pub fn rows(lines: &[Line]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open = 0;
    for line in lines {
        match line.kind {
            "gone" => rows.push(Row { left: Some(line.clone()), right: None }),
            "new" => {
                open = open.max(rows.iter().rposition(|row| row.right.is_some()).map_or(0, |at| at + 1));
                match rows.get_mut(open) {
                    Some(row) => row.right = Some(line.clone()),
                    None => rows.push(Row { left: None, right: Some(line.clone()) }),
                }
                open += 1;
            }
            _ => rows.push(Row { left: Some(line.clone()), right: Some(line.clone()) }),
        }
        if line.kind != "new" {
            open = 0;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(before: &str, after: &str) -> Vec<Line> {
        super::lines(before, after, &mut Patience::default()).expect("little enough")
    }

    fn kinds(before: &str, after: &str) -> Vec<(&'static str, String)> {
        lines(before, after).into_iter().map(|line| (line.kind, line.text)).collect()
    }

    #[test]
    fn differing_lines_stand_with_their_numbers() {
        assert!(lines("a\nb\n", "a\nb\n").is_empty());
        let said = |kind, text: &str| (kind, text.to_owned());
        assert_eq!(
            kinds("a\nb\nc\n", "a\nx\nc\n"),
            [said("same", "a"), said("gone", "b"), said("new", "x"), said("same", "c")]
        );
        let changed = lines("a\nb\nc\n", "a\nx\nc\n");
        assert_eq!((changed[1].left, changed[2].right, changed[3].left), (Some(2), Some(2), Some(3)));
    }

    #[test]
    fn old_and_new_stand_side_by_side() {
        let rows = rows(&lines("a\nb\nc\nd\n", "a\nx\ny\nz\nd\n"));
        let shown: Vec<_> = rows
            .iter()
            .map(|row| [&row.left, &row.right].map(|line| line.as_ref().map_or("", |line| line.text.as_str())))
            .collect();
        assert_eq!(shown, [["a", "a"], ["b", "x"], ["c", "y"], ["", "z"], ["d", "d"]]);
    }
}
