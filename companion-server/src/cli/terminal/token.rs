//! The file with the token: for its owner alone.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::super::folders;
use super::client::ClientError;

/// A token has some dozens of characters.
const LARGEST: u64 = 4096;

/// An admin token. Prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// For the header that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Where the token lies when nobody says otherwise.
pub fn usual_file() -> Option<PathBuf> {
    folders::data().map(|folder| folder.join("terminal-token"))
}

/// Reads it.
///
/// # Errors
///
/// It is not there, others can read it, or it is empty.
pub fn read(path: &Path) -> Result<Token, ClientError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ClientError::NoToken,
        kind => ClientError::TokenFile(path.to_owned(), kind.to_string()),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if file.metadata().map_err(unreadable)?.mode() & 0o077 != 0 {
            return Err(ClientError::OpenTokenFile(path.to_owned()));
        }
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(unreadable)?;
    if text.trim().is_empty() {
        return Err(ClientError::TokenFile(path.to_owned(), "it is empty".to_owned()));
    }
    Ok(Token::new(&text))
}

/// Writes it where [`usual_file`] says. A former one is replaced as a whole.
///
/// # Errors
///
/// A sentence.
pub fn save(token: &str) -> Result<PathBuf, String> {
    let path = usual_file().ok_or("There is no home folder to keep a token in.")?;
    write(&path, token).map_err(|error| format!("The token cannot be kept in {}: {error}.", path.display()))?;
    Ok(path)
}

fn write(path: &Path, token: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    folders::make_private(folder)?;
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_for_one_person() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/terminal-token");
        assert!(matches!(read(&path), Err(ClientError::NoToken)));
        for token in ["sfa_one", "sfa_two"] {
            write(&path, token).expect("written");
            assert_eq!(read(&path).expect("read").expose(), token);
        }
        assert_eq!(format!("{:?}", read(&path).expect("read")), "Token");
        std::fs::write(&path, " \n").expect("written");
        assert!(matches!(read(&path), Err(ClientError::TokenFile(..))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
            assert!(matches!(read(&path), Err(ClientError::OpenTokenFile(_))));
        }
    }
}
