//! Skills that a person brings: an upload, or a folder on the server, looked through with the watcher's own eyes.
//!
//! `upload` puts what was sent into a folder of its own; `kept` keeps that, or a named folder, for as long as a preview lasts;
//! `candidates` finds and judges the skills in it. Nothing here knows the store: what taking a skill means is decided when it is
//! taken, against what was shown.

mod candidates;
mod kept;
mod local;
mod upload;

pub use candidates::{Candidate, Candidates, Folders, Taken, candidates};
pub use kept::{Import, Imports, LIFETIME};
pub use local::{LocalSkill, local_skills, read_local};
pub use upload::{LARGEST_ZIP, Upload, UploadError};
