//! What a newcomer reads once everything runs.

use std::fmt::Write;
use std::path::PathBuf;

use super::server::StartLines;
use crate::cli::Browser;

/// Where things are, and the next step.
pub fn text(said: &StartLines, folders: &[PathBuf], browser: Option<Browser>) -> String {
    let mut text = format!("\nSkillferry is running.\n\n  Dashboard   {}   (the link works once)\n", said.dashboard);
    for folder in folders {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  Extension   {}", folder.display());
    }
    let _ = write!(
        text,
        "  Library     {}\n  Data        {}\n\n{}\n\nCtrl-C stops it.",
        said.library,
        said.database,
        next(browser)
    );
    text
}

fn next(browser: Option<Browser>) -> &'static str {
    match browser {
        Some(_) => {
            "Next: the browser that opens has the extension and shows the dashboard. Click the Skillferry icon, then \"Pair this\n\
             browser\"; approve the same code in the dashboard; sign in to claude.ai."
        }
        None => {
            "Next: open the dashboard. Then load the extension's folder in your browser (chrome://extensions, Developer mode,\n\
             \"Load unpacked\"; or Firefox's about:debugging, \"Load Temporary Add-on\"), click its icon, and \"Pair this browser\"."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_newcomer_needs_is_there() {
        let said = StartLines {
            dashboard: "http://127.0.0.1:8082/login#sfl_x".into(),
            library: "/home/a/skills".into(),
            database: "sqlite:/home/a/data".into(),
            ready: None,
        };
        let text = text(&said, &["/x/target/extension/chrome".into()], None);
        for part in
            ["/login#sfl_x", "/home/a/skills", "sqlite:/home/a/data", "/x/target/extension/chrome", "Load unpacked"]
        {
            assert!(text.contains(part), "{part}");
        }
    }
}
