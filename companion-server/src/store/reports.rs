//! Browsers' reports, written together: those that arrive while others are being written wait for one transaction of their own.
//!
//! A browser that has uploaded a thousand skills reports a thousand times, and each commit waits for the disk. What a report changes
//! is small beside that.

use uuid::Uuid;

use super::signal::Signal;
use super::sql::Db;
use super::together::Together;
use super::{StoreResult, arrivals, connector_health};
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::time::Timestamp;

/// One report of a browser.
#[derive(Debug, Clone)]
pub(super) struct Reported {
    pub integration: Uuid,
    pub operation: Uuid,
    pub report: CompletionReport,
    pub now: Timestamp,
}

/// Takes reports and answers each when it is on the disk. Repeating one is harmless.
pub(super) type Reports = Together<Reported, CompletionOutcome>;

/// Begins to write.
pub(super) fn begin(db: Db, signal: Signal) -> Reports {
    Together::begin(move |reports: Vec<Reported>| {
        let (db, signal) = (db.clone(), signal.clone());
        async move { outcomes(&db, &signal, &reports).await }
    })
}

/// What became of each. One that the database refuses must not take the others with it: then each is written by itself.
async fn outcomes(db: &Db, signal: &Signal, reports: &[Reported]) -> Vec<StoreResult<CompletionOutcome>> {
    match written(db, signal, reports).await {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) if reports.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut each = Vec::with_capacity(reports.len());
            for report in reports {
                each.extend(Box::pin(outcomes(db, signal, std::slice::from_ref(report))).await);
            }
            each
        }
    }
}

/// One transaction; the browsers for which it queued something are told.
async fn written(db: &Db, signal: &Signal, reports: &[Reported]) -> StoreResult<Vec<CompletionOutcome>> {
    let mut tx = db.planning().await?;
    let applied = arrivals::apply_all(&mut tx, reports).await?;
    tx.commit().await?;
    for (report, _) in reports.iter().zip(&applied).filter(|(_, applied)| applied.queued > 0) {
        signal.send(report.integration);
    }
    // Behind the signal: whoever waits for work does not wait for what is only shown.
    connector_health::note_reports(db, reports).await;
    Ok(applied.into_iter().map(|applied| applied.outcome).collect())
}
