//! Skills to play with.

use skill_format::{File, RelativePath, SkillFolder};

/// A skill of that name; the text makes its content differ.
pub fn folder(name: &str, text: &str) -> SkillFolder {
    let skill_md = format!("---\nname: {name}\ndescription: Made for a test.\n---\n{text}\n");
    let file = |path: &str, content: String| {
        let path = RelativePath::try_from(path).expect("is a path");
        (path, File { executable: false, content: content.into_bytes() })
    };
    SkillFolder { files: [file("SKILL.md", skill_md), file("notes/a.txt", text.repeat(3))].into() }
}

/// The name in the front matter.
pub fn name_of(folder: &SkillFolder) -> String {
    let path = RelativePath::try_from("SKILL.md").expect("is a path");
    let text = String::from_utf8_lossy(&folder.files[&path].content).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("name: "));
    line.expect("the front matter has a name").to_owned()
}
