//! Tells waiting long polls that work was queued, in this process and, through PostgreSQL, in the others.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use uuid::Uuid;

/// The PostgreSQL channel.
pub const CHANNEL: &str = "skillferry_work";

/// Who hears about new work.
#[derive(Debug, Clone)]
pub struct Signal {
    sender: broadcast::Sender<Uuid>,
}

impl Signal {
    /// For one process.
    pub fn local() -> Self {
        Self { sender: broadcast::channel(1024).0 }
    }

    /// For all processes on one PostgreSQL.
    pub async fn shared(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let signal = Self::local();
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        let sender = signal.sender.clone();
        tokio::spawn(async move {
            // The listener reconnects by itself; what was missed meanwhile is found by the pollers' own re-check.
            loop {
                match listener.recv().await {
                    Ok(notification) => drop(notification.payload().parse().map(|id| sender.send(id))),
                    Err(sqlx::Error::PoolClosed) => break,
                    Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
                }
            }
        });
        Ok(signal)
    }

    /// This browser has work. Called after the commit.
    pub fn send(&self, integration: Uuid) {
        // Nobody waiting is fine.
        let _ = self.sender.send(integration);
    }

    /// Hears everything that is sent from now on.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.sender.subscribe())
    }
}

/// One listener.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Uuid>);

impl Subscription {
    /// Resolves when this browser was signalled. Falling behind counts as a signal.
    pub async fn heard(&mut self, integration: Uuid) {
        loop {
            match self.0.recv().await {
                Ok(id) if id != integration => {}
                _ => return,
            }
        }
    }
}
