//! Zip files that have the same bytes wherever and whenever they are made.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use walkdir::WalkDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::failure::{Context, Outcome};

/// Contents by path inside the archive, `/`-separated; the order of the map is the order of the archive.
pub type Entries = BTreeMap<String, Vec<u8>>;

/// All files under `folder`.
pub fn read_folder(folder: &Path) -> Outcome<Entries> {
    let mut entries = Entries::new();
    for entry in WalkDir::new(folder) {
        let entry = entry.cannot(|| format!("read {}", folder.display()))?;
        if entry.file_type().is_file() {
            let inside = entry.path().strip_prefix(folder).expect("an entry lies under its root");
            let content = fs::read(entry.path()).cannot(|| format!("read {}", entry.path().display()))?;
            entries.insert(inside.to_string_lossy().replace('\\', "/"), content);
        }
    }
    Ok(entries)
}

/// The archive: sorted names, the zip format's first day, one mode for all.
pub fn zip(entries: &Entries) -> Outcome<Vec<u8>> {
    pack(entries).cannot(|| "write the archive".to_owned())
}

fn pack(entries: &Entries) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn write(folder: &Path, name: &str, content: &str, age: u64) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, content).expect("a file");
        let file = fs::File::options().write(true).open(&path).expect("the file");
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("an age");
    }

    #[test]
    fn two_checkouts_give_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        for (name, content) in [("b.js", "let b;"), ("a/c.html", "<p>"), ("a/b.css", "p {}")] {
            write(one.path(), name, content, 10);
        }
        for (name, content) in [("a/b.css", "p {}"), ("a/c.html", "<p>"), ("b.js", "let b;")] {
            write(two.path(), name, content, 90_000);
        }
        let zipped = |folder: &Path| zip(&read_folder(folder).expect("entries")).expect("an archive");
        assert_eq!(zipped(one.path()), zipped(two.path()));
    }

    #[test]
    fn another_content_gives_other_bytes() {
        let entries = |content: &str| Entries::from([("a".to_owned(), content.as_bytes().to_vec())]);
        assert_ne!(zip(&entries("x")).expect("an archive"), zip(&entries("y")).expect("an archive"));
    }
}
