//! Where things are: the checkout, its output folder, and what cargo knows about its packages.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

use crate::failure::{Context, Outcome};

/// The version that every package of the workspace, and so the extension, carries.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One checkout of the project.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout that this program was started from.
    pub fn find() -> Self {
        // Cargo names the package's folder when it starts the program; a copied binary falls back to where it was built.
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self { root: package.parent().expect("xtask lies in the workspace root").to_owned() }
    }

    /// A workspace at `root`, for tests.
    #[cfg(test)]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `relative` inside the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// `relative` inside `target`, where everything that xtask makes lies, also when cargo builds elsewhere.
    pub fn output(&self, relative: &str) -> PathBuf {
        self.root.join("target").join(relative)
    }

    /// What cargo says of the workspace's own packages; `Cargo.lock` is taken as it is.
    pub fn metadata(&self) -> Outcome<Metadata> {
        let mut command = MetadataCommand::new();
        command.manifest_path(self.path("Cargo.toml")).no_deps();
        command.exec().cannot(|| "read the workspace's metadata".to_owned())
    }
}
