//! A small library that ships with the program, for people who have no skills of their own yet.

use std::io;
use std::path::Path;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "sample-library"]
struct Sample;

/// Writes the sample skills into `folder`, unless it exists already: what a person changed there stays. It appears as a whole
/// or not at all, so that a full disk leaves no half library behind.
///
/// # Errors
///
/// The folder cannot be written.
pub fn unpack(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let draft = folder.with_extension("new");
    match std::fs::remove_dir_all(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => write(&draft)?,
    }
    std::fs::rename(&draft, folder)
}

fn write(folder: &Path) -> io::Result<()> {
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
