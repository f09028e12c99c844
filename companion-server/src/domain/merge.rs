//! Three-way merge of whole skill folders: clean where the edits do not overlap.
//!
//! File by file. A file that only one side changed is that side's; one that both changed is merged line by line when it is
//! text. What cannot be merged is named, and a person decides.

use std::collections::{BTreeMap, BTreeSet};

use skill_format::{File, RelativePath, SkillFolder, text};

use super::compare::Patience;

/// What merging came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// Both sides' edits in one folder.
    Clean(SkillFolder),
    /// The edits overlap in some files.
    Overlapping {
        /// All other files, merged.
        rest: SkillFolder,
        /// These, in the order of their paths.
        overlaps: Vec<Overlap>,
    },
}

/// A file that both sides changed in ways that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Which.
    pub path: RelativePath,
    /// The merged text with conflict markers (`<<<<<<< ours`, `>>>>>>> theirs`); none when a side is no text, has
    /// removed the file, or has changed more of it than is looked through line by line.
    pub marked: Option<String>,
}

/// Merges what became of `base` on either side. Without a common base only equal files go together.
pub fn merge(base: Option<&SkillFolder>, ours: &SkillFolder, theirs: &SkillFolder) -> Merge {
    let empty = SkillFolder { files: BTreeMap::new() };
    let base = base.unwrap_or(&empty);
    let paths: BTreeSet<&RelativePath> =
        base.files.keys().chain(ours.files.keys()).chain(theirs.files.keys()).collect();
    let (mut files, mut overlaps, mut patience) = (BTreeMap::new(), Vec::new(), Patience::default());
    for path in paths {
        match file(base.files.get(path), ours.files.get(path), theirs.files.get(path), &mut patience) {
            Ok(Some(file)) => {
                files.insert(path.clone(), file);
            }
            Ok(None) => {}
            Err(marked) => overlaps.push(Overlap { path: path.clone(), marked }),
        }
    }
    let rest = SkillFolder { files };
    if overlaps.is_empty() { Merge::Clean(rest) } else { Merge::Overlapping { rest, overlaps } }
}

/// The file after both edits (none: removed), or the text with markers where they overlap.
fn file(
    base: Option<&File>,
    ours: Option<&File>,
    theirs: Option<&File>,
    patience: &mut Patience,
) -> Result<Option<File>, Option<String>> {
    if ours == theirs || theirs == base {
        return Ok(ours.cloned());
    }
    if ours == base {
        return Ok(theirs.cloned());
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return Err(None) };
    let content = content(base.map(|file| &file.content[..]), &ours.content, &theirs.content, patience)?;
    let executable = match base {
        Some(base) if ours.executable == base.executable => theirs.executable,
        Some(_) => ours.executable,
        None => ours.executable || theirs.executable,
    };
    Ok(Some(File { executable, content }))
}

fn content(
    base: Option<&[u8]>,
    ours: &[u8],
    theirs: &[u8],
    patience: &mut Patience,
) -> Result<Vec<u8>, Option<String>> {
    if ours == theirs || base == Some(theirs) {
        return Ok(ours.to_vec());
    }
    if base == Some(ours) {
        return Ok(theirs.to_vec());
    }
    let (Some(base), Some(ours), Some(theirs)) = (text(base.unwrap_or_default()), text(ours), text(theirs)) else {
        return Err(None);
    };
    if !(patience.affords(base, ours) && patience.affords(base, theirs)) {
        return Err(None);
    }
    diffy::merge(base, ours, theirs).map(String::into_bytes).map_err(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> SkillFolder {
        let file = |(path, content): &(&str, &str)| {
            let path = RelativePath::try_from(*path).expect("a path");
            (path, File { executable: false, content: content.as_bytes().to_vec() })
        };
        SkillFolder { files: files.iter().map(file).collect() }
    }

    fn overlaps(merge: Merge) -> Vec<Overlap> {
        match merge {
            Merge::Overlapping { overlaps, .. } => overlaps,
            Merge::Clean(folder) => panic!("clean: {folder:?}"),
        }
    }

    const BASE: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

    #[test]
    fn edits_of_different_lines_and_files_go_together() {
        let base = folder(&[("SKILL.md", BASE), ("a.py", "a"), ("gone.txt", "x"), ("also-gone.txt", "y")]);
        let ours = folder(&[
            ("SKILL.md", &BASE.replace("one", "ONE")),
            ("a.py", "a"),
            ("also-gone.txt", "y"),
            ("new.md", "n"),
        ]);
        let theirs = folder(&[("SKILL.md", &BASE.replace("six", "SIX")), ("a.py", "b"), ("gone.txt", "x")]);
        let merged =
            folder(&[("SKILL.md", &BASE.replace("one", "ONE").replace("six", "SIX")), ("a.py", "b"), ("new.md", "n")]);
        assert_eq!(merge(Some(&base), &ours, &theirs), Merge::Clean(merged));
    }

    #[test]
    fn edits_of_one_line_overlap_and_both_are_shown() {
        let (ours, theirs) = (BASE.replace("two", "mine"), BASE.replace("two", "yours"));
        let found =
            overlaps(merge(Some(&folder(&[("s", BASE)])), &folder(&[("s", &ours)]), &folder(&[("s", &theirs)])));
        let marked = found[0].marked.as_deref().expect("text");
        assert!(marked.contains("mine") && marked.contains("yours") && marked.contains("<<<<<<<"), "{marked}");
    }

    #[test]
    fn what_is_no_text_or_removed_on_one_side_is_not_merged() {
        let base = folder(&[("a", "1"), ("b", "1")]);
        let mut ours = folder(&[("a", "2"), ("b", "2")]);
        let mut theirs = folder(&[("b", "3")]);
        let binary = RelativePath::try_from("b").expect("a path");
        ours.files.get_mut(&binary).expect("b").content = vec![0xff, 0];
        theirs.files.get_mut(&binary).expect("b").content = vec![0xfe, 0];
        let found = overlaps(merge(Some(&base), &ours, &theirs));
        let names: Vec<_> = found.iter().map(|overlap| (overlap.path.as_str(), overlap.marked.is_none())).collect();
        assert_eq!(names, [("a", true), ("b", true)]);
    }

    #[test]
    fn what_has_changed_beyond_measure_is_not_merged() {
        let text = |word: &str| (0..20_000).map(|line| format!("{word} {line}\n")).collect::<String>();
        let (base, ours, theirs) = (text("base"), text("ours"), text("theirs"));
        let found = overlaps(merge(
            Some(&folder(&[("a", &base), ("b", BASE)])),
            &folder(&[("a", &ours), ("b", &BASE.replace("one", "ONE"))]),
            &folder(&[("a", &theirs), ("b", &BASE.replace("six", "SIX"))]),
        ));
        assert_eq!((found.len(), found[0].path.as_str(), &found[0].marked), (1, "a", &None));
    }

    #[test]
    fn without_a_base_only_equal_files_go_together() {
        let (ours, theirs) = (folder(&[("a", "1"), ("b", "1")]), folder(&[("a", "1"), ("b", "2"), ("c", "3")]));
        let found = overlaps(merge(None, &ours, &theirs));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].path.as_str(), "b");
    }

    fn any_folder() -> impl Strategy<Value = SkillFolder> {
        let content = prop_oneof![
            proptest::collection::vec("[abc]{1,2}", 0..6).prop_map(|lines| lines.join("\n").into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        let file = (any::<bool>(), content).prop_map(|(executable, content)| File { executable, content });
        let path = prop_oneof![Just("SKILL.md"), Just("a.py"), Just("b/c.txt")];
        let path = path.prop_map(|path| RelativePath::try_from(path).expect("a path"));
        proptest::collection::btree_map(path, file, 0..4).prop_map(|files| SkillFolder { files })
    }

    proptest! {
        #[test]
        fn an_unchanged_side_gives_way(base in any_folder(), other in any_folder()) {
            prop_assert_eq!(merge(Some(&base), &base, &other), Merge::Clean(other.clone()));
            prop_assert_eq!(merge(Some(&base), &other, &base), Merge::Clean(other.clone()));
            prop_assert_eq!(merge(None, &other, &other), Merge::Clean(other));
        }

        #[test]
        fn who_is_who_makes_no_difference_to_a_clean_merge(base in any_folder(), left in any_folder(), right in any_folder()) {
            match (merge(Some(&base), &left, &right), merge(Some(&base), &right, &left)) {
                (Merge::Clean(one), Merge::Clean(other)) => prop_assert_eq!(one, other),
                (Merge::Overlapping { overlaps: one, .. }, Merge::Overlapping { overlaps: other, .. }) => {
                    let paths = |overlaps: &[Overlap]| overlaps.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
                    prop_assert_eq!(paths(&one), paths(&other));
                }
                (one, other) => prop_assert!(false, "{:?} against {:?}", one, other),
            }
        }
    }
}
