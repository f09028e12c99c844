//! The files that people write and read: sources, pages, texts.

use std::fs;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::failure::{Context, Outcome};
use crate::workspace::Workspace;

const SKIPPED: [&str; 4] = ["target", ".git", "node_modules", "proptest-regressions"];
const KINDS: [&str; 14] =
    ["rs", "md", "toml", "js", "html", "css", "json", "json5", "yml", "yaml", "sql", "sh", "txt", "run"];

/// One file.
#[derive(Debug)]
pub struct Source {
    /// `/`-separated, from the workspace's root.
    pub path: String,
    /// Its content.
    pub text: String,
}

impl Source {
    /// Whether the file's name ends in `.kind`.
    pub fn is(&self, kind: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extension == kind)
    }
}

/// Every source in the checkout, sorted by path. Works without Git, so that a reviewer can check a source archive.
pub fn read(workspace: &Workspace) -> Outcome<Vec<Source>> {
    let mut sources = Vec::new();
    let walk = WalkDir::new(workspace.root()).sort_by_file_name().into_iter();
    for entry in walk
        .filter_entry(|entry| !is_skipped(entry))
        .flatten()
        .filter(|entry| entry.file_type().is_file() && is_source(entry.path()))
    {
        let path = entry.path().strip_prefix(workspace.root()).expect("an entry lies under its root");
        let path = path.to_string_lossy().replace('\\', "/");
        let bytes = fs::read(entry.path()).cannot(|| format!("read {path}"))?;
        sources.extend(String::from_utf8(bytes).ok().map(|text| Source { path, text }));
    }
    Ok(sources)
}

fn is_skipped(entry: &DirEntry) -> bool {
    SKIPPED.iter().any(|name| entry.file_name() == *name)
}

fn is_source(path: &Path) -> bool {
    let kind = path.extension().or_else(|| path.file_name()).and_then(|name| name.to_str());
    kind.is_some_and(|kind| KINDS.contains(&kind))
}
