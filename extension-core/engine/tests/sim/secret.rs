//! No secret is in what the engine takes and hands out, as it would be printed.

use std::cell::RefCell;
use std::fmt::Write as _;

use crate::server::{BEARER, PAIRING_TOKEN};

thread_local! {
    /// A buffer that has grown already: printing is what costs most here.
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Fails when one is.
pub fn no_secret(printed: &impl std::fmt::Debug) {
    PRINTED.with_borrow_mut(|text| {
        text.clear();
        write!(text, "{printed:?}").expect("is text");
        assert!(!text.contains(BEARER) && !text.contains(PAIRING_TOKEN), "a secret is in {text}");
    });
}
