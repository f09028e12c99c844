//! Skills that a person brings: an upload, or a folder on the server, looked through with the watcher's own eyes.
//!
//! `upload` puts what was sent into a folder of its own; `pack` makes one stream of it, which the database keeps for all processes for as
//! long as a preview lasts; `kept` holds the folders that this process has at hand; `candidates` finds and judges the skills in it. Nothing here knows the store: what taking a skill means is decided when it is
//! taken, against what was shown.

mod candidates;
mod folder;
mod kept;
mod local;
mod pack;
mod upload;

pub use candidates::{Candidate, Candidates, Folders, Taken, candidates};
pub use folder::clear_left_behind;
pub use kept::{Import, Imports, LIFETIME};
pub use local::{LocalSkill, local_skills, read_local};
pub use pack::{pack, unpack};
pub use upload::{LARGEST_ZIP, Upload, UploadError};
