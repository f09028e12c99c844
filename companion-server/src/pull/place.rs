//! Makes a folder say what is due in it: a block in `.env` and skill files in `.claude/rules`. Nothing else is written, and nothing
//! through a link.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, io};

use companion_wire::services::Pulled;
use serde::{Deserialize, Serialize};

use super::block;
use super::disk::{Disk, Kind, PRIVATE_FILE, PRIVATE_FOLDER, replace, sweep};

/// The file with variables.
pub const ENV: &str = ".env";
const CLAUDE: &str = ".claude";
const RULES: &str = "rules";

/// What is remembered about a folder, so that everything can be taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// Names of the variables that were written last.
    #[serde(default)]
    pub names: BTreeSet<String>,
    /// There was no `.env`.
    #[serde(default)]
    pub made_env: bool,
    /// Its last line was given an end.
    #[serde(default)]
    pub ended_last_line: bool,
    /// There was no `.claude`.
    #[serde(default)]
    pub made_claude: bool,
    /// There was no `.claude/rules`.
    #[serde(default)]
    pub made_rules: bool,
    /// Who else could do what with `.env`, before it held keys.
    #[serde(default)]
    pub env_mode: Option<u32>,
    /// The same of `.claude/rules`.
    #[serde(default)]
    pub rules_mode: Option<u32>,
}

/// What was done to a file, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// What becomes of it.
    pub what: Done,
}

/// What can become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was not there.
    Made,
    /// It said something else, or others could read it.
    Changed,
    /// It is not due any more.
    Removed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Done::Made => "made",
            Done::Changed => "changed",
            Done::Removed => "removed",
        };
        write!(f, "{what} {}", self.path.display())
    }
}

/// Why a folder is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A link, a folder in a file's place, or a device.
    #[error("{0} is a link or no ordinary file; nothing is written through it. Put an ordinary one there")]
    NotOurs(PathBuf),
    /// A name that a server must not send.
    #[error("the server named the file or variable “{0}”, which is not allowed")]
    BadName(String),
    /// The system's.
    #[error("{path}: {cause}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// One change of one file that is to be made.
#[derive(Debug)]
struct Step {
    change: Change,
    bytes: Vec<u8>,
}

/// A folder on a machine.
#[derive(Debug)]
pub struct Place<'a, D> {
    disk: &'a D,
    folder: PathBuf,
}

impl<'a, D: Disk> Place<'a, D> {
    /// This folder.
    pub fn new(disk: &'a D, folder: &Path) -> Self {
        Self { disk, folder: folder.to_owned() }
    }

    fn env(&self) -> PathBuf {
        self.folder.join(ENV)
    }

    fn claude(&self) -> PathBuf {
        self.folder.join(CLAUDE)
    }

    fn rules(&self) -> PathBuf {
        self.claude().join(RULES)
    }

    /// What would be done to make the folder say this.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub fn plan(&self, due: &Pulled, traces: &Traces) -> Result<Vec<Change>, PlaceError> {
        Ok(self.steps(due, traces)?.0.into_iter().map(|step| step.change).collect())
    }

    /// Names that `.env` sets outside of the block as well.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub fn set_elsewhere(&self, due: &Pulled) -> Result<Vec<String>, PlaceError> {
        let file = self.file(&self.env())?;
        Ok(file.map_or_else(Vec::new, |(bytes, _)| block::set_elsewhere(&bytes, &due.variables)))
    }

    /// What is to be remembered before anything is written: a stop in the middle must not forget what can be taken back.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub fn traces(&self, due: &Pulled, traces: &Traces) -> Result<Traces, PlaceError> {
        let mut next = traces.clone();
        next.names.extend(due.variables.keys().cloned());
        if !due.variables.is_empty() {
            match self.file(&self.env())? {
                None => next.made_env = true,
                Some((bytes, _)) => {
                    next.ended_last_line |= block::merge(&bytes, &due.variables, &traces.names).ended_last_line;
                    self.remember_mode(&self.env(), &mut next.env_mode)?;
                }
            }
        }
        if !due.skill_files.is_empty() {
            next.made_claude |= self.folder_at(&self.claude())?.is_none();
            if self.folder_at(&self.rules())?.is_some() {
                self.remember_mode(&self.rules(), &mut next.rules_mode)?;
            } else {
                next.made_rules = true;
            }
        }
        Ok(next)
    }

    /// The first is the person's own; what is found later may be ours.
    fn remember_mode(&self, path: &Path, known: &mut Option<u32>) -> Result<(), PlaceError> {
        if known.is_none() {
            *known = self.disk.mode(path).map_err(at(path))?;
        }
        Ok(())
    }

    /// Makes the folder say what is due. Returns what was done; twice in a row, the second time nothing is.
    ///
    /// # Errors
    ///
    /// [`PlaceError`]. Each file is as it was, or as it is due.
    pub fn apply(&self, due: &Pulled, traces: &Traces) -> Result<Vec<Change>, PlaceError> {
        self.clear_away()?;
        let (steps, rules_private) = self.steps(due, traces)?;
        if !due.skill_files.is_empty() {
            for folder in [self.claude(), self.rules()] {
                if self.folder_at(&folder)?.is_none() {
                    self.disk.make_folder(&folder).map_err(at(&folder))?;
                }
            }
            if !rules_private {
                self.disk.set_mode(&self.rules(), PRIVATE_FOLDER).map_err(at(&self.rules()))?;
            }
        }
        let mut done = Vec::new();
        for Step { change, bytes } in steps {
            let path = &change.path;
            match change.what {
                Done::Removed => self.disk.remove(path),
                Done::Made | Done::Changed => replace(self.disk, path, &bytes),
            }
            .map_err(at(path))?;
            done.push(change);
        }
        Ok(done)
    }

    /// Takes everything back. Folders that were made go as well, unless somebody has put something into them.
    ///
    /// # Errors
    ///
    /// [`PlaceError`].
    pub fn uninstall(&self, traces: &Traces) -> Result<Vec<Change>, PlaceError> {
        let nothing = Pulled { variables: BTreeMap::new(), skill_files: BTreeMap::new() };
        let done = self.apply(&nothing, traces)?;
        // Keys are gone from both.
        self.give_back_mode(&self.env(), PRIVATE_FILE, traces.env_mode.filter(|_| !traces.made_env))?;
        self.give_back_mode(&self.rules(), PRIVATE_FOLDER, traces.rules_mode.filter(|_| !traces.made_rules))?;
        for (folder, made) in [(self.rules(), traces.made_rules), (self.claude(), traces.made_claude)] {
            if made && self.folder_at(&folder)?.is_some() && !self.disk.remove_folder(&folder).map_err(at(&folder))? {
                break;
            }
        }
        Ok(done)
    }

    /// Where somebody has chosen another since, that is theirs.
    fn give_back_mode(&self, path: &Path, ours: u32, former: Option<u32>) -> Result<(), PlaceError> {
        let Some(former) = former.filter(|former| *former != ours) else { return Ok(()) };
        if self.disk.kind(path).map_err(at(path))?.is_some_and(|kind| kind != Kind::Other)
            && self.disk.mode(path).map_err(at(path))? == Some(ours)
        {
            self.disk.set_mode(path, former).map_err(at(path))?;
        }
        Ok(())
    }

    fn clear_away(&self) -> Result<(), PlaceError> {
        for folder in [self.folder.clone(), self.rules()] {
            if self.folder_at(&folder)?.is_some() {
                sweep(self.disk, &folder).map_err(at(&folder))?;
            }
        }
        Ok(())
    }

    /// What is to be done, and whether the folder of rules needs no other mode.
    fn steps(&self, due: &Pulled, traces: &Traces) -> Result<(Vec<Step>, bool), PlaceError> {
        check_names(due)?;
        let mut steps: Vec<Step> = self.env_step(due, traces)?.into_iter().collect();
        self.folder_at(&self.claude())?;
        let private = self.folder_at(&self.rules())?;
        for (name, text) in &due.skill_files {
            steps.extend(self.file_step(&self.rules().join(name), text.as_bytes(), private.is_some())?);
        }
        if private.is_some() {
            let names = self.disk.names(&self.rules()).map_err(at(&self.rules()))?;
            for name in names.into_iter().filter(|name| is_skill_file(name) && !due.skill_files.contains_key(name)) {
                let change = Change { path: self.rules().join(name), what: Done::Removed };
                if matches!(self.disk.kind(&change.path).map_err(at(&change.path))?, Some(Kind::File { .. })) {
                    steps.push(Step { change, bytes: Vec::new() });
                }
            }
        }
        Ok((steps, private != Some(false)))
    }

    fn env_step(&self, due: &Pulled, traces: &Traces) -> Result<Option<Step>, PlaceError> {
        let path = self.env();
        let former = self.file(&path)?;
        let bytes = former.as_ref().map(|(bytes, _)| bytes.as_slice()).unwrap_or_default();
        if due.variables.is_empty() {
            let left = block::remove(bytes, &traces.names, traces.ended_last_line);
            let what = match former {
                Some((bytes, _)) if bytes == left => return Ok(None),
                Some(_) if left.is_empty() && traces.made_env => Done::Removed,
                Some(_) => Done::Changed,
                None => return Ok(None),
            };
            return Ok(Some(Step { change: Change { path, what }, bytes: left }));
        }
        let merged = block::merge(bytes, &due.variables, &traces.names).bytes;
        self.file_step(&path, &merged, true)
    }

    /// How a file comes to say this, if it does not. `looked_for`: its folder is there.
    fn file_step(&self, path: &Path, bytes: &[u8], looked_for: bool) -> Result<Option<Step>, PlaceError> {
        let former = if looked_for { self.file(path)? } else { None };
        let what = match former {
            Some((former, true)) if former == bytes => return Ok(None),
            Some(_) => Done::Changed,
            None => Done::Made,
        };
        Ok(Some(Step { change: Change { path: path.to_owned(), what }, bytes: bytes.to_vec() }))
    }

    /// What a file says, and whether its owner alone may read it.
    fn file(&self, path: &Path) -> Result<Option<(Vec<u8>, bool)>, PlaceError> {
        match self.disk.kind(path).map_err(at(path))? {
            None => Ok(None),
            Some(Kind::File { private }) => Ok(Some((self.disk.read(path).map_err(at(path))?, private))),
            Some(_) => Err(PlaceError::NotOurs(path.to_owned())),
        }
    }

    /// Whether a folder is there, and its owner alone may enter it.
    fn folder_at(&self, path: &Path) -> Result<Option<bool>, PlaceError> {
        match self.disk.kind(path).map_err(at(path))? {
            None => Ok(None),
            Some(Kind::Folder { private }) => Ok(Some(private)),
            Some(_) => Err(PlaceError::NotOurs(path.to_owned())),
        }
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> PlaceError {
    let path = path.to_owned();
    move |cause| PlaceError::Io { path: path.clone(), cause }
}

/// The server is trusted with keys, not with the machine: it names files of ours and variables, or nothing is written.
fn check_names(due: &Pulled) -> Result<(), PlaceError> {
    let is_variable = |name: &&String| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let bad_value = due.variables.iter().find(|(_, value)| value.is_empty() || value.contains(char::is_control));
    let bad = due.skill_files.keys().find(|name| !is_skill_file(name));
    let bad = bad.or_else(|| due.variables.keys().find(|name| !is_variable(name))).or(bad_value.map(|(name, _)| name));
    bad.map_or(Ok(()), |name| Err(PlaceError::BadName(name.chars().filter(|letter| !letter.is_control()).collect())))
}

fn is_skill_file(name: &str) -> bool {
    let stem = name.strip_prefix("sc_").and_then(|rest| rest.strip_suffix(".md"));
    stem.is_some_and(|stem| {
        !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

#[cfg(all(test, unix))]
mod tests;
