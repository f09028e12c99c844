//! Clock and chance, handed to the engine as values.

use js_sys::{Date, Uint8Array};
use skill_engine::io::Millis;

use super::sys;

/// Milliseconds since 1970 UTC.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, positive and below 2^53 for the next 280,000 years"
)]
pub fn now() -> Millis {
    Millis(Date::now() as u64)
}

/// 64 random bits of the browser's cryptographic source.
pub fn random() -> u64 {
    let bytes = Uint8Array::new_with_length(8);
    sys::random_values(&bytes).expect("the browser fills eight bytes; it only refuses more than 65,536");
    let mut value = [0; 8];
    bytes.copy_to(&mut value);
    u64::from_le_bytes(value)
}
