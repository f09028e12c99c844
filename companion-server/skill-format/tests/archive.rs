//! Archives: round trips with another implementation, and one enemy for each refusal.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use skill_format::archive::{self, ArchiveError, Limits};
use skill_format::{File, InvalidPath, RelativePath, SkillFolder, folder_digest};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn folder(files: &[(&str, &[u8], bool)]) -> SkillFolder {
    let file = |(name, content, executable): &(&str, &[u8], bool)| {
        (RelativePath::try_from(*name).expect("test path"), File { executable: *executable, content: content.to_vec() })
    };
    SkillFolder { files: files.iter().map(file).collect() }
}

fn sample() -> SkillFolder {
    folder(&[
        ("SKILL.md", b"---\nname: a\n---\n", false),
        ("scripts/run.sh", &[b'x'; 5000], true),
        ("日本.bin", &[0, 255], false),
    ])
}

/// A zip as other programs write it.
fn foreign(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("start");
        writer.write_all(content).expect("write");
    }
    writer.finish().expect("finish").into_inner()
}

fn error(bytes: &[u8]) -> ArchiveError {
    archive::read(bytes, &Limits::default()).expect_err("refused")
}

fn replace_all(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
}

#[test]
fn what_is_written_is_read_and_the_same_every_time() {
    let bytes = archive::write("my-skill", &sample());
    assert_eq!(bytes, archive::write("my-skill", &sample()));
    let read = archive::read(&bytes, &Limits::default()).expect("read");
    assert_eq!(read.top_folder.as_deref(), Some("my-skill"));
    assert_eq!(read.folder, sample());
}

#[test]
fn our_own_bundles_are_no_bombs() {
    let zeros = vec![0; 5_000_000];
    let repetitive: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let source = folder(&[("zeros", &zeros, false), ("pattern", &repetitive, false)]);
    let read = archive::read(&archive::write("top", &source), &Limits::default()).expect("our own");
    assert_eq!(read.folder, source);
}

#[test]
fn another_reader_sees_the_same() {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive::write("my-skill", &sample()))).expect("zip");
    let mut seen = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("content");
        let name = entry.name().expect("utf-8").into_owned();
        seen.insert(name, (entry.unix_mode().expect("mode") & 0o777, content));
    }
    let expected = sample()
        .files
        .into_iter()
        .map(|(path, file)| (format!("my-skill/{path}"), (if file.executable { 0o755 } else { 0o644 }, file.content)));
    assert_eq!(seen, expected.collect::<BTreeMap<_, _>>());
}

#[test]
fn another_writer_is_understood() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let bytes = foreign(&[("top/SKILL.md", b"hello hello hello"), ("top/a/b.txt", b"")], method);
        let read = archive::read(&bytes, &Limits::default()).expect("read");
        assert_eq!(read.top_folder.as_deref(), Some("top"));
        assert_eq!(read.folder.files.len(), 2);
    }
    let flat =
        archive::read(&foreign(&[("SKILL.md", b"x"), ("a/b", b"y")], CompressionMethod::Stored), &Limits::default());
    assert_eq!(flat.expect("flat").top_folder, None);
}

#[test]
fn unsafe_names() {
    let cases = [
        ("aa/../../x", InvalidPath::Dots),
        ("/etc/passwd", InvalidPath::EmptyPart),
        ("C:/windows", InvalidPath::DriveLetter),
        ("aa\\..\\bbb", InvalidPath::Character),
        ("aa/nul.txt", InvalidPath::ReservedName),
        ("aa/bbbbbb.", InvalidPath::TrailingDotOrSpace),
    ];
    for (name, why) in cases {
        // Written under a harmless name of the same length, because a careful writer refuses the real one.
        let harmless = "h".repeat(name.len());
        let mut bytes = foreign(&[(&harmless, b"x")], CompressionMethod::Stored);
        replace_all(&mut bytes, harmless.as_bytes(), name.as_bytes());
        assert_eq!(error(&bytes), ArchiveError::UnsafeName(why), "{name}");
    }
    let mut bytes = foreign(&[("hh", b"x")], CompressionMethod::Stored);
    replace_all(&mut bytes, b"hh", &[0xff, 0xfe]);
    assert_eq!(error(&bytes), ArchiveError::NameNotUtf8);
}

#[test]
fn twins() {
    assert_eq!(error(&foreign(&[("t/a", b""), ("t/A", b"")], CompressionMethod::Stored)), ArchiveError::NamesCollide);
    let mut bytes = foreign(&[("t/a", b""), ("t/b", b"")], CompressionMethod::Stored);
    replace_all(&mut bytes, b"t/b", b"t/a");
    assert_eq!(error(&bytes), ArchiveError::NamesCollide);
}

#[test]
fn links_and_devices() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("t/link", "/etc/passwd", SimpleFileOptions::default()).expect("link");
    assert_eq!(error(&writer.finish().expect("finish").into_inner()), ArchiveError::NotAFile);
}

#[test]
fn broken_structure() {
    let good = foreign(&[("t/SKILL.md", b"hello hello hello hello")], CompressionMethod::Stored);
    assert_eq!(error(b"PK"), ArchiveError::NotAZip);
    assert_eq!(error(&good[..good.len() - 4]), ArchiveError::NotAZip);
    assert_eq!(error(&[good.as_slice(), b"tail"].concat()), ArchiveError::StrayBytes);
    for shifted in [[b"head", good.as_slice()].concat(), [good.as_slice(), good.as_slice()].concat()] {
        // Offsets that do not fit, or bytes that nobody owns: which is noticed first does not matter.
        assert!(matches!(error(&shifted), ArchiveError::StrayBytes | ArchiveError::NotAZip));
    }
    let mut other_local_name = good.clone();
    other_local_name[30] = b'u';
    assert_eq!(error(&other_local_name), ArchiveError::HeaderMismatch);
    let mut damaged = good.clone();
    replace_all(&mut damaged, b"hello hello hello", b"hellO hello hello");
    assert_eq!(error(&damaged), ArchiveError::ContentMismatch);
    let mut encrypted = good.clone();
    let central = encrypted.windows(4).position(|at| at == b"PK\x01\x02").expect("central");
    encrypted[6] |= 1;
    encrypted[central + 8] |= 1;
    assert_eq!(error(&encrypted), ArchiveError::Encrypted);
}

#[test]
fn limits_hold_while_inflating() {
    let zeros = vec![0; 1_000_000];
    let bomb = foreign(&[("t/zeros", &zeros)], CompressionMethod::Deflated);
    assert_eq!(error(&bomb), ArchiveError::Bomb);
    let small = Limits { bytes: 999_999, ..Limits::default() };
    assert_eq!(archive::read(&bomb, &small), Err(ArchiveError::TooLarge));
    let two = foreign(&[("t/a", b"xx"), ("t/b", b"xx")], CompressionMethod::Stored);
    assert_eq!(archive::read(&two, &Limits { files: 1, ..Limits::default() }), Err(ArchiveError::TooManyFiles));
    assert_eq!(archive::read(&two, &Limits { bytes: 3, ..Limits::default() }), Err(ArchiveError::TooLarge));
    // A header that claims less than there is.
    let mut lying = bomb.clone();
    replace_all(&mut lying, &1_000_000u32.to_le_bytes(), &64u32.to_le_bytes());
    assert_eq!(error(&lying), ArchiveError::ContentMismatch);
}

#[test]
fn the_digest_has_a_known_value() {
    // printf 'skillferry folder 1\n- %s a.md\nx %s run\n' "$(printf a | sha256sum | cut -c1-64)" … | sha256sum
    let known = folder(&[("run", b"", true), ("a.md", b"a", false)]);
    assert_eq!(folder_digest(&known).to_string(), "b22a96a5409b9bb4fdfd017574ce9dd272302b7d1c6b3ea7cb4707a44bf09f2a");
}

fn any_folder() -> impl Strategy<Value = SkillFolder> {
    let file = (proptest::collection::vec(any::<u8>(), 0..300), any::<bool>());
    proptest::collection::btree_map("[a-z]{1,4}(/[a-z]{5,8}\\.md)?", file, 1..6).prop_filter_map("twins", |files| {
        let file = |(name, (content, executable)): (String, _)| {
            Some((RelativePath::try_from(name).ok()?, File { executable, content }))
        };
        let folder = SkillFolder { files: files.into_iter().map(file).collect::<Option<_>>()? };
        folder.twins().is_none().then_some(folder)
    })
}

proptest! {
    #[test]
    fn round_trip(source in any_folder()) {
        let read = archive::read(&archive::write("top", &source), &Limits::default()).expect("read");
        prop_assert_eq!(folder_digest(&read.folder), folder_digest(&source));
        prop_assert_eq!(read.folder, source);
    }

    #[test]
    fn both_ways_with_another_implementation(source in any_folder()) {
        let mut zip = zip::ZipArchive::new(Cursor::new(archive::write("top", &source))).expect("zip");
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).expect("entry");
            let mode = entry.unix_mode().expect("mode") & 0o777;
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            writer.start_file(entry.name().expect("utf-8").into_owned(), options.unix_permissions(mode)).expect("start");
            std::io::copy(&mut entry, &mut writer).expect("copy");
        }
        let theirs = writer.finish().expect("finish").into_inner();
        let read = archive::read(&theirs, &Limits::default()).expect("read");
        prop_assert_eq!(folder_digest(&read.folder), folder_digest(&source), "other bytes, the same digest");
        prop_assert_eq!(read.folder, source);
    }

    #[test]
    fn the_digest_sees_every_change(source in any_folder(), which in any::<prop::sample::Index>()) {
        let mut changed = source.clone();
        let path = which.get(&source.files.keys().cloned().collect::<Vec<_>>()).clone();
        changed.files.get_mut(&path).expect("file").executable ^= true;
        prop_assert_ne!(folder_digest(&changed), folder_digest(&source));
        changed.files.remove(&path);
        prop_assert_ne!(folder_digest(&changed), folder_digest(&source));
    }

    #[test]
    fn no_damage_makes_it_panic(source in any_folder(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = archive::write("top", &source);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = archive::read(&bytes, &Limits::default());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = archive::read(&bytes, &Limits::default());
    }
}
