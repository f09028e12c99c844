//! The canonical digest: what makes two skills the same.

use sha2::{Digest as _, Sha256};

use crate::{Digest, SkillFolder};

/// SHA-256 of some bytes.
pub fn content_digest(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// The canonical digest of a folder: SHA-256 over the text
///
/// ```text
/// skillferry folder 1 LF
/// (x | -) SP <64 hex of the content's SHA-256> SP <path> LF      one line a file, by the bytes of the path
/// ```
///
/// Paths contain no control character, so the lines cannot be confused. Zip bytes, times and the name of the top-level
/// folder do not enter it.
pub fn folder_digest(folder: &SkillFolder) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(b"skillferry folder 1\n");
    for (path, file) in &folder.files {
        hasher.update(if file.executable { b"x " } else { b"- " });
        hasher.update(content_digest(&file.content).to_string());
        hasher.update(b" ");
        hasher.update(path.as_str());
        hasher.update(b"\n");
    }
    Digest::from_bytes(hasher.finalize().into())
}
