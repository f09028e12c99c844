//! What may stand in a person's `.env`, and what a server may send into it: the strategies of the property tests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::block::{END, START};

/// Any file, made of the pieces that matter and of bytes that are none: whole blocks and halves, twice too; a mark of the byte order in
/// front and elsewhere; ends of lines of either kind, mixed and missing; quotes, comments, letters beyond ASCII.
pub fn file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "(export )?[A-Z]{1,4} ?=[a-z '\"#]{0,6}".prop_map(String::into_bytes),
        2 => Just(START.as_bytes().to_vec()),
        2 => Just(END.as_bytes().to_vec()),
        1 => "[A-Z]{1,4}".prop_map(|name| format!("{START}\n{name}='a b'\n{END}").into_bytes()),
        1 => Just("\u{feff}".as_bytes().to_vec()),
        1 => "[äöü€😀# ]{0,5}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..6),
    ];
    let end = prop_oneof![Just(b"\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"".to_vec())];
    let lines = proptest::collection::vec((piece, end), 0..10)
        .prop_map(|parts| parts.into_iter().flat_map(|(piece, end)| [piece, end].concat()).collect::<Vec<u8>>());
    (any::<bool>(), lines).prop_map(|(marked, lines)| {
        let mark: &[u8] = if marked { "\u{feff}".as_bytes() } else { b"" };
        [mark, &lines].concat()
    })
}

/// Variables with any value of one line.
pub fn keys() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[A-Z][A-Z0-9_]{0,6}", "[^\\p{C}]{1,20}", 0..4)
}
