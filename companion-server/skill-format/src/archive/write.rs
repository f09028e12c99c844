//! Writing: the same folder gives the same bytes, on every machine and at any time.

use std::io::{self, Write};

use miniz_oxide::deflate::compress_to_vec;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};

use super::{CRC_32, Limits};
use crate::{File, RelativePath, SkillFolder};

/// Writes a zip with one top-level folder: entries ordered by path, 1980-01-01, mode 0644 or 0755, all deflated.
/// The same folder gives the same bytes. `top_folder` is the skill's name.
///
/// Sizes stand behind each entry (a data descriptor). Readers that work from front to back find the end of deflated
/// data by themselves but not that of stored data, so nothing is stored.
pub fn write(top_folder: &str, folder: &SkillFolder) -> Vec<u8> {
    write_below(&[top_folder, "/"].concat(), folder)
}

/// Writes a zip of files that have no top-level folder in common, in the same way.
pub fn write_tree(tree: &SkillFolder) -> Vec<u8> {
    write_below("", tree)
}

/// Writes a zip file by file, in the same way: for what does not fit into memory as a whole.
#[derive(Debug)]
pub struct Writer<W: Write> {
    archive: ZipArchiveWriter<W>,
}

impl<W: Write> Writer<W> {
    /// An empty zip.
    pub fn new(to: W) -> Self {
        Self { archive: ZipArchiveWriter::new(to) }
    }

    /// Adds a file. The order of the files is the caller's, and part of the bytes; no path may come twice.
    ///
    /// # Errors
    ///
    /// Where it is written to takes no more.
    pub fn add(&mut self, path: &RelativePath, file: &File) -> io::Result<()> {
        write_file(&mut self.archive, path.as_str(), file).map_err(io::Error::other)
    }

    /// Writes the directory, and gives back where it was written to.
    ///
    /// # Errors
    ///
    /// As [`Self::add`].
    pub fn finish(self) -> io::Result<W> {
        self.archive.finish().map_err(io::Error::other)
    }
}

fn write_below(prefix: &str, folder: &SkillFolder) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (path, file) in &folder.files {
        let name = [prefix, path.as_str()].concat();
        write_file(&mut archive, &name, file).expect("a Vec takes every write, and paths fit their field");
    }
    archive.finish().expect("a Vec takes every write");
    bytes
}

/// Level 6 is where deflate stops getting noticeably smaller.
const LEVEL: u8 = 6;
/// Blocks of stored data in the form of deflate.
const UNCOMPRESSED: u8 = 0;
/// 1980-01-01 in Unix seconds: the earliest time a zip can express.
const FIRST_ZIP_MOMENT: i64 = 315_532_800;

fn write_file<W: Write>(archive: &mut ZipArchiveWriter<W>, name: &str, file: &File) -> Result<(), rawzip::Error> {
    let (mut entry, _) = archive
        .new_file(name)
        .compression_method(CompressionMethod::DEFLATE)
        .last_modified(UtcDateTime::from_unix(FIRST_ZIP_MOMENT))
        .unix_permissions(if file.executable { 0o100_755 } else { 0o100_644 })
        .start()?;
    entry.write_all(&deflate(&file.content))?;
    let size = file.content.len() as u64;
    entry.finish(DataDescriptorOutput::new(CRC_32.checksum(&file.content), size))?;
    Ok(())
}

/// Deflated data; without compression where its ratio would make a careful reader, ours included, think of a bomb.
fn deflate(content: &[u8]) -> Vec<u8> {
    let deflated = compress_to_vec(content, LEVEL);
    let ratio = content.len() / deflated.len().max(1);
    if ratio as u64 >= Limits::default().ratio { compress_to_vec(content, UNCOMPRESSED) } else { deflated }
}
