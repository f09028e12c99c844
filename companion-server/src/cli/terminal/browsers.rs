//! `skillferry browsers`.

use companion_wire::integration::{Integration, IntegrationStatus};

use super::client::Client;
use super::print::{Level, Printer, moment, plain};
use super::standing::is_paired;
use super::{Ended, Ending};

/// Lists every browser that was paired.
pub async fn run(client: &Client, printer: &Printer) -> Ended {
    let browsers = client.browsers().await?;
    if printer.json() {
        printer.value(&browsers)?;
    } else if browsers.is_empty() {
        printer.line("No browser is paired. Open the extension and enter the server's address.")?;
    } else {
        let header = ["browser", "state", "skills", "waiting", "failed", "in step since", "what is wrong"];
        printer.table(&header, browsers.iter().map(row).collect())?;
    }
    let troubled = |browser: &Integration| {
        is_paired(browser)
            && (browser.failed_op_count > 0
                || matches!(browser.status, IntegrationStatus::CookieExpired | IntegrationStatus::Error))
    };
    Ok(if browsers.iter().any(troubled) { Ending::Attention } else { Ending::Fine })
}

fn row(browser: &Integration) -> Vec<(String, Level)> {
    let state = match browser.status {
        IntegrationStatus::Active => ("working", Level::Good),
        IntegrationStatus::PendingApproval => ("waits for approval", Level::Busy),
        IntegrationStatus::CookieExpired => ("signed out of claude.ai", Level::Bad),
        IntegrationStatus::Error => ("needs you", Level::Bad),
        IntegrationStatus::Disconnected => ("disconnected", Level::Plain),
    };
    let failed = if browser.failed_op_count > 0 { Level::Bad } else { Level::Plain };
    vec![
        plain(browser.browser_label.clone().unwrap_or_else(|| browser.id.to_string())),
        (state.0.to_owned(), state.1),
        plain(browser.linked_skill_count.to_string()),
        plain(browser.pending_op_count.to_string()),
        (browser.failed_op_count.to_string(), failed),
        plain(browser.last_sync_at.as_deref().map_or_else(|| "never".to_owned(), moment)),
        plain(browser.last_error.clone().unwrap_or_default()),
    ]
}
