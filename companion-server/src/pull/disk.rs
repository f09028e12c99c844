//! The few steps that touch the machine, each of them one call of the system, so that tests can let every one of them fail.

use std::io;
use std::path::{Path, PathBuf};

/// What stands at a path, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file; whether its owner alone may read and write it.
    File {
        /// Mode 600.
        private: bool,
    },
    /// A folder; whether its owner alone may enter it.
    Folder {
        /// Mode 700.
        private: bool,
    },
    /// A link, or something else that is not ours to write.
    Other,
}

/// The mode of a file that is its owner's alone.
pub const PRIVATE_FILE: u32 = 0o600;
/// The mode of a folder that is its owner's alone.
pub const PRIVATE_FOLDER: u32 = 0o700;

/// A machine's files.
pub trait Disk {
    /// What stands there.
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>>;
    /// All of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Makes an empty file of mode 600 that was not there.
    fn create(&self, path: &Path) -> io::Result<()>;
    /// Fills an empty file and waits until it is on the disk.
    fn fill(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Puts a file in the place of another, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until a folder's entries are on the disk.
    fn sync(&self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder of mode 700.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// What the owner, the group and others may do with what stands there, as nine bits; nothing where the system knows no such thing.
    fn mode(&self, path: &Path) -> io::Result<Option<u32>>;
    /// Lets them do that.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;
    /// Removes a folder; false when something is in it.
    fn remove_folder(&self, path: &Path) -> io::Result<bool>;
    /// Names in a folder, in order.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>>;
}

/// This machine.
#[derive(Debug, Clone, Copy)]
pub struct Real;

#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o777 == mode
}

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata, _: u32) -> bool {
    true
}

impl Disk for Real {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => Ok(Some(Kind::File { private: is_private(&found, PRIVATE_FILE) })),
            Ok(found) if found.is_dir() => Ok(Some(Kind::Folder { private: is_private(&found, PRIVATE_FOLDER) })),
            Ok(_) => Ok(Some(Kind::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE_FILE);
        options.open(path).map(drop)
    }

    fn fill(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync(&self, folder: &Path) -> io::Result<()> {
        if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, PRIVATE_FOLDER);
        builder.create(path)
    }

    #[cfg(unix)]
    fn mode(&self, path: &Path) -> io::Result<Option<u32>> {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(Some(path.symlink_metadata()?.permissions().mode() & 0o777))
    }

    #[cfg(not(unix))]
    fn mode(&self, _: &Path) -> io::Result<Option<u32>> {
        Ok(None)
    }

    #[cfg(unix)]
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
    }

    #[cfg(not(unix))]
    fn set_mode(&self, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<bool> {
        match std::fs::remove_dir(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            // A name that is no text is none of ours.
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }
}

/// Names of files that are being written begin so; a stop leaves one behind, and the next run removes it.
const TEMPORARY: &str = ".skillferry-pull-";

/// Puts bytes into a file of mode 600, in one step.
///
/// # Errors
///
/// The system's; then the file is as it was, or as it was to be.
pub fn replace(disk: &impl Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let temporary = folder.join(format!("{TEMPORARY}{}", std::process::id()));
    disk.create(&temporary)?;
    let replaced = disk.fill(&temporary, bytes).and_then(|()| disk.rename(&temporary, path));
    if replaced.is_err() {
        // The next run removes it otherwise.
        let _ = disk.remove(&temporary);
    }
    replaced.and_then(|()| disk.sync(&folder))
}

/// Removes what a stop left behind.
///
/// # Errors
///
/// The system's.
pub fn sweep(disk: &impl Disk, folder: &Path) -> io::Result<()> {
    for name in disk.names(folder)?.iter().filter(|name| name.starts_with(TEMPORARY)) {
        disk.remove(&folder.join(name))?;
    }
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), PathBuf::from)
}
