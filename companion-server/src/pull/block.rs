//! The lines between two markers in a `.env` file. Everything else of the file stays, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

/// The line before ours.
pub const START: &str = "# --- SERVICE CONNECTOR START ---";
/// The line after ours.
pub const END: &str = "# --- SERVICE CONNECTOR END ---";

/// A file with its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Its last line had no end, and was given one so that the block begins on a line of its own.
    pub ended_last_line: bool,
}

/// A file with a block of these variables, in the place of a former one or at the end. Without variables there is no block.
///
/// `ours` are names that an earlier block had: where a block has lost one of its markers, lines of these names are part of it and
/// all others are the person's.
pub fn merge(file: &[u8], variables: &BTreeMap<String, String>, ours: &BTreeSet<String>) -> Merged {
    let lines = lines(file);
    let newline = newline(&lines);
    let (mut kept, place) = without_blocks(&lines, variables, ours);
    if variables.is_empty() {
        return Merged { bytes: kept.concat(), ended_last_line: false };
    }
    let place = place.unwrap_or(kept.len());
    let block = block(variables, newline);
    let unended = place > 0 && !kept[place - 1].ends_with(b"\n");
    let (before, after) = (kept.drain(..place).collect::<Vec<_>>().concat(), kept.concat());
    let gap: &[u8] = if unended { newline } else { b"" };
    Merged { bytes: [&before, gap, &block, &after].concat(), ended_last_line: unended }
}

/// A file without any block. `ended_last_line`: the line before a block at the end had no end of its own.
pub fn remove(file: &[u8], ours: &BTreeSet<String>, ended_last_line: bool) -> Vec<u8> {
    let lines = lines(file);
    let (kept, place) = without_blocks(&lines, &BTreeMap::new(), ours);
    let was_last = place == Some(kept.len());
    let mut bytes = kept.concat();
    if ended_last_line && was_last {
        let end = [newline(&lines), b"\n"].into_iter().find(|end| bytes.ends_with(end)).map_or(0, <[u8]>::len);
        bytes.truncate(bytes.len() - end);
    }
    bytes
}

/// Names that the file sets outside of the block as well: most readers take the first.
pub fn set_elsewhere(file: &[u8], variables: &BTreeMap<String, String>) -> Vec<String> {
    let lines = lines(file);
    let (kept, _) = without_blocks(&lines, variables, &BTreeSet::new());
    let set: BTreeSet<String> = kept.iter().filter_map(|line| name_of(line)).collect();
    variables.keys().filter(|name| set.contains(*name)).cloned().collect()
}

/// Lines with their ends.
fn lines(file: &[u8]) -> Vec<&[u8]> {
    file.split_inclusive(|byte| *byte == b'\n').collect()
}

/// How lines of a block end: as those of the block that is there, else as the first line of the file. The block goes first because
/// a single line that ends in a carriage return alone would look like another kind of line once it has been given an end.
fn newline(lines: &[&[u8]]) -> &'static [u8] {
    let ended = |line: &&&[u8]| line.ends_with(b"\n");
    let of_block = lines.iter().filter(ended).find(|line| is_marker(line, START) || is_marker(line, END));
    if of_block.or(lines.first()).is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" }
}

/// What is no block, and before which of these lines the first block was.
fn without_blocks<'a>(
    lines: &[&'a [u8]],
    variables: &BTreeMap<String, String>,
    ours: &BTreeSet<String>,
) -> (Vec<&'a [u8]>, Option<usize>) {
    let is_ours = |line: &[u8]| name_of(line).is_some_and(|name| ours.contains(&name) || variables.contains_key(&name));
    let (mut kept, mut place, mut at) = (Vec::new(), None, 0);
    while let Some(line) = lines.get(at) {
        at += 1;
        if is_marker(line, START) {
            place.get_or_insert(kept.len());
            at += length_of_block(&lines[at..], is_ours);
        } else if is_marker(line, END) {
            place.get_or_insert(kept.len());
        } else {
            kept.push(*line);
        }
    }
    (kept, place)
}

/// How many lines behind a first marker belong to the block: up to the last marker; without one, what is known to be ours.
fn length_of_block(lines: &[&[u8]], is_ours: impl Fn(&[u8]) -> bool) -> usize {
    let end = lines.iter().position(|line| is_marker(line, START) || is_marker(line, END));
    match end {
        Some(end) if is_marker(lines[end], END) => end + 1,
        _ => lines.iter().take_while(|line| is_ours(line)).count(),
    }
}

fn is_marker(line: &[u8], marker: &str) -> bool {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
    line.trim_ascii_end() == marker.as_bytes()
}

fn name_of(line: &[u8]) -> Option<String> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii_start();
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let equals = line.iter().position(|byte| *byte == b'=')?;
    let name = line[..equals].trim_ascii();
    let fits = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    fits.then(|| String::from_utf8_lossy(name).into_owned())
}

fn block(variables: &BTreeMap<String, String>, newline: &[u8]) -> Vec<u8> {
    let values = variables.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    let lines = std::iter::once(START.to_owned()).chain(values).chain(std::iter::once(END.to_owned()));
    lines.flat_map(|line| [line.into_bytes(), newline.to_vec()].concat()).collect()
}

/// As a reader of such files takes it back: plain where it can be, in single quotes where it has none and no backslash, which
/// readers take in different ways, else in double quotes with a backslash before what is special there.
fn quoted(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+,=~^".contains(letter);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\\']) {
        return format!("'{value}'");
    }
    let escaped: String = value
        .chars()
        .flat_map(|letter| matches!(letter, '"' | '\\' | '$').then_some('\\').into_iter().chain([letter]))
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::{file, keys};
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn merged(file: &str, pairs: &[(&str, &str)]) -> String {
        let ours = BTreeSet::from(["GONE_KEY".to_owned()]);
        String::from_utf8(merge(file.as_bytes(), &variables(pairs), &ours).bytes).expect("text")
    }

    #[test]
    fn a_block_goes_to_the_end_or_where_it_was() {
        let block = format!("{START}\nPO_API_KEY=k\n{END}\n");
        for (file, expected) in [
            ("", block.clone()),
            ("A=1\n", format!("A=1\n{block}")),
            ("A=1", format!("A=1\n{block}")),
            (&format!("A=1\n{START}\nOLD=x\n{END}\nB=2\n"), format!("A=1\n{block}B=2\n")),
            (&format!("{START}\nOLD=x\n{END}"), block.clone()),
            // Two blocks become one, in the place of the first.
            (&format!("{START}\nX=1\n{END}\nB=2\n{START}\nY=1\n{END}\nC=3\n"), format!("{block}B=2\nC=3\n")),
            // A block without its end: what is not known to be ours stays.
            (&format!("A=1\n{START}\nPO_API_KEY=old\nGONE_KEY=old\nB=2\n"), format!("A=1\n{block}B=2\n")),
            (&format!("A=1\n{END}\nB=2\n"), format!("A=1\n{block}B=2\n")),
            (&format!("{START}\nB=2\n{START}\nX=1\n{END}\n"), format!("{block}B=2\n")),
        ] {
            assert_eq!(merged(file, &[("PO_API_KEY", "k")]), expected, "{file:?}");
        }
        let windows = "A=1\r\nB=2\r\n";
        assert_eq!(merged(windows, &[("K", "v")]), format!("{windows}{START}\r\nK=v\r\n{END}\r\n"));
        assert_eq!(merged("\u{feff}A=1\n", &[("K", "v")]), format!("\u{feff}A=1\n{START}\nK=v\n{END}\n"));
    }

    #[test]
    fn without_variables_there_is_no_block() {
        assert_eq!(merged(&format!("A=1\n{START}\nX=1\n{END}\nB=2"), &[]), "A=1\nB=2");
        assert_eq!(merged("A=1", &[]), "A=1");
    }

    #[test]
    fn names_that_are_set_twice_are_told() {
        let file = format!("export PO_API_KEY=own\n{START}\nCRM_API_KEY=x\n{END}\n");
        assert_eq!(
            set_elsewhere(file.as_bytes(), &variables(&[("PO_API_KEY", "k"), ("CRM_API_KEY", "k")])),
            ["PO_API_KEY"]
        );
    }

    #[test]
    fn a_last_line_with_half_an_end_is_given_back() {
        let none = BTreeSet::new();
        for file in ["A=1\r", "A=1\r\nB=2\r", "A=1\r\nB=2", "A=1\nB=2\r", "\r"] {
            let once = merge(file.as_bytes(), &variables(&[("K", "v")]), &none);
            assert!(once.ended_last_line, "{file:?}");
            assert_eq!(merge(&once.bytes, &variables(&[("K", "v")]), &none).bytes, once.bytes, "{file:?}");
            assert_eq!(remove(&once.bytes, &none, true), file.as_bytes(), "{file:?}");
        }
    }

    fn has_marker(file: &[u8]) -> bool {
        lines(file).iter().any(|line| is_marker(line, START) || is_marker(line, END))
    }

    proptest! {
        #[test]
        fn once_more_changes_nothing(file in file(), keys in keys()) {
            let none = BTreeSet::new();
            let once = merge(&file, &keys, &none).bytes;
            prop_assert_eq!(&merge(&once, &keys, &none).bytes, &once);
            let count = |marker| lines(&once).iter().filter(|line| is_marker(line, marker)).count();
            let expected = usize::from(!keys.is_empty());
            prop_assert_eq!((count(START), count(END)), (expected, expected));
        }

        #[test]
        fn what_is_the_persons_stays(file in file(), keys in keys()) {
            let none = BTreeSet::new();
            let (kept, _) = without_blocks(&lines(&file), &keys, &none).clone();
            let once = merge(&file, &keys, &none).bytes;
            let after: Vec<Vec<u8>> = without_blocks(&lines(&once), &keys, &none).0.iter().map(|line| line.to_vec()).collect();
            let ended: Vec<u8> = after.concat();
            let kept = kept.concat();
            // The one thing that may be added is the end of a last line.
            prop_assert!(ended == kept || ended.len() <= kept.len() + 2 && ended.iter().filter(|byte| !b"\r\n".contains(byte)).eq(kept.iter().filter(|byte| !b"\r\n".contains(byte))));
        }

        #[test]
        fn it_can_be_taken_back(file in file(), keys in keys()) {
            prop_assume!(!has_marker(&file));
            let none = BTreeSet::new();
            let merged = merge(&file, &keys, &none);
            prop_assert_eq!(remove(&merged.bytes, &none, merged.ended_last_line), file);
        }

        #[test]
        fn an_ordinary_reader_reads_what_was_written(keys in keys(), before in "([A-Z]{2,4}=[a-z]{0,5}\r?\n){0,3}") {
            let file = merge(before.as_bytes(), &keys, &BTreeSet::new()).bytes;
            let read: BTreeMap<String, String> = dotenvy::from_read_iter(&file[..]).collect::<Result<_, _>>().expect("readable");
            let set: Vec<String> = set_elsewhere(&file, &keys);
            for (name, value) in keys.iter().filter(|(name, _)| !set.contains(name)) {
                prop_assert_eq!(read.get(name), Some(value));
            }
        }
    }
}
