//! Reads one skill as it stands at one moment.

use std::fs::{File as OpenFile, OpenOptions};
use std::io::{self, Read};

use skill_format::preflight::{MAX_BYTES, MAX_FILES};
use skill_format::{File, Refusal, RefusalReason, RelativePath, SkillFolder};

use super::discover::Found;
use super::look::{FoundFile, Look, Stamp, missed};
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
    if found.changing {
        return ReadOutcome::Changing;
    }
    if let Some(refusal) = too_much(found) {
        return ReadOutcome::Refused(refusal);
    }
    let mut folder = SkillFolder::default();
    for file in &found.files {
        let content = match read_file(file) {
            Ok(Some(content)) => content,
            Ok(None) => return ReadOutcome::Changing,
            Err(error) => match missed(file.path.clone(), &error) {
                Look::Problem(problem) => return ReadOutcome::Problem(problem),
                Look::Gone | Look::File(_) => return ReadOutcome::Changing,
            },
        };
        match RelativePath::try_from(file.path.as_str()) {
            Ok(path) => drop(folder.files.insert(path, File { executable: file.stamp.executable(), content })),
            Err(why) => {
                return ReadOutcome::Problem(Problem::UnsafeName { path: file.path.clone(), why: why.sentence() });
            }
        }
    }
    // An edit of several files that was under way would otherwise be kept half.
    if found.files.iter().all(is_still) { ReadOutcome::Read(folder) } else { ReadOutcome::Changing }
}

fn too_much(found: &Found) -> Option<Refusal> {
    let files = found.files.len() + found.further_files;
    if files > MAX_FILES {
        return Some(Refusal::new(RefusalReason::TooManyFiles, &files.to_string()));
    }
    let bytes: u64 = found.files.iter().map(|file| file.stamp.size).sum();
    (bytes > MAX_BYTES).then(|| Refusal::new(RefusalReason::TooLarge, &bytes.to_string()))
}

/// The content, or `None` when the file is not the one that was found any more.
fn read_file(file: &FoundFile) -> io::Result<Option<Vec<u8>>> {
    let mut opened = open(file)?;
    if Stamp::of(&opened.metadata()?) != file.stamp {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(usize::try_from(file.stamp.size).unwrap_or(0));
    // One byte more than expected shows growth; an endless file ends here.
    opened.by_ref().take(file.stamp.size + 1).read_to_end(&mut content)?;
    let after = Stamp::of(&opened.metadata()?);
    Ok((after == file.stamp && content.len() as u64 == file.stamp.size).then_some(content))
}

/// Opens what was found to be a regular file. Should a pipe or a link have taken its place, this neither waits nor follows.
fn open(file: &FoundFile) -> io::Result<OpenFile> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOFOLLOW);
    options.open(&file.real)
}

fn is_still(file: &FoundFile) -> bool {
    std::fs::symlink_metadata(&file.real).is_ok_and(|metadata| Stamp::of(&metadata) == file.stamp)
}
