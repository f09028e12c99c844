//! What the account holds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rules::SkillArchive;

/// The person's own organisation.
pub const ORGANISATION: &str = "6f1b0a52-0000-4000-8000-00000000c4a7";
/// An organisation without chat, listed first: picking the first one is a mistake.
pub const DECOY: &str = "6f1b0a52-0000-4000-8000-00000000dec0";

/// A skill of the account.
#[derive(Debug, Clone)]
pub struct Skill {
    /// `skill_01…`.
    pub id: String,
    /// Front-matter name.
    pub name: String,
    /// Front-matter description.
    pub description: String,
    /// The switch in the settings.
    pub enabled: bool,
    /// Rises with every change; shown as a time.
    pub changed: u64,
    /// The zip as it was uploaded.
    pub zip: Vec<u8>,
    /// Its files.
    pub files: BTreeMap<String, FileFacts>,
}

/// A file of a skill, as the inspection shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// SHA-256, hex.
    pub sha256: String,
    /// Somebody may run it.
    pub executable: bool,
    /// Bytes.
    pub size: usize,
}

/// One account in one organisation.
#[derive(Debug, Default)]
pub struct Account {
    skills: BTreeMap<String, Skill>,
    next: u64,
    /// Creations, replacements and removals, by name: nothing may be doubled.
    pub writes: BTreeMap<String, Writes>,
}

/// How often a name was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Writes {
    /// Created.
    pub created: u32,
    /// Replaced.
    pub replaced: u32,
    /// Removed.
    pub deleted: u32,
}

/// What became of an upload.
#[derive(Debug)]
pub enum Upload {
    /// Taken.
    Done(Skill),
    /// The name exists, and overwriting was not asked for.
    Exists,
}

impl Account {
    /// An empty one whose ids are counted from there.
    pub fn counting_from(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    /// All skills, by id.
    pub fn skills(&self) -> impl Iterator<Item = &Skill> {
        self.skills.values()
    }

    /// The skill of that name.
    pub fn named(&self, name: &str) -> Option<&Skill> {
        self.skills.values().find(|skill| skill.name == name)
    }

    /// The skill with that id.
    pub fn get(&self, id: &str) -> Option<&Skill> {
        self.skills.get(id)
    }

    /// Takes a checked archive. The name decides what is replaced.
    pub fn upload(&mut self, archive: SkillArchive, overwrite: bool) -> Upload {
        let existing = self.named(&archive.name).map(|skill| skill.id.clone());
        if existing.is_some() && !overwrite {
            return Upload::Exists;
        }
        let writes = self.writes.entry(archive.name.clone()).or_default();
        if existing.is_some() {
            writes.replaced += 1;
        } else {
            writes.created += 1;
        }
        self.next += 1;
        let id = existing.unwrap_or_else(|| format!("skill_01{:022}", self.next));
        let skill = Skill {
            id: id.clone(),
            name: archive.name,
            description: archive.description,
            enabled: true,
            changed: self.next,
            zip: archive.zip,
            files: archive.files,
        };
        self.skills.insert(id, skill.clone());
        Upload::Done(skill)
    }

    /// Removes a skill; false when there is none.
    pub fn delete(&mut self, id: &str) -> bool {
        let removed = self.skills.remove(id);
        if let Some(skill) = &removed {
            self.writes.entry(skill.name.clone()).or_default().deleted += 1;
        }
        removed.is_some()
    }

    /// Sets the switch; false when there is no such skill.
    pub fn enable(&mut self, id: &str, enabled: bool) -> bool {
        self.skills.get_mut(id).map(|skill| skill.enabled = enabled).is_some()
    }
}

impl Skill {
    /// A moment that differs after every change.
    pub fn updated_at(&self) -> String {
        let (minutes, seconds) = (self.changed / 60, self.changed % 60);
        format!(
            "2026-11-{:02}T{:02}:{:02}:{seconds:02}.000000Z",
            1 + minutes / 1440 % 28,
            minutes / 60 % 24,
            minutes % 60
        )
    }
}
