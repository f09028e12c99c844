//! A folder on this machine as zips that a server imports: found with the watcher's eyes, without what Git ignores.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::Path;

use skill_format::RelativePath;
use skill_format::archive::Writer;

use super::Failed;
use crate::library::import::{LocalSkill, local_skills, read_local};

/// So many bytes of files go into one zip; the server inflates each in memory.
const IN_ONE_ZIP: u64 = 32 * 1024 * 1024;
/// What the skills of a folder without a usable name lie in.
const NAMELESS: &str = "skills";

/// A folder that cannot be sent, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NotSent {
    /// Below the folder that was named.
    pub path: String,
    /// A stable code.
    pub reason: String,
    /// Plain sentences.
    pub notes: Vec<String>,
}

/// What is to be sent.
#[derive(Debug, Default)]
pub struct Parcel {
    /// Zips, each at its beginning.
    pub zips: Vec<File>,
    /// Skills in them.
    pub skills: usize,
    /// Folders that stay here.
    pub not_sent: Vec<NotSent>,
}

/// Packs all skills of a folder. `progress` is told how many of how many are packed.
///
/// # Errors
///
/// The folder cannot be read, or there is no room for the zips.
pub fn pack(folder: &Path, progress: impl Fn(usize, usize)) -> Result<Parcel, Failed> {
    let unreadable = |error: io::Error| Failed::new(format!("{} cannot be read: {error}.", folder.display()));
    let folder = folder.canonicalize().map_err(unreadable)?;
    let found = local_skills(&folder).map_err(unreadable)?;
    let top = folder.file_name().and_then(|name| name.to_str()).filter(|name| RelativePath::try_from(*name).is_ok());
    let (top, total) = (top.unwrap_or(NAMELESS), found.len());
    let mut packing = Packing { parcel: Parcel::default(), open: None };
    for (done, skill) in found.into_iter().enumerate() {
        packing.skill(top, &skill).map_err(|error| Failed::new(format!("The skills cannot be packed: {error}.")))?;
        progress(done + 1, total);
    }
    packing.finish().map_err(|error| Failed::new(format!("The skills cannot be packed: {error}.")))
}

struct Packing {
    parcel: Parcel,
    open: Option<(Writer<BufWriter<File>>, u64)>,
}

impl Packing {
    /// A skill is never in two zips.
    fn skill(&mut self, top: &str, skill: &LocalSkill) -> io::Result<()> {
        let files = match read_local(skill) {
            Ok(folder) => folder,
            Err(entry) => {
                let reason = entry.reason.unwrap_or_default();
                self.parcel.not_sent.push(NotSent { path: entry.source_path, reason, notes: entry.notes });
                return Ok(());
            }
        };
        let size = files.total_bytes();
        if self.open.as_ref().is_some_and(|(_, before)| before + size > IN_ONE_ZIP) {
            self.close()?;
        }
        let (mut zip, before) = match self.open.take() {
            Some(open) => open,
            None => (Writer::new(BufWriter::new(tempfile::tempfile()?)), 0),
        };
        let below = match skill.path() {
            "." => top.to_owned(),
            path => format!("{top}/{path}"),
        };
        for (path, file) in &files.files {
            if let Ok(path) = RelativePath::try_from(format!("{below}/{path}")) {
                zip.add(&path, file)?;
            }
        }
        self.parcel.skills += 1;
        self.open = Some((zip, before + size));
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((zip, _)) = self.open.take() else { return Ok(()) };
        let mut file = zip.finish()?;
        file.flush()?;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.parcel.zips.push(file);
        Ok(())
    }

    fn finish(mut self) -> io::Result<Parcel> {
        self.close()?;
        Ok(self.parcel)
    }
}
