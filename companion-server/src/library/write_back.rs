//! Writes a version that was made on the server into its folder. Blocks.

use std::path::Path;

use ignore::Match;
use ignore::gitignore::GitignoreBuilder;
use skill_format::{Digest, RelativePath, SkillFolder, folder_digest};

use super::discover::{Found, Ignoring, discover_one, left_out};
use super::journal::{Finished, StepError, clear, finish, stage};
use super::read::{ReadOutcome, read};

/// Why the newest version is not in the folder.
#[derive(Debug, thiserror::Error)]
pub enum WriteProblem {
    /// The file system refuses.
    #[error("The newest version could not be written into this folder (“{}”: {}). It is tried again.", .0.path, .0.error.kind())]
    Step(#[from] StepError),
    /// The folder leaves out what the version has.
    #[error(
        "The newest version has “{0}”, which this folder leaves out, so it was not written. Rename the file or change .skillignore."
    )]
    LeftOut(RelativePath),
    /// There is something that is no part of the skill.
    #[error("The newest version has “{0}”, but something else is in that place, so it was not written. Move it away.")]
    Occupied(RelativePath),
    /// Writing it is switched off.
    #[error(
        "A newer version waits on the server. It is not written here, because --library-write-back is off; an edit of this folder takes its place."
    )]
    SwitchedOff,
}

/// What became of writing.
#[derive(Debug)]
pub enum Written {
    /// The folder has the version; [`clear`] once that is remembered.
    Whole,
    /// The folder has changed meanwhile and was not touched: look again.
    Changed,
}

/// Brings the folder that was found with the content `disk` to `after`, unless it has changed since.
///
/// # Errors
///
/// [`WriteProblem`].
pub fn write(root: &Path, found: &Found, disk: Digest, after: &SkillFolder) -> Result<Written, WriteProblem> {
    let Ok(Some(now)) = discover_one(root, &found.folder, Ignoring::SkillIgnore) else { return Ok(Written::Changed) };
    let ReadOutcome::Read(before) = read(&now) else { return Ok(Written::Changed) };
    if folder_digest(&before) != disk {
        return Ok(Written::Changed);
    }
    check(root, found, &before, after)?;
    if let Err(error) = stage(&found.folder, &before, after, &mut || Ok(())) {
        // What lies there means nothing without its journal; room may be scarce.
        let _ = clear(&found.folder);
        return Err(error.into());
    }
    Ok(match finish(&found.folder, &mut || Ok(()))? {
        Finished::Written(_) => Written::Whole,
        Finished::Nothing | Finished::Abandoned => Written::Changed,
    })
}

/// What is written must be found again, and what is no part of the skill stays as it is.
fn check(root: &Path, found: &Found, before: &SkillFolder, after: &SkillFolder) -> Result<(), WriteProblem> {
    for path in after.files.keys() {
        if is_left_out(root, &found.folder, path) {
            return Err(WriteProblem::LeftOut(path.clone()));
        }
        let known = before.files.keys().any(|known| known.as_str().eq_ignore_ascii_case(path.as_str()));
        let below = format!("{}/", path.as_str());
        let place = found.folder.join(path.as_str());
        let is_file = place.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir());
        let stays = place.is_dir() && !before.files.keys().any(|known| known.as_str().starts_with(&below));
        if (is_file && !known) || stays || leads_away(&found.folder, path) {
            return Err(WriteProblem::Occupied(path.clone()));
        }
    }
    Ok(())
}

/// One of the folders that a file lies in is a link.
fn leads_away(folder: &Path, path: &RelativePath) -> bool {
    let place = folder.join(path.as_str());
    let parents = place.ancestors().skip(1).take_while(|parent| *parent != folder);
    parents.into_iter().any(Path::is_symlink)
}

/// As the walk would decide if the file were there.
fn is_left_out(root: &Path, folder: &Path, path: &RelativePath) -> bool {
    let place = folder.join(path.as_str());
    let Ok(below) = place.strip_prefix(root) else { return true };
    let named = below.iter().enumerate().any(|(depth, name)| left_out(name, depth + 1));
    named
        || place
            .ancestors()
            .skip(1)
            .take_while(|parent| parent.starts_with(root))
            .find_map(|parent| ignores(parent, &place))
            .unwrap_or(false)
}

/// What the `.skillignore` of a folder says about a file below it, if anything.
fn ignores(folder: &Path, place: &Path) -> Option<bool> {
    let list = folder.join(".skillignore");
    if !list.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    builder.add(&list);
    match builder.build().ok()?.matched_path_or_any_parents(place, false) {
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
        Match::None => None,
    }
}
