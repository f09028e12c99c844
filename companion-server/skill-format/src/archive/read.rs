//! Reading: every entry is held against the directory, the limits and the rules for paths before its content is believed.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use rawzip::extra_fields::{ExtraFieldId, ExtraFields};
use rawzip::{CompressionMethod, CreatorSystem, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::{Archive, ArchiveError, CRC_32, Limits};
use crate::{File, RelativePath, SkillFolder};

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
        let name = entry.file_path();
        let name = std::str::from_utf8(name.as_bytes()).map_err(|_| ArchiveError::NameNotUtf8)?;
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
        let name = entry.file_path();
        let name = name.as_bytes();
        let same = header.file_path().as_bytes() == name
            && !renamed_by(header.extra_fields(), name)
            && !renamed_by(entry.extra_fields(), name)
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
        let size = usize::try_from(claimed).map_err(|_| ArchiveError::TooLarge)?;
        let content = match entry.compression_method() {
            CompressionMethod::STORE => data.to_vec(),
            CompressionMethod::DEFLATE => inflate_exactly(data, size)?,
            _ => return Err(ArchiveError::UnknownCompression),
        };
        if content.len() != size || CRC_32.checksum(&content) != entry.crc32() {
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

/// Inflates into a buffer of the claimed size, which the caller has held against the limits: not one byte more is produced.
fn inflate_exactly(data: &[u8], size: usize) -> Result<Vec<u8>, ArchiveError> {
    let mut content = vec![0; size];
    let mut state = Box::<DecompressorOxide>::default();
    let (status, read, written) =
        decompress(&mut state, data, &mut content, 0, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
    match status {
        TINFLStatus::Done if written != size => Err(ArchiveError::ContentMismatch),
        TINFLStatus::Done if read != data.len() => Err(ArchiveError::StrayBytes),
        TINFLStatus::Done => Ok(content),
        _ => Err(ArchiveError::ContentMismatch),
    }
}

/// Some readers take the name in an “Info-ZIP Unicode path” field for the real one: version, checksum, then the name.
fn renamed_by(mut fields: ExtraFields<'_>, name: &[u8]) -> bool {
    fields.any(|(id, data)| id == ExtraFieldId::INFO_ZIP_UNICODE_PATH && data.get(5..) != Some(name))
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
