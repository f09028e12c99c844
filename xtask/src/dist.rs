//! The packages that the stores get, and the source that their reviewers ask for.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::archive::{self, Entries};
use crate::extension::{self, Flavour, size};
use crate::failure::{Context, Failure, Outcome};
use crate::process::capture;
use crate::workspace::{VERSION, Workspace};

/// Writes all packages into `target/dist` and prints the size and SHA-256 of each.
pub fn dist(workspace: &Workspace) -> Outcome<()> {
    let packages = packages(workspace)?;
    size::check_core(&Flavour::Chrome.folder(workspace))?;
    for package in packages {
        size::within(&package.name, package.bytes.len() as u64, size::PACKAGE_LIMIT)?;
        write(workspace, &package.name, &package.bytes)?;
    }
    let source = archive::zip(&tracked_files(workspace)?)?;
    write(workspace, &format!("skillferry-source-{VERSION}.zip"), &source)
}

/// A package for one store.
#[derive(Debug)]
pub struct Package {
    /// The file's name.
    pub name: String,
    /// The file's content.
    pub bytes: Vec<u8>,
}

/// Builds the extension and packs each shipped flavour of it.
pub fn packages(workspace: &Workspace) -> Outcome<Vec<Package>> {
    let folders = extension::build(workspace, &Flavour::SHIPPED)?;
    Flavour::SHIPPED.iter().zip(folders).map(|(flavour, folder)| pack(*flavour, &folder)).collect()
}

fn pack(flavour: Flavour, folder: &std::path::Path) -> Outcome<Package> {
    let entries = archive::read_folder(folder)?;
    refuse_test_identity(&entries)?;
    let extension = if flavour == Flavour::Firefox { "xpi" } else { "zip" };
    let package = Package {
        name: format!("skillferry-{}-{VERSION}.{extension}", flavour.name()),
        bytes: archive::zip(&entries)?,
    };
    size::within(&package.name, package.bytes.len() as u64, size::PACKAGE_LIMIT)?;
    Ok(package)
}

/// A `key` would pin the identity that the tests use; the stores give each listing its own.
fn refuse_test_identity(entries: &Entries) -> Outcome<()> {
    let text = entries.get("manifest.json").ok_or_else(|| Failure::new("the extension has no manifest.json"))?;
    let manifest: Value = serde_json::from_slice(text).cannot(|| "understand manifest.json".to_owned())?;
    if manifest.get("key").is_some() {
        Err(Failure::new("the manifest of a package for the stores must have no key"))
    } else {
        Ok(())
    }
}

fn tracked_files(workspace: &Workspace) -> Outcome<Entries> {
    let listing = capture(Command::new("git").current_dir(workspace.root()).args(["ls-files", "-z"]))?;
    let mut entries = Entries::new();
    for name in listing.split('\0').filter(|name| !name.is_empty()) {
        let path: PathBuf = workspace.path(name);
        entries.insert(name.to_owned(), fs::read(&path).cannot(|| format!("read {name}"))?);
    }
    Ok(entries)
}

fn write(workspace: &Workspace, name: &str, bytes: &[u8]) -> Outcome<()> {
    let folder = workspace.output("dist");
    fs::create_dir_all(&folder).cannot(|| format!("create {}", folder.display()))?;
    let path = folder.join(name);
    fs::write(&path, bytes).cannot(|| format!("write {}", path.display()))?;
    println!("{}  {:>9} bytes  {}", hex(&Sha256::digest(bytes)), bytes.len(), path.display());
    Ok(())
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Entries {
        Entries::from([("manifest.json".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn the_tests_identity_never_reaches_a_store() {
        assert!(refuse_test_identity(&manifest(r#"{"name": "a"}"#)).is_ok());
        assert!(refuse_test_identity(&manifest(r#"{"key": "MIIB"}"#)).is_err());
        assert!(refuse_test_identity(&Entries::new()).is_err());
    }
}
