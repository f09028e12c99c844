//! Files of a version, as a folder and as the zip that travels.

use skill_format::{File, SkillFolder, archive};

use crate::store::StoredFile;

/// The zip of a version: one top-level folder named like the skill; the same files give the same bytes.
pub fn zip(name: &str, files: Vec<StoredFile>) -> Vec<u8> {
    archive::write(name, &folder(files))
}

/// Kept files as a folder.
pub fn folder(files: Vec<StoredFile>) -> SkillFolder {
    let file = |file: StoredFile| (file.path, File { executable: file.executable, content: file.content });
    SkillFolder { files: files.into_iter().map(file).collect() }
}

/// A folder as files to keep.
pub fn stored(folder: SkillFolder) -> Vec<StoredFile> {
    let file = |(path, file): (_, File)| StoredFile { path, executable: file.executable, content: file.content };
    folder.files.into_iter().map(file).collect()
}
