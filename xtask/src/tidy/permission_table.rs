//! The table of permissions in docs/security.md, which is written from the manifests and so cannot grow stale.

use std::fs;

use crate::extension::Flavour;
use crate::extension::permissions::{self, LISTS, Reason};
use crate::failure::{Context, Failure, Outcome};
use crate::workspace::Workspace;

const PAGE: &str = "docs/security.md";
const BEGIN: &str = "<!-- written by `cargo xtask tidy --fix` from the comments in manifest/ -->\n";
const END: &str = "<!-- end of the written part -->\n";

/// A complaint when the page does not show what the manifests say.
pub fn check(workspace: &Workspace) -> Outcome<Option<String>> {
    let (page, written) = both(workspace)?;
    Ok((page != written).then(|| {
        format!("{PAGE}: the table of permissions is not what the manifests say: run `cargo xtask tidy --fix`")
    }))
}

/// Writes the table anew.
pub fn fix(workspace: &Workspace) -> Outcome<()> {
    let (page, written) = both(workspace)?;
    if page == written {
        return Ok(());
    }
    fs::write(workspace.path(PAGE), written).cannot(|| format!("write {PAGE}"))
}

/// The page as it is, and as it should be.
fn both(workspace: &Workspace) -> Outcome<(String, String)> {
    let page = fs::read_to_string(workspace.path(PAGE)).cannot(|| format!("read {PAGE}"))?;
    let chrome = permissions::of(workspace, Flavour::Chrome)?;
    let firefox = permissions::of(workspace, Flavour::Firefox)?;
    let written = replaced(&page, &table(&chrome, &firefox))
        .ok_or_else(|| Failure::new(format!("{PAGE} has no place for the table of permissions")))?;
    Ok((page, written))
}

fn replaced(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

fn table(chrome: &[Reason], firefox: &[Reason]) -> String {
    let mut rows = String::from("| permission | granted | browser | why |\n|---|---|---|---|\n");
    for (list, granted) in LISTS {
        let of_list = |reasons: &'_ [Reason]| reasons.iter().filter(|it| it.list == list).cloned().collect::<Vec<_>>();
        let (chrome, firefox) = (of_list(chrome), of_list(firefox));
        let only_firefox = firefox.iter().filter(|it| !chrome.contains(it)).map(|it| (it, "Firefox"));
        let in_chrome = chrome.iter().map(|it| (it, if firefox.contains(it) { "both" } else { "Chrome" }));
        for (Reason { permission, why, .. }, browser) in in_chrome.chain(only_firefox) {
            rows += &format!("| `{permission}` | {granted} | {browser} | {why} |\n");
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(list: &str, permission: &str) -> Reason {
        Reason { list: list.into(), permission: permission.into(), why: format!("Because of {permission}.") }
    }

    #[test]
    fn a_row_says_which_browser_asks() {
        let (storage, panel) = (reason("permissions", "storage"), reason("permissions", "sidePanel"));
        let stated = reason("required", "websiteContent");
        let table = table(&[storage.clone(), panel], &[storage, stated]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `storage` | at installation | both | Because of storage. |",
                "| `sidePanel` | at installation | Chrome | Because of sidePanel. |",
                "| `websiteContent` | at installation, stated | Firefox | Because of websiteContent. |",
            ]
        );
    }

    #[test]
    fn only_the_marked_part_is_replaced() {
        let page = format!("a\n{BEGIN}old\n{END}b\n");
        assert_eq!(replaced(&page, "new\n"), Some(format!("a\n{BEGIN}new\n{END}b\n")));
        assert_eq!(replaced("no marks", "new\n"), None);
    }
}
