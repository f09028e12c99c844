//! Zip archives: written the same way every time, read as if made by an enemy.
//!
//! Structure is `rawzip`'s, inflating `miniz_oxide`'s; what is refused, and the limits, are ours (`docs/security.md`).

use std::fmt;
use std::io::Write;

use crc::{CRC_32_ISO_HDLC, Crc};
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, CreatorSystem, ZipArchive, ZipArchiveWriter, ZipFileHeaderRecord, ZipSliceArchive};

use crate::preflight::{MAX_BYTES, MAX_FILES};
use crate::{File, InvalidPath, RelativePath, SkillFolder};

/// The checksum of zip. One table of 1 KB, because this runs in the extension too.
const CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// What an archive may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: usize,
    /// Bytes of all files together, counted while inflating.
    pub bytes: u64,
    /// Inflated bytes for each compressed one.
    pub ratio: u64,
}

impl Default for Limits {
    /// claude.ai's limits, and 100:1.
    fn default() -> Self {
        Self { files: MAX_FILES, bytes: MAX_BYTES, ratio: 100 }
    }
}

/// What an archive held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The one top-level folder, which is not part of the paths; none when there are several or files beside it.
    pub top_folder: Option<String>,
    /// The files.
    pub folder: SkillFolder,
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveError {
    /// No zip, or a broken one.
    NotAZip,
    /// Bytes before, between or behind the entries and the directory: two readers could see two archives.
    StrayBytes,
    /// The directory and an entry's own header disagree.
    HeaderMismatch,
    /// A name that is not UTF-8.
    NameNotUtf8,
    /// A name that is no safe path.
    UnsafeName(InvalidPath),
    /// Two names that some systems take for one.
    NamesCollide,
    /// A symbolic link or a device.
    NotAFile,
    /// An encrypted entry.
    Encrypted,
    /// A compression other than stored and deflated.
    UnknownCompression,
    /// The content does not match its size or checksum.
    ContentMismatch,
    /// More files than allowed.
    TooManyFiles,
    /// More bytes than allowed.
    TooLarge,
    /// Inflates beyond the allowed ratio.
    Bomb,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAZip => "the archive is not a zip or is broken",
            Self::StrayBytes => "the archive has bytes that belong to no entry",
            Self::HeaderMismatch => "the archive's directory and its entries disagree",
            Self::NameNotUtf8 => "a name in the archive is not UTF-8",
            Self::UnsafeName(why) => return write!(f, "a name in the archive {}", why.sentence()),
            Self::NamesCollide => "two names in the archive are the same on some systems",
            Self::NotAFile => "the archive holds a link or a device",
            Self::Encrypted => "the archive is encrypted",
            Self::UnknownCompression => "the archive uses an unknown compression",
            Self::ContentMismatch => "a file in the archive is damaged",
            Self::TooManyFiles => "the archive holds too many files",
            Self::TooLarge => "the archive is too large",
            Self::Bomb => "the archive inflates suspiciously much",
        })
    }
}

impl std::error::Error for ArchiveError {}

/// Writes a zip with one top-level folder: entries ordered by path, 1980-01-01, mode 0644 or 0755, deflated where that is smaller.
/// The same folder gives the same bytes.
pub fn write(top_folder: &str, folder: &SkillFolder) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (path, file) in &folder.files {
        let name = [top_folder, "/", path.as_str()].concat();
        write_file(&mut archive, &name, file).expect("a Vec takes every write, and paths fit their field");
    }
    archive.finish().expect("a Vec takes every write");
    bytes
}

/// Level 6 is where deflate stops getting noticeably smaller.
const LEVEL: u8 = 6;

fn write_file(archive: &mut ZipArchiveWriter<&mut Vec<u8>>, name: &str, file: &File) -> Result<(), rawzip::Error> {
    let deflated = miniz_oxide::deflate::compress_to_vec(&file.content, LEVEL);
    let (method, data) = if deflated.len() < file.content.len() {
        (CompressionMethod::DEFLATE, &deflated)
    } else {
        (CompressionMethod::STORE, &file.content)
    };
    let (mut entry, _) = archive
        .new_file(name)
        .compression_method(method)
        .last_modified(UtcDateTime::from_unix(315_532_800))
        .unix_permissions(if file.executable { 0o100_755 } else { 0o100_644 })
        .start()?;
    entry.write_all(data)?;
    let size = file.content.len() as u64;
    entry.finish(rawzip::DataDescriptorOutput::new(CRC_32.checksum(&file.content), size))?;
    Ok(())
}

/// Reads a zip of one skill.
///
/// # Errors
///
/// [`ArchiveError`] names the first reason not to trust it.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Archive, ArchiveError> {
    let archive = ZipArchive::from_slice(bytes).map_err(|_| ArchiveError::NotAZip)?;
    if archive.end_offset() != bytes.len() as u64 || !archive.comment().as_bytes().is_empty() {
        return Err(ArchiveError::StrayBytes);
    }
    let mut reader = Reader { archive: &archive, limits, budget: limits.bytes, extents: Vec::new(), files: Vec::new() };
    let mut entries = archive.entries();
    let mut count = 0;
    while let Some(entry) = entries.next_entry().map_err(|_| ArchiveError::NotAZip)? {
        count += 1;
        reader.entry(&entry)?;
    }
    if count != archive.entries_hint() {
        return Err(ArchiveError::HeaderMismatch);
    }
    reader.check_extents()?;
    assemble(reader.files)
}

struct Reader<'a> {
    archive: &'a ZipSliceArchive<&'a [u8]>,
    limits: &'a Limits,
    budget: u64,
    /// Where each entry begins and ends, its own header included.
    extents: Vec<(u64, u64)>,
    files: Vec<(String, File)>,
}

impl Reader<'_> {
    fn entry(&mut self, entry: &ZipFileHeaderRecord<'_>) -> Result<(), ArchiveError> {
        let raw = entry.file_path();
        let name = std::str::from_utf8(raw.as_bytes()).map_err(|_| ArchiveError::NameNotUtf8)?;
        if entry.flags().is_encrypted() {
            return Err(ArchiveError::Encrypted);
        }
        let local = self.archive.get_entry(entry.wayfinder()).map_err(|_| ArchiveError::HeaderMismatch)?;
        self.check_headers(entry, &local)?;
        let directory = name.ends_with('/');
        check_kind(entry, directory)?;
        let path = name.strip_suffix('/').unwrap_or(name);
        RelativePath::try_from(path).map_err(ArchiveError::UnsafeName)?;
        if directory {
            return if entry.uncompressed_size_hint() == 0 { Ok(()) } else { Err(ArchiveError::NotAFile) };
        }
        if self.files.len() == self.limits.files {
            return Err(ArchiveError::TooManyFiles);
        }
        let content = self.inflate(entry, local.data())?;
        let executable = unix_mode(entry).is_some_and(|mode| mode & 0o100 != 0);
        self.files.push((path.to_owned(), File { executable, content }));
        Ok(())
    }

    fn check_headers(
        &mut self,
        entry: &ZipFileHeaderRecord<'_>,
        local: &rawzip::ZipSliceEntry<'_>,
    ) -> Result<(), ArchiveError> {
        let header = local.local_header();
        let descriptor = local.data_descriptor().map_err(|_| ArchiveError::HeaderMismatch)?;
        let (crc, compressed, size) = match &descriptor {
            Some(found) => (found.crc32(), found.compressed_size(), found.uncompressed_size()),
            None => (header.crc32(), header.compressed_size_hint(), header.uncompressed_size_hint()),
        };
        let same = header.file_path().as_bytes() == entry.file_path().as_bytes()
            && header.compression_method() == entry.compression_method()
            && header.flags().is_encrypted() == entry.flags().is_encrypted()
            && (crc, compressed, size) == (entry.crc32(), entry.compressed_size_hint(), entry.uncompressed_size_hint());
        let (_, end) = local.compressed_data_range();
        self.extents.push((entry.local_header_offset(), end));
        if same { Ok(()) } else { Err(ArchiveError::HeaderMismatch) }
    }

    fn inflate(&mut self, entry: &ZipFileHeaderRecord<'_>, data: &[u8]) -> Result<Vec<u8>, ArchiveError> {
        let claimed = entry.uncompressed_size_hint();
        if claimed > self.budget {
            return Err(ArchiveError::TooLarge);
        }
        // Small files of zeros exceed any ratio and harm nobody.
        if claimed > 64 * 1024 && claimed / (data.len() as u64).max(1) > self.limits.ratio {
            return Err(ArchiveError::Bomb);
        }
        let limit = usize::try_from(claimed).map_err(|_| ArchiveError::TooLarge)?;
        let content = match entry.compression_method() {
            CompressionMethod::STORE => data.to_vec(),
            CompressionMethod::DEFLATE => miniz_oxide::inflate::decompress_to_vec_with_limit(data, limit)
                .map_err(|_| ArchiveError::ContentMismatch)?,
            _ => return Err(ArchiveError::UnknownCompression),
        };
        if content.len() as u64 != claimed || CRC_32.checksum(&content) != entry.crc32() {
            return Err(ArchiveError::ContentMismatch);
        }
        self.budget -= claimed;
        Ok(content)
    }

    /// The entries must lie back to back from the first byte to the directory, but for their data descriptors:
    /// what lies elsewhere would be seen by some readers only.
    fn check_extents(&mut self) -> Result<(), ArchiveError> {
        const LARGEST_DESCRIPTOR: u64 = 24;
        self.extents.sort_unstable();
        let mut expected = 0;
        let mut tolerated = 0;
        let directory = (self.archive.directory_offset(), self.archive.directory_offset());
        for (start, end) in self.extents.iter().copied().chain([directory]) {
            if start < expected || start > expected + tolerated {
                return Err(ArchiveError::StrayBytes);
            }
            (expected, tolerated) = (end, LARGEST_DESCRIPTOR);
        }
        Ok(())
    }
}

fn unix_mode(entry: &ZipFileHeaderRecord<'_>) -> Option<u32> {
    let unix = matches!(entry.version_made_by().creator_system(), CreatorSystem::UNIX | CreatorSystem::MACOS);
    unix.then(|| entry.external_attributes() >> 16)
}

fn check_kind(entry: &ZipFileHeaderRecord<'_>, directory: bool) -> Result<(), ArchiveError> {
    // The type bits may be missing altogether; then the name decides.
    match unix_mode(entry).map_or(0, |mode| mode & 0o170_000) {
        0 => Ok(()),
        0o100_000 if !directory => Ok(()),
        0o040_000 if directory => Ok(()),
        _ => Err(ArchiveError::NotAFile),
    }
}

fn assemble(files: Vec<(String, File)>) -> Result<Archive, ArchiveError> {
    let top_folder = common_top(&files);
    let cut = top_folder.as_ref().map_or(0, |top| top.len() + 1);
    let mut folder = SkillFolder::default();
    for (name, file) in files {
        let path = RelativePath::try_from(&name[cut..]).map_err(ArchiveError::UnsafeName)?;
        if folder.files.insert(path, file).is_some() {
            return Err(ArchiveError::NamesCollide);
        }
    }
    if folder.twins().is_some() {
        return Err(ArchiveError::NamesCollide);
    }
    Ok(Archive { top_folder, folder })
}

fn common_top(files: &[(String, File)]) -> Option<String> {
    let mut tops = files.iter().map(|(name, _)| name.split_once('/').map(|(top, _)| top));
    let first = tops.next()??;
    tops.all(|top| top == Some(first)).then(|| first.to_owned())
}
