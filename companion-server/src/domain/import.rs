//! What taking a skill would change: file by file, from what the library has to what is brought.

use std::collections::BTreeMap;

use companion_wire::import::{ImportCandidate, ImportCounts, ImportEffect, ImportFile, ImportFileState, ImportVerdict};
use skill_format::{RelativePath, SkillFolder};

use super::compare::Patience;

/// Files that are not the same on both sides, by path. What tells whether they are is the caller's.
pub fn changes<V: PartialEq>(old: &BTreeMap<RelativePath, V>, new: &BTreeMap<RelativePath, V>) -> Vec<ImportFile> {
    let file = |path: &RelativePath, state| ImportFile { path: path.as_str().to_owned(), state, diff: None };
    let gone = old.keys().filter(|path| !new.contains_key(path)).map(|path| file(path, ImportFileState::Removed));
    let here = new.iter().filter_map(|(path, value)| match old.get(path) {
        None => Some(file(path, ImportFileState::Added)),
        Some(former) => (former != value).then(|| file(path, ImportFileState::Changed)),
    });
    let mut changes: Vec<ImportFile> = gone.chain(here).collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

/// The same with a unified diff of each file that is text on both sides, as far as one request compares texts.
pub fn diffs(old: &SkillFolder, new: &SkillFolder) -> Vec<ImportFile> {
    let (mut changes, mut patience) = (changes(&old.files, &new.files), Patience::default());
    for change in &mut changes {
        let Ok(path) = RelativePath::try_from(change.path.as_str()) else { continue };
        let compared = patience.compare_files(old.files.get(&path), new.files.get(&path));
        change.diff = compared.and_then(|compared| compared.unified());
    }
    changes
}

/// How many folders end how.
pub fn counts(candidates: &[ImportCandidate]) -> ImportCounts {
    let mut counts = ImportCounts { found: candidates.len() as u64, ..ImportCounts::default() };
    for candidate in candidates {
        counts.repaired += u64::from(candidate.verdict == ImportVerdict::Repaired);
        *match candidate.effect {
            None => &mut counts.refused,
            Some(ImportEffect::New) => &mut counts.new,
            Some(ImportEffect::Same) => &mut counts.same,
            Some(ImportEffect::Change) => &mut counts.change,
        } += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use skill_format::File;

    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> SkillFolder {
        let file = |(path, content): &(&str, &[u8])| {
            let path = RelativePath::try_from(*path).expect("path");
            (path, File { executable: false, content: content.to_vec() })
        };
        SkillFolder { files: files.iter().map(file).collect() }
    }

    #[test]
    fn files_come_go_and_change() {
        let old = folder(&[("SKILL.md", b"a\nb\n"), ("gone.md", b"x\n"), ("same", b"s"), ("raw", b"\0a")]);
        let mut new = folder(&[("SKILL.md", b"a\nc\n"), ("new.md", b"y\n"), ("same", b"s"), ("raw", b"\0b")]);
        let shown: Vec<(String, ImportFileState, bool)> =
            diffs(&old, &new).into_iter().map(|file| (file.path, file.state, file.diff.is_some())).collect();
        let line = |path: &str, state, text| (path.to_owned(), state, text);
        use ImportFileState::{Added, Changed, Removed};
        let wanted =
            [("SKILL.md", Changed, true), ("gone.md", Removed, true), ("new.md", Added, true), ("raw", Changed, false)];
        assert_eq!(shown, wanted.map(|(path, state, text)| line(path, state, text)));
        assert!(diffs(&old, &new)[0].diff.as_deref().is_some_and(|diff| diff.contains("-b\n+c\n")));
        assert!(diffs(&old, &old).is_empty());
        new = old.clone();
        new.files.values_mut().for_each(|file| file.executable = true);
        assert_eq!(diffs(&old, &new).len(), 4, "who may be run counts");
    }

    #[test]
    fn large_texts_are_not_compared_line_by_line() {
        let large = "a\n".repeat(10_000_000);
        let shown = diffs(&folder(&[("a", b"x")]), &folder(&[("a", large.as_bytes())]));
        assert_eq!((shown.len(), &shown[0].diff), (1, &None));
    }
}
