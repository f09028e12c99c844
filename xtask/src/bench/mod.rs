//! `cargo xtask bench`: the figures that the project promises, measured here and now.

mod browser;
mod memory;
mod server;
mod table;

use crate::cli::{BenchArgs, Figure};
use crate::dist;
use crate::extension::{Flavour, size};
use crate::failure::Outcome;
use crate::workspace::Workspace;
use table::Row;

/// Measures the chosen figures, or all, and prints one table.
pub fn bench(workspace: &Workspace, args: &BenchArgs) -> Outcome<()> {
    let chosen = |figure: Figure| args.only.is_empty() || args.only.contains(&figure);
    let mut rows = Vec::new();
    if chosen(Figure::Size) {
        rows.extend(sizes(workspace)?);
    }
    if chosen(Figure::Server) {
        rows.push(memory::idle(workspace)?);
        rows.extend(server::rows(workspace)?);
    }
    if chosen(Figure::Browser) {
        rows.extend(browser::rows(workspace)?);
    }
    println!("{}", table::text(&rows));
    Ok(())
}

fn sizes(workspace: &Workspace) -> Outcome<Vec<Row>> {
    let packages = dist::packages(workspace)?;
    let (raw, compressed) = size::core(&Flavour::Chrome.folder(workspace))?;
    let mut rows = vec![Row::new(
        "wasm core, compressed",
        &format!("≤ {} KB", size::CORE_LIMIT / 1000),
        &format!("{} ({} raw)", kilobytes(compressed), kilobytes(raw)),
    )];
    let goal = format!("≤ {} KB", size::PACKAGE_LIMIT / 1000);
    rows.extend(packages.iter().map(|package| Row::new(&package.name, &goal, &kilobytes(package.bytes.len()))));
    let other = dist::differing(&packages, &dist::packages_from_nothing(workspace)?);
    let same = if other.is_empty() { "identical".to_owned() } else { format!("other: {}", other.join(", ")) };
    rows.push(Row::new("packages of a second build, from nothing", "identical", &same));
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn kilobytes(bytes: usize) -> String {
    format!("{:.1} KB", bytes as f64 / 1000.0)
}
