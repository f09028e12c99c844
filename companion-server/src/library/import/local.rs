//! The skills of a folder on this machine, for somebody who sends them to a server. Blocks.

use std::io;
use std::path::Path;

use skill_format::SkillFolder;

use super::super::discover::{Found, Ignoring, discover};
use super::super::judge::{entry_of_problem, entry_of_refusal};
use super::super::problem::Problem;
use super::super::read::{ReadOutcome, read};
use crate::store::LibraryEntry;

/// A folder with a `SKILL.md`, not read yet.
#[derive(Debug)]
pub struct LocalSkill(Found);

impl LocalSkill {
    /// Below the folder that was looked through; `.` for that folder itself.
    pub fn path(&self) -> &str {
        &self.0.source_path
    }
}

/// Finds them, by path.
///
/// # Errors
///
/// The folder cannot be read.
pub fn local_skills(root: &Path) -> io::Result<Vec<LocalSkill>> {
    Ok(discover(root, Ignoring::GitToo)?.found.into_iter().map(LocalSkill).collect())
}

/// Reads one.
///
/// # Errors
///
/// The entry that says why it cannot be sent. What is wrong with its content is the server's to say.
pub fn read_local(skill: &LocalSkill) -> Result<SkillFolder, Box<LibraryEntry>> {
    let found = &skill.0;
    match read(found) {
        ReadOutcome::Read(folder) => Ok(folder),
        ReadOutcome::Problem(problem) => Err(Box::new(entry_of_problem(found, None, &problem))),
        ReadOutcome::Refused(refusal) => Err(Box::new(entry_of_refusal(found, &refusal))),
        ReadOutcome::Changing => Err(Box::new(entry_of_problem(found, None, &Problem::BeingWritten))),
    }
}
