//! What was sent, put into a folder of its own. Every name and every size is somebody else's claim.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use skill_format::RelativePath;
use skill_format::archive::{self, ArchiveError, Limits};

use super::super::discover::LEFT_OUT;
use super::folder::Folder;

/// Most bytes of a zip.
pub const LARGEST_ZIP: usize = 64 * 1024 * 1024;
/// Most files of one upload.
const MAX_FILES: usize = 50_000;
/// Most bytes of all its files.
const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// What one zip may hold: it is inflated in memory.
const ZIP_LIMITS: Limits = Limits { files: MAX_FILES, bytes: 128 * 1024 * 1024, ratio: 100 };
/// What is wrong with a name that is there already.
const TAKEN: &str = "has a name that another file or folder has already on this system";
/// The folder of files that were sent without one.
const NAMELESS: &str = "upload";

/// Why an upload is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// More files, or more bytes, than one import takes.
    #[error("An import takes at most 50,000 files and 256 MiB. Bring fewer skills at once.")]
    TooLarge,
    /// No zip, or one that cannot be trusted.
    #[error("The zip cannot be taken: {0}.")]
    Archive(ArchiveError),
    /// The server cannot keep it.
    #[error("the upload cannot be kept: {0}")]
    Disk(#[from] io::Error),
}

/// A folder that is being filled. It vanishes with this value.
#[derive(Debug)]
pub struct Upload {
    folder: Folder,
    files: usize,
    bytes: u64,
    open: Option<File>,
    misnamed: Vec<String>,
}

impl Upload {
    /// An empty one, in the system's folder for such things, for this user alone.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn begin() -> io::Result<Self> {
        Ok(Self { folder: Folder::begin()?, files: 0, bytes: 0, open: None, misnamed: Vec::new() })
    }

    /// Nothing was sent.
    pub const fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// Where its files lie.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where its files lie, and those that were not kept because of their names.
    pub(super) fn finish(self) -> (Folder, Vec<String>) {
        (self.folder, self.misnamed)
    }

    /// Begins a file; its bytes follow by [`Self::more`]. One whose name is no safe path, or there already, is noted and not kept; what
    /// is never part of a library is passed over.
    ///
    /// # Errors
    ///
    /// [`UploadError::TooLarge`], or the disk.
    pub fn file(&mut self, path: &str, executable: bool) -> Result<(), UploadError> {
        self.open = None;
        let path = path.replace('\\', "/");
        let path = path.trim_start_matches("./");
        if path.split('/').any(|part| LEFT_OUT.contains(&part.to_lowercase().as_str())) {
            return Ok(());
        }
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(UploadError::TooLarge);
        }
        match RelativePath::try_from(path) {
            Ok(path) => self.open = self.create(&path, executable)?,
            Err(_) => self.misnamed.push(path.to_owned()),
        }
        Ok(())
    }

    /// Bytes of the file that was begun last.
    ///
    /// # Errors
    ///
    /// [`UploadError::TooLarge`], or the disk.
    pub fn more(&mut self, bytes: &[u8]) -> Result<(), UploadError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(UploadError::TooLarge);
        }
        match &mut self.open {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Ok(()),
        }
    }

    /// Files that were not kept because of their names.
    pub fn misnamed(&self) -> &[String] {
        &self.misnamed
    }

    /// Unpacks a zip of one skill or of many. `name` is what its file is called: a skill that lies in no folder of the zip gets that name.
    ///
    /// # Errors
    ///
    /// [`UploadError`].
    pub fn zip(&mut self, name: &str, bytes: &[u8]) -> Result<(), UploadError> {
        let archive = archive::read(bytes, &ZIP_LIMITS).map_err(UploadError::Archive)?;
        let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(NAMELESS);
        let top = archive.top_folder.as_deref().unwrap_or(stem);
        let top = if RelativePath::try_from(top).is_ok() { top } else { NAMELESS };
        for (path, file) in archive.folder.files {
            self.file(&format!("{top}/{path}"), file.executable)?;
            self.more(&file.content)?;
        }
        self.open = None;
        Ok(())
    }

    /// `None`, and a note, when the file system takes the name for one that is there.
    fn create(&mut self, path: &RelativePath, executable: bool) -> io::Result<Option<File>> {
        let place: PathBuf = self.folder.path().join(path.as_str());
        let opened = place.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o700 } else { 0o600 });
            #[cfg(not(unix))]
            let _ = executable;
            options.open(&place)
        });
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if is_taken(&error) => {
                self.misnamed.push(path.as_str().to_owned());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// With what is wrong with a name because of which a file was not kept.
pub(super) fn why_not_kept(path: &str) -> (String, &'static str) {
    (path.to_owned(), RelativePath::try_from(path).map_or_else(|why| why.sentence(), |_| TAKEN))
}

/// A file of this name is there, or a folder, or a file where a folder should be.
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory)
}

#[cfg(test)]
mod tests {
    use skill_format::{File, SkillFolder};

    use super::*;

    fn listed(upload: Upload) -> (Vec<String>, Vec<String>) {
        let (folder, misnamed) = upload.finish();
        let mut kept: Vec<String> = walk(folder.path());
        kept.sort();
        let strip =
            |path: &String| path.strip_prefix(folder.path().to_str().expect("text")).expect("below")[1..].to_owned();
        (kept.iter().map(strip).collect(), misnamed)
    }

    fn walk(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] }).collect()
    }

    fn sent(paths: &[&str]) -> Upload {
        let mut upload = Upload::begin().expect("a folder");
        for path in paths {
            upload.file(path, false).expect("taken");
            upload.more(b"x").expect("taken");
        }
        upload
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let paths = ["a/SKILL.md", "../out", "/etc/x", "a/../../out", "a/nul", "C:\\x", "./b/SKILL.md", "a\\win.md"];
        let (kept, misnamed) = listed(sent(&paths));
        assert_eq!(kept, ["a/SKILL.md", "a/win.md", "b/SKILL.md"]);
        assert_eq!(misnamed.len(), 5, "{misnamed:?}");
    }

    #[test]
    fn a_name_that_is_taken_overwrites_nothing() {
        let (kept, misnamed) = listed(sent(&["a/x", "a/x", "a/x/y", "a"]));
        assert_eq!((kept, misnamed.len()), (vec!["a/x".to_owned()], 3));
    }

    #[test]
    fn what_is_never_part_of_a_library_is_passed_over() {
        let (kept, _) = listed(sent(&["repo/.git/config", "repo/node_modules/x/SKILL.md", "repo/a/SKILL.md"]));
        assert_eq!(kept, ["repo/a/SKILL.md"]);
    }

    #[test]
    fn zips_of_one_and_of_many() {
        let file = |content: &str| File { executable: false, content: content.as_bytes().to_vec() };
        let path = |text: &str| RelativePath::try_from(text).expect("path");
        let one = SkillFolder { files: [(path("SKILL.md"), file("x")), (path("b/c"), file("x"))].into() };
        let unpacked = |name: &str, zip: &[u8]| {
            let mut upload = Upload::begin().expect("a folder");
            upload.zip(name, zip).expect("taken");
            listed(upload).0
        };
        assert_eq!(unpacked("n.zip", &archive::write("notes", &one)), ["notes/SKILL.md", "notes/b/c"]);
        assert_eq!(unpacked("my notes.skill", &archive::write_tree(&one)), ["my notes/SKILL.md", "my notes/b/c"]);
        assert_eq!(unpacked("..", &archive::write_tree(&one)), ["upload/SKILL.md", "upload/b/c"]);
        let refused = Upload::begin().expect("a folder").zip("x.zip", b"no zip").expect_err("no zip");
        assert!(matches!(refused, UploadError::Archive(ArchiveError::NotAZip)));
    }

    #[test]
    fn sizes_end() {
        let mut upload = sent(&["a/x"]);
        let chunk = vec![0; 64 * 1024 * 1024];
        let sum = (0..5).try_for_each(|_| upload.more(&chunk));
        assert!(matches!(sum, Err(UploadError::TooLarge)));
    }
}
