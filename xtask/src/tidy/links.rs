//! Links between documents, and the pictures in them, lead somewhere.

use std::path::Path;

use super::sources::Source;
use crate::workspace::Workspace;

/// A complaint for each relative link of a Markdown file to nothing.
pub fn check(workspace: &Workspace, source: &Source) -> Vec<String> {
    // A skill of the sample library is a page of its own world.
    if !source.is("md") || source.path.ends_with("SKILL.md") {
        return Vec::new();
    }
    let folder = workspace.path(&source.path);
    let folder = folder.parent().unwrap_or(Path::new(""));
    let missing = targets(&source.text).into_iter().filter(|target| !folder.join(target).exists());
    missing.map(|target| format!("{}: the link to {target} leads nowhere", source.path)).collect()
}

/// Relative link targets without their fragment: `](target)`, `src="target"` and `href="target"`.
fn targets(text: &str) -> Vec<String> {
    let outside_code: String = text.split("```").step_by(2).collect();
    let inline = between(&outside_code, "](", ')');
    let pictures = between(&outside_code, "src=\"", '"').chain(between(&outside_code, "href=\"", '"'));
    let all = inline.chain(pictures).map(|target| target.split('#').next().unwrap_or_default().to_owned());
    all.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).collect()
}

fn between<'t>(text: &'t str, open: &'t str, close: char) -> impl Iterator<Item = &'t str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_targets_count() {
        let text = "[a](docs/a.md#part) [b](https://example.org) [c](#here) <img src=\"b.png\"> ```[d](nowhere)```";
        assert_eq!(targets(text), ["docs/a.md", "b.png"]);
    }
}
