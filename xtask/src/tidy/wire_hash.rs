//! The protocol's document states the hash of the types that it describes, so that nobody changes one and forgets the other.

use std::fs;

use sha2::{Digest, Sha256};

use crate::archive;
use crate::dist::hex;
use crate::failure::{Context, Failure, Outcome};
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/protocol.md";
const OPEN: &str = "<!-- wire:";
const CLOSE: &str = "-->";

/// A complaint when the document states another hash.
pub fn check(workspace: &Workspace) -> Outcome<Option<String>> {
    let (stated, actual) = (stated(&read(workspace)?)?, actual(workspace)?);
    let complaint = "companion-server/wire changed: bring docs/protocol.md up to date, then `cargo xtask tidy --fix`";
    Ok((stated != actual).then(|| complaint.to_owned()))
}

/// Writes the hash of today's types into the document.
pub fn fix(workspace: &Workspace) -> Outcome<()> {
    let document = read(workspace)?;
    let (before, rest) = document.split_once(OPEN).ok_or_else(no_mark)?;
    let (_, after) = rest.split_once(CLOSE).ok_or_else(no_mark)?;
    let fixed = format!("{before}{OPEN} {} {CLOSE}{after}", actual(workspace)?);
    if fixed == document {
        return Ok(());
    }
    fs::write(workspace.path(DOCUMENT), fixed).cannot(|| format!("write {DOCUMENT}"))
}

fn read(workspace: &Workspace) -> Outcome<String> {
    fs::read_to_string(workspace.path(DOCUMENT)).cannot(|| format!("read {DOCUMENT}"))
}

fn stated(document: &str) -> Outcome<String> {
    let (_, rest) = document.split_once(OPEN).ok_or_else(no_mark)?;
    let (hash, _) = rest.split_once(CLOSE).ok_or_else(no_mark)?;
    Ok(hash.trim().to_owned())
}

/// SHA-256 over each file's name and content, in order of the names, each with its length before it.
fn actual(workspace: &Workspace) -> Outcome<String> {
    let mut hash = Sha256::new();
    for (name, content) in archive::read_folder(&workspace.path("companion-server/wire/src"))? {
        for part in [name.as_bytes(), &content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    Ok(hex(&hash.finalize()))
}

fn no_mark() -> Failure {
    Failure::new(format!("{DOCUMENT} has no `{OPEN} … {CLOSE}` for the hash of the wire types"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("companion-server/wire/src")).expect("a folder");
        fs::create_dir_all(folder.path().join("docs")).expect("a folder");
        fs::write(folder.path().join("companion-server/wire/src/lib.rs"), "//! a").expect("a file");
        fs::write(folder.path().join(DOCUMENT), "before <!-- wire: --> after").expect("a file");
        folder
    }

    #[test]
    fn a_fix_settles_it_until_the_types_change() {
        let folder = workspace();
        let workspace = Workspace::at(folder.path());
        assert!(check(&workspace).expect("a verdict").is_some());
        fix(&workspace).expect("fixed");
        assert!(check(&workspace).expect("a verdict").is_none());
        assert!(read(&workspace).expect("the document").ends_with("--> after"));
        fs::write(folder.path().join("companion-server/wire/src/lib.rs"), "//! b").expect("a file");
        assert!(check(&workspace).expect("a verdict").is_some());
    }
}
