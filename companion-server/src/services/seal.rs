//! Keys at rest: ChaCha20-Poly1305 with a random nonce, bound to the person and the service that a key belongs to.
//!
//! The encryption keys are lines of a file of mode 600, or two environment variables. The first one encrypts; the others only
//! decrypt, until a rotation has encrypted everything anew. The file is read at each use, so that a rotation needs no restart.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The variable with the key, 32 bytes as Base64.
pub const VARIABLE: &str = "SKILLFERRY_SERVICE_KEY";
/// The variable with the key that a rotation replaces.
pub const FORMER: &str = "SKILLFERRY_SERVICE_KEY_FORMER";
const NONCE: usize = 12;

/// Where the encryption keys are.
#[derive(Clone)]
pub enum KeySource {
    /// In the environment, read once.
    Environment(Vec<String>),
    /// In a file, one a line; made at the first use.
    File(PathBuf),
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment(_) => f.write_str("the environment"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Why a key cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read or made.
    #[error("the key file {path} cannot be used: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Others may read it.
    #[error("the key file {0} can be read by others; give it the mode 600")]
    Exposed(PathBuf),
    /// Not 32 bytes as Base64.
    #[error("an encryption key is not 32 bytes as Base64")]
    Malformed,
    /// No key has this id.
    #[error("no encryption key has the id {0}; was the key file replaced?")]
    Unknown(String),
    /// The bytes are not what was sealed, or not for this person and service.
    #[error("a kept key was changed, or belongs to another connection")]
    Forged,
    /// The operating system has no randomness to give.
    #[error("the operating system gives no randomness")]
    Randomness,
}

/// An encrypted key, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which encryption key opens it.
    pub key_id: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

/// The encryption keys of one moment, the current one first.
pub struct KeyRing(Vec<[u8; 32]>);

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyRing of {}", self.0.len())
    }
}

impl KeySource {
    /// The environment where it has a key, else the file.
    pub fn new(key: Option<String>, former: Option<String>, file: PathBuf) -> Self {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        match given(key) {
            Some(key) => Self::Environment(std::iter::once(key).chain(given(former)).collect()),
            None => Self::File(file),
        }
    }

    /// The keys as they are now. A file that is not there is made.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub fn ring(&self) -> Result<KeyRing, SealError> {
        match self {
            Self::Environment(keys) => KeyRing::read(keys.iter().map(String::as_str)),
            Self::File(path) => {
                if !path.exists() {
                    write(path, &[draw()?]).or_else(|error| if path.exists() { Ok(()) } else { Err(error) })?;
                }
                private(path)?;
                let text = std::fs::read_to_string(path).map_err(|cause| failed(path, cause))?;
                KeyRing::read(text.lines().filter(|line| !line.trim().is_empty()))
            }
        }
    }

    /// Puts a new key before the others. Keys of the environment are changed there.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub fn add_key(&self) -> Result<KeyRing, SealError> {
        let mut ring = self.ring()?;
        if let Self::File(path) = self {
            ring.0.insert(0, draw()?);
            write(path, &ring.0)?;
        }
        Ok(ring)
    }

    /// Forgets all keys but the first.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub fn drop_former(&self, ring: &KeyRing) -> Result<(), SealError> {
        match self {
            Self::Environment(_) => Ok(()),
            Self::File(path) => write(path, &ring.0[..1]),
        }
    }
}

impl KeyRing {
    fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, SealError> {
        let key = |text: &str| STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let keys: Vec<_> = texts.map(|text| key(text).ok_or(SealError::Malformed)).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(SealError::Malformed) } else { Ok(Self(keys)) }
    }

    /// The id of the key that encrypts now.
    pub fn current(&self) -> String {
        id(&self.0[0])
    }

    /// Encrypts for one person and service.
    ///
    /// # Errors
    ///
    /// [`SealError::Randomness`].
    pub fn seal(&self, user: Uuid, service: &str, plain: &str) -> Result<Sealed, SealError> {
        let mut bytes = vec![0; NONCE];
        getrandom::fill(&mut bytes).map_err(|_| SealError::Randomness)?;
        let nonce = Nonce::try_from(&bytes[..]).map_err(|_| SealError::Randomness)?;
        let payload = Payload { msg: plain.as_bytes(), aad: &bound(user, service) };
        bytes.extend(cipher(&self.0[0]).encrypt(&nonce, payload).map_err(|_| SealError::Randomness)?);
        Ok(Sealed { key_id: self.current(), bytes })
    }

    /// Decrypts what was sealed for this person and service.
    ///
    /// # Errors
    ///
    /// [`SealError::Unknown`] or [`SealError::Forged`].
    pub fn open(&self, user: Uuid, service: &str, sealed: &Sealed) -> Result<String, SealError> {
        let key = self.0.iter().find(|key| id(key) == sealed.key_id);
        let key = key.ok_or_else(|| SealError::Unknown(sealed.key_id.clone()))?;
        let (nonce, msg) = sealed.bytes.split_at_checked(NONCE).ok_or(SealError::Forged)?;
        let nonce = Nonce::try_from(nonce).map_err(|_| SealError::Forged)?;
        let plain = cipher(key).decrypt(&nonce, Payload { msg, aad: &bound(user, service) });
        String::from_utf8(plain.map_err(|_| SealError::Forged)?).map_err(|_| SealError::Forged)
    }
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key))
}

/// A sealed key of one connection is worth nothing in another one's row.
fn bound(user: Uuid, service: &str) -> Vec<u8> {
    [b"skillferry service key\0".as_slice(), user.as_bytes(), service.as_bytes()].concat()
}

/// Says which key it is, and nothing about it.
fn id(key: &[u8; 32]) -> String {
    let digest = Sha256::new().chain_update(b"skillferry key id\0").chain_update(key).finalize();
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn draw() -> Result<[u8; 32], SealError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| SealError::Randomness)?;
    Ok(key)
}

fn failed(path: &Path, cause: std::io::Error) -> SealError {
    SealError::File { path: path.to_owned(), cause }
}

/// In one step, so that a stop leaves the old keys or the new ones.
fn write(path: &Path, keys: &[[u8; 32]]) -> Result<(), SealError> {
    let text: String = keys.iter().map(|key| STANDARD.encode(key) + "\n").collect();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || {
        // Temporary files have the mode 600 from the beginning.
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        if path.exists() {
            file.persist(path)?
        } else {
            file.persist_noclobber(path)?
        };
        Ok(())
    };
    written().map_err(|cause| failed(path, cause))
}

#[cfg(unix)]
fn private(path: &Path) -> Result<(), SealError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().map_err(|cause| failed(path, cause))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(SealError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), SealError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Uuid = Uuid::from_u128(1);

    fn source() -> (tempfile::TempDir, KeySource) {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("service.key");
        (folder, KeySource::new(None, Some(String::new()), file))
    }

    #[test]
    fn what_is_sealed_opens_for_its_connection_alone() {
        let (_folder, source) = source();
        let ring = source.ring().expect("a new file");
        let sealed = ring.seal(ANN, "po", "key-0123").expect("sealed");
        assert!(!String::from_utf8_lossy(&sealed.bytes).contains("key-0123"));
        assert_eq!(source.ring().expect("the same").open(ANN, "po", &sealed).expect("opens"), "key-0123");
        for (user, service) in [(Uuid::from_u128(2), "po"), (ANN, "crm")] {
            assert!(matches!(ring.open(user, service, &sealed), Err(SealError::Forged)));
        }
        for place in 0..sealed.bytes.len() {
            let mut forged = sealed.clone();
            forged.bytes[place] ^= 1;
            assert!(matches!(ring.open(ANN, "po", &forged), Err(SealError::Forged)), "{place}");
        }
        let short = Sealed { bytes: vec![1; 5], ..sealed.clone() };
        assert!(matches!(ring.open(ANN, "po", &short), Err(SealError::Forged)));
        assert_ne!(ring.seal(ANN, "po", "key-0123").expect("sealed").bytes, sealed.bytes, "a nonce of its own");
    }

    #[test]
    fn a_rotation_keeps_former_keys_until_they_are_dropped() {
        let (_folder, source) = source();
        let old = source.ring().expect("ring").seal(ANN, "po", "k").expect("sealed");
        let ring = source.add_key().expect("a new key");
        assert_ne!(ring.current(), old.key_id);
        assert_eq!(source.ring().expect("both").open(ANN, "po", &old).expect("opens"), "k");
        source.drop_former(&ring).expect("dropped");
        assert!(matches!(source.ring().expect("one").open(ANN, "po", &old), Err(SealError::Unknown(_))));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, source) = source();
        source.ring().expect("made");
        let path = folder.path().join("service.key");
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("mode");
        assert!(matches!(source.ring(), Err(SealError::Exposed(_))));
    }

    #[test]
    fn keys_of_the_environment_are_checked_and_never_printed() {
        let good = STANDARD.encode([7; 32]);
        let source = KeySource::new(Some(good.clone()), None, "unused".into());
        assert!(!format!("{source:?} {:?}", source.ring().expect("a ring")).contains(&good));
        for bad in ["x", "", "AAAA", &STANDARD.encode([7; 31])] {
            let keys = KeySource::Environment(vec![bad.to_owned()]);
            assert!(matches!(keys.ring(), Err(SealError::Malformed)), "{bad}");
        }
    }
}
