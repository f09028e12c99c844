//! A small library that ships with the program, for people who have no skills of their own yet.

use std::io;
use std::path::Path;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "sample-library"]
struct Sample;

/// Writes the sample skills into `folder`, unless it exists already: what a person changed there stays.
///
/// # Errors
///
/// The folder cannot be written.
pub fn unpack(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    for name in Sample::iter() {
        let Some(file) = Sample::get(&name) else { continue };
        let path = folder.join(name.as_ref());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, file.data)?;
        #[cfg(unix)]
        if name.contains("/scripts/") {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}
