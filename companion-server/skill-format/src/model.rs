//! A skill as a set of files: paths that are safe everywhere, contents, and who may be run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A SHA-256. Written as 64 lower-case hex characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// The text is not 64 hex characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDigest;

impl Digest {
    /// Wraps the 32 bytes of a SHA-256.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;
    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let nibble = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(InvalidDigest),
        };
        let text: &[u8; 64] = text.as_bytes().try_into().map_err(|_| InvalidDigest)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;
    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl fmt::Display for InvalidDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 64 lower-case hex characters")
    }
}

/// A path below the skill's folder that is safe on every system: `/`-separated, relative, no `.` or `..`, no backslash,
/// no control character, no drive letter, no reserved Windows name, no part that ends in a dot or space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelativePath(String);

/// Why a path is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPath {
    /// Empty, or with an empty part (`a//b`, `/a`, `a/`).
    EmptyPart,
    /// `.` or `..`.
    Dots,
    /// A backslash, a NUL or another control character.
    Character,
    /// `C:` and the like.
    DriveLetter,
    /// `con`, `nul.txt` and the like.
    ReservedName,
    /// A part ends in a dot or a space.
    TrailingDotOrSpace,
    /// A part of more than 255 bytes, or more than 1,024 in all.
    TooLong,
}

impl InvalidPath {
    /// A plain half sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::EmptyPart => "is absolute or has an empty part",
            Self::Dots => "contains “.” or “..” as a part",
            Self::Character => "contains a backslash or a control character",
            Self::DriveLetter => "begins with a drive letter",
            Self::ReservedName => "uses a name that Windows reserves",
            Self::TrailingDotOrSpace => "has a part that ends in a dot or a space",
            Self::TooLong => "is too long",
        }
    }
}

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl RelativePath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What two paths share when some file system takes them for one.
    ///
    /// With the feature `unicode`: NFC and case folding (by way of upper case, so that `ß` meets `SS` and `ς` meets `Σ`).
    /// Without it: lower case alone, so `ä` and `a` with a combining diaeresis count as two names.
    pub fn twin_key(&self) -> String {
        #[cfg(feature = "unicode")]
        {
            use unicode_normalization::UnicodeNormalization;
            self.0.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
        }
        #[cfg(not(feature = "unicode"))]
        self.0.chars().flat_map(char::to_lowercase).collect()
    }

    fn check(text: &str) -> Result<(), InvalidPath> {
        if text.len() > 1024 {
            return Err(InvalidPath::TooLong);
        }
        if text.chars().any(|c| c == '\\' || c.is_control()) {
            return Err(InvalidPath::Character);
        }
        if matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
            return Err(InvalidPath::DriveLetter);
        }
        text.split('/').try_for_each(check_part)
    }
}

fn check_part(part: &str) -> Result<(), InvalidPath> {
    match part {
        "" => Err(InvalidPath::EmptyPart),
        "." | ".." => Err(InvalidPath::Dots),
        _ if part.ends_with(['.', ' ']) => Err(InvalidPath::TrailingDotOrSpace),
        _ if part.len() > 255 => Err(InvalidPath::TooLong),
        _ if is_reserved(part) => Err(InvalidPath::ReservedName),
        _ => Ok(()),
    }
}

fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        _ => {
            let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
            // Windows takes the superscript digits for digits here.
            matches!(numbered, Some("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
        }
    }
}

impl TryFrom<&str> for RelativePath {
    type Error = InvalidPath;
    fn try_from(text: &str) -> Result<Self, InvalidPath> {
        Self::check(text).map(|()| Self(text.to_owned()))
    }
}

impl TryFrom<String> for RelativePath {
    type Error = InvalidPath;
    fn try_from(text: String) -> Result<Self, InvalidPath> {
        Self::check(&text).map(|()| Self(text))
    }
}

impl From<RelativePath> for String {
    fn from(path: RelativePath) -> String {
        path.0
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file of a skill.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// May be run.
    pub executable: bool,
    /// The bytes.
    pub content: Vec<u8>,
}

impl File {
    /// What it says; `None` for what is no text: not UTF-8, or with a NUL in it.
    pub fn text(&self) -> Option<&str> {
        text(&self.content)
    }
}

/// What bytes say; `None` for what is no text: not UTF-8, or with a NUL in it.
pub fn text(content: &[u8]) -> Option<&str> {
    std::str::from_utf8(content).ok().filter(|text| !text.contains('\0'))
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("executable", &self.executable).field("bytes", &self.content.len()).finish()
    }
}

/// A skill: its files, ordered by the bytes of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkillFolder {
    /// The files.
    pub files: BTreeMap<RelativePath, File>,
}

impl SkillFolder {
    /// Bytes of all files together.
    pub fn total_bytes(&self) -> u64 {
        self.files.values().map(|file| file.content.len() as u64).sum()
    }

    /// The first two paths that some file system takes for one, or of which one is a folder of the other.
    pub fn twins(&self) -> Option<(RelativePath, RelativePath)> {
        let mut seen = BTreeMap::new();
        for path in self.files.keys() {
            if let Some(first) = seen.insert(path.twin_key(), path) {
                return Some((first.clone(), path.clone()));
            }
        }
        seen.iter().find_map(|(key, path)| {
            let folder =
                key.match_indices('/').map(|(at, _)| key[..at].to_owned()).find(|folder| seen.contains_key(folder))?;
            Some((seen[&folder].clone(), (*path).clone()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for good in ["a", "a/b.md", "日本/ä.txt", ".hidden", "a b/c", "console.md", "com10"] {
            assert!(RelativePath::try_from(good).is_ok(), "{good}");
        }
        let bad = [
            ("", InvalidPath::EmptyPart),
            ("/etc/passwd", InvalidPath::EmptyPart),
            ("a//b", InvalidPath::EmptyPart),
            ("a/", InvalidPath::EmptyPart),
            ("../x", InvalidPath::Dots),
            ("a/./b", InvalidPath::Dots),
            ("a\\b", InvalidPath::Character),
            ("a\0b", InvalidPath::Character),
            ("C:/x", InvalidPath::DriveLetter),
            ("nul.txt", InvalidPath::ReservedName),
            ("x/COM1", InvalidPath::ReservedName),
            ("lpt².md", InvalidPath::ReservedName),
            ("a./b", InvalidPath::TrailingDotOrSpace),
            ("a /b", InvalidPath::TrailingDotOrSpace),
        ];
        for (path, why) in bad {
            assert_eq!(RelativePath::try_from(path), Err(why), "{path:?}");
        }
        assert_eq!(RelativePath::try_from("x".repeat(256).as_str()), Err(InvalidPath::TooLong));
    }

    #[test]
    fn digest_text() {
        let digest = Digest::from_bytes([0xab; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in ["", "ab", &"AB".repeat(32), &"zz".repeat(32), &"ab".repeat(33)] {
            assert_eq!(bad.parse::<Digest>(), Err(InvalidDigest));
        }
    }

    #[test]
    fn twins_by_case_and_folder() {
        let folder = |paths: &[&str]| SkillFolder {
            files: paths
                .iter()
                .map(|path| {
                    let path = RelativePath::try_from(*path).expect("test path");
                    (path, File { executable: false, content: Vec::new() })
                })
                .collect(),
        };
        assert!(folder(&["a", "b"]).twins().is_none());
        assert!(folder(&["a.md", "A.md"]).twins().is_some());
        assert!(folder(&["a", "a/b"]).twins().is_some());
        let umlauts = folder(&["\u{e4}", "a\u{308}"]).twins();
        let sharp_s = folder(&["stra\u{df}e", "STRASSE"]).twins();
        assert_eq!((umlauts.is_some(), sharp_s.is_some()), (cfg!(feature = "unicode"), cfg!(feature = "unicode")));
    }
}
