//! How much is compared line by line: whatever somebody has put into a file, a page has to be there in a moment.
//!
//! The effort of finding differing lines grows with the square of their number. What lies before the first and behind the last of them
//! costs nothing, so an edit in a long text is always shown; two long texts that have nothing in common are not.

use diffy::Patch;
use skill_format::File;

/// Most bytes of a text whose differences are shown: all of them may be on the page.
const LARGEST: usize = 256 * 1024;
/// What comparing may cost in all for one request: about a fifth of a second.
const EFFORT: u64 = 50_000_000;

/// Two texts, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared<'a> {
    /// They are the same.
    Same,
    /// What differs. As text it is a unified diff.
    Differ(Patch<'a, str>),
    /// More than is compared here.
    TooMuch,
}

impl Compared<'_> {
    /// As a unified diff: an empty one of what is the same, none where it is too much.
    pub fn unified(&self) -> Option<String> {
        match self {
            Self::Same => Some(String::new()),
            Self::Differ(patch) => Some(patch.to_string()),
            Self::TooMuch => None,
        }
    }
}

/// What one request may still spend.
#[derive(Debug)]
pub struct Patience(u64);

impl Default for Patience {
    fn default() -> Self {
        Self(EFFORT)
    }
}

impl Patience {
    /// From one text to the other.
    pub fn compare<'a>(&mut self, before: &'a str, after: &'a str) -> Compared<'a> {
        if before == after {
            Compared::Same
        } else if before.len().max(after.len()) <= LARGEST && self.affords(before, after) {
            Compared::Differ(diffy::create_patch(before, after))
        } else {
            Compared::TooMuch
        }
    }

    /// The same of two files; one that is not there has no text, and that is one. None where one is no text.
    pub fn compare_files<'a>(&mut self, before: Option<&'a File>, after: Option<&'a File>) -> Option<Compared<'a>> {
        let text = |file: Option<&'a File>| file.map_or(Some(""), File::text);
        text(before).zip(text(after)).map(|(before, after)| self.compare(before, after))
    }

    /// Whether the differing lines of these two may be looked for; if so, that is spent.
    pub fn affords(&mut self, before: &str, after: &str) -> bool {
        let lines = differing(before, after);
        match self.0.checked_sub(lines.saturating_mul(lines)) {
            Some(left) => self.0 = left,
            None => return false,
        }
        true
    }
}

/// Lines of both between the first and the last that is not the same.
fn differing(before: &str, after: &str) -> u64 {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(one, other)| one == other).count();
    let head = same(&mut before.iter().zip(&after));
    let tail = same(&mut before[head..].iter().rev().zip(after[head..].iter().rev()));
    (before.len() + after.len() - 2 * (head + tail)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbered(side: &str, lines: usize) -> String {
        (0..lines).map(|line| format!("{side}{line}\n")).collect()
    }

    #[test]
    fn an_edit_in_a_long_text_is_shown() {
        let before = numbered("", 20_000);
        let after = before.replace("\n10000\n", "\nanother\n");
        let Compared::Differ(diff) = Patience::default().compare(&before, &after) else { panic!("shown") };
        assert!(diff.to_string().contains("-10000\n+another\n"));
        assert_eq!(Patience::default().compare(&before, &before), Compared::Same);
    }

    #[test]
    fn long_texts_with_nothing_in_common_are_not_compared() {
        let (before, after) = (numbered("a", 20_000), numbered("b", 20_000));
        assert_eq!(Patience::default().compare(&before, &after), Compared::TooMuch);
        let (long, other) = ("x".repeat(LARGEST + 1), "x".repeat(LARGEST));
        assert_eq!(Patience::default().compare(&long, &other), Compared::TooMuch);
    }

    #[test]
    fn patience_is_one_for_all_texts_of_a_request() {
        let (before, after) = (numbered("a", 2_000), numbered("b", 2_000));
        let mut patience = Patience::default();
        let shown = (0..100).filter(|_| patience.compare(&before, &after) != Compared::TooMuch).count();
        assert_eq!(shown, 3);
    }

    proptest! {
        #[test]
        fn what_differs_is_counted(before in "([ab]\n){0,6}", after in "([ab]\n){0,6}") {
            let lines = differing(&before, &after);
            prop_assert_eq!(lines == 0, before == after);
            prop_assert_eq!(lines, differing(&after, &before));
            prop_assert!(lines <= (before.lines().count() + after.lines().count()) as u64);
        }
    }
}
