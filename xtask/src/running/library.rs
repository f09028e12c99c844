//! Whose skills the server shows when nobody says so.

use std::env;
use std::path::{Path, PathBuf};

/// The server's arguments for the library: the given folder, the one that Claude Code uses, or the sample.
pub fn arguments(given: Option<&Path>) -> Vec<String> {
    let home = env::home_dir().map(|home| home.join(".claude/skills")).filter(|folder| folder.is_dir());
    choose(given.map(Path::to_owned).or(home))
}

fn choose(folder: Option<PathBuf>) -> Vec<String> {
    match folder {
        Some(folder) => vec!["--library".to_owned(), folder.to_string_lossy().into_owned()],
        None => vec!["--sample-library".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_comes_before_the_sample() {
        assert_eq!(choose(Some("/skills".into())), ["--library", "/skills"]);
        assert_eq!(choose(None), ["--sample-library"]);
    }
}
