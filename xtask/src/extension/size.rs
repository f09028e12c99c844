//! What the extension may weigh.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::bindings::NAME;
use crate::failure::{Context, Failure, Outcome};

/// The most that the core may weigh, compressed: it is compiled each time the background starts.
pub const CORE_LIMIT: usize = 200_000;

/// The most that a whole package may weigh.
pub const PACKAGE_LIMIT: u64 = 300_000;

/// Bytes of the core of the unpacked `extension`: as it is, and compressed with gzip at its best.
pub fn core(extension: &Path) -> Outcome<(usize, usize)> {
    let path = extension.join("core").join(format!("{NAME}_bg.wasm"));
    let bytes = fs::read(&path).cannot(|| format!("read {}", path.display()))?;
    Ok((bytes.len(), gzipped(&bytes)?))
}

/// Fails when the core of the unpacked `extension` has grown beyond its limit.
pub fn check_core(extension: &Path) -> Outcome<()> {
    let (_, compressed) = core(extension)?;
    within("the WebAssembly core, compressed,", compressed as u64, CORE_LIMIT as u64)
}

/// Fails with a sentence when `what` has more than `limit` bytes.
pub fn within(what: &str, bytes: u64, limit: u64) -> Outcome<()> {
    if bytes <= limit { Ok(()) } else { Err(Failure::new(format!("{what} has {bytes} bytes; {limit} are allowed"))) }
}

fn gzipped(bytes: &[u8]) -> Outcome<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map(|compressed| compressed.len()).cannot(|| "compress the core".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(within("it", 10, 10).is_ok());
        assert!(within("it", 11, 10).is_err());
    }
}
