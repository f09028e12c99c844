//! `skillferry status`.

use super::client::Client;
use super::print::{Printer, clean, counted};
use super::standing::{Facts, Standing, standing};
use super::{Ended, Ending};

/// Says whether everything is in step, and what needs a person.
pub async fn run(client: &Client, printer: &Printer) -> Ended {
    let (library, browsers, conflicts, held, queue) =
        tokio::try_join!(client.library(), client.browsers(), client.conflicts(), client.held(), client.queue())?;
    let standing = standing(&Facts { library, browsers, conflicts, held, waiting: queue.total });
    if printer.json() {
        printer.value(&standing)?;
    } else {
        show(printer, &standing)?;
    }
    Ok(if standing.attention.is_empty() { Ending::Fine } else { Ending::Attention })
}

fn show(printer: &Printer, standing: &Standing) -> Result<(), super::Failed> {
    let skills = counted(standing.skills, "skill");
    let browsers = counted(standing.browsers, "browser");
    printer.line(&match (standing.attention.is_empty(), standing.waiting) {
        (true, 0) => format!("Everything is in step: {skills}, {browsers}."),
        (true, waiting) => format!("On its way: {} for {skills} and {browsers}.", counted(waiting, "operation")),
        (false, 0) => format!("Something needs you: {skills}, {browsers}."),
        (false, waiting) => {
            format!("Something needs you: {skills}, {browsers}, {} on the way.", counted(waiting, "operation"))
        }
    })?;
    standing
        .attention
        .iter()
        .try_for_each(|need| printer.line(&format!("  {}\n    {}", clean(&need.sentence), clean(&need.action))))
}
