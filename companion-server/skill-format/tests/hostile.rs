//! Archives that no honest writer makes, built byte by byte: each is refused for its own reason.

use skill_format::archive::{self, ArchiveError, Limits};
use skill_format::content_digest;

/// One entry, with every field that can lie.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    local_name: Vec<u8>,
    data: Vec<u8>,
    method: u16,
    local_method: u16,
    crc: u32,
    local_crc: u32,
    size: u32,
    local_size: u32,
    mode: u32,
    extra: Vec<u8>,
    gap: usize,
}

/// CRC-32 of `x`.
const CRC_OF_X: u32 = 0x8cdc_1683;

/// A stored `x`.
fn entry(name: &str) -> Entry {
    let name = name.as_bytes().to_vec();
    let (crc, local_crc) = (CRC_OF_X, CRC_OF_X);
    Entry {
        local_name: name.clone(),
        name,
        data: b"x".to_vec(),
        method: 0,
        local_method: 0,
        crc,
        local_crc,
        size: 1,
        local_size: 1,
        mode: 0o100_644,
        extra: Vec::new(),
        gap: 0,
    }
}

/// What can lie about the archive as a whole.
#[derive(Default)]
struct Whole {
    before_directory: usize,
    behind_directory: usize,
    count_off: u16,
    comment: Vec<u8>,
    all_at_the_first: bool,
}

fn u16s(into: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| into.extend(value.to_le_bytes()));
}

fn u32s(into: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| into.extend(value.to_le_bytes()));
}

fn local(zip: &mut Vec<u8>, entry: &Entry) {
    zip.extend(b"PK\x03\x04");
    u16s(zip, &[20, 0x800, entry.local_method, 0, 0x21]);
    u32s(zip, &[entry.local_crc, entry.data.len() as u32, entry.local_size]);
    u16s(zip, &[entry.local_name.len() as u16, 0]);
    zip.extend(&entry.local_name);
    zip.extend(&entry.data);
    zip.extend(vec![0; entry.gap]);
}

fn central(zip: &mut Vec<u8>, entry: &Entry, offset: u32) {
    zip.extend(b"PK\x01\x02");
    u16s(zip, &[3 << 8 | 20, 20, 0x800, entry.method, 0, 0x21]);
    u32s(zip, &[entry.crc, entry.data.len() as u32, entry.size]);
    u16s(zip, &[entry.name.len() as u16, entry.extra.len() as u16, 0, 0, 0]);
    u32s(zip, &[entry.mode << 16, offset]);
    zip.extend(&entry.name);
    zip.extend(&entry.extra);
}

fn build(entries: &[Entry], whole: &Whole) -> Vec<u8> {
    let (mut zip, mut offsets) = (Vec::new(), Vec::new());
    for entry in entries {
        offsets.push(if whole.all_at_the_first { 0 } else { zip.len() as u32 });
        local(&mut zip, entry);
    }
    zip.extend(vec![0; whole.before_directory]);
    let directory = zip.len();
    entries.iter().zip(offsets).for_each(|(entry, offset)| central(&mut zip, entry, offset));
    zip.extend(vec![0; whole.behind_directory]);
    let length = zip.len() - directory;
    zip.extend(b"PK\x05\x06");
    let count = entries.len() as u16 + whole.count_off;
    u16s(&mut zip, &[0, 0, count, count]);
    u32s(&mut zip, &[length as u32, directory as u32]);
    u16s(&mut zip, &[whole.comment.len() as u16]);
    zip.extend(&whole.comment);
    zip
}

fn read(entries: &[Entry], whole: &Whole) -> Result<usize, ArchiveError> {
    archive::read(&build(entries, whole), &Limits::default()).map(|archive| archive.folder.files.len())
}

/// How the reader ends on one entry that was spoilt.
fn spoilt(spoil: impl FnOnce(&mut Entry)) -> ArchiveError {
    let mut one = entry("t/a");
    spoil(&mut one);
    read(&[one, entry("t/b")], &Whole::default()).expect_err("refused")
}

#[test]
fn the_builder_itself_is_honest() {
    assert_eq!(read(&[entry("t/a"), entry("t/b")], &Whole::default()), Ok(2));
    let mut directory = entry("t/c/");
    (directory.data, directory.mode) = (Vec::new(), 0o040_755);
    (directory.crc, directory.local_crc, directory.size, directory.local_size) = (0, 0, 0, 0);
    assert_eq!(read(&[entry("t/a"), directory], &Whole::default()), Ok(1));
    let digest = content_digest(b"abc").to_string();
    assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn the_two_headers_disagree() {
    assert_eq!(spoilt(|one| one.local_name = b"t/z".to_vec()), ArchiveError::HeaderMismatch);
    assert_eq!(spoilt(|one| one.local_method = 8), ArchiveError::HeaderMismatch);
    assert_eq!(spoilt(|one| one.local_crc = 1), ArchiveError::HeaderMismatch);
    assert_eq!(spoilt(|one| one.local_size = 2), ArchiveError::HeaderMismatch);
    let second_name = [&[0x75, 0x70, 8, 0, 1, 0, 0, 0, 0], b"t/z".as_slice()].concat();
    assert_eq!(spoilt(|one| one.extra = second_name), ArchiveError::HeaderMismatch);
    let same_name = [&[0x75, 0x70, 8, 0, 1, 0, 0, 0, 0], b"t/a".as_slice()].concat();
    let mut honest = entry("t/a");
    honest.extra = same_name;
    assert_eq!(read(&[honest], &Whole::default()), Ok(1));
    let count = Whole { count_off: 1, ..Whole::default() };
    assert!(matches!(read(&[entry("t/a")], &count), Err(ArchiveError::HeaderMismatch | ArchiveError::NotAZip)));
}

#[test]
fn bytes_that_nobody_owns() {
    let stray = Err(ArchiveError::StrayBytes);
    assert_eq!(spoilt(|one| one.gap = 40), ArchiveError::StrayBytes);
    assert_eq!(read(&[entry("t/a")], &Whole { before_directory: 40, ..Whole::default() }), stray);
    assert_eq!(read(&[entry("t/a")], &Whole { comment: b"comment".to_vec(), ..Whole::default() }), stray);
    let second_end = Whole { comment: [b"PK\x05\x06".as_slice(), &[0; 18]].concat(), ..Whole::default() };
    assert!(matches!(read(&[entry("t/a")], &second_end), Err(ArchiveError::StrayBytes | ArchiveError::NotAZip)));
    let behind = Whole { behind_directory: 40, ..Whole::default() };
    assert!(matches!(read(&[entry("t/a")], &behind), Err(ArchiveError::StrayBytes | ArchiveError::NotAZip)));
    // Deflated `x`, then two bytes that inflating never reaches.
    let deflated = |data: &[u8]| {
        let mut one = entry("t/a");
        (one.method, one.local_method, one.data) = (8, 8, data.to_vec());
        read(&[one], &Whole::default())
    };
    assert_eq!(deflated(&[0xab, 0x00, 0x00]), Ok(1));
    assert_eq!(deflated(&[0xab, 0x00, 0x00, 0xff, 0xff]), stray);
    assert_eq!(deflated(&[0xab]), Err(ArchiveError::ContentMismatch));
    assert_eq!(deflated(&[]), Err(ArchiveError::ContentMismatch));
}

#[test]
fn one_entry_under_two_records() {
    let overlapping = Whole { all_at_the_first: true, ..Whole::default() };
    assert_eq!(read(&[entry("t/a"), entry("t/a")], &overlapping), Err(ArchiveError::StrayBytes));
    assert_eq!(read(&[entry("t/a"), entry("t/b")], &overlapping), Err(ArchiveError::HeaderMismatch));
    assert_eq!(read(&[entry("t/a"), entry("t/a")], &Whole::default()), Err(ArchiveError::NamesCollide));
    let twins = read(&[entry("t/\u{e4}"), entry("t/a\u{308}")], &Whole::default());
    let expected = if cfg!(feature = "unicode") { Err(ArchiveError::NamesCollide) } else { Ok(2) };
    assert_eq!(twins, expected);
}

#[test]
fn what_is_no_file() {
    for mode in [0o120_777, 0o060_644, 0o020_644, 0o010_644, 0o140_644, 0o040_755] {
        assert_eq!(spoilt(|one| one.mode = mode), ArchiveError::NotAFile, "{mode:o}");
    }
    assert_eq!(spoilt(|one| (one.name, one.local_name) = (b"t/".to_vec(), b"t/".to_vec())), ArchiveError::NotAFile);
}

#[test]
fn content() {
    assert_eq!(spoilt(|one| (one.crc, one.local_crc) = (1, 1)), ArchiveError::ContentMismatch);
    assert_eq!(spoilt(|one| (one.size, one.local_size) = (2, 2)), ArchiveError::ContentMismatch);
    for method in [1, 9, 12, 14, 93, 95, 99] {
        let wrong = spoilt(|one| (one.method, one.local_method) = (method, method));
        assert_eq!(wrong, ArchiveError::UnknownCompression, "{method}");
    }
    let huge = spoilt(|one| (one.size, one.local_size) = (30_000_001, 30_000_001));
    assert_eq!(huge, ArchiveError::TooLarge);
    let bomb = spoilt(|one| (one.size, one.local_size) = (100_000, 100_000));
    assert_eq!(bomb, ArchiveError::Bomb);
}

#[test]
fn too_many() {
    let entries: Vec<Entry> = (0..201).map(|number| entry(&format!("t/{number}"))).collect();
    assert_eq!(read(&entries[1..], &Whole::default()), Ok(200));
    assert_eq!(read(&entries, &Whole::default()), Err(ArchiveError::TooManyFiles));
}
