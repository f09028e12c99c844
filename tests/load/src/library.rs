//! A folder of skills, made for the purpose.

use std::path::{Path, PathBuf};

use crate::Step;

/// A library.
#[derive(Debug)]
pub struct Library {
    root: PathBuf,
}

impl Library {
    /// Writes `skills` skills into `folder/library`.
    pub fn write(folder: &Path, skills: usize) -> Step<Self> {
        let library = Self { root: folder.join("library") };
        (0..skills).try_for_each(|number| library.edit(number, 0))?;
        Ok(library)
    }

    /// Where it lies.
    pub fn path(&self) -> String {
        self.root.display().to_string()
    }

    /// Changes one skill in one step, as editors do.
    pub fn edit(&self, number: usize, edition: u64) -> Step {
        let folder = self.root.join(format!("skill-{number}"));
        std::fs::create_dir_all(&folder)?;
        let text = format!("---\nname: skill-{number}\ndescription: Number {number}\n---\nEdition {edition}.\n");
        let (draft, file) = (folder.join(".SKILL.md.draft"), folder.join("SKILL.md"));
        std::fs::write(&draft, text)?;
        Ok(std::fs::rename(draft, file)?)
    }
}
