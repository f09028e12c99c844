//! Browsers' reports, written together: those that arrive while others are being written wait for one transaction of their own.
//!
//! A browser that has uploaded a thousand skills reports a thousand times, and each commit waits for the disk. What a report changes
//! is small beside that.

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::arrivals;
use super::completion::Applied;
use super::signal::Signal;
use super::sql::Db;
use super::{StoreError, StoreResult};
use crate::domain::operations::{CompletionOutcome, CompletionReport};
use crate::time::Timestamp;

/// So many share a transaction at most, so that others who plan get their turn.
const TOGETHER: usize = 64;
/// So many may wait before whoever brings the next one waits as well.
const WAITING: usize = 1024;

/// One report of a browser.
#[derive(Debug, Clone)]
pub(super) struct Reported {
    pub integration: Uuid,
    pub operation: Uuid,
    pub report: CompletionReport,
    pub now: Timestamp,
}

struct Waiting {
    reported: Reported,
    answer: oneshot::Sender<StoreResult<CompletionOutcome>>,
}

/// Takes reports and answers each when it is on the disk.
#[derive(Debug, Clone)]
pub(super) struct Reports(mpsc::Sender<Waiting>);

impl Reports {
    /// Begins to write; ends when the last of its copies is gone.
    pub fn begin(db: Db, signal: Signal) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(write(db, signal, receiver));
        Self(sender)
    }

    /// What became of a report. It is written also when nobody waits for the answer any more: repeating it is harmless.
    pub async fn settle(&self, reported: Reported) -> StoreResult<CompletionOutcome> {
        let (answer, written) = oneshot::channel();
        let gone = || StoreError::Unavailable("the server is stopping".to_owned());
        self.0.send(Waiting { reported, answer }).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}

async fn write(db: Db, signal: Signal, mut receiver: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::new();
    while receiver.recv_many(&mut waiting, TOGETHER).await > 0 {
        let (reports, answers): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|Waiting { reported, answer }| (reported, answer)).unzip();
        for (answer, outcome) in answers.into_iter().zip(outcomes(&db, &signal, &reports).await) {
            // A browser that did not wait will ask again.
            drop(answer.send(outcome));
        }
    }
}

/// What became of each. One that the database refuses must not take the others with it: then each is written by itself.
async fn outcomes(db: &Db, signal: &Signal, reports: &[Reported]) -> Vec<StoreResult<CompletionOutcome>> {
    if let Ok(applied) = together(db, reports).await {
        return reports.iter().zip(applied).map(|(report, applied)| Ok(told(signal, report, &applied))).collect();
    }
    let mut outcomes = Vec::with_capacity(reports.len());
    for report in reports {
        let applied = together(db, std::slice::from_ref(report)).await;
        outcomes.push(applied.map(|applied| match applied.first() {
            Some(applied) => told(signal, report, applied),
            None => CompletionOutcome::NotFound,
        }));
    }
    outcomes
}

/// One transaction.
async fn together(db: &Db, reports: &[Reported]) -> StoreResult<Vec<Applied>> {
    let mut tx = db.planning().await?;
    let applied = arrivals::apply_all(&mut tx, reports).await?;
    tx.commit().await?;
    Ok(applied)
}

fn told(signal: &Signal, report: &Reported, applied: &Applied) -> CompletionOutcome {
    if applied.queued > 0 {
        signal.send(report.integration);
    }
    applied.outcome
}
