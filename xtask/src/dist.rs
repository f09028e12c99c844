//! The packages that the stores get, and the source that their reviewers ask for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
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
        write(workspace, &package.name, &package.bytes)?;
    }
    let updates = updates(&Flavour::FirefoxSelfHosted.folder(workspace))?;
    write(workspace, "updates.json", updates.as_bytes())?;
    let source = archive::zip(&tracked_files(workspace)?)?;
    write(workspace, &format!("skillferry-source-{VERSION}.zip"), &source)
}

/// A package for one store.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// The file's name.
    pub name: String,
    /// The file's content.
    pub bytes: Vec<u8>,
}

/// Builds the extension and packs each shipped flavour of it.
pub fn packages(workspace: &Workspace) -> Outcome<Vec<Package>> {
    packed(extension::build(workspace, &Flavour::SHIPPED)?)
}

/// The same without anything of an earlier build, which takes minutes.
pub fn packages_from_nothing(workspace: &Workspace) -> Outcome<Vec<Package>> {
    packed(extension::build_from_nothing(workspace, &Flavour::SHIPPED)?)
}

/// Names of packages that only one side has, or that have other bytes there.
pub fn differing(once: &[Package], again: &[Package]) -> Vec<String> {
    let only_in = |these: &[Package], those: &[Package]| {
        these.iter().filter(|it| !those.contains(it)).map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    let mut names = only_in(once, again);
    names.extend(only_in(again, once));
    names.sort();
    names.dedup();
    names
}

fn packed(folders: Vec<PathBuf>) -> Outcome<Vec<Package>> {
    Flavour::SHIPPED.iter().zip(folders).map(|(flavour, folder)| pack(*flavour, &folder)).collect()
}

fn pack(flavour: Flavour, folder: &Path) -> Outcome<Package> {
    let entries = archive::read_folder(folder)?;
    refuse_test_identity(&entries)?;
    let package = Package { name: file_name(flavour), bytes: archive::zip(&entries)? };
    size::within(&package.name, package.bytes.len() as u64, size::PACKAGE_LIMIT)?;
    Ok(package)
}

fn file_name(flavour: Flavour) -> String {
    let extension = if flavour == Flavour::Chrome { "zip" } else { "xpi" };
    format!("skillferry-{}-{VERSION}.{extension}", flavour.name())
}

/// The file at the self-hosted extension's update address, naming this version. It states no checksum of the package: Mozilla's signature,
/// which is added later, changes the bytes and is what Firefox verifies.
fn updates(extension: &Path) -> Outcome<String> {
    let text = fs::read(extension.join("manifest.json")).cannot(|| "read the self-hosted manifest".to_owned())?;
    let manifest: Value = serde_json::from_slice(&text).cannot(|| "understand the self-hosted manifest".to_owned())?;
    let gecko = &manifest["browser_specific_settings"]["gecko"];
    let (Some(id), Some((site, _))) =
        (gecko["id"].as_str(), gecko["update_url"].as_str().and_then(|url| url.rsplit_once('/')))
    else {
        return Err(Failure::new("the self-hosted manifest has no id or no update_url"));
    };
    let newest = json!({
        "version": VERSION,
        "update_link": format!("{site}/{}", file_name(Flavour::FirefoxSelfHosted)),
        "applications": { "gecko": { "strict_min_version": gecko["strict_min_version"] } },
    });
    let updates = json!({ "addons": { id: { "updates": [newest] } } });
    serde_json::to_string_pretty(&updates).map(|text| text + "\n").cannot(|| "write updates.json".to_owned())
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
    fn an_update_is_found_beside_its_list() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let manifest = json!({ "browser_specific_settings": { "gecko": {
            "id": "a@b", "strict_min_version": "140.0", "update_url": "https://a.example/firefox/updates.json" } } });
        fs::write(folder.path().join("manifest.json"), manifest.to_string()).expect("a file");
        let updates: Value = serde_json::from_str(&updates(folder.path()).expect("a list")).expect("JSON");
        let newest = &updates["addons"]["a@b"]["updates"][0];
        assert_eq!(newest["version"], VERSION);
        let link = format!("https://a.example/firefox/skillferry-firefox-self-hosted-{VERSION}.xpi");
        assert_eq!(newest["update_link"], link);
    }

    #[test]
    fn the_tests_identity_never_reaches_a_store() {
        assert!(refuse_test_identity(&manifest(r#"{"name": "a"}"#)).is_ok());
        assert!(refuse_test_identity(&manifest(r#"{"key": "MIIB"}"#)).is_err());
        assert!(refuse_test_identity(&Entries::new()).is_err());
    }
}
