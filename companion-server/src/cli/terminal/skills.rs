//! `skillferry skills`.

use companion_wire::library::{LibraryStanding, SkillStanding, SkillState};

use super::client::Client;
use super::print::{Level, Printer, counted, moment, plain};
use super::{Ended, Ending, Failed};

/// Lists every skill with its state, and folders that are not taken with the reason.
pub async fn run(client: &Client, printer: &Printer) -> Ended {
    let library = client.library().await?;
    let failed = library.skills.iter().any(|skill| skill.state == SkillState::Failed);
    if printer.json() {
        printer.value(&library)?;
    } else {
        show(printer, &library)?;
    }
    Ok(if failed || !library.refused.is_empty() { Ending::Attention } else { Ending::Fine })
}

fn show(printer: &Printer, library: &LibraryStanding) -> Result<(), Failed> {
    if library.skills.is_empty() {
        printer.line(
            "The library has no skill. Put a folder with a SKILL.md into it, or bring one with `skillferry push DIR`.",
        )?;
    }
    printer.table(&["skill", "state", "version", "changed", "notes"], library.skills.iter().map(row).collect())?;
    if !library.refused.is_empty() {
        printer.line(&format!("\n{} not taken:", counted(library.refused.len() as u64, "folder")))?;
    }
    let refused = library
        .refused
        .iter()
        .map(|folder| vec![plain(&folder.path), (folder.reason.clone(), Level::Bad), plain(folder.notes.join(" "))]);
    printer.table(&["folder", "reason", "what to do"], refused.collect())
}

fn row(skill: &SkillStanding) -> Vec<(String, Level)> {
    let state = match skill.state {
        SkillState::Failed => (format!("failed ({})", skill.operations_failed), Level::Bad),
        SkillState::Waiting => (format!("waiting ({})", skill.operations_pending), Level::Busy),
        SkillState::InStep => (format!("in step ({})", skill.browsers_in_step), Level::Good),
        SkillState::Idle => ("on no account".to_owned(), Level::Plain),
    };
    let notes = skill.notice.iter().chain(&skill.repairs).cloned().collect::<Vec<_>>().join(" ");
    vec![plain(&skill.name), state, plain(skill.version.to_string()), plain(moment(&skill.updated_at)), plain(notes)]
}
