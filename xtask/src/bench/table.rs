//! A table of figures, in Markdown, so that it can be pasted into a report.

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    what: String,
    goal: String,
    measured: String,
}

impl Row {
    /// `what` was measured, what is promised, what came out.
    pub fn new(what: &str, goal: &str, measured: &str) -> Self {
        Self { what: what.to_owned(), goal: goal.to_owned(), measured: measured.to_owned() }
    }

    /// The same figure, measured in two ways.
    pub fn beside(self, name: &str, other: &Self, others: &str) -> Self {
        let measured = format!("{name}: {}; {others}: {}", self.measured, other.measured);
        Self { measured, ..self }
    }

    /// From a line `what<TAB>goal<TAB>measured`, as the browser figures come.
    pub fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        Some(Self::new(parts.next()?, parts.next()?, parts.next()?))
    }
}

/// The table.
pub fn text(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| format!("| {} | {} | {} |", row.what, row.goal, row.measured));
    ["| what | goal | measured |".to_owned(), "|---|---|---|".to_owned()]
        .into_iter()
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_becomes_a_row() {
        let row = Row::read("start\t≤ 60 ms\t41 ms").expect("a row");
        assert_eq!(text(&[row]), "| what | goal | measured |\n|---|---|---|\n| start | ≤ 60 ms | 41 ms |");
        assert_eq!(Row::read("no tabs"), None);
        let (one, other) = (Row::new("a", "b", "1"), Row::new("a", "b", "2"));
        assert_eq!(one.beside("X", &other, "Y"), Row::new("a", "b", "X: 1; Y: 2"));
    }
}
