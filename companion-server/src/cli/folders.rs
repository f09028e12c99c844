//! Where things lie when nobody says otherwise.

use std::path::{Path, PathBuf};

/// The platform's folder for this program's data.
pub fn data() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        set("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("skillferry"))
}

/// Where Claude Code keeps a person's skills.
pub fn claude_skills() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".claude").join("skills"))
}

/// Makes a folder that only its owner can read.
///
/// # Errors
///
/// It cannot be made.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }
    #[cfg(not(unix))]
    std::fs::create_dir_all(folder)
}
