//! The skills of an import, found and judged as the watcher does. Blocks.

use std::collections::BTreeMap;
use std::io;

use skill_format::{Digest, RelativePath, content_digest};

use super::super::discover::{Found, discover};
use super::super::judge::{Judgement, entry_of_problem, judge};
use super::super::problem::Problem;
use super::kept::Import;
use crate::store::{LibraryEntry, NewVersion, StoredFile};

/// All that was found.
#[derive(Debug)]
pub struct Candidates {
    /// By path.
    pub found: Vec<Candidate>,
    /// There are so many folders without a skill that not all were looked through.
    pub incomplete: bool,
}

/// A folder and how it ends.
#[derive(Debug)]
pub struct Candidate {
    /// What is said about it.
    pub entry: LibraryEntry,
    /// What is known of its content, unless it is refused.
    pub taken: Option<Taken>,
}

/// An accepted folder, without its content: a whole import need not fit into memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The skill's name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Canonical digest of the folder as it is.
    pub digest: Digest,
    /// What tells whether a file is the same: whether it may be run, and its content's digest.
    pub files: BTreeMap<RelativePath, (bool, Digest)>,
}

/// Finds and judges all skills of an import. Of two with one name the second is refused.
///
/// # Errors
///
/// The folder cannot be read.
pub fn candidates(import: &Import) -> io::Result<Candidates> {
    let survey = discover(import.root(), import.ignoring())?;
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    let mut candidates = Vec::new();
    for mut found in survey.found {
        blame_misnamed(import, &mut found);
        let mut candidate = candidate(&found);
        if let Some(taken) = &candidate.taken {
            let path = found.source_path.clone();
            let holder = first.entry(taken.name.clone()).or_insert_with(|| path.clone());
            if *holder != path {
                let problem = Problem::DuplicateName { name: taken.name.clone(), first: holder.clone() };
                let entry = entry_of_problem(&found, Some(taken.name.clone()), &problem);
                candidate = Candidate { entry, taken: None };
            }
        }
        candidates.push(candidate);
    }
    Ok(Candidates { found: candidates, incomplete: survey.too_many_folders })
}

/// Folders of an import that may be skills, found once so that taking many of them does not look through all for each.
#[derive(Debug, Default)]
pub struct Folders(BTreeMap<String, Found>);

impl Folders {
    /// Finds them.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn find(import: &Import) -> io::Result<Self> {
        let mut survey = discover(import.root(), import.ignoring())?;
        survey.found.iter_mut().for_each(|found| blame_misnamed(import, found));
        Ok(Self(survey.found.into_iter().map(|found| (found.source_path.clone(), found)).collect()))
    }

    /// One accepted folder with its content as it is now; `None` when none was found at that path, or it is gone or refused.
    pub fn take(&self, path: &str) -> Option<Box<NewVersion>> {
        match judge(self.0.get(path)?) {
            Judgement::Taken { version, .. } => Some(version),
            Judgement::Refused(_) | Judgement::Stuck(_) | Judgement::Changing => None,
        }
    }
}

fn candidate(found: &Found) -> Candidate {
    match judge(found) {
        Judgement::Taken { entry, version } => {
            let taken = Taken {
                files: marks(&version.source_files),
                digest: version.source_digest,
                name: version.name,
                description: version.description,
            };
            Candidate { entry, taken: Some(taken) }
        }
        Judgement::Refused(entry) | Judgement::Stuck(entry) => Candidate { entry, taken: None },
        Judgement::Changing => {
            let problem = Problem::BeingWritten;
            Candidate { entry: entry_of_problem(found, None, &problem), taken: None }
        }
    }
}

fn marks(files: &[StoredFile]) -> BTreeMap<RelativePath, (bool, Digest)> {
    files.iter().map(|file| (file.path.clone(), (file.executable, content_digest(&file.content)))).collect()
}

/// A skill of which a file could not be kept is not taken without it.
fn blame_misnamed(import: &Import, found: &mut Found) {
    let own = |path: &str| {
        found.source_path == "." || path.strip_prefix(&found.source_path).is_some_and(|rest| rest.starts_with('/'))
    };
    let misnamed = import.misnamed.iter().find(|(path, _)| own(path));
    if let Some((path, why)) = misnamed {
        let problem = Problem::UnsafeName { path: path.clone(), why };
        found.problem.get_or_insert(problem);
    }
}
