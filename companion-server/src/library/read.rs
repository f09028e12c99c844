//! Reads one skill as it stands at one moment.

use std::io::Read;

use skill_format::preflight::{MAX_BYTES, MAX_FILES};
use skill_format::{File, Refusal, RefusalReason, RelativePath, SkillFolder};

use super::discover::{Found, FoundFile, Stamp};
use super::problem::Problem;

/// What reading came to.
#[derive(Debug)]
pub enum ReadOutcome {
    /// The folder.
    Read(SkillFolder),
    /// It cannot be taken as it is.
    Problem(Problem),
    /// It is too large to be read at all.
    Refused(Refusal),
    /// It is being written at this moment: look again soon.
    Changing,
}

/// Reads all files. What exceeds claude.ai's limits is not even opened.
pub fn read(found: &Found) -> ReadOutcome {
    if let Some(problem) = &found.problem {
        return ReadOutcome::Problem(problem.clone());
    }
    if found.files.len() > MAX_FILES {
        return ReadOutcome::Refused(Refusal::new(RefusalReason::TooManyFiles, &found.files.len().to_string()));
    }
    let bytes: u64 = found.files.iter().map(|file| file.stamp.size).sum();
    if bytes > MAX_BYTES {
        return ReadOutcome::Refused(Refusal::new(RefusalReason::TooLarge, &bytes.to_string()));
    }
    let mut folder = SkillFolder::default();
    for file in &found.files {
        let path = match RelativePath::try_from(file.path.as_str()) {
            Ok(path) => path,
            Err(why) => {
                return ReadOutcome::Problem(Problem::UnsafeName { path: file.path.clone(), why: why.sentence() });
            }
        };
        match read_file(file) {
            Ok(Some(content)) => {
                folder.files.insert(path, File { executable: file.stamp.executable(), content });
            }
            Ok(None) => return ReadOutcome::Changing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return ReadOutcome::Changing,
            Err(error) => {
                let (path, why) = (file.path.clone(), error.kind().to_string());
                return ReadOutcome::Problem(Problem::Unreadable { path, why });
            }
        }
    }
    ReadOutcome::Read(folder)
}

/// The content, or `None` when the file is not the one that was found any more.
fn read_file(file: &FoundFile) -> std::io::Result<Option<Vec<u8>>> {
    let mut opened = std::fs::File::open(&file.real)?;
    let mut content = Vec::with_capacity(usize::try_from(file.stamp.size).unwrap_or(0));
    // One byte more than expected shows growth; an endless file ends here.
    opened.by_ref().take(file.stamp.size + 1).read_to_end(&mut content)?;
    let after = Stamp::of(&opened.metadata()?);
    Ok((after == file.stamp && content.len() as u64 == file.stamp.size).then_some(content))
}
