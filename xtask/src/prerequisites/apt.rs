//! Installing Debian packages, which only root on Debian may, and never without saying so.

use std::path::Path;
use std::process::Command;

use super::path;
use crate::failure::Outcome;
use crate::progress;

/// Whether this is Debian, or a child of it, and we are root.
pub fn may_install() -> bool {
    Path::new("/etc/debian_version").exists() && is_root() && path::find("apt-get").is_some()
}

/// Installs `packages` because of `reason` (completes "needed for …").
pub fn install(packages: &[&str], reason: &str) -> Outcome<()> {
    println!("Installing {} with apt-get, needed for {reason}.", packages.join(", "));
    if apt_get(&["install", "--yes", "--no-install-recommends"], packages).is_ok() {
        return Ok(());
    }
    apt_get(&["update"], &[])?;
    apt_get(&["install", "--yes", "--no-install-recommends"], packages)
}

/// The command that a person without root would type.
pub fn command_line(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

/// Whether the program runs as root; programs such as PostgreSQL and Chromium treat root in their own way.
#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether the program runs as root: there is none on this platform.
#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}

fn apt_get(verb: &[&str], packages: &[&str]) -> Outcome<()> {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(verb).args(packages);
    progress::run(&format!("apt-get {} {}", verb[0], packages.join(" ")), &mut command).map(drop)
}
