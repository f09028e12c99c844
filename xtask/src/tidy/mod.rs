//! The house rules that a machine can check. Each check gives back complaints; all of them are shown at once.

mod budget;
mod edges;
mod links;
mod lint;
mod module_docs;
mod permission_table;
mod purity;
mod sources;
mod wire_hash;
mod words;

use crate::cli::TidyArgs;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
pub use lint::{Clippy, clippy};
use sources::Source;

/// Checks everything; with `--fix` first puts right what can be put right mechanically.
pub fn tidy(workspace: &Workspace, args: &TidyArgs) -> Outcome<()> {
    if args.fix {
        wire_hash::fix(workspace)?;
        permission_table::fix(workspace)?;
        lint::format(workspace)?;
    }
    let mut complaints = complaints(workspace)?;
    complaints.extend(clippy(workspace, Clippy::Everything)?);
    if complaints.is_empty() {
        println!("tidy: all house rules are kept");
        return Ok(());
    }
    Err(Failure::new(format!("broken house rules, {} in all:\n  {}", complaints.len(), complaints.join("\n  "))))
}

/// One line for each broken rule, [`clippy`]'s apart.
pub fn complaints(workspace: &Workspace) -> Outcome<Vec<String>> {
    let sources: Vec<Source> = sources::read(workspace)?;
    let mut complaints = edges::check(workspace)?;
    complaints.extend(purity::check(workspace)?);
    complaints.extend(sources.iter().flat_map(module_docs::check));
    complaints.extend(sources.iter().flat_map(budget::check));
    complaints.extend(sources.iter().flat_map(words::check));
    complaints.extend(sources.iter().flat_map(|source| links::check(workspace, source)));
    complaints.extend(wire_hash::check(workspace)?);
    complaints.extend(permission_table::check(workspace)?);
    complaints.extend(lint::formatted(workspace));
    Ok(complaints)
}
