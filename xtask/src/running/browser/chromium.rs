//! Chromium with an unpacked extension from the command line.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Wish;
use crate::failure::Outcome;
use crate::prerequisites::{CHROMIUM, apt};
use crate::process::Running;

/// Starts it; the extension is there from the first moment.
pub fn open(profile: &Path, wish: &Wish<'_>) -> Outcome<Running> {
    let mut command = Command::new(CHROMIUM.require()?);
    command
        .args(arguments(profile, wish, apt::is_root()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Running::start(&mut command)
}

fn arguments(profile: &Path, wish: &Wish<'_>, root: bool) -> Vec<String> {
    let extension = wish.extension.display();
    let mut arguments = vec![
        format!("--user-data-dir={}", profile.display()),
        format!("--load-extension={extension}"),
        format!("--disable-extensions-except={extension}"),
        "--no-first-run".to_owned(),
        "--no-default-browser-check".to_owned(),
    ];
    if wish.headless {
        arguments.extend(["--headless=new", "--disable-gpu"].map(str::to_owned));
    }
    // Chromium's sandbox refuses to start as root.
    arguments.extend(root.then(|| "--no-sandbox".to_owned()));
    arguments.push(wish.page.to_owned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_is_given_up_only_for_root() {
        let wish = Wish { extension: "/x".into(), page: "http://127.0.0.1:8082/", headless: false };
        assert!(!arguments(Path::new("/p"), &wish, false).contains(&"--no-sandbox".to_owned()));
        assert!(arguments(Path::new("/p"), &wish, true).contains(&"--no-sandbox".to_owned()));
    }
}
