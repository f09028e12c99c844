//! Skills to play with.

use std::cell::RefCell;
use std::collections::BTreeMap;

use skill_format::{Digest, File, RelativePath, SkillFolder, archive, folder_digest};

thread_local! {
    /// Many worlds hold the same skills, and packing one costs more than a browser's whole turn.
    static PACKED: RefCell<BTreeMap<(String, Digest), Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

/// A skill of that name; the text makes its content differ.
pub fn folder(name: &str, text: &str) -> SkillFolder {
    let skill_md = format!("---\nname: {name}\ndescription: Made for a test.\n---\n{text}\n");
    let file = |path: &str, content: String| {
        let path = RelativePath::try_from(path).expect("is a path");
        (path, File { executable: false, content: content.into_bytes() })
    };
    SkillFolder { files: [file("SKILL.md", skill_md), file("notes/a.txt", text.repeat(3))].into() }
}

/// The folder as a zip, under that directory.
pub fn packed(directory: &str, folder: &SkillFolder) -> Vec<u8> {
    let key = (directory.to_owned(), folder_digest(folder));
    PACKED.with_borrow_mut(|packed| packed.entry(key).or_insert_with(|| archive::write(directory, folder)).clone())
}

/// The name in the front matter.
pub fn name_of(folder: &SkillFolder) -> String {
    let path = RelativePath::try_from("SKILL.md").expect("is a path");
    let text = String::from_utf8_lossy(&folder.files[&path].content).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("name: "));
    line.expect("the front matter has a name").to_owned()
}
