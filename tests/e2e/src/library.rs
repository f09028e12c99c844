//! A folder of skills of many shapes, and what the account must hold because of it. Written without the product's code.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::Step;
use crate::stand_in::Files;

/// A library on disk.
#[derive(Debug)]
pub struct Library {
    folder: TempDir,
    expected: BTreeMap<String, Files>,
}

impl Library {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn empty() -> Step<Self> {
        Ok(Self { folder: tempfile::tempdir()?, expected: BTreeMap::new() })
    }

    /// 25 skills of different shapes, and one folder that cannot be taken.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn of_many_shapes() -> Step<Self> {
        let mut library = Self::empty()?;
        for number in 0..12 {
            library.write(
                &format!("plain-{number:02}"),
                &[("SKILL.md", &skill_md(&format!("plain-{number:02}"), "Plain."), false)],
            )?;
        }
        library.write(
            "with-script",
            &[
                ("SKILL.md", &skill_md("with-script", "Has a script."), false),
                ("scripts/run.sh", b"#!/bin/sh\necho hello\n", true),
                ("scripts/lib.py", b"x = 1\n", false),
            ],
        )?;
        let binary: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        library.write(
            "with-assets",
            &[
                ("SKILL.md", &skill_md("with-assets", "Has assets."), false),
                ("assets/picture.bin", &binary, false),
                ("assets/empty", b"", false),
            ],
        )?;
        let large: Vec<u8> = (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        library.write(
            "large",
            &[("SKILL.md", &skill_md("large", "One megabyte."), false), ("data/large.bin", &large, false)],
        )?;
        library.write(
            "nested",
            &[
                ("SKILL.md", &skill_md("nested", "Deep folders."), false),
                ("a/b/c/d/e.md", b"deep", false),
                ("a/b2.md", b"less deep", false),
            ],
        )?;
        library.write(
            "other-scripts",
            &[
                ("SKILL.md", &skill_md("other-scripts", "日本語の説明 — и русский."), false),
                ("資料/メモ.md", "内容".as_bytes(), false),
                ("naïve café.txt", b"x", false),
            ],
        )?;
        let crlf_body: &[u8] = b"---\nname: crlf-body\ndescription: Windows ends in the body.\n---\nline\r\nline\r\n";
        library.write("crlf-body", &[("SKILL.md", crlf_body, false)])?;
        library.write("many-files", &many_files())?;
        library
            .write("collection/inner-one", &[("SKILL.md", &skill_md("inner-one", "In a folder of its own."), false)])?;
        library
            .write("collection/inner-two", &[("SKILL.md", &skill_md("inner-two", "In a folder of its own."), false)])?;
        library.repaired(
            "windows",
            "\u{feff}---\r\nname: windows\r\ndescription: Begins with a mark.\r\n---\r\nBody\r\n",
            "---\nname: windows\ndescription: \"Begins with a mark.\"\n---\nBody\r\n",
        )?;
        library.repaired("more-keys", "---\nname: more-keys\ndescription: Has more keys.\nversion: 1.10\nuser-invocable: true\n---\nBody\n", "---\nname: more-keys\ndescription: \"Has more keys.\"\nmetadata:\n  version: \"1.10\"\n  user-invocable: \"true\"\n---\nBody\n")?;
        library.repaired(
            "colon",
            "---\nname: colon\ndescription: Use when: always\n---\n",
            "---\nname: colon\ndescription: \"Use when: always\"\n---\n",
        )?;
        library.repaired(
            "folder name differs",
            "---\nname: real-name\ndescription: The folder is called otherwise.\n---\n",
            "---\nname: real-name\ndescription: The folder is called otherwise.\n---\n",
        )?;
        library.raw("broken/SKILL.md", b"---\nname: broken\n---\nNo description.\n", false)?;
        library.raw("synced/from-account/SKILL.md", &skill_md("from-account", "Belongs to Claude Code."), false)?;
        library.raw("plain-00/node_modules/x/index.js", b"left out", false)?;
        library.raw("plain-00/.skillignore", b"*.tmp\n", false)?;
        library.raw("plain-00/notes.tmp", b"left out", false)?;
        Ok(library)
    }

    /// So many skills of the median size of real ones: about 5 KB, one to three files.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn of_median_size(count: usize) -> Step<Self> {
        let mut library = Self::empty()?;
        for number in 0..count {
            let name = format!("median-{number:04}");
            let mut text = skill_md(&name, "A skill of median size.");
            text.extend(format!("{number} The quick brown fox jumps over the lazy dog.\n").repeat(80).into_bytes());
            let notes = format!("Notes of {number}.\n").repeat(30).into_bytes();
            let files: [(&str, &[u8], bool); 2] = [("SKILL.md", &text, false), ("references/notes.md", &notes, false)];
            library.write(&name, if number % 3 == 0 { &files } else { &files[..1] })?;
        }
        Ok(library)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What the account must hold.
    pub fn expected(&self) -> BTreeMap<String, Files> {
        self.expected.clone()
    }

    /// Writes a skill whose files travel as they are; its name is the folder's.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write(&mut self, folder: &str, files: &[(&str, &[u8], bool)]) -> Step {
        for (path, content, executable) in files {
            self.raw(&format!("{folder}/{path}"), content, *executable)?;
        }
        let facts = files.iter().map(|(path, content, executable)| ((*path).to_owned(), (hex(content), *executable)));
        let name = folder.rsplit('/').next().unwrap_or(folder);
        self.expected.insert(name.to_owned(), facts.collect());
        Ok(())
    }

    /// Writes a skill that needs repair, and what must arrive instead.
    fn repaired(&mut self, folder: &str, source: &str, arrives: &str) -> Step {
        self.raw(&format!("{folder}/SKILL.md"), source.as_bytes(), false)?;
        let name = if folder.contains(' ') { "real-name" } else { folder };
        let files = Files::from([("SKILL.md".to_owned(), (hex(arrives.as_bytes()), false))]);
        self.expected.insert(name.to_owned(), files);
        Ok(())
    }

    /// Replaces the text of a skill whose files travel as they are, or writes a new one. Its other files stay.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn edit(&mut self, name: &str, text: &str) -> Step {
        let mut content = skill_md(name, "Edited.");
        content.extend_from_slice(text.as_bytes());
        self.raw(&format!("{name}/SKILL.md"), &content, false)?;
        self.expected.entry(name.to_owned()).or_default().insert("SKILL.md".to_owned(), (hex(&content), false));
        Ok(())
    }

    /// Removes a skill from the disk.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub fn remove(&mut self, name: &str) -> Step {
        self.expected.remove(name);
        Ok(std::fs::remove_dir_all(self.root().join(name))?)
    }

    fn raw(&self, path: &str, content: &[u8], executable: bool) -> Step {
        let path: PathBuf = self.root().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, content)?;
        if executable {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }
}

/// A plain `SKILL.md`.
pub fn skill_md(name: &str, description: &str) -> Vec<u8> {
    format!("---\nname: {name}\ndescription: {description}\n---\n# {name}\n").into_bytes()
}

/// A zip of one skill as another program would write it.
///
/// # Errors
///
/// It cannot be written.
pub fn foreign_zip(name: &str, skill_md: &[u8]) -> Step<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(format!("{name}/SKILL.md"), zip::write::SimpleFileOptions::default())?;
    writer.write_all(skill_md)?;
    Ok(writer.finish()?.into_inner())
}

/// SHA-256, hex.
pub fn hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn many_files() -> Vec<(&'static str, &'static [u8], bool)> {
    const NAMES: [&str; 20] = [
        "r/00.md", "r/01.md", "r/02.md", "r/03.md", "r/04.md", "r/05.md", "r/06.md", "r/07.md", "r/08.md", "r/09.md",
        "r/10.md", "r/11.md", "r/12.md", "r/13.md", "r/14.md", "r/15.md", "r/16.md", "r/17.md", "r/18.md", "r/19.md",
    ];
    let skill_md: &[u8] = b"---\nname: many-files\ndescription: Twenty references.\n---\n";
    let mut files = vec![("SKILL.md", skill_md, false)];
    files.extend(NAMES.map(|name| (name, name.as_bytes(), false)));
    files
}
