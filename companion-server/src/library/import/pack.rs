//! An upload as one stream of bytes and back, so that every process can have it. Blocks.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write as _};

use super::upload::{Upload, UploadError};

/// The folder as a tar file, at its beginning.
///
/// # Errors
///
/// The disk.
pub fn pack(upload: &Upload) -> io::Result<File> {
    let mut tar = tar::Builder::new(io::BufWriter::new(tempfile::tempfile()?));
    tar.follow_symlinks(false);
    tar.mode(tar::HeaderMode::Deterministic);
    tar.append_dir_all("", upload.root())?;
    let mut packed = tar.into_inner()?;
    packed.flush()?;
    let mut packed = packed.into_inner().map_err(io::IntoInnerError::into_error)?;
    packed.rewind()?;
    Ok(packed)
}

/// The folder that [`pack`] was given. Sizes and names are held to the same limits as when they were sent.
///
/// # Errors
///
/// [`UploadError`].
pub fn unpack(packed: impl Read) -> Result<Upload, UploadError> {
    let mut upload = Upload::begin()?;
    let mut chunk = vec![0; 64 * 1024];
    for entry in tar::Archive::new(io::BufReader::new(packed)).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        upload.file(&path, entry.header().mode()? & 0o100 != 0)?;
        loop {
            match entry.read(&mut chunk)? {
                0 => break,
                read => upload.more(&chunk[..read])?,
            }
        }
    }
    Ok(upload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(upload: &Upload) -> Vec<(String, bool, Vec<u8>)> {
        let mut tar = tar::Archive::new(pack(upload).expect("packed"));
        let mut files: Vec<_> = tar
            .entries()
            .expect("entries")
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.header().entry_type().is_file())
            .map(|mut entry| {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).expect("read");
                let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                (path, entry.header().mode().expect("a mode") & 0o100 != 0, content)
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn what_was_packed_comes_back() {
        let mut upload = Upload::begin().expect("a folder");
        let long = format!("{}/SKILL.md", ["long"; 60].join("/"));
        let sent = [
            ("a/SKILL.md", false, b"text".to_vec()),
            ("a/run.sh", true, Vec::new()),
            ("ä/日本.bin", false, vec![0xff; 200_000]),
            (long.as_str(), false, b"deep".to_vec()),
        ];
        for (path, executable, content) in &sent {
            upload.file(path, *executable).expect("taken");
            upload.more(content).expect("taken");
        }
        let packed = files(&upload);
        assert_eq!(packed.len(), sent.len());
        for (path, executable, content) in sent {
            assert!(packed.contains(&(path.to_owned(), executable, content)), "{path}");
        }
        let back = unpack(pack(&upload).expect("packed")).expect("unpacked");
        assert_eq!(files(&back), packed);
    }

    #[test]
    fn what_is_broken_off_is_refused() {
        let mut upload = Upload::begin().expect("a folder");
        upload.file("a/SKILL.md", false).expect("taken");
        upload.more(&[1; 5000]).expect("taken");
        let mut packed = Vec::new();
        pack(&upload).expect("packed").read_to_end(&mut packed).expect("read");
        assert!(matches!(unpack(&packed[..3000]), Err(UploadError::Disk(_))));
    }
}
